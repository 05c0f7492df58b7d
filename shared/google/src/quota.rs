//! The fleet's share of Google's quotas, as the client asks for it.
use std::time::Duration;

use async_trait::async_trait;

/// Which of Google's limits a request counts towards, beside the minute quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Reads anything.
    Read,
    /// Writes an event, a calendar's description or a channel.
    Write,
    /// Makes a calendar: about 60 in a short time.
    CreateCalendar,
    /// Shares a calendar: slow in a short time.
    Share,
}

/// A request that would like to be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// What it does.
    pub kind: Kind,
    /// The quota user that Google counts it for: a hash of the calendar's id.
    pub quota_user: &'a str,
    /// The longest wait that the caller can afford.
    pub patience: Duration,
    /// A person or a push waits for it: it goes before the nightly mass.
    pub urgent: bool,
}

/// No turn within the caller's patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// The turn would come too late; nothing was taken.
    #[error("the quota's turn would come too late")]
    TooLong {
        /// When it is worth asking again.
        retry_after: Duration,
    },
    /// The place where the quotas are counted does not answer.
    #[error("the quota is away")]
    Away,
}

/// Rations requests, for the whole fleet where the implementation is shared.
#[async_trait]
pub trait Quota: Send + Sync {
    /// Waits for the request's turn, takes it, and says how long that took.
    async fn acquire(&self, ask: Ask<'_>) -> Result<Duration, QuotaError>;
    /// Google refused a request of that kind: slow down, for `retry_after` at least where it is given.
    async fn refused(&self, kind: Kind, quota_user: &str, retry_after: Option<Duration>);
    /// A request of that kind got through.
    async fn succeeded(&self, _kind: Kind, _quota_user: &str) {}
}

/// A [`Quota`] without limits: for tools and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQuota;

#[async_trait]
impl Quota for NoQuota {
    async fn acquire(&self, _ask: Ask<'_>) -> Result<Duration, QuotaError> {
        Ok(Duration::ZERO)
    }

    async fn refused(&self, _kind: Kind, _quota_user: &str, _retry_after: Option<Duration>) {}
}
