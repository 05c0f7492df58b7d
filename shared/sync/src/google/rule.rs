//! Recurrence lines (RFC 5545) to the rule that Advoware can hold, and back.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc, Weekday};

use crate::advoware::ENDLESS_YEAR;
use crate::berlin;
use crate::form::{Frequency, Recurrence, Rule, Span, Unreadable};

/// The time zone in which a series repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// The clock is Berlin's.
    Berlin,
    /// Another clock, which Advoware can't follow.
    Other,
}

/// The recurrence that `lines` state for a series whose first occurrence is `time`.
///
/// What follows from the first occurrence (`BYDAY=MO` on a Monday) is redundant, not different. COUNT becomes
/// the day of the last occurrence. Anything else that Advoware has no field for is [`Recurrence::Foreign`].
pub fn read_recurrence(lines: &[String], time: &Span, zone: Zone) -> Result<Recurrence, Unreadable> {
    if lines.is_empty() {
        return Ok(Recurrence::None);
    }
    let within_a_day = time.first_day() == time.last_day();
    let simple = (lines.len() == 1 && zone == Zone::Berlin && within_a_day).then(|| simple_rule(&lines[0], time)).flatten();
    let Some(rule) = simple else {
        return Ok(foreign(lines));
    };
    let first = time.first_day();
    let rule = rule.settled(first)?;
    let every_period_has_the_day = match rule.frequency {
        Frequency::Daily | Frequency::Weekly => true,
        Frequency::Monthly => first.day() <= 28,
        Frequency::Yearly => (first.month(), first.day()) != (2, 29),
    };
    let ends_in_time = rule.until.is_none_or(|until| until.year() < ENDLESS_YEAR);
    Ok(if every_period_has_the_day && ends_in_time { Recurrence::Held(rule) } else { Recurrence::Soft(rule) })
}

fn foreign(lines: &[String]) -> Recurrence {
    let mut lines: Vec<String> = lines.iter().map(|line| line.trim().to_owned()).collect();
    lines.sort();
    Recurrence::Foreign(lines)
}

/// A rule of unit, interval and end alone; `None` where a part says more than the first occurrence does.
fn simple_rule(line: &str, time: &Span) -> Option<Rule> {
    let first = time.first_day();
    let parts = line.trim().strip_prefix("RRULE:")?.split(';').filter(|part| !part.is_empty());
    let (mut frequency, mut interval, mut until, mut count) = (None, 1_u32, None, None);
    let (mut by_day, mut by_month_day, mut by_month) = (None, None, None);
    for part in parts {
        let (name, value) = part.split_once('=')?;
        match name.to_ascii_uppercase().as_str() {
            "FREQ" => frequency = Some(unit(value)?),
            "INTERVAL" => interval = value.parse().ok().filter(|interval| *interval >= 1)?,
            "UNTIL" => until = Some(last_day(value, time)?),
            "COUNT" => count = Some(value.parse::<u32>().ok().filter(|count| *count >= 1)?),
            "WKST" => {}
            "BYDAY" => by_day = Some(value),
            "BYMONTHDAY" => by_month_day = Some(value.parse::<u32>().ok()?),
            "BYMONTH" => by_month = Some(value.parse::<u32>().ok()?),
            _ => return None,
        }
    }
    let frequency = frequency?;
    let same_weekday = by_day.is_none_or(|day| weekday(day) == Some(first.weekday()));
    let same_month_day = by_month_day.is_none_or(|day| day == first.day());
    let same_month = by_month.is_none_or(|month| month == first.month());
    let redundant = match frequency {
        Frequency::Daily => by_day.is_none() && by_month_day.is_none() && by_month.is_none(),
        Frequency::Weekly => same_weekday && by_month_day.is_none() && by_month.is_none(),
        Frequency::Monthly => by_day.is_none() && same_month_day && by_month.is_none(),
        Frequency::Yearly => by_day.is_none() && same_month_day && same_month && (by_month_day.is_none() || by_month.is_some()),
    };
    if !redundant || (until.is_some() && count.is_some()) {
        return None;
    }
    let mut rule = Rule { frequency, interval, until };
    if let Some(count) = count {
        // Counting needs every period to have the day; where it may not, the calendar must count itself.
        let counts = match frequency {
            Frequency::Daily | Frequency::Weekly => true,
            Frequency::Monthly => first.day() <= 28,
            Frequency::Yearly => (first.month(), first.day()) != (2, 29),
        };
        rule.until = Some(rule.nth(first, count - 1).filter(|_| counts)?);
    }
    Some(rule)
}

