//! The hook through which metrics learn of every HTTP exchange.
use std::time::Duration;

/// One HTTP exchange that has ended, one way or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchanged {
    /// Which remote system: `advoware` or `google`.
    pub upstream: &'static str,
    /// What was asked, such as `events.list`; never an id.
    pub operation: &'static str,
    /// `2xx`, `4xx` and so on, or why there was no answer, such as `timeout`.
    pub outcome: &'static str,
    /// The HTTP status, where an answer came.
    pub status: Option<u16>,
    /// 0 for the first time a call was sent, then rising.
    pub resend: u32,
    /// From sending the request to the last byte of the answer.
    pub duration: Duration,
    /// How long the request waited for its turn (quota or concurrency) before it was sent.
    pub waited: Duration,
}

/// Is told of every HTTP exchange. Must not block.
pub trait Observer: Send + Sync {
    /// Called once per exchange, after it has ended.
    fn on_call(&self, exchanged: &Exchanged);
}

/// An [`Observer`] that looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn on_call(&self, _exchanged: &Exchanged) {}
}
