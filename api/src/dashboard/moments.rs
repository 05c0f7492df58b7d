//! Times as people in Berlin read them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::{Europe::Berlin, Tz};

use super::Language;

/// A moment, for `<time>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// For machines.
    pub(crate) iso: String,
    /// For people, such as `heute 10:04`.
    pub(crate) text: String,
}

/// Puts moments into words, as seen from now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    language: Language,
    now: DateTime<Tz>,
}

impl Clock {
    pub(crate) fn new(language: Language, now: DateTime<Utc>) -> Self {
        Self { language, now: now.with_timezone(&Berlin) }
    }

    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The moment from which it is seen.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now.to_utc()
    }

    pub(crate) fn moment(&self, at: &DateTime<Utc>) -> Moment {
        Moment { iso: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), text: self.text(at) }
    }

    pub(crate) fn maybe(&self, at: &Option<DateTime<Utc>>) -> Option<Moment> {
        at.as_ref().map(|at| self.moment(at))
    }

    /// The time, with its day unless that is today.
    pub(crate) fn text(&self, at: &DateTime<Utc>) -> String {
        let at = at.with_timezone(&Berlin);
        let time = at.format("%H:%M");
        match (self.now.date_naive() - at.date_naive()).num_days() {
            0 => time.to_string(),
            1 => format!("{} {time}", self.word("gestern", "yesterday")),
            -1 => format!("{} {time}", self.word("morgen", "tomorrow")),
            _ => format!("{}, {time}", self.day(at.date_naive())),
        }
    }

    /// A day, with its year unless that is this year.
    pub(crate) fn day(&self, day: NaiveDate) -> String {
        use chrono::Datelike;
        let this_year = day.year() == self.now.year();
        match (self.language, this_year) {
            (Language::German, true) => day.format("%d.%m.").to_string(),
            (Language::German, false) => day.format("%d.%m.%Y").to_string(),
            (Language::English, true) => day.format("%-d %b").to_string(),
            (Language::English, false) => day.format("%-d %b %Y").to_string(),
        }
    }

    /// A duration in its largest unit, such as `4 s` or `3 min`.
    pub(crate) fn duration(&self, duration: TimeDelta) -> String {
        let seconds = duration.num_seconds().max(0);
        match seconds {
            0 => format!("{} ms", duration.num_milliseconds().max(0)),
            1..120 => format!("{seconds} s"),
            120..7200 => format!("{} min", seconds / 60),
            7200..172_800 => format!("{} h", seconds / 3600),
            _ => format!("{} {}", seconds / 86_400, self.word("Tage", "days")),
        }
    }

    fn word(&self, german: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::German => german,
            Language::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_berlin_time_as_seen_from_now() {
        let now = "2026-03-29T10:00:00Z".parse().unwrap();
        let text = |language, at: &str| Clock::new(language, now).text(&at.parse().unwrap());
        assert_eq!(text(Language::German, "2026-03-29T08:04:00Z"), "10:04");
        assert_eq!(text(Language::German, "2026-03-28T22:30:00Z"), "gestern 23:30");
        assert_eq!(text(Language::German, "2026-03-30T01:00:00Z"), "morgen 03:00");
        assert_eq!(text(Language::German, "2025-12-24T17:00:00Z"), "24.12.2025, 18:00");
        assert_eq!(text(Language::English, "2026-03-01T17:00:00Z"), "1 Mar, 18:00");
    }

    #[test]
    fn durations_are_told_in_one_unit() {
        let clock = Clock::new(Language::German, DateTime::UNIX_EPOCH);
        let told = |ms| clock.duration(TimeDelta::milliseconds(ms));
        assert_eq!(
            [told(12), told(1_900), told(180_000), told(7_200_000), told(200_000_000)],
            ["12 ms", "1 s", "3 min", "2 h", "2 Tage"]
        );
    }
}
