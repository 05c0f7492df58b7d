//! What people were told of, so that they are told once.

use std::collections::BTreeMap;
use std::time::Duration;

use advosync_queue::link::LinkError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::State;

/// What is known of one cause of notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRecord {
    /// Since when it holds; `None` once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Whether people were told that it began, and not yet that it is over.
    #[serde(default)]
    pub told: bool,
    /// When they were last told that it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<DateTime<Utc>>,
}

/// The records of the whole fleet.
#[derive(Debug, Clone)]
pub struct NoticeStore {
    state: State,
}

impl NoticeStore {
    /// Of the whole fleet.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self { state: state.clone() }
    }

    /// What was told by one channel, by cause.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn load(&self, channel: &str) -> Result<BTreeMap<String, NoticeRecord>, LinkError> {
        Ok(self.state.record("notices", channel).await?.unwrap_or_default())
    }

    /// Replaces what was told by one channel.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn save(&self, channel: &str, records: &BTreeMap<String, NoticeRecord>) -> Result<(), LinkError> {
        self.state.put_record(None, "notices", channel, records).await
    }

    /// Whether it is the caller's turn to look, for `life`; nobody else's of the fleet is then.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn take_turn(&self, owner: &str, life: Duration) -> Result<bool, LinkError> {
        let mut set = redis::cmd("SET");
        set.arg(self.state.key("notices:turn")).arg(owner).arg("NX").arg("PX").arg(life.as_millis() as u64);
        Ok(self.state.redis().run::<Option<String>>(&set).await?.is_some())
    }
}
