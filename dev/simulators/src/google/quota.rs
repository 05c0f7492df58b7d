use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use super::{
    behaviour::{QuotaRefusal, QuotaSettings, UsageLimit},
    error::{GoogleError, GoogleResult},
};

/// The times of what was let through within a sliding window.
#[derive(Debug, Default)]
pub(super) struct SlidingWindow {
    passed: VecDeque<Instant>,
}

impl SlidingWindow {
    fn has_room(&mut self, limit: usize, window: Duration, now: Instant) -> bool {
        while self.passed.front().is_some_and(|oldest| now.duration_since(*oldest) >= window) {
            self.passed.pop_front();
        }
        self.passed.len() < limit
    }

    /// Counts one use, or says that there is no room for it.
    pub(super) fn admit(&mut self, limit: &UsageLimit, now: Instant) -> bool {
        let window = Duration::from_millis(limit.window_ms);
        let admitted = !limit.enabled || self.has_room(limit.count, window, now);
        if admitted {
            self.passed.push_back(now);
        }
        admitted
    }
}

/// Request quotas: per quota user, and all together.
#[derive(Debug, Default)]
pub(super) struct Quota {
    users: HashMap<String, SlidingWindow>,
    project: SlidingWindow,
}

impl Quota {
    /// Counts one request of a user, or refuses it.
    pub(super) fn admit(&mut self, settings: &QuotaSettings, user: &str, now: Instant) -> GoogleResult<()> {
        if !settings.enabled {
            return Ok(());
        }
        let window = Duration::from_millis(settings.window_ms);
        let own = self.users.entry(user.to_owned()).or_default();
        if !own.has_room(settings.per_user, window, now) || !self.project.has_room(settings.per_project, window, now) {
            return Err(refusal(settings));
        }
        own.passed.push_back(now);
        self.project.passed.push_back(now);
        Ok(())
    }
}

fn refusal(settings: &QuotaSettings) -> GoogleError {
    let (status, reason) = match settings.refusal {
        QuotaRefusal::Forbidden => (403, "rateLimitExceeded"),
        QuotaRefusal::UserForbidden => (403, "userRateLimitExceeded"),
        QuotaRefusal::TooManyRequests => (429, "rateLimitExceeded"),
    };
    GoogleError::rate_limit(status, reason, settings.retry_after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let settings = QuotaSettings { per_user: 2, per_project: 3, window_ms: 1_000, ..QuotaSettings::default() };
        let mut quota = Quota::default();
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert!(quota.admit(&settings, "a", at(0)).is_ok());
        assert!(quota.admit(&settings, "a", at(600)).is_ok());
        assert!(quota.admit(&settings, "a", at(999)).is_err());
        assert!(quota.admit(&settings, "b", at(999)).is_ok());
        assert!(quota.admit(&settings, "c", at(999)).is_err(), "project");
        assert!(quota.admit(&settings, "a", at(1_000)).is_ok());
        assert!(quota.admit(&settings, "a", at(1_001)).is_err());
    }
}
