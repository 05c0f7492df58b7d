//! The channels through which Google tells of changes.

use std::collections::BTreeMap;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::State;

const KIND: &str = "channels";

/// A channel that stands. Its token is derived, never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRecord {
    /// Our id of it.
    pub id: String,
    /// Google's name for what is watched; needed to stop it.
    pub resource_id: String,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// From when on it is to be replaced, so that the next stands before it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_at: Option<DateTime<Utc>>,
    /// The calendar that is watched.
    pub calendar: String,
}

impl ChannelRecord {
    /// Whether it is to be replaced.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.renew_at.or(self.expires_at).is_some_and(|at| at <= now)
    }
}

/// The fleet's channels by Kürzel.
#[derive(Debug, Clone)]
pub struct Channels {
    state: State,
}

impl Channels {
    /// Of the whole fleet.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self { state: state.clone() }
    }

    /// One employee's channel.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn get(&self, kuerzel: &str) -> Result<Option<ChannelRecord>, LinkError> {
        self.state.record(KIND, kuerzel).await
    }

    /// All channels.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn all(&self) -> Result<BTreeMap<String, ChannelRecord>, LinkError> {
        self.state.records(KIND).await
    }

    /// Keeps a channel in place of the one before, under `lease` where the caller holds one.
    ///
    /// # Errors
    /// [`LinkError::StaleLease`] once the lease is somebody else's; else without Redis.
    pub async fn put(&self, lease: Option<&LeaseGuard>, kuerzel: &str, channel: &ChannelRecord) -> Result<(), LinkError> {
        self.state.put_record(lease, KIND, kuerzel, channel).await
    }

    /// Forgets a channel that was stopped, unless it has been replaced meanwhile; whether it was there.
    ///
    /// # Errors
    /// As [`Channels::put`].
    pub async fn remove(&self, lease: Option<&LeaseGuard>, kuerzel: &str, seen: &ChannelRecord) -> Result<bool, LinkError> {
        self.state.remove_record(lease, KIND, kuerzel, seen).await
    }
}
