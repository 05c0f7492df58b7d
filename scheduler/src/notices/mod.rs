//! Notices: people are told when something begins to need them, and when it is over.
//!
//! However many schedulers run, one of them looks at a time. What was told is kept in Redis by channel, and only
//! after the channel took it: a notice that could not be sent is sent by the next look.

mod causes;
mod channels;
mod memory;
mod texts;

use std::time::Duration;

use advosync_config::NotifyConfig;
use advosync_queue::{Queue, QueueError};
use advosync_state::{NoticeStore, State};
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use causes::Facts;
use channels::Channel;
use memory::step;

/// How often the fleet is looked at.
const LOOK: Duration = Duration::from_secs(15);
/// How long nobody else looks; a little less, so that the same scheduler may look again.
const TURN: Duration = Duration::from_secs(14);

/// Tells people of changes of state.
#[derive(Debug)]
pub struct Notifier {
    queue: Queue,
    state: State,
    store: NoticeStore,
    channels: Vec<Channel>,
    link_base: Option<Url>,
    owner: String,
}

impl Notifier {
    /// By the channels that are set; `None` where there is none.
    ///
    /// # Errors
    /// Where a channel can't be set up.
    pub fn new(queue: &Queue, config: &NotifyConfig) -> anyhow::Result<Option<Self>> {
        let channels = channels::configured(config)?;
        if channels.is_empty() {
            return Ok(None);
        }
        let state = State::new(queue.redis().clone(), queue.keys().clone());
        Ok(Some(Self {
            store: NoticeStore::new(&state),
            queue: queue.clone(),
            state,
            channels,
            link_base: config.link_base.clone(),
            owner: format!("n-{}", Uuid::now_v7().simple()),
        }))
    }

    /// Looks again and again, until `shutdown`.
    pub async fn run(&self, shutdown: &CancellationToken) {
        loop {
            match self.store.take_turn(&self.owner, TURN).await {
                Ok(true) => self.look_and_tell().await,
                Ok(false) => {}
                Err(error) => tracing::debug!(code = error.code(), "nobody can be told anything now"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn look_and_tell(&self) {
        if let Err(error) = self.look().await {
            tracing::warn!(%error, "whether somebody is needed can't be seen now");
        }
    }

    /// Looks at the fleet once, and tells by each channel what has changed since it last told.
    ///
    /// # Errors
    /// Where Redis is away. A channel that does not take a notice is only logged: the next look tries again.
    pub async fn look(&self) -> Result<(), QueueError> {
        let facts = Facts::load(&self.queue, &self.state).await?;
        let (now, causes) = (facts.now, facts.causes());
        for channel in &self.channels {
            let known = self.store.load(channel.name()).await?;
            let mut turned = step(&known, &causes, now);
            let changes = std::mem::take(&mut turned.notices);
            for changes in channel.at_a_time(&changes) {
                let notices: Vec<_> = changes.iter().map(|change| texts::notice(change, self.link_base.as_ref(), now)).collect();
                match channel.send(&notices).await {
                    Ok(()) => tracing::info!(channel = channel.name(), notices = notices.len(), "notices were sent"),
                    Err(error) => {
                        tracing::warn!(channel = channel.name(), notices = notices.len(), %error, "notices could not be sent");
                        changes.iter().for_each(|change| turned.untell(change, &known));
                    }
                }
            }
            if turned.known != known {
                self.store.save(channel.name(), &turned.known).await?;
            }
        }
        Ok(())
    }
}

/// A moment from a count of milliseconds since 1970.
fn moment(ms: u64) -> Option<DateTime<Utc>> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis)
}
