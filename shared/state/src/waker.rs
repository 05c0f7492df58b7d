//! Waking another employee's run.

use advosync_sync::ports::Failure;

/// Enqueues runs on behalf of a run.
pub trait Waker: Send + Sync {
    /// Enqueues a run of `kuerzel`, if that one is synchronised.
    fn wake(&self, kuerzel: &str) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Wakes nobody: for tests and tools.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWaker;

impl Waker for NoWaker {
    async fn wake(&self, _kuerzel: &str) -> Result<(), Failure> {
        Ok(())
    }
}
