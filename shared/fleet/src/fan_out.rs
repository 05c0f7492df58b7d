//! The `ALL` job: one job for each employee.

use std::collections::BTreeMap;

use advosync_queue::{Addressee, Job, LeaseGuard, Outcome};
use advosync_telemetry::semconv::send_span;
use advosync_telemetry::{link, traceparent_of};
use tracing::Span;

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
        let spans: BTreeMap<&str, Span> = employees
            .synchronised
            .iter()
            .map(|kuerzel| (kuerzel.as_str(), send_span("jobs:employee", &job.run_id, Some(kuerzel))))
            .collect();
        let addressees: Vec<_> =
            spans.iter().map(|(key, span)| Addressee { key: *key, traceparent: traceparent_of(span) }).collect();
        match self.queue().fan_out_to(job, lease, &addressees).await {
            Ok(done) => {
                for (key, traceparent) in &done.met {
                    spans.get(key.as_str()).into_iter().for_each(|span| link(span, traceparent));
                }
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
