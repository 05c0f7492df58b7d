//! The handle to one queue.

use std::sync::Arc;

use redis::Cmd;

use crate::{
    Keys, Settings,
    link::{LinkError, Redis, Script},
    scripts::Scripts,
};

/// A cheap, clonable handle to one queue on one Redis.
#[derive(Debug, Clone)]
pub struct Queue {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    redis: Redis,
    settings: Settings,
    keys: Keys,
    scripts: Scripts,
}

/// Why a step of the queue failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis did not do it; see the source for whether it may later.
    #[error("the queue's redis did not answer as it should")]
    Link(#[from] LinkError),
    /// A fan-out over no keys at all: an error, never a success with no jobs.
    #[error("nothing to fan out to")]
    EmptyFanOut,
    /// The lease that fences this step is no longer held; nothing was written.
    #[error("the lease is no longer held")]
    StaleLease,
    /// There is nothing of that id.
    #[error("no such entry")]
    NotFound,
    /// The dead letter is an unreadable entry: it can be dropped, not run.
    #[error("an unreadable entry cannot be requeued")]
    Unreadable,
}

impl QueueError {
    /// Whether the same step may succeed later without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Link(error) if error.is_transient())
    }

    /// Moves a refused fence to its own variant.
    pub(crate) fn from_fenced(error: LinkError) -> Self {
        match error {
            LinkError::StaleLease => Self::StaleLease,
            other => Self::Link(other),
        }
    }
}

impl Queue {
    /// A queue with these settings on this Redis. Nothing is sent yet.
    #[must_use]
    pub fn new(redis: Redis, settings: Settings) -> Self {
        Self::with_scripts(redis, settings, Scripts::new())
    }

    pub(crate) fn with_scripts(redis: Redis, settings: Settings, scripts: Scripts) -> Self {
        let keys = Keys::new(&settings);
        Self { inner: Arc::new(Inner { redis, settings, keys, scripts }) }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Its key names.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Its Redis.
    #[must_use]
    pub fn redis(&self) -> &Redis {
        &self.inner.redis
    }

    pub(crate) fn scripts(&self) -> &Scripts {
        &self.inner.scripts
    }

    /// Starts a script's call with the keys and settings that every script takes.
    pub(crate) fn call(&self, script: &Script) -> Cmd {
        self.call_with(script, &[])
    }

    /// The same with further keys behind the common ones.
    pub(crate) fn call_with(&self, script: &Script, further: &[&str]) -> Cmd {
        let mut keys: Vec<&str> = self.keys().common().iter().map(String::as_str).collect();
        keys.extend_from_slice(further);
        let mut call = script.call(&keys);
        let settings = self.settings();
        call.arg(self.keys().base()).arg(&settings.key_field).arg(&settings.item).arg(&settings.all_key);
        call
    }
}
