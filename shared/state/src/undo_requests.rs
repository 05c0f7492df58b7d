//! What a person wants taken back, until a worker has done so under the employee's lease: whole runs or items of
//! them, and deletions that are held and were not meant.

use std::collections::BTreeMap;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use advosync_sync::plan::HeldItem;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::State;
use crate::memory::redis_now;
use crate::run_store::json;

/// One run that is to be taken back, or some of its items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRequest {
    /// The run.
    pub run_id: String,
    /// Only these items; without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<String>>,
    /// When it was first asked for, by Redis's clock.
    pub at: DateTime<Utc>,
    /// By whom: the name of a token.
    pub who: String,
}

/// A held deletion that is not to be carried out: what was deleted comes back instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreRequest {
    /// The held item.
    pub item: HeldItem,
    /// When it was first asked for, by Redis's clock.
    pub at: DateTime<Utc>,
    /// By whom: the name of a token.
    pub who: String,
}

/// What waits to be taken back, by employee.
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

    /// Asks for a run of `kuerzel`, or `items` of it, to be taken back by the employee's next run. The same request
    /// again changes nothing.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn ask(&self, kuerzel: &str, run_id: &str, items: Option<&[String]>, who: &str) -> Result<(), LinkError> {
        let name = items.map_or_else(|| run_id.to_owned(), |items| format!("{run_id} {}", json(&items)));
        let (items, run_id, who) = (items.map(<[String]>::to_vec), run_id.to_owned(), who.to_owned());
        let request = UndoRequest { run_id, items, at: redis_now(&self.state).await?, who };
        self.put(&undo_kind(kuerzel), &name, &request).await
    }

    /// What waits to be taken back for `kuerzel`, by name; those of older runs come first.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn of(&self, kuerzel: &str) -> Result<BTreeMap<String, UndoRequest>, LinkError> {
        self.state.records(&undo_kind(kuerzel)).await
    }

    /// Forgets a request that was carried out, under the lease of whoever did so.
    ///
    /// # Errors
    /// [`LinkError::StaleLease`] once the lease is somebody else's; else without Redis.
    pub async fn done(&self, lease: &LeaseGuard, name: &str, seen: &UndoRequest) -> Result<(), LinkError> {
        self.state.remove_record(Some(lease), &undo_kind(lease.key()), name, seen).await.map(drop)
    }

    /// Asks for what a held deletion would remove to come back on the other side instead.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn ask_restore(&self, kuerzel: &str, item: &HeldItem, who: &str) -> Result<(), LinkError> {
        let request = RestoreRequest { item: item.clone(), at: redis_now(&self.state).await?, who: who.to_owned() };
        self.put(&restore_kind(kuerzel), &json(item), &request).await
    }

    /// The held deletions of `kuerzel` that are to come back instead, by name.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn to_restore(&self, kuerzel: &str) -> Result<BTreeMap<String, RestoreRequest>, LinkError> {
        self.state.records(&restore_kind(kuerzel)).await
    }

    /// Forgets a restore that was carried out, under the lease of whoever did so.
    ///
    /// # Errors
    /// As [`UndoRequests::done`].
    pub async fn restored(&self, lease: &LeaseGuard, name: &str, seen: &RestoreRequest) -> Result<(), LinkError> {
        self.state.remove_record(Some(lease), &restore_kind(lease.key()), name, seen).await.map(drop)
    }

    async fn put<T: Serialize + for<'de> Deserialize<'de>>(&self, kind: &str, name: &str, request: &T) -> Result<(), LinkError> {
        if self.state.record::<T>(kind, name).await?.is_some() {
            return Ok(());
        }
        self.state.put_record(None, kind, name, request).await
    }
}

fn undo_kind(kuerzel: &str) -> String {
    format!("undo:{kuerzel}")
}

fn restore_kind(kuerzel: &str) -> String {
    format!("restore:{kuerzel}")
}
