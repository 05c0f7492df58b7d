//! One job's task: runs the handler, catches its panic, ends it when it must.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::{Handler, Job, LeaseGuard};

use super::outcome::Outcome;

/// A job that knows that it must stop gets this long to return by itself.
const TIME_TO_RETURN: Duration = Duration::from_secs(2);

/// Runs the handler to its outcome, whatever happens to it.
pub(crate) async fn run_job<H: Handler>(
    handler: Arc<H>,
    job: Job,
    lease: LeaseGuard,
    abort: CancellationToken,
    job_timeout: Duration,
) -> Outcome {
    let held = Arc::clone(&lease.held);
    let run_id = job.run_id.clone();
    // Asked for within the future: a handler may panic before it has one.
    let work = AssertUnwindSafe(async move { handler.handle(job, lease).await }).catch_unwind();
    let outcome = tokio::select! {
        biased;
        answer = work => answer.unwrap_or_else(|_| {
            tracing::error!(run_id, "the job panicked");
            Outcome::retry("panic", "")
        }),
        () = abort.cancelled() => Outcome::hand_back("drain"),
        () = lost_for_long(&held) => Outcome::hand_back("lease-lost"),
        () = stalled(&held, job_timeout) => Outcome::retry("timeout", ""),
    };
    if held.is_lost() {
        return Outcome::hand_back("lease-lost");
    }
    outcome
}

async fn lost_for_long(held: &super::lease::Held) {
    held.until_lost().await;
    tokio::time::sleep(TIME_TO_RETURN).await;
}

async fn stalled(held: &super::lease::Held, job_timeout: Duration) {
    loop {
        let stalled = held.stalled_for();
        if stalled >= job_timeout {
            return;
        }
        tokio::time::sleep(job_timeout - stalled).await;
    }
}
