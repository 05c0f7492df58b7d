//! Runs that a person wants taken back, until a worker has done so under the employee's lease.

use std::collections::BTreeMap;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::State;
use crate::memory::redis_now;

/// One run that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRequest {
    /// When it was first asked for, by Redis's clock.
    pub at: DateTime<Utc>,
    /// By whom: the name of a token.
    pub who: String,
}

/// What waits to be taken back, by employee and run.
#[derive(Debug, Clone)]
pub struct UndoRequests {
    state: State,
}

impl UndoRequests {
    /// Of the whole fleet.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self { state: state.clone() }
    }

    /// Asks for a run of `kuerzel` to be taken back by the employee's next run. A second request changes nothing.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn ask(&self, kuerzel: &str, run_id: &str, who: &str) -> Result<(), LinkError> {
        if self.state.record::<UndoRequest>(&kind(kuerzel), run_id).await?.is_some() {
            return Ok(());
        }
        let request = UndoRequest { at: redis_now(&self.state).await?, who: who.to_owned() };
        self.state.put_record(None, &kind(kuerzel), run_id, &request).await
    }

    /// The runs of `kuerzel` that wait to be taken back, by run.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn of(&self, kuerzel: &str) -> Result<BTreeMap<String, UndoRequest>, LinkError> {
        self.state.records(&kind(kuerzel)).await
    }

    /// Forgets a request that was carried out, under the lease of whoever did so.
    ///
    /// # Errors
    /// [`LinkError::StaleLease`] once the lease is somebody else's; else without Redis.
    pub async fn done(&self, lease: &LeaseGuard, run_id: &str, seen: &UndoRequest) -> Result<(), LinkError> {
        self.state.remove_record(Some(lease), &kind(lease.key()), run_id, seen).await.map(drop)
    }
}

fn kind(kuerzel: &str) -> String {
    format!("undo:{kuerzel}")
}
