//! What this process does with the queue. The fleet's totals are counted in Redis, see [`super::FleetSnapshot`].

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{JobKind, JobOutcome, KindOutcome, Priority};
use super::{Metrics, Timing, observe};

#[derive(Debug)]
pub(crate) struct QueueMetrics {
    attempts: Family<KindOutcome, Counter>,
    wait: Family<Priority, Timing, fn() -> Timing>,
}

fn wait_timing() -> Timing {
    Timing::new([0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0].into_iter())
}

impl QueueMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let queue = Self { attempts: Family::default(), wait: Family::new_with_constructor(wait_timing) };
        queue.start_at_zero();
        let help = "Attempts at jobs by what the job is for and how the attempt ended";
        registry.register("job_attempts", help, queue.attempts.clone());
        let help = "Time from a job's entry into the queue until a worker claims it";
        registry.register_with_unit("job_wait", help, Unit::Seconds, queue.wait.clone());
        queue
    }

    fn start_at_zero(&self) {
        for (kind, outcome) in JobKind::ALL.iter().flat_map(|kind| JobOutcome::ALL.iter().map(move |end| (*kind, *end))) {
            drop(self.attempts.get_or_create(&KindOutcome { kind, outcome }));
        }
        for priority in ["normal", "urgent"] {
            drop(self.wait.get_or_create(&Priority { priority }));
        }
    }
}

impl Metrics {
    /// A job was claimed after it waited so long in the queue.
    pub fn job_claimed(&self, urgent: bool, waited: Duration) {
        let priority = if urgent { "urgent" } else { "normal" };
        observe(&self.queue.wait.get_or_create(&Priority { priority }), waited);
    }

    /// An attempt at a job ended.
    pub fn attempt_ended(&self, kind: JobKind, outcome: JobOutcome) {
        self.queue.attempts.get_or_create(&KindOutcome { kind, outcome }).inc();
    }
}
