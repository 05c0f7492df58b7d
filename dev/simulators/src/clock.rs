//! The simulators' only look at the time of day.

use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::{Europe::Berlin, Tz};

/// The present instant.
pub(crate) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// Today's date in Berlin.
pub fn today_in_berlin() -> NaiveDate {
    now().with_timezone(&Berlin).date_naive()
}

/// The instant of a wall-clock time: a time inside a gap moves forward by the gap, an ambiguous
/// one is the earlier.
pub(crate) fn instant_of(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let resolved = local.and_local_timezone(zone);
    if let Some(earliest) = resolved.earliest() {
        return earliest.to_utc();
    }
    // In a gap the offset that held before it turns the local time into the wanted instant.
    let before = (local - chrono::TimeDelta::hours(3)).and_local_timezone(zone);
    let offset = before.earliest().map_or(chrono::TimeDelta::zero(), |moment| moment.naive_local() - moment.naive_utc());
    (local - offset).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(day: (i32, u32, u32), hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(day.0, day.1, day.2).and_then(|date| date.and_hms_opt(hour, minute, 0)).expect("a valid date")
    }

    #[test]
    fn a_time_in_the_gap_moves_forward() {
        let instant = instant_of(local((2026, 3, 29), 2, 30), Berlin);
        assert_eq!(instant.with_timezone(&Berlin).naive_local(), local((2026, 3, 29), 3, 30));
    }

    #[test]
    fn an_ambiguous_time_is_the_earlier() {
        let instant = instant_of(local((2026, 10, 25), 2, 30), Berlin);
        assert_eq!(instant.naive_utc(), local((2026, 10, 25), 0, 30));
    }
}
