//! A circuit breaker: when a remote system is down, stop asking it for a moment.
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When a [`Breaker`] opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// So many failures without a success between them open the circuit.
    pub threshold: u32,
    /// They must concern at least this many subjects: one calendar's trouble is not the system's.
    pub min_subjects: usize,
    /// How long the circuit stays open before a probe is let through.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { threshold: 10, min_subjects: 2, open_for: Duration::from_secs(5) }
    }
}

/// What a dashboard shows of a [`Breaker`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// Calls go through.
    Closed,
    /// Calls are refused at once; a probe is let through when `retry_after` has passed.
    Open {
        /// Time left until the next probe.
        retry_after: Duration,
    },
    /// The next call is a probe.
    HalfOpen,
}

/// Opens after a row of failures, lets one probe through per period, closes at the first success.
///
/// A probe that hangs holds nobody up for longer than one period: the next period brings the next probe.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    failures: u32,
    subjects: HashSet<u64>,
    probe_at: Option<Instant>,
}

impl Breaker {
    /// A closed circuit.
    #[must_use]
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, inner: Mutex::default() }
    }

    /// Lets a call through, or says how long to wait for the next probe.
    ///
    /// # Errors
    /// The time until the next probe, where the circuit is open.
    pub fn admit(&self) -> Result<(), Duration> {
        let mut inner = self.lock();
        let Some(probe_at) = inner.probe_at else { return Ok(()) };
        let now = Instant::now();
        if now < probe_at {
            return Err(probe_at - now);
        }
        inner.probe_at = Some(now + self.settings.open_for);
        Ok(())
    }

    /// An answer came that shows the system at work, be it a refusal.
    pub fn succeeded(&self) {
        *self.lock() = Inner::default();
    }

    /// No answer, a 5xx or an error page; `subject` is a hash of whom the call was about.
    pub fn failed(&self, subject: u64) {
        let mut inner = self.lock();
        inner.failures = inner.failures.saturating_add(1);
        if inner.subjects.len() < self.settings.min_subjects {
            inner.subjects.insert(subject);
        }
        let down = inner.failures >= self.settings.threshold && inner.subjects.len() >= self.settings.min_subjects;
        if down && inner.probe_at.is_none() {
            inner.probe_at = Some(Instant::now() + self.settings.open_for);
        }
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        match self.lock().probe_at.map(|at| at.saturating_duration_since(Instant::now())) {
            None => CircuitState::Closed,
            Some(Duration::ZERO) => CircuitState::HalfOpen,
            Some(retry_after) => CircuitState::Open { retry_after },
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(BreakerSettings { threshold: 3, min_subjects: 2, open_for: Duration::from_secs(5) })
    }

    #[tokio::test(start_paused = true)]
    async fn opens_probes_and_closes() {
        let breaker = breaker();
        for subject in 0..3 {
            assert_eq!(breaker.admit(), Ok(()));
            breaker.failed(subject);
        }
        assert_eq!(breaker.admit(), Err(Duration::from_secs(5)));
        assert_eq!(breaker.state(), CircuitState::Open { retry_after: Duration::from_secs(5) });
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(breaker.state(), CircuitState::HalfOpen);
        assert_eq!(breaker.admit(), Ok(()), "the probe");
        assert_eq!(breaker.admit(), Err(Duration::from_secs(5)), "one probe a period");
        breaker.succeeded();
        assert_eq!((breaker.admit(), breaker.state()), (Ok(()), CircuitState::Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_probe_holds_nobody_up_for_longer_than_a_period() {
        let breaker = breaker();
        (0..3).for_each(|subject| breaker.failed(subject));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(breaker.admit(), Ok(()));
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(breaker.admit(), Ok(()));
    }

    #[tokio::test]
    async fn one_subject_alone_never_opens_it() {
        let breaker = breaker();
        (0..50).for_each(|_| breaker.failed(7));
        assert_eq!(breaker.admit(), Ok(()));
    }

    #[tokio::test]
    async fn a_success_starts_the_count_anew() {
        let breaker = breaker();
        breaker.failed(1);
        breaker.failed(2);
        breaker.succeeded();
        breaker.failed(1);
        breaker.failed(2);
        assert_eq!(breaker.state(), CircuitState::Closed);
    }
}
