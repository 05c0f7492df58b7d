//! The `ALL` job: one job for each employee.

use advosync_queue::{Job, LeaseGuard, Outcome};

use crate::Fleet;
use crate::outcome;

impl Fleet {
    /// Expands an `ALL` into the employees' jobs.
    pub(crate) async fn fan_out(&self, job: &Job, lease: &LeaseGuard) -> Outcome {
        let employees = match self.fetch_employees(Some(lease)).await {
            Ok(employees) => employees,
            Err(failure) => {
                tracing::warn!(code = failure.code, kind = ?failure.kind, "the employees can't be listed");
                self.record_failure(&failure);
                return outcome::of_failure(&failure);
            }
        };
        let keys: Vec<&String> = employees.synchronised.iter().collect();
        let span = advosync_telemetry::semconv::send_span("jobs:employee", &job.run_id, None);
        let mut sent = job.clone();
        sent.traceparent = advosync_telemetry::traceparent_of(&span).or(sent.traceparent);
        let fanned_out = {
            use tracing::Instrument;
            self.queue().fan_out(&sent, lease, &keys).instrument(span).await
        };
        match fanned_out {
            Ok(done) => {
                tracing::info!(enqueued = done.enqueued, joined = done.joined, skipped = done.skipped, "fanned out");
                self.stop_channels_of_others(&employees.active, lease).await;
                Outcome::succeeded(serde_json::Value::Null, true)
            }
            Err(error) => {
                tracing::warn!(%error, "the fan-out did not come to its end");
                outcome::of_queue(&error)
            }
        }
    }
}
