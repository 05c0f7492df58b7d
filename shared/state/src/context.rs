//! The handle that everything here shares.

use std::sync::Arc;

use advosync_queue::link::{LinkError, Redis, Script};
use advosync_queue::{Keys, LeaseGuard};
use redis::{Cmd, FromRedisValue};

use crate::scripts::Scripts;

/// Everything that is kept beside the queue. Cheap to clone; nothing is sent before it is used.
#[derive(Debug, Clone)]
pub struct State {
    redis: Redis,
    keys: Keys,
    scripts: Arc<Scripts>,
}

impl State {
    /// On the queue's own Redis, under the queue's own prefix.
    #[must_use]
    pub fn new(redis: Redis, keys: Keys) -> Self {
        Self { redis, keys, scripts: Arc::new(Scripts::new()) }
    }

    /// Its Redis.
    #[must_use]
    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    pub(crate) fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    /// The full name of a key.
    pub(crate) fn key(&self, name: &str) -> String {
        self.keys.named(name)
    }

    /// The full name of an employee's (or any other's) key of a kind.
    pub(crate) fn key_of(&self, kind: &str, whose: &str) -> String {
        self.keys.named(&format!("{kind}:{whose}"))
    }

    pub(crate) async fn run<T: FromRedisValue>(&self, script: &Script, call: &Cmd) -> Result<T, LinkError> {
        self.redis.script(script, call).await
    }

    /// Starts the call of a script that refuses whoever has lost `lease`; the lease is `KEYS[1]` and `ARGV[1]`.
    pub(crate) fn fenced(&self, script: &Script, lease: &LeaseGuard, keys: &[&str]) -> Cmd {
        fenced_call(script, &lease.redis_key(), lease.value(), keys)
    }

    /// The same for a caller that may hold no lease.
    pub(crate) fn fenced_if(&self, script: &Script, lease: Option<&LeaseGuard>, keys: &[&str]) -> Cmd {
        match lease {
            Some(lease) => self.fenced(script, lease, keys),
            None => fenced_call(script, &self.key("lease:"), "", keys),
        }
    }
}

fn fenced_call(script: &Script, lease: &str, value: &str, keys: &[&str]) -> Cmd {
    let all: Vec<&str> = std::iter::once(lease).chain(keys.iter().copied()).collect();
    let mut call = script.call(&all);
    call.arg(value);
    call
}
