//! How many requests at a time the firm's server is asked to bear.
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;

/// A place among the requests at a time; dropping it gives the place back.
#[must_use]
pub struct Permit(Option<Box<dyn FnOnce() + Send>>);

impl Permit {
    /// A place that `release` gives back. It is called from a drop, so it must not block.
    pub fn new(release: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(release)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            release();
        }
    }
}

/// No place was to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// All places stayed taken for as long as the caller could wait.
    #[error("all places are taken")]
    Full,
    /// The place where the places are counted does not answer.
    #[error("the limiter is away")]
    Away,
}

/// Limits the requests at a time, for the whole fleet where the implementation is shared.
#[async_trait]
pub trait Concurrency: Send + Sync {
    /// Waits up to `patience` for a place, which will be held for at most `hold`.
    async fn acquire(&self, patience: Duration, hold: Duration) -> Result<Permit, Busy>;
}

/// A limit for this process alone: for tools and tests.
#[derive(Debug, Clone)]
pub struct LocalConcurrency(Arc<Semaphore>);

impl LocalConcurrency {
    /// So many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }
}

#[async_trait]
impl Concurrency for LocalConcurrency {
    async fn acquire(&self, patience: Duration, _hold: Duration) -> Result<Permit, Busy> {
        match tokio::time::timeout(patience, Arc::clone(&self.0).acquire_owned()).await {
            Ok(Ok(place)) => Ok(Permit::new(move || drop(place))),
            _ => Err(Busy::Full),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_dropped_permit_frees_its_place() {
        let limit = LocalConcurrency::new(1);
        let (patience, hold) = (Duration::from_secs(3), Duration::from_secs(30));
        let place = limit.acquire(patience, hold).await.expect("free");
        assert_eq!(limit.acquire(patience, hold).await.err(), Some(Busy::Full));
        drop(place);
        assert!(limit.acquire(patience, hold).await.is_ok());
    }
}
