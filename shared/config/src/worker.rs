//! Settings of the queue and of the workers that empty it.

use std::time::Duration;

use crate::advoware::read_timeout;
use crate::{Reader, Settings};

const LEASE: &str = "WORKER_LEASE_SECONDS";
const ADVOWARE_TIMEOUT: &str = "ADVOWARE_API_TIMEOUT_SECONDS";

/// How jobs are leased, retried and given up.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerConfig {
    /// Employees at a time in one worker.
    pub concurrency: usize,
    /// Life of a lease without renewal.
    pub lease: Duration,
    /// Errors, or deaths of its worker, after which a job becomes a dead letter.
    pub max_attempts: u32,
    /// Without progress for so long a job is cancelled.
    pub job_timeout: Duration,
    /// First back-off; doubles with jitter.
    pub retry_base: Duration,
    /// Time for a clean drain after SIGTERM.
    pub shutdown_grace: Duration,
}

impl Settings for WorkerConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let lease = read_lease(reader);
        // Renewed at a third of its life, a lease has two thirds left: a request must fit in.
        let timeout = read_timeout(reader);
        if 2 * lease <= 3 * timeout {
            let should = format!(
                "more than one and a half times {ADVOWARE_TIMEOUT} ({} s), so that two thirds of the lease exceed it",
                timeout.as_secs_f64()
            );
            reader.fault(LEASE, &should);
        }
        Self {
            concurrency: reader.number("WORKER_CONCURRENCY", 1..=1000),
            lease,
            max_attempts: reader.number("WORKER_MAX_ATTEMPTS", 1..=1000),
            job_timeout: reader.seconds("WORKER_JOB_TIMEOUT_SECONDS", 1.0..=86_400.0),
            retry_base: reader.seconds("WORKER_RETRY_BASE_SECONDS", 0.001..=300.0),
            shutdown_grace: reader.seconds("SHUTDOWN_GRACE_SECONDS", 0.0..=3600.0),
        }
    }
}

/// Reads `WORKER_LEASE_SECONDS`, from which Google's time-out follows as well.
pub(crate) fn read_lease(reader: &mut Reader<'_>) -> Duration {
    reader.seconds(LEASE, 1.0..=3600.0)
}