fn unit(value: &str) -> Option<Frequency> {
    match value.to_ascii_uppercase().as_str() {
        "DAILY" => Some(Frequency::Daily),
        "WEEKLY" => Some(Frequency::Weekly),
        "MONTHLY" => Some(Frequency::Monthly),
        "YEARLY" => Some(Frequency::Yearly),
        _ => None,
    }
}

fn weekday(value: &str) -> Option<Weekday> {
    match value.to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}

/// The last day on which an occurrence may start: UNTIL is inclusive, in UTC, in Berlin time or a bare day.
fn last_day(value: &str, time: &Span) -> Option<NaiveDate> {
    let Some((day, _)) = value.split_once(['T', 't']) else {
        return NaiveDate::parse_from_str(value, "%Y%m%d").ok();
    };
    let limit = if value.ends_with(['Z', 'z']) {
        let utc = NaiveDateTime::parse_from_str(&value[..value.len() - 1], "%Y%m%dT%H%M%S").ok()?;
        berlin::wall_clock(&DateTime::<Utc>::from_naive_utc_and_offset(utc, Utc))
    } else {
        NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").ok()?
    };
    match time {
        Span::AllDay { .. } => NaiveDate::parse_from_str(day, "%Y%m%d").ok(),
        Span::Timed { start, .. } if limit.time() < start.time() => limit.date().pred_opt(),
        Span::Timed { .. } => Some(limit.date()),
    }
}

