//! Which calendar is whose.

use std::collections::BTreeMap;
use std::time::Duration;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::State;

const KIND: &str = "calendars";

/// An employee's calendar, as it was last found or made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarRecord {
    /// Google's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A digest of the sharing that was last brought about; anything else means that it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<String>,
    /// Digests of those whom we let in, so that whoever is not to see it any more is taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub granted: Vec<String>,
    /// What a person should know of it: codes and ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<String>,
}

/// The right to make one employee's calendar, as long as it lasts.
#[derive(Debug)]
#[must_use]
pub struct CalendarLock {
    key: String,
    value: String,
}

/// The fleet's calendars by Kürzel.
#[derive(Debug, Clone)]
pub struct Calendars {
    state: State,
}

impl Calendars {
    /// Of the whole fleet.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self { state: state.clone() }
    }

    /// One employee's calendar, where it is known.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn get(&self, kuerzel: &str) -> Result<Option<CalendarRecord>, LinkError> {
        self.state.record(KIND, kuerzel).await
    }

    /// All that are known.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn all(&self) -> Result<BTreeMap<String, CalendarRecord>, LinkError> {
        self.state.records(KIND).await
    }

    /// Keeps a record, under `lease` where the caller holds one.
    ///
    /// # Errors
    /// [`LinkError::StaleLease`] once the lease is somebody else's; else without Redis.
    pub async fn put(&self, lease: Option<&LeaseGuard>, kuerzel: &str, record: &CalendarRecord) -> Result<(), LinkError> {
        self.state.put_record(lease, KIND, kuerzel, record).await
    }

    /// Forgets a record that turned out to be wrong, unless it has been replaced meanwhile; whether it was there.
    ///
    /// # Errors
    /// As [`Calendars::put`].
    pub async fn remove(&self, lease: Option<&LeaseGuard>, kuerzel: &str, seen: &CalendarRecord) -> Result<bool, LinkError> {
        self.state.remove_record(lease, KIND, kuerzel, seen).await
    }

    /// Takes the right to make `kuerzel`'s calendar for at most `ttl`; `None` while somebody else is at it.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn try_lock(&self, kuerzel: &str, ttl: Duration) -> Result<Option<CalendarLock>, LinkError> {
        let lock = CalendarLock { key: self.state.key_of("calendar-lock", kuerzel), value: Uuid::new_v4().simple().to_string() };
        Ok(self.state.try_lock(&lock.key, &lock.value, ttl).await?.then_some(lock))
    }

    /// Gives the right back.
    ///
    /// # Errors
    /// Without Redis; it ends by itself then.
    pub async fn unlock(&self, lock: CalendarLock) -> Result<(), LinkError> {
        self.state.unlock(&lock.key, &lock.value).await
    }
}
