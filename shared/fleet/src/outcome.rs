//! What a failure means for the job that met it.

use std::time::Duration;

use advosync_queue::{DoneStatus, Outcome, QueueError};
use advosync_sync::ports::{Failure, FailureKind};
use advosync_sync::run::{Report, Status};

use crate::adapters::PhaseTimes;

/// How long a job waits for quota where nobody says how long.
const QUOTA_PAUSE: Duration = Duration::from_secs(15);

/// A failed run: tried again, handed back, or given up.
pub(crate) fn of_failure(failure: &Failure) -> Outcome {
    let class = class(failure.kind);
    let code = failure.code.clone();
    match failure.kind {
        FailureKind::Denied => Outcome::Final { class: class.to_owned(), code },
        FailureKind::Stopped => Outcome::hand_back("drain"),
        FailureKind::LeaseLost => Outcome::hand_back("lease-lost"),
        FailureKind::Quota => {
            Outcome::HandBack { reason: "quota".to_owned(), due_in: failure.retry_after.unwrap_or(QUOTA_PAUSE) }
        }
        FailureKind::Refused | FailureKind::Unavailable | FailureKind::TokenExpired | FailureKind::CalendarMissing => {
            Outcome::Retry { class: class.to_owned(), code, retry_after: failure.retry_after }
        }
    }
}

/// The class of an error, as people and alarms see it.
fn class(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Refused => "refused",
        FailureKind::Unavailable => "unavailable",
        FailureKind::Quota => "quota",
        FailureKind::Denied => "denied",
        FailureKind::TokenExpired => "token-expired",
        FailureKind::CalendarMissing => "calendar-missing",
        FailureKind::LeaseLost => "lease-lost",
        FailureKind::Stopped => "stopped",
    }
}

/// A run that came to its end.
pub(crate) fn of_report(report: &Report, times: PhaseTimes) -> Outcome {
    let status = match report.status() {
        Status::Succeeded => DoneStatus::Succeeded,
        Status::Partial => DoneStatus::Partial,
        Status::Held => DoneStatus::Held,
    };
    let quiet = status == DoneStatus::Succeeded && report.notes.is_empty() && !report.counts.wrote();
    Outcome::Done {
        status,
        counts: serde_json::to_value(report.counts).unwrap_or_default(),
        report: with_times(report, times).filter(|_| !quiet),
        changed: !quiet,
    }
}

/// The report as the run's record keeps it.
fn with_times(report: &Report, times: PhaseTimes) -> Option<serde_json::Value> {
    let mut report = serde_json::to_value(report).ok()?;
    report["phases_ms"] = serde_json::to_value(times).ok()?;
    Some(report)
}

/// A step of the queue that failed inside a job.
pub(crate) fn of_queue(error: &QueueError) -> Outcome {
    match error {
        QueueError::StaleLease => Outcome::hand_back("lease-lost"),
        QueueError::EmptyFanOut => Outcome::retry("no-employees", "advoware.employees: nobody to synchronise"),
        QueueError::Link(error) => Outcome::retry("redis", error.code()),
        QueueError::NotFound | QueueError::Unreadable => Outcome::retry("queue", "queue.refused"),
    }
}
