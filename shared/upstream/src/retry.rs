//! Repeating what is safe to repeat, with full jitter and within budgets.
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure};
use tokio::time::Instant;

/// How often and how fast one call is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts of one call, the first included.
    pub attempts: u32,
    /// Upper end of the first pause; doubles with each further one.
    pub base: Duration,
    /// Upper end of any pause.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 5, base: Duration::from_millis(200), cap: Duration::from_secs(5) }
    }
}

impl RetryPolicy {
    /// A random pause between nothing and the doubled base (full jitter); `resend` is 1 for the first repeat.
    #[must_use]
    pub fn pause(&self, resend: u32) -> Duration {
        let ceiling = self.base.saturating_mul(1_u32.checked_shl(resend.saturating_sub(1)).unwrap_or(u32::MAX)).min(self.cap);
        ceiling.mul_f64(rand::random_range(0.0..=1.0))
    }
}

/// How many repeats a whole run may spend: an initial stock that successes refill.
///
/// While most calls succeed, every failure may be repeated; once the other side is down, a run stops adding
/// to its load after the stock is used up.
#[derive(Debug)]
pub struct RetryBudget {
    tenths: AtomicU32,
    full: u32,
}

impl RetryBudget {
    const REPEAT: u32 = 10;
    const REFUND: u32 = 5;

    /// A stock of `repeats`; each success brings half a repeat back, never above the initial stock.
    #[must_use]
    pub fn new(repeats: u32) -> Self {
        let full = repeats.saturating_mul(Self::REPEAT);
        Self { tenths: AtomicU32::new(full), full }
    }

    fn refill(&self) {
        let add = |have: u32| Some(have.saturating_add(Self::REFUND).min(self.full));
        self.tenths.try_update(Ordering::Relaxed, Ordering::Relaxed, add).ok();
    }

    fn take(&self) -> bool {
        self.tenths.try_update(Ordering::Relaxed, Ordering::Relaxed, |have| have.checked_sub(Self::REPEAT)).is_ok()
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(30)
    }
}

/// A failed attempt, and whether another is safe and promising.
#[derive(Debug)]
pub struct Setback {
    /// What the caller gets if this was the last attempt.
    pub failure: Failure,
    /// Whether the call may be sent again.
    pub again: bool,
}

impl Setback {
    /// No further attempt.
    #[must_use]
    pub fn last(failure: Failure) -> Self {
        Self { failure, again: false }
    }
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        Self::last(failure)
    }
}

/// Calls `attempt` (0 for the first time, then rising) until it succeeds, may not be repeated, or a budget is used up.
///
/// A pause that would not end before `deadline` is not begun. One attempt of unknown outcome makes the whole
/// call's outcome unknown, whatever came after it.
///
/// # Errors
/// The last attempt's failure.
pub async fn persist<T, F>(
    policy: &RetryPolicy,
    budget: &RetryBudget,
    deadline: Instant,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Setback>>,
{
    let mut uncertain = false;
    let mut resend = 0;
    loop {
        let Setback { mut failure, again } = match attempt(resend).await {
            Ok(done) => {
                budget.refill();
                return Ok(done);
            }
            Err(setback) => setback,
        };
        uncertain |= failure.certainty == Certainty::Unknown;
        resend += 1;
        let wake = Instant::now() + policy.pause(resend).max(failure.retry_after.unwrap_or_default());
        if !again || resend >= policy.attempts || wake >= deadline || !budget.take() {
            if uncertain {
                failure.certainty = Certainty::Unknown;
            }
            return Err(failure);
        }
        tokio::time::sleep_until(wake).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use advosync_sync::ports::FailureKind;

    use super::*;

    fn failure(certainty: Certainty, retry_after: Option<u64>) -> Failure {
        Failure {
            kind: FailureKind::Unavailable,
            certainty,
            retry_after: retry_after.map(Duration::from_secs),
            code: "test".into(),
        }
    }

    async fn script(budget: &RetryBudget, setbacks: Vec<Setback>) -> (Result<u32, Failure>, Duration) {
        let left = RefCell::new(setbacks.into_iter());
        let start = Instant::now();
        let deadline = start + Duration::from_secs(20);
        let outcome = persist(&RetryPolicy::default(), budget, deadline, |resend| {
            let next = left.borrow_mut().next();
            async move { next.map_or(Ok(resend), Err) }
        })
        .await;
        (outcome, start.elapsed())
    }

    fn again(certainty: Certainty, retry_after: Option<u64>) -> Setback {
        Setback { failure: failure(certainty, retry_after), again: true }
    }

    #[tokio::test(start_paused = true)]
    async fn repeats_until_it_succeeds() {
        let (outcome, _) =
            script(&RetryBudget::default(), vec![again(Certainty::NotDone, None), again(Certainty::Unknown, None)]).await;
        assert_eq!(outcome, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn obeys_retry_after_and_the_deadline() {
        let (outcome, took) = script(&RetryBudget::default(), vec![again(Certainty::NotDone, Some(3))]).await;
        assert_eq!(outcome, Ok(1));
        assert!(took >= Duration::from_secs(3));
        let (outcome, took) = script(&RetryBudget::default(), vec![again(Certainty::NotDone, Some(30))]).await;
        assert_eq!(outcome, Err(failure(Certainty::NotDone, Some(30))));
        assert_eq!(took, Duration::ZERO, "a wait that cannot succeed is not begun");
    }

    #[tokio::test(start_paused = true)]
    async fn an_uncertain_attempt_is_never_forgotten() {
        let setbacks = vec![again(Certainty::Unknown, None), Setback::last(failure(Certainty::NotDone, None))];
        let (outcome, _) = script(&RetryBudget::default(), setbacks).await;
        assert_eq!(outcome, Err(failure(Certainty::Unknown, None)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_has_one_budget_and_successes_refill_it() {
        let budget = RetryBudget::new(2);
        let many = || (0..10).map(|_| again(Certainty::NotDone, None)).collect();
        assert!(script(&budget, many()).await.0.is_err());
        assert!(!budget.take(), "used up");
        assert!(script(&budget, vec![again(Certainty::NotDone, None)]).await.0.is_err());
        for _ in 0..2 {
            assert_eq!(script(&budget, vec![]).await.0, Ok(0));
        }
        assert_eq!(script(&budget, vec![again(Certainty::NotDone, None)]).await.0, Ok(1));
    }

    #[test]
    fn jitter_is_full_and_capped() {
        let policy = RetryPolicy::default();
        assert!((0..200).all(|_| policy.pause(1) <= policy.base));
        assert!((0..200).all(|_| policy.pause(40) <= policy.cap));
        assert!((0..200).any(|_| policy.pause(40) < policy.cap / 4));
        assert!((0..200).any(|_| policy.pause(40) > policy.cap / 2));
    }
}
