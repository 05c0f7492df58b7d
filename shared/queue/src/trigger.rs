//! Asking for work.

use data_encoding::HEXLOWER;
use redis::Cmd;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Origin, Queue, QueueError};

/// A request to run one key, or all of them.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// The key.
    pub key: String,
    /// Who asks.
    pub origin: Origin,
    /// Overtakes the mass. [`Trigger::new`] sets it for people and pushes.
    pub urgent: bool,
    /// W3C trace context of the asker.
    pub traceparent: Option<String>,
    /// Id of the asker, for the run record.
    pub requested_by: Option<String>,
    /// The same key within a day gives the same answer and nothing else. Only its digest is kept.
    pub idempotency_key: Option<String>,
}

impl Trigger {
    /// A request for one key; urgent if a person or a push asks.
    pub fn new(key: impl Into<String>, origin: Origin) -> Self {
        Self {
            key: key.into(),
            origin,
            urgent: matches!(origin, Origin::Person | Origin::Push),
            traceparent: None,
            requested_by: None,
            idempotency_key: None,
        }
    }
}

/// What became of a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// A new job waits, or is parked behind the running one.
    Queued,
    /// It joined a job that waits, is parked or backs off.
    Joined,
    /// The key is poisoned by deaths, and cron and polls leave it alone.
    Skipped,
}

/// The answer to a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triggered {
    /// The run to follow; empty if skipped.
    pub run_id: String,
    /// Its job; empty if skipped, or joined to a fan-out that is running.
    pub job_id: String,
    /// What became of it.
    pub accepted: Accepted,
    /// W3C trace contexts of what it follows: the job that it joined, the dead letter that it takes back.
    pub follows: Vec<String>,
}

impl Triggered {
    /// Whether it joined a job that was there.
    #[must_use]
    pub fn joined(&self) -> bool {
        self.accepted == Accepted::Joined
    }
}

impl Queue {
    /// Enqueues a job for a key in one atomic step, or joins the one that is there.
    ///
    /// # Errors
    /// When Redis is away or full: then nothing was written, or (without an answer) perhaps
    /// everything; repeating it joins.
    pub async fn trigger(&self, trigger: &Trigger) -> Result<Triggered, QueueError> {
        let call = self.trigger_call(trigger);
        let answer: Vec<String> = self.redis().script(&self.scripts().trigger, &call).await?;
        Ok(read_triggered(&answer))
    }

    pub(crate) fn trigger_call(&self, trigger: &Trigger) -> Cmd {
        let mut call = self.call(&self.scripts().trigger);
        let digest = trigger.idempotency_key.as_deref().map(|key| digest(&trigger.key, key));
        call.arg(digest.unwrap_or_default()).arg(self.settings().idempotency_ttl.as_millis() as u64);
        add_request(&mut call, trigger);
        call
    }

    /// Enqueues a fan-out, or joins the unfinished one.
    ///
    /// # Errors
    /// As [`Queue::trigger`].
    pub async fn trigger_all(&self, trigger: Trigger) -> Result<Triggered, QueueError> {
        let key = self.settings().all_key.clone();
        self.trigger(&Trigger { key, ..trigger }).await
    }
}

pub(crate) fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// Adds a trigger as the scripts read it.
pub(crate) fn add_request(call: &mut Cmd, trigger: &Trigger) {
    call.arg(&trigger.key)
        .arg(trigger.origin.as_str())
        .arg(if trigger.urgent { "1" } else { "" })
        .arg(new_id())
        .arg(new_id())
        .arg(trigger.traceparent.as_deref().unwrap_or_default())
        .arg(trigger.requested_by.as_deref().unwrap_or_default());
}

pub(crate) fn read_triggered(answer: &[String]) -> Triggered {
    let part = |at: usize| answer.get(at).cloned().unwrap_or_default();
    Triggered {
        run_id: part(0),
        job_id: part(1),
        accepted: match part(2).as_str() {
            "skipped" => Accepted::Skipped,
            "joined" => Accepted::Joined,
            _ => Accepted::Queued,
        },
        follows: answer.iter().skip(3).filter(|traceparent| !traceparent.is_empty()).cloned().collect(),
    }
}

/// An idempotency key counts per job key; what the caller sent never reaches Redis.
fn digest(key: &str, idempotency_key: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(key.as_bytes());
    hasher.update([0]);
    hasher.update(idempotency_key.as_bytes());
    HEXLOWER.encode(&hasher.finalize())
}
