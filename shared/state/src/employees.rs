//! The firm's employees as Advoware last listed them.

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::State;
use crate::memory::stamped;
use crate::run_store::json;

/// The last list, for when Advoware is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmployeeList {
    /// The active employees' Kürzel, in Advoware's order.
    pub kuerzel: Vec<String>,
    /// When Advoware said so.
    pub fetched_at: DateTime<Utc>,
}

/// Keeps the last list.
#[derive(Debug, Clone)]
pub struct EmployeeLists {
    state: State,
}

/// The field under which the list is kept.
const ACTIVE: &str = "active";

impl EmployeeLists {
    /// Of the whole fleet.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self { state: state.clone() }
    }

    /// Keeps a list that has just been fetched, under `lease` where the caller holds one.
    ///
    /// # Errors
    /// [`LinkError::StaleLease`] once the lease is somebody else's; else without Redis.
    pub async fn put(&self, lease: Option<&LeaseGuard>, kuerzel: &[String]) -> Result<(), LinkError> {
        let script = &self.state.scripts().put_stamped;
        let mut call = self.state.fenced_if(script, lease, &[&self.state.key("employees")]);
        call.arg(ACTIVE).arg(json(&kuerzel));
        self.state.run::<i64>(script, &call).await.map(drop)
    }

    /// The last list, however old; `None` before the first.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn get(&self) -> Result<Option<EmployeeList>, LinkError> {
        let record: Option<String> =
            self.state.redis().run(redis::cmd("HGET").arg(self.state.key("employees")).arg(ACTIVE)).await?;
        Ok(record.as_deref().and_then(|record| {
            let (fetched_at, list) = stamped(record)?;
            Some(EmployeeList { kuerzel: serde_json::from_str(list).ok()?, fetched_at })
        }))
    }
}
