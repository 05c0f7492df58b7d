//! What runs do.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{FieldName, JobKind, KindStatus, Operation, OperationKind, RemoteSide, RunStatus};
use super::{Metrics, Timing, observe};

/// The fields that both sides compare.
const FIELDS: [&str; 6] = ["time", "text", "notiz", "ort", "private", "recurrence"];

#[derive(Debug)]
pub(crate) struct RunMetrics {
    duration: Family<KindStatus, Timing, fn() -> Timing>,
    plan: Histogram,
    operations: Family<Operation, Counter>,
    conflicts: Family<FieldName, Counter>,
    item_errors: Counter,
}

fn run_timing() -> Timing {
    Timing::new([0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0].into_iter())
}

impl RunMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let sizes = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0];
        let runs = Self {
            duration: Family::new_with_constructor(run_timing),
            plan: Histogram::new(sizes),
            operations: Family::default(),
            conflicts: Family::default(),
            item_errors: Counter::default(),
        };
        runs.start_at_zero();
        let help = "Duration of runs by what they are for and how they ended";
        registry.register_with_unit("run_duration", help, Unit::Seconds, runs.duration.clone());
        registry.register("plan_operations", "Operations in the plan of a run", runs.plan.clone());
        let help = "Writes of appointments by side, kind and outcome";
        registry.register("operations", help, runs.operations.clone());
        let help = "Fields that both sides changed differently";
        registry.register("conflicts", help, runs.conflicts.clone());
        registry.register("item_errors", "Appointments that a run could not handle", runs.item_errors.clone());
        runs
    }

    fn start_at_zero(&self) {
        for (kind, status) in JobKind::ALL.iter().flat_map(|kind| RunStatus::ALL.iter().map(move |end| (*kind, *end))) {
            drop(self.duration.get_or_create(&KindStatus { kind, status }));
        }
        for side in RemoteSide::ALL {
            for operation in OperationKind::ALL {
                for outcome in ["applied", "failed"] {
                    drop(self.operations.get_or_create(&Operation { side: *side, operation: *operation, outcome }));
                }
            }
        }
        for field in FIELDS {
            drop(self.conflicts.get_or_create(&FieldName { field }));
        }
    }
}

impl Metrics {
    /// A run ended.
    pub fn run_ended(&self, kind: JobKind, status: RunStatus, duration: Duration) {
        observe(&self.runs.duration.get_or_create(&KindStatus { kind, status }), duration);
    }

    /// A plan of so many operations was made.
    pub fn planned(&self, operations: usize) {
        self.runs.plan.observe(u32::try_from(operations).unwrap_or(u32::MAX).into());
    }

    /// Writes of one kind were done on one side, or failed.
    pub fn operated(&self, side: RemoteSide, operation: OperationKind, applied: u64, failed: u64) {
        for (outcome, count) in [("applied", applied), ("failed", failed)] {
            self.runs.operations.get_or_create(&Operation { side, operation, outcome }).inc_by(count);
        }
    }

    /// A field was changed differently on both sides: `time`, `text`, `notiz`, `ort`, `private` or `recurrence`.
    pub fn conflict(&self, field: &str) {
        let known = FIELDS.iter().find(|known| **known == field).copied();
        self.runs.conflicts.get_or_create(&FieldName { field: known.unwrap_or("other") }).inc();
    }

    /// Appointments could not be handled.
    pub fn items_failed(&self, items: u64) {
        self.runs.item_errors.inc_by(items);
    }
}
