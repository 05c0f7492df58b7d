//! Push channels are replaced before they end, whether a run is due or not.

use std::collections::BTreeMap;

use advosync_queue::{Origin, Queue, QueueError, Trigger};
use advosync_state::{Channels, State};
use chrono::{DateTime, TimeDelta, Utc};

/// How often the channels are looked at.
const PAUSE: TimeDelta = TimeDelta::seconds(10);
/// How long a run has for replacing a channel before it is asked for again.
const PATIENCE: TimeDelta = TimeDelta::minutes(5);

/// Asks for the run of each employee whose push channel is due: every run sees to its channel.
#[derive(Debug)]
pub(crate) struct Renewals {
    queue: Queue,
    channels: Channels,
    next: DateTime<Utc>,
    /// When the channels were last asked for, by their ids.
    asked: BTreeMap<String, DateTime<Utc>>,
}

impl Renewals {
    pub(crate) fn new(queue: &Queue) -> Self {
        let state = State::new(queue.redis().clone(), queue.keys().clone());
        Self { queue: queue.clone(), channels: Channels::new(&state), next: DateTime::UNIX_EPOCH, asked: BTreeMap::new() }
    }

    /// Looks at them where it is time to.
    pub(crate) async fn look(&mut self, now: DateTime<Utc>) -> Result<(), QueueError> {
        if now < self.next {
            return Ok(());
        }
        self.next = now + PAUSE;
        self.asked.retain(|_, asked| now - *asked < PATIENCE);
        for (kuerzel, channel) in self.channels.all().await? {
            if channel.is_due(now) && !self.asked.contains_key(&channel.id) {
                self.queue.trigger(&Trigger::new(kuerzel.clone(), Origin::Poll)).await?;
                tracing::info!(kuerzel, "the push channel is due");
                self.asked.insert(channel.id, now);
            }
        }
        Ok(())
    }
}
