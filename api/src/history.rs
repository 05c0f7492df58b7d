//! What was done in the last hour, as this process saw it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use advosync_queue::Queue;
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::clock::RedisClock;

/// How often the counters are read.
const PERIOD: Duration = Duration::from_secs(15);
/// How many minutes are kept.
const MINUTES: usize = 60;
/// Counters of jobs that came to their end.
const DONE: [&str; 4] = ["done_succeeded", "done_partial", "done_held", "done_failed"];

/// Jobs done in each of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct History {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Minute since 1970, and the jobs done in it; the newest last.
    minutes: VecDeque<(i64, u64)>,
    /// The sum of the counters when they were last read.
    total: Option<u64>,
    /// When they were first read.
    begun: Option<DateTime<Utc>>,
}

impl History {
    /// Reads the counters and the time again and again, until `shutdown`.
    pub(crate) async fn follow(&self, queue: &Queue, clock: &RedisClock, shutdown: &CancellationToken) {
        loop {
            if let Ok(ms) = queue.redis().time_ms().await {
                clock.learn(ms);
            }
            if let Ok(stats) = queue.stats().await {
                let total = DONE.iter().filter_map(|name| stats.counters.get(*name)).sum();
                self.note(clock.now(), total);
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    fn note(&self, now: DateTime<Utc>, total: u64) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // A smaller sum than before: Redis was emptied and has counted anew since.
        let done = inner.total.map_or(0, |before| total.checked_sub(before).unwrap_or(total));
        inner.total = Some(total);
        inner.begun.get_or_insert(now);
        let minute = now.timestamp() / 60;
        match inner.minutes.back_mut() {
            Some((newest, count)) if *newest == minute => *count += done,
            _ => inner.minutes.push_back((minute, done)),
        }
        while inner.minutes.len() > MINUTES {
            inner.minutes.pop_front();
        }
    }

    /// Since when anything was counted, where that is less than the hour that is told.
    pub(crate) fn since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let begun = self.inner.lock().unwrap_or_else(PoisonError::into_inner).begun?;
        (now - begun < TimeDelta::minutes(MINUTES as i64)).then_some(begun)
    }

    /// Jobs done in each of the last 60 minutes, the oldest first.
    pub(crate) fn per_minute(&self, now: DateTime<Utc>) -> Vec<u64> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let last = now.timestamp() / 60;
        let first = last - MINUTES as i64 + 1;
        let count = |minute| inner.minutes.iter().find(|(known, _)| *known == minute).map_or(0, |(_, count)| *count);
        (first..=last).map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_by_minute() {
        let history = History::default();
        let at = |seconds: i64| DateTime::from_timestamp(6_000_000 + seconds, 0).unwrap();
        for (seconds, total) in [(0, 100), (15, 103), (45, 104), (75, 110), (90, 2)] {
            history.note(at(seconds), total);
        }
        let minutes = history.per_minute(at(100));
        assert_eq!((minutes.len(), &minutes[58..]), (60, [4, 8].as_slice()));
        assert_eq!(history.per_minute(at(100 + 3600))[..58], [0; 58]);
        assert_eq!((history.since(at(100)), history.since(at(3600))), (Some(at(0)), None));
    }
}
