//! What a worker does with each job.

use std::time::Instant;

use advosync_queue::{DoneStatus, Handler, Job, Kind, LeaseGuard, Outcome};
use advosync_telemetry::semconv::{Processed, process_span};
use advosync_telemetry::{JobKind, JobOutcome, RunStatus, parent_and_link, start_new_trace};
use tracing::Instrument;

use crate::Fleet;

/// Runs the fleet's jobs.
#[derive(Clone)]
pub struct Jobs {
    fleet: Fleet,
}

impl Jobs {
    /// On this fleet.
    #[must_use]
    pub fn new(fleet: Fleet) -> Self {
        Self { fleet }
    }
}

impl Handler for Jobs {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        let (stream, group) = match (job.kind, job.urgent) {
            (Kind::All, _) => ("jobs:all", "fanout"),
            (Kind::Keyed, true) => ("jobs:employee:urgent", "workers"),
            (Kind::Keyed, false) => ("jobs:employee", "workers"),
        };
        let span = process_span(Processed {
            stream,
            group,
            job_id: &job.job_id,
            run_id: &job.run_id,
            kuerzel: (job.kind == Kind::Keyed).then_some(job.key.as_str()),
            attempt: job.attempt,
        });
        if let Some(sent) = &job.traceparent {
            // A redelivery or a retry is a story of its own, linked to the first.
            if job.attempt == 1 { parent_and_link(&span, sent) } else { start_new_trace(&span, [sent.as_str()]) }
        }
        let began = Instant::now();
        let metrics = self.fleet.metrics();
        let waited = std::time::Duration::from_millis(job.claimed_at_ms.saturating_sub(job.enqueued_at_ms));
        metrics.job_claimed(job.urgent, waited);
        let outcome = async {
            match job.kind {
                Kind::All => self.fleet.fan_out(&job, &lease).await,
                Kind::Keyed => self.fleet.synchronise(&job, &lease).await,
            }
        }
        .instrument(span.clone())
        .await;
        let kind = if job.kind == Kind::All { JobKind::All } else { JobKind::Employee };
        let (ended, status) = match &outcome {
            Outcome::Done { status, .. } => (JobOutcome::Done, Some(run_status(*status))),
            Outcome::Retry { .. } => (JobOutcome::Retried, None),
            Outcome::HandBack { .. } => (JobOutcome::HandedBack, None),
            Outcome::Final { .. } => (JobOutcome::Dead, Some(RunStatus::Failed)),
        };
        metrics.attempt_ended(kind, ended);
        if let Some(status) = status {
            metrics.run_ended(kind, status, began.elapsed());
            span.record(advosync_telemetry::semconv::RUN_STATUS, status.as_str());
        }
        if let Outcome::Retry { class, .. } | Outcome::Final { class, .. } = &outcome {
            advosync_telemetry::semconv::failed(&span, class);
        }
        span.in_scope(|| tell(&job, &outcome));
        outcome
    }
}

fn run_status(status: DoneStatus) -> RunStatus {
    match status {
        DoneStatus::Succeeded => RunStatus::Succeeded,
        DoneStatus::Partial => RunStatus::Partial,
        DoneStatus::Held => RunStatus::Held,
    }
}

fn tell(job: &Job, outcome: &Outcome) {
    let (kuerzel, run_id, attempt) = (&job.key, &job.run_id, job.attempt);
    match outcome {
        Outcome::Done { status, changed, .. } => {
            tracing::info!(kuerzel, run_id, attempt, status = ?status, changed, "the job is done");
        }
        Outcome::Retry { class, code, .. } => tracing::warn!(kuerzel, run_id, attempt, class, code, "the job is tried again"),
        Outcome::HandBack { reason, .. } => tracing::info!(kuerzel, run_id, attempt, reason, "the job is handed back"),
        Outcome::Final { class, code } => tracing::error!(kuerzel, run_id, attempt, class, code, "the job is given up"),
    }
}
