//! Redis's time, without asking for it each time.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// Redis's time as last learned, carried on by the monotonic clock.
#[derive(Debug)]
pub(crate) struct RedisClock {
    learned: Mutex<(Instant, DateTime<Utc>)>,
}

impl RedisClock {
    /// A clock that goes by this machine's until Redis has told the time.
    pub(crate) fn new() -> Self {
        Self { learned: Mutex::new((Instant::now(), Utc::now())) }
    }

    /// Learns the time, in milliseconds since 1970.
    pub(crate) fn learn(&self, ms: u64) {
        if let Some(time) = crate::standing::moment(ms) {
            *self.learned.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), time);
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        let (at, time) = *self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        time + TimeDelta::from_std(at.elapsed()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_from_what_redis_told() {
        let clock = RedisClock::new();
        clock.learn(1_000_000_000_000);
        let passed = clock.now() - crate::standing::moment(1_000_000_000_000).unwrap();
        assert!((0..5_000).contains(&passed.num_milliseconds()), "{passed}");
    }
}
