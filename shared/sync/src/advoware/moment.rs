//! Dates and clock times in the forms that Advoware sends.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::berlin;

/// A date, and the time of day where the text holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) day: NaiveDate,
    pub(super) clock: Option<NaiveTime>,
}

/// `YYYY-MM-DD`, or with `THH:MM[:SS[.f…]]` and maybe a zone; a time with a zone is taken to Berlin.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let day = date(text.get(..10)?)?;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some(Moment { day, clock: None });
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zoned = rest.ends_with(['Z', 'z']) || rest.len() > 6 && rest[rest.len().min(5)..].contains(['+', '-']);
    if zoned {
        let at = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).ok()?;
        let wall = berlin::wall_clock(&at);
        return Some(Moment { day: wall.date(), clock: Some(wall.time().with_nanos()) });
    }
    Some(Moment { day, clock: Some(clock(rest)?) })
}

trait WithoutFraction {
    fn with_nanos(self) -> Self;
}

impl WithoutFraction for NaiveTime {
    fn with_nanos(self) -> Self {
        use chrono::Timelike;
        self.with_nanosecond(0).unwrap_or(self)
    }
}

/// Whether `text` means *no date*.
pub(super) fn is_sentinel(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.starts_with("0001-01-01")
}

fn date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    NaiveDate::from_ymd_opt(digits(&bytes[..4])?.try_into().ok()?, digits(&bytes[5..7])?, digits(&bytes[8..])?)
}

/// `HH:MM[:SS[.f…]]`; the fraction is dropped.
pub(super) fn clock(text: &str) -> Option<NaiveTime> {
    let bytes = text.trim().as_bytes();
    if bytes.len() < 5 || bytes[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&bytes[..2])?, digits(&bytes[3..5])?);
    let second = match bytes.get(5) {
        None => 0,
        Some(b':') => digits(bytes.get(6..8)?)?,
        Some(_) => return None,
    };
    if bytes.len() > 8 && (bytes[8] != b'.' || !bytes[9..].iter().all(u8::is_ascii_digit)) {
        return None;
    }
    NaiveTime::from_hms_opt(hour, minute, second)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

/// The form in which a moment is written.
pub(super) fn write_moment(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The form in which a time of day is written.
pub(super) fn write_clock(at: NaiveTime) -> String {
    at.format("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_date_is_read() {
        let day = NaiveDate::from_ymd_opt(2026, 5, 4).unwrap();
        let at = |h, m, s| Some(Moment { day, clock: NaiveTime::from_hms_opt(h, m, s) });
        assert_eq!(moment("2026-05-04"), Some(Moment { day, clock: None }));
        assert_eq!(moment("2026-05-04T14:30"), at(14, 30, 0));
        assert_eq!(moment("2026-05-04T14:30:05.1234567"), at(14, 30, 5));
        assert_eq!(moment("2026-05-04 14:30:05"), at(14, 30, 5));
        assert_eq!(moment("2026-05-04T12:00:00Z"), at(14, 0, 0));
        assert_eq!(moment("2026-05-04T14:00:00+02:00"), at(14, 0, 0));
        assert_eq!(moment("2026-05-03T22:30:00.5Z"), at(0, 30, 0));
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in [
            "",
            "x",
            "2026-13-01",
            "2026-02-30",
            "04.05.2026",
            "2026-05-04T",
            "2026-05-04Tnoon",
            "2026-05-04T25:00",
            "ä026-05-04",
            "2026-05-0ä",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
        for text in ["", "9:00", "09-00", "24:00", "09:00:xx", "09:00:00x", "09:00:00.x"] {
            assert_eq!(clock(text), None, "{text}");
        }
    }
}
