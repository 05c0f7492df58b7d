//! How many requests at a time the whole fleet sends to Advoware.
//!
//! A place is a member of a sorted set whose score is when its holder is given up: a process that dies frees
//! its places by doing nothing. Who finds no place asks again and again, in the order of first asking; in
//! each process only one caller asks at a time, the others wait behind it.

use std::sync::Arc;
use std::time::Duration;

use advosync_advoware::{Busy, Concurrency, Permit};
use advosync_queue::link::LinkError;
use async_trait::async_trait;
use rand::RngExt;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use crate::State;

/// Added to a hold, so that no place is given up while its request may still run.
const MARGIN: Duration = Duration::from_secs(2);
/// Who has not asked for this long has lost its turn.
const GIVEN_UP: Duration = Duration::from_secs(1);
/// How soon the first in line asks again; those behind it ask more rarely.
const ASK_EVERY: Duration = Duration::from_millis(5);
const ASK_AT_LEAST_EVERY: Duration = Duration::from_millis(50);

/// The fleet's places. Clones share the line of this process.
#[derive(Debug, Clone)]
pub struct FleetConcurrency {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    places: usize,
    line: Mutex<()>,
    freed: Notify,
}

impl FleetConcurrency {
    /// So many places for the whole fleet; every process should name the same number.
    #[must_use]
    pub fn new(state: &State, places: usize) -> Self {
        let inner = Inner { state: state.clone(), places: places.max(1), line: Mutex::new(()), freed: Notify::new() };
        Self { inner: Arc::new(inner) }
    }

    /// How many places are free now.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn left(&self) -> Result<usize, LinkError> {
        let (held, _) = self.in_use().await?;
        Ok(self.inner.places.saturating_sub(held))
    }

    /// How many places are held now, and how many callers wait for one (one a process).
    ///
    /// # Errors
    /// Without Redis.
    pub async fn in_use(&self) -> Result<(usize, usize), LinkError> {
        let [places, asking, _] = self.inner.keys();
        let now = self.inner.state.redis().time_ms().await?;
        let mut pipe = redis::pipe();
        pipe.zrangebyscore(&places, format!("({now}"), "+inf").zcard(&asking);
        let (held, waiting): (Vec<String>, usize) = self.inner.state.redis().pipe(&pipe).await?;
        Ok((held.len(), waiting))
    }
}

impl Inner {
    fn keys(&self) -> [String; 3] {
        ["places", "asking", "alive"].map(|name| self.state.key_of("advoware", name))
    }

    /// Asks for a place: `None` if it was given, else how many go first.
    async fn enter(&self, id: &str, hold: Duration) -> Result<Option<u32>, LinkError> {
        let script = &self.state.scripts().enter;
        let mut call = script.call(&self.keys());
        call.arg(id).arg(self.places).arg((hold + MARGIN).as_millis() as u64).arg(GIVEN_UP.as_millis() as u64);
        let before: u32 = self.state.run(script, &call).await?;
        Ok((before > 0).then_some(before))
    }

    /// Gives a place back, or a turn in the line.
    async fn leave(&self, id: &str) {
        let mut pipe = redis::pipe();
        for key in self.keys() {
            pipe.zrem(key, id).ignore();
        }
        if let Err(error) = self.state.redis().pipe::<()>(&pipe).await {
            tracing::debug!(code = error.code(), "a place could not be given back; it ends by itself");
        }
        self.freed.notify_one();
    }

    async fn ask_until_given(&self, id: &str, hold: Duration) -> Result<(), LinkError> {
        while let Some(before) = self.enter(id, hold).await? {
            let pause = (ASK_EVERY * before).min(ASK_AT_LEAST_EVERY).mul_f64(rand::rng().random_range(0.5..=1.0));
            // A place that this process frees is noticed at once.
            timeout(pause, self.freed.notified()).await.ok();
        }
        Ok(())
    }
}

/// A place, or a turn in the line, that is given back when dropped.
struct Ticket {
    inner: Arc<Inner>,
    id: String,
    runtime: Handle,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let (inner, id) = (Arc::clone(&self.inner), std::mem::take(&mut self.id));
        self.runtime.spawn(async move { inner.leave(&id).await });
    }
}

#[async_trait]
impl Concurrency for FleetConcurrency {
    async fn acquire(&self, patience: Duration, hold: Duration) -> Result<Permit, Busy> {
        let until = Instant::now() + patience;
        let inner = &self.inner;
        let _first = timeout_at(until, inner.line.lock()).await.map_err(|_| Busy::Full)?;
        let id = Uuid::now_v7().simple().to_string();
        let ticket = Ticket { inner: Arc::clone(inner), id, runtime: Handle::current() };
        match timeout_at(until, inner.ask_until_given(&ticket.id, hold)).await {
            Ok(Ok(())) => Ok(Permit::new(move || drop(ticket))),
            Ok(Err(error)) => {
                tracing::warn!(code = error.code(), "the limiter does not answer");
                Err(Busy::Away)
            }
            Err(_) => Err(Busy::Full),
        }
    }
}
