//! The engine's view of a lease, of waking others, and of whoever watches.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use advosync_queue::{Accepted, LeaseGuard, Origin, Queue, Trigger};
use advosync_state::Waker;
use advosync_sync::ports::{Failure, FailureKind, Lease};
use advosync_sync::run::{Counts, Observer, Phase};
use serde::Serialize;
use tokio::sync::watch;

use crate::triggers::send;

/// The queue's lease as the engine's.
#[derive(Debug, Clone)]
pub(crate) struct JobLease(pub(crate) LeaseGuard);

impl Lease for JobLease {
    fn outlives(&self, time_out: Duration) -> bool {
        self.0.outlives(time_out)
    }

    fn should_stop(&self) -> bool {
        self.0.stop_requested()
    }

    async fn wait(&self, duration: Duration) {
        // Waiting on purpose is progress: the job is not stuck.
        let mut left = duration;
        while !left.is_zero() && !self.0.stop_requested() {
            let step = left.min(Duration::from_secs(1));
            tokio::select! {
                () = self.0.cancelled() => return,
                () = tokio::time::sleep(step) => left = left.saturating_sub(step),
            }
            self.0.progress();
        }
    }
}

/// Enqueues a colleague's run.
#[derive(Debug, Clone)]
pub(crate) struct QueueWaker {
    pub(crate) queue: Queue,
    /// Whether an employee is synchronised at all.
    pub(crate) known: std::collections::BTreeSet<String>,
}

impl Waker for QueueWaker {
    async fn wake(&self, kuerzel: &str) -> Result<(), Failure> {
        if !self.known.contains(kuerzel) {
            return Ok(());
        }
        let trigger = Trigger { urgent: true, ..Trigger::new(kuerzel, Origin::Other) };
        match send(&self.queue, trigger).await {
            Ok(triggered) => {
                if triggered.accepted == Accepted::Skipped {
                    tracing::warn!(kuerzel, "a colleague's run was skipped: its key has a dead letter");
                }
                Ok(())
            }
            Err(_) => Err(Failure::not_done(FailureKind::Unavailable, "redis.wake")),
        }
    }
}

/// Where a run has got to, for whoever watches it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    pub(crate) phase: String,
    pub(crate) counts: Counts,
}

/// How long each phase of a run took, all rounds together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct PhaseTimes {
    /// Reading both sides, in ms.
    load: u64,
    /// Deciding, in ms.
    plan: u64,
    /// Writing, in ms.
    apply: u64,
}

impl PhaseTimes {
    fn add(&mut self, phase: Phase, took: Duration) {
        let sum = match phase {
            Phase::Load => &mut self.load,
            Phase::Plan => &mut self.plan,
            Phase::Apply { .. } => &mut self.apply,
        };
        *sum += u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    }
}

/// The phase that goes on, since when, and what those before it took.
#[derive(Debug, Default)]
struct Timing {
    current: Option<(Phase, Instant)>,
    times: PhaseTimes,
}

impl Timing {
    fn turn(&mut self, next: Option<Phase>) {
        let same = |one: Phase, other: Phase| std::mem::discriminant(&one) == std::mem::discriminant(&other);
        match self.current {
            Some((phase, _)) if next.is_some_and(|next| same(phase, next)) => {}
            before => {
                if let Some((phase, since)) = before {
                    self.times.add(phase, since.elapsed());
                }
                self.current = next.map(|next| (next, Instant::now()));
            }
        }
    }
}

/// Passes a run's progress on without ever holding it up.
#[derive(Debug)]
pub(crate) struct Watcher {
    lease: LeaseGuard,
    latest: watch::Sender<Option<Progress>>,
    timing: Mutex<Timing>,
}

impl Watcher {
    pub(crate) fn new(lease: LeaseGuard) -> Self {
        Self { lease, latest: watch::Sender::new(None), timing: Mutex::default() }
    }

    /// How long the phases took until now, at which the last one ends.
    pub(crate) fn times(&self) -> PhaseTimes {
        let mut timing = self.timing.lock().unwrap_or_else(PoisonError::into_inner);
        timing.turn(None);
        timing.times
    }

    /// Tells the run's record and the live feed, at most every `pause`; never ends by itself.
    pub(crate) async fn tell(&self, pause: Duration) {
        let mut seen = self.latest.subscribe();
        while seen.changed().await.is_ok() {
            let progress = seen.borrow_and_update().clone();
            if let Some(Progress { phase, counts }) = progress {
                let counts = serde_json::to_value(counts).unwrap_or_default();
                if let Err(error) = self.lease.report_progress(&phase, &counts).await {
                    tracing::debug!(%error, "progress was not told");
                }
            }
            tokio::time::sleep(pause).await;
        }
    }
}

impl Observer for Watcher {
    fn phase(&self, phase: Phase, counts: &Counts) {
        self.lease.progress();
        self.timing.lock().unwrap_or_else(PoisonError::into_inner).turn(Some(phase));
        let phase = match phase {
            Phase::Load => "load".to_owned(),
            Phase::Plan => "plan".to_owned(),
            Phase::Apply { done, total } => format!("apply {done}/{total}"),
        };
        self.latest.send_replace(Some(Progress { phase, counts: *counts }));
    }
}
