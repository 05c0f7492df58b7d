//! Berlin wall-clock time: the one time zone in which both sides are compared.
//!
//! A time that does not exist (02:30 on the last Sunday of March) moves forward by the gap; an ambiguous
//! one (02:30 on the last Sunday of October) is the earlier of the two.

use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;

/// The instant at which Berlin's clocks show `wall`.
pub fn to_utc(wall: NaiveDateTime) -> DateTime<Utc> {
    resolve(Berlin, wall)
}

/// What Berlin's clocks show at `instant`.
pub fn wall_clock<Z: TimeZone>(instant: &DateTime<Z>) -> NaiveDateTime {
    instant.with_timezone(&Berlin).naive_local()
}

/// `wall`, moved forward by the gap where the clocks skip it.
pub fn existing(wall: NaiveDateTime) -> NaiveDateTime {
    match Berlin.from_local_datetime(&wall) {
        LocalResult::None => wall_clock(&to_utc(wall)),
        _ => wall,
    }
}

/// The instant at which the clocks of `zone` show `wall`: the gap moves forward, the fold is the earlier.
pub fn resolve(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
        LocalResult::None => {
            // Inside a gap the offset from before it, applied to the same wall clock, lands after the gap.
            let before = zone.offset_from_utc_datetime(&(wall - Duration::days(1))).fix();
            Utc.from_utc_datetime(&(wall - Duration::seconds(i64::from(before.local_minus_utc()))))
        }
    }
}

/// Whether the clocks of `zone` agree with Berlin's throughout the years around `around`.
pub fn agrees_with_berlin(zone: Tz, around: NaiveDate) -> bool {
    let noon = around.and_time(NaiveTime::MIN) + Duration::hours(12);
    (-6..30).all(|fortnight| {
        let at = noon + Duration::days(14 * fortnight);
        zone.offset_from_utc_datetime(&at).fix() == Berlin.offset_from_utc_datetime(&at).fix()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn a_time_that_does_not_exist_moves_forward_by_the_gap() {
        assert_eq!(existing(at("2026-03-29 02:30")), at("2026-03-29 03:30"));
        assert_eq!(to_utc(at("2026-03-29 02:30")).to_rfc3339(), "2026-03-29T01:30:00+00:00");
    }

    #[test]
    fn an_ambiguous_time_is_the_earlier() {
        assert_eq!(to_utc(at("2026-10-25 02:30")).to_rfc3339(), "2026-10-25T00:30:00+00:00");
        assert_eq!(existing(at("2026-10-25 02:30")), at("2026-10-25 02:30"));
    }

    #[test]
    fn neighbours_keep_the_same_clock_and_utc_does_not() {
        let day = NaiveDate::from_ymd_opt(2026, 5, 4).unwrap();
        assert!(agrees_with_berlin(chrono_tz::Europe::Vienna, day));
        assert!(!agrees_with_berlin(chrono_tz::UTC, day));
    }
}
