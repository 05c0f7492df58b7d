//! When a schedule is due: pure functions of the schedule, its last firing and the time.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use croner::Cron;

/// A planned time that was missed is made up for while it is younger than this.
const MADE_UP_FOR: TimeDelta = TimeDelta::days(1);
/// More planned times than this lie in no day.
const MOST_PLANNED: usize = 24 * 60 + 2;

/// The first planned time after `after`, by Berlin's clocks.
///
/// A time that the clocks skip in spring fires when they have skipped it, and one that they show twice in
/// autumn fires at the first.
#[must_use]
pub fn next_after(cron: &Cron, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    cron.find_next_occurrence(&after.with_timezone(&Berlin), false).ok().map(|next| next.with_timezone(&Utc))
}

/// The latest planned time after `last` that has come by `now`: however many were missed, one is made up for,
/// if it is younger than a day.
#[must_use]
pub fn due(cron: &Cron, last: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut from = last.max(now - MADE_UP_FOR);
    let mut due = None;
    for _ in 0..MOST_PLANNED {
        match next_after(cron, from) {
            Some(planned) if planned <= now => {
                due = Some(planned);
                from = planned;
            }
            _ => break,
        }
    }
    due
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn cron(text: &str) -> Cron {
        Cron::from_str(text).unwrap()
    }
    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }
    fn firings(expression: &str, from: &str, to: &str) -> Vec<String> {
        let (cron, mut from, to) = (cron(expression), at(from), at(to));
        let mut out = Vec::new();
        while let Some(next) = next_after(&cron, from).filter(|next| *next < to) {
            out.push(next.to_rfc3339());
            from = next;
        }
        out
    }

    #[test]
    fn a_nightly_time_fires_once_on_both_days_on_which_the_clocks_change() {
        let spring = firings("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
        assert_eq!(spring.len(), 1, "{spring:?}");
        let autumn = firings("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
        assert_eq!(autumn, ["2026-10-25T00:30:00+00:00"]);
    }

    #[test]
    fn a_time_is_berlins() {
        assert_eq!(next_after(&cron("0 3 * * *"), at("2026-07-01T00:30:00Z")), Some(at("2026-07-01T01:00:00Z")));
        assert_eq!(next_after(&cron("0 3 * * *"), at("2026-01-01T00:30:00Z")), Some(at("2026-01-01T02:00:00Z")));
    }

    #[test]
    fn what_was_missed_is_made_up_for_once_and_only_within_a_day() {
        let hourly = cron("0 * * * *");
        let now = at("2026-05-04T12:30:00Z");
        assert_eq!(due(&hourly, at("2026-05-01T00:00:00Z"), now), Some(at("2026-05-04T12:00:00Z")));
        assert_eq!(due(&hourly, at("2026-05-04T12:00:00Z"), now), None);
        let weekly = cron("0 3 * * MON");
        assert_eq!(due(&weekly, at("2026-05-01T00:00:00Z"), at("2026-05-06T12:00:00Z")), None);
        assert_eq!(due(&weekly, at("2026-05-01T00:00:00Z"), at("2026-05-04T20:00:00Z")), Some(at("2026-05-04T01:00:00Z")));
    }
}
