//! A held lease, as its job, the renewal thread and the consumer see it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::{Job, Kind, Queue, QueueError, protocol::Lease};

/// The lease that was taken with one claimed entry.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) key: String,
    pub(crate) lease: Lease,
    pub(crate) run_id: String,
    pub(crate) kind: Kind,
    pub(crate) since_ms: u64,
    quiet: bool,
    /// Base of the two clocks below.
    born: Instant,
    /// Until when the lease surely lives: ms after `born`.
    deadline_ms: AtomicU64,
    /// Last progress: ms after `born`.
    progress_ms: AtomicU64,
    lost: CancellationToken,
}

impl Held {
    /// `asked_at` is the moment before the claim was sent: the lease lives at least this long.
    pub(crate) fn new(job: &Job, lease: Lease, asked_at: Instant, life: Duration) -> Self {
        Self {
            key: job.key.clone(),
            lease,
            run_id: job.run_id.clone(),
            kind: job.kind,
            since_ms: job.claimed_at_ms,
            quiet: job.is_quiet(),
            born: asked_at,
            deadline_ms: AtomicU64::new(life.as_millis() as u64),
            progress_ms: AtomicU64::new(asked_at.elapsed().as_millis() as u64),
            lost: CancellationToken::new(),
        }
    }

    fn age_ms(&self) -> u64 {
        self.born.elapsed().as_millis() as u64
    }

    /// What is left of the lease, by this process's monotonic clock.
    pub(crate) fn remaining(&self) -> Duration {
        if self.lost.is_cancelled() {
            return Duration::ZERO;
        }
        Duration::from_millis(self.deadline_ms.load(Ordering::Acquire).saturating_sub(self.age_ms()))
    }

    /// A renewal that was sent at `asked_at` succeeded.
    pub(crate) fn renewed(&self, asked_at: Instant, life: Duration) {
        let deadline = asked_at.duration_since(self.born) + life;
        self.deadline_ms.store(deadline.as_millis() as u64, Ordering::Release);
    }

    pub(crate) fn lose(&self) {
        self.lost.cancel();
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.remaining().is_zero()
    }

    pub(crate) async fn until_lost(&self) {
        self.lost.cancelled().await;
    }

    pub(crate) fn progress(&self) {
        self.progress_ms.store(self.age_ms(), Ordering::Release);
    }

    /// How long the job has made no progress.
    pub(crate) fn stalled_for(&self) -> Duration {
        Duration::from_millis(self.age_ms().saturating_sub(self.progress_ms.load(Ordering::Acquire)))
    }
}

/// A job's view of its lease. Cheap to clone.
///
/// A write may begin only while [`LeaseGuard::outlives`] says that the lease lives longer than
/// the write can take; whatever is written to Redis compares [`LeaseGuard::value`] with the
/// lease's key in the same script (see [`FENCE`]).
#[derive(Debug, Clone)]
pub struct LeaseGuard {
    pub(crate) held: Arc<Held>,
    pub(crate) stop: CancellationToken,
    pub(crate) queue: Queue,
}

/// Lua for other crates' scripts: refuses the whole step unless the lease is still held. The
/// lease's key is `KEYS[1]`, [`LeaseGuard::value`] is `ARGV[1]`. The refusal arrives as
/// [`crate::link::LinkError::StaleLease`].
pub const FENCE: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then \
    return redis.error_reply('STALELEASE the lease is held no more') end\n";

impl LeaseGuard {
    /// The fencing token of this attempt; rises with every claim, even across a loss of data.
    #[must_use]
    pub fn token(&self) -> u64 {
        self.held.lease.token
    }

    /// The key that is leased.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.held.key
    }

    /// Name of the lease in Redis.
    #[must_use]
    pub fn redis_key(&self) -> String {
        self.queue.keys().lease(&self.held.key)
    }

    /// Exactly what the lease's key holds while this attempt owns it: `worker:token:stream:entry`.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.held.lease.value
    }

    /// Whether the lease surely lives for `span` more, by a monotonic clock that was started
    /// before the last renewal was sent.
    #[must_use]
    pub fn outlives(&self, span: Duration) -> bool {
        self.held.remaining() > span
    }

    /// Whether the lease is lost, or so late that it must be treated so.
    #[must_use]
    pub fn lost(&self) -> bool {
        self.held.is_lost()
    }

    /// Whether the job should stop at its next safe point, hand itself back and return.
    #[must_use]
    pub fn stop_requested(&self) -> bool {
        self.stop.is_cancelled() || self.lost()
    }

    /// Waits until [`LeaseGuard::stop_requested`].
    pub async fn cancelled(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.held.until_lost() => {}
        }
    }

    /// Says that the job gets on: its time-out starts again.
    pub fn progress(&self) {
        self.held.progress();
    }

    /// Notes a phase and counts so far in the run's record and in the live feed.
    ///
    /// # Errors
    /// [`QueueError::StaleLease`] when the lease is no longer held.
    pub async fn report_progress(&self, phase: &str, counts: &serde_json::Value) -> Result<(), QueueError> {
        self.progress();
        let script = &self.queue.scripts().progress;
        let mut call = self.queue.call(script);
        let kind = match self.held.kind {
            Kind::All => "all",
            Kind::Keyed => &self.queue.settings().item,
        };
        call.arg(&self.held.key)
            .arg(&self.held.lease.value)
            .arg(&self.held.run_id)
            .arg(kind)
            .arg(phase)
            .arg(if counts.is_null() { String::new() } else { counts.to_string() })
            .arg(if self.held.quiet { "1" } else { "" });
        let _: u64 = self.queue.redis().script(script, &call).await.map_err(QueueError::from_fenced)?;
        Ok(())
    }
}
