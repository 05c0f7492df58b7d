//! The days and hours in which the poll is frequent.

use std::ops::Range;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDateTime, Timelike as _, Weekday};

/// Days of the week and hours of the day, such as `Mon-Fri 06-20`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollHours {
    /// By days from Monday.
    days: [bool; 7],
    /// From–to, the end exclusive.
    hours: Range<u32>,
}

impl PollHours {
    /// Every day, at all hours.
    pub const ALWAYS: Self = Self { days: [true; 7], hours: 0..24 };

    /// Whether a Berlin wall-clock time lies within.
    #[must_use]
    pub fn contains(&self, local: NaiveDateTime) -> bool {
        self.days[local.weekday().num_days_from_monday() as usize] && self.hours.contains(&local.hour())
    }
}

/// A text that does not name days and hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("should be days and hours such as Mon-Fri 06-20")]
pub struct UnreadablePollHours;

impl FromStr for PollHours {
    type Err = UnreadablePollHours;

    /// Reads `DAYS HH-HH`; days are `Mon`, `Mon-Fri`, or several of either joined by commas. A range of
    /// days may run across the weekend.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (days, hours) = text.trim().split_once(char::is_whitespace)?;
            Some(Self { days: parse_days(days)?, hours: parse_hours(hours.trim())? })
        };
        parse().ok_or(UnreadablePollHours)
    }
}

fn parse_days(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last): (Weekday, Weekday) = (first.parse().ok()?, last.parse().ok()?);
        days[day.num_days_from_monday() as usize] = true;
        while day != last {
            day = day.succ();
            days[day.num_days_from_monday() as usize] = true;
        }
    }
    Some(days)
}

fn parse_hours(text: &str) -> Option<Range<u32>> {
    let (from, to) = text.split_once('-')?;
    let (from, to): (u32, u32) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from < to && to <= 24).then_some(from..to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn the_end_is_exclusive_and_the_weekend_is_out() {
        let hours: PollHours = "Mon-Fri 06-20".parse().unwrap();
        // 2026-03-02 is a Monday.
        let cases = [
            ("2026-03-02T06:00:00", true),
            ("2026-03-02T05:59:59", false),
            ("2026-03-06T19:59:59", true),
            ("2026-03-06T20:00:00", false),
            ("2026-03-07T12:00:00", false),
        ];
        for (time, within) in cases {
            assert_eq!(hours.contains(at(time)), within, "{time}");
        }
    }

    #[test]
    fn always_is_always() {
        assert_eq!("Mon-Sun 00-24".parse(), Ok(PollHours::ALWAYS));
        assert!(PollHours::ALWAYS.contains(at("2026-03-08T23:59:59")));
    }

    #[test]
    fn days_may_be_listed_and_cross_the_weekend() {
        let hours: PollHours = "Sat-Mon,Wed 8-10".parse().unwrap();
        assert_eq!(hours.days, [true, false, true, false, false, true, true]);
    }

    #[test]
    fn what_names_no_hours_is_refused() {
        for text in ["", "Mon-Fri", "06-20", "Mon-Fri 20-06", "Mon-Fri 06-25", "Mo-Xx 06-20", "Mon-Fri 6:00-20:00"] {
            assert!(text.parse::<PollHours>().is_err(), "{text:?}");
        }
    }
}