/// The recurrence lines for `recurrence`; none for a single appointment.
pub fn write_recurrence(recurrence: &Recurrence, time: &Span) -> Vec<String> {
    let rule = match recurrence {
        Recurrence::None => return Vec::new(),
        Recurrence::Foreign(lines) => return lines.clone(),
        Recurrence::Held(rule) | Recurrence::Soft(rule) => rule,
    };
    let unit = match rule.frequency {
        Frequency::Daily => "DAILY",
        Frequency::Weekly => "WEEKLY",
        Frequency::Monthly => "MONTHLY",
        Frequency::Yearly => "YEARLY",
    };
    let mut line = format!("RRULE:FREQ={unit}");
    if rule.interval > 1 {
        line.push_str(&format!(";INTERVAL={}", rule.interval));
    }
    if let Some(until) = rule.until {
        line.push_str(";UNTIL=");
        match time {
            Span::AllDay { .. } => line.push_str(&until.format("%Y%m%d").to_string()),
            Span::Timed { .. } => {
                let end_of_day = berlin::to_utc(until.and_hms_opt(23, 59, 59).expect("a time of day"));
                line.push_str(&end_of_day.format("%Y%m%dT%H%M%SZ").to_string());
            }
        }
    }
    vec![line]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(start: &str) -> Span {
        let start = NaiveDateTime::parse_from_str(start, "%Y-%m-%d %H:%M").unwrap();
        Span::Timed { start, end: start + chrono::Duration::hours(1) }
    }
    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn read(line: &str, time: &Span) -> Recurrence {
        read_recurrence(&[line.to_owned()], time, Zone::Berlin).unwrap()
    }
    fn held(frequency: Frequency, interval: u32, until: Option<&str>) -> Recurrence {
        Recurrence::Held(Rule { frequency, interval, until: until.map(day) })
    }

    #[test]
    fn what_follows_from_the_first_occurrence_is_redundant() {
        let monday = timed("2026-05-04 09:00");
        for line in ["RRULE:FREQ=WEEKLY", "RRULE:FREQ=WEEKLY;BYDAY=MO", "RRULE:WKST=MO;FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"] {
            assert_eq!(read(line, &monday), held(Frequency::Weekly, 1, None), "{line}");
        }
        assert_eq!(read("RRULE:FREQ=MONTHLY;BYMONTHDAY=4", &monday), held(Frequency::Monthly, 1, None));
        assert_eq!(read("RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=4", &monday), held(Frequency::Yearly, 1, None));
    }

    #[test]
    fn an_end_is_inclusive_in_its_own_zone() {
        let monday = timed("2026-05-04 09:00");
        let until = |value: &str| read(&format!("RRULE:FREQ=DAILY;UNTIL={value}"), &monday);
        assert_eq!(until("20260510"), held(Frequency::Daily, 1, Some("2026-05-10")));
        assert_eq!(until("20260510T215959Z"), held(Frequency::Daily, 1, Some("2026-05-10")));
        assert_eq!(until("20260510T070000Z"), held(Frequency::Daily, 1, Some("2026-05-10")));
        assert_eq!(until("20260510T065959Z"), held(Frequency::Daily, 1, Some("2026-05-09")));
        assert_eq!(until("20260510T230000Z"), held(Frequency::Daily, 1, Some("2026-05-10")));
        assert_eq!(read("RRULE:FREQ=WEEKLY;COUNT=3", &monday), held(Frequency::Weekly, 1, Some("2026-05-18")));
        assert_eq!(read("RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=2", &monday), held(Frequency::Monthly, 2, Some("2026-07-04")));
    }

    #[test]
    fn what_advoware_cannot_hold_is_foreign_or_soft() {
        let monday = timed("2026-05-04 09:00");
        for line in [
            "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
            "RRULE:FREQ=WEEKLY;BYDAY=TU",
            "RRULE:FREQ=MONTHLY;BYDAY=1MO",
            "RRULE:FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO",
            "RRULE:FREQ=HOURLY",
            "RRULE:x",
            "EXDATE:20260511",
        ] {
            assert!(matches!(read(line, &monday), Recurrence::Foreign(_)), "{line}");
        }
        let two = ["RRULE:FREQ=DAILY".to_owned(), "EXDATE;VALUE=DATE:20260505".to_owned()];
        assert!(matches!(read_recurrence(&two, &monday, Zone::Berlin), Ok(Recurrence::Foreign(_))));
        let one = ["RRULE:FREQ=DAILY".to_owned()];
        assert!(matches!(read_recurrence(&one, &monday, Zone::Other), Ok(Recurrence::Foreign(_))));
        assert!(matches!(read("RRULE:FREQ=MONTHLY", &timed("2026-05-31 09:00")), Recurrence::Soft(_)));
        assert!(matches!(read("RRULE:FREQ=YEARLY", &timed("2028-02-29 09:00")), Recurrence::Soft(_)));
        assert!(matches!(read("RRULE:FREQ=DAILY;UNTIL=20380101T000000Z", &monday), Recurrence::Soft(_)));
        assert!(matches!(read("RRULE:FREQ=DAILY", &timed("2026-05-04 23:30")), Recurrence::Foreign(_)));
    }

    #[test]
    fn what_is_written_reads_back() {
        for time in [timed("2026-01-05 09:00"), Span::AllDay { first: day("2026-01-05"), last: day("2026-01-05") }] {
            for frequency in [Frequency::Daily, Frequency::Weekly, Frequency::Monthly, Frequency::Yearly] {
                for until in [None, Some(day("2027-08-02"))] {
                    let rule = Rule { frequency, interval: 2, until }.settled(time.first_day()).unwrap();
                    let lines = write_recurrence(&Recurrence::Held(rule), &time);
                    assert_eq!(read_recurrence(&lines, &time, Zone::Berlin), Ok(Recurrence::Held(rule)), "{lines:?}");
                }
            }
        }
    }
}
