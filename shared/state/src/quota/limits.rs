//! The arithmetic of a limit.

use std::time::Duration;

/// Google's limits, for the whole fleet together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaLimits {
    /// Requests of one quota user in any window.
    pub per_user: u32,
    /// Requests of all together in any window.
    pub per_project: u32,
    /// The sliding window in which the other side counts.
    pub window: Duration,
}

/// An even rate with a burst.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    /// Time between two requests at the full rate.
    pub(super) step: Duration,
    burst: u32,
}

impl QuotaLimits {
    /// Limits per minute.
    #[must_use]
    pub fn per_minute(per_user: u32, per_project: u32) -> Self {
        Self { per_user, per_project, window: Duration::from_mins(1) }
    }

    /// How far ahead of time a turn may be taken.
    pub(super) fn ahead(&self) -> Duration {
        self.window / 100
    }

    /// A twenty-fifth of the limit may pass at once. The step is such that the burst and what follows stay
    /// within the limit, even where requests reach the other side closer together than they were let go.
    pub(super) fn bucket(&self, limit: u32) -> Bucket {
        let limit = limit.max(1);
        let burst = (limit / 25).max(1);
        let window = self.window + self.ahead() * 4;
        Bucket { step: window / (limit - burst + 1) + Duration::from_micros(1), burst }
    }
}

impl Bucket {
    /// How much earlier than the even rate a request may pass: half of the burst is kept for urgent ones.
    pub(super) fn tolerance(&self, urgent: bool) -> Duration {
        let at_once = if urgent { self.burst } else { self.burst.div_ceil(2) };
        self.step * (at_once - 1)
    }

    /// How many may pass at once where the even rate is used up for a time `ahead`.
    pub(super) fn left(&self, ahead: Duration) -> f64 {
        (f64::from(self.burst) - ahead.as_secs_f64() / self.step.as_secs_f64()).floor().max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_and_rate_together_stay_within_any_limit_and_use_most_of_it() {
        for limit in [1, 2, 3, 10, 25, 60, 600, 10_000, 1_000_000] {
            let limits = QuotaLimits::per_minute(limit, limit);
            let bucket = limits.bucket(limit);
            let most = bucket.burst + (limits.window.as_nanos() / bucket.step.as_nanos()) as u32;
            assert!(most <= limit, "{limit}: {most}");
            if limit >= 60 {
                let steady = limits.window.as_secs_f64() / bucket.step.as_secs_f64();
                assert!(steady > 0.9 * f64::from(limit), "{limit}: {steady}");
            }
            assert!(bucket.tolerance(false) <= bucket.tolerance(true));
        }
    }
}
