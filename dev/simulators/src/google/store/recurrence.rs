use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rrule::RRuleSet;

use super::{Moment, Span};
use crate::google::error::{GoogleError, GoogleResult};

/// The most occurrences that are ever counted out.
const MOST: u16 = 5_000;

/// A series' rules, in wall-clock time: DST is applied to each occurrence afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Recurrence {
    start: Moment,
    rules: RRuleSet,
    added: Vec<NaiveDateTime>,
    excluded: Vec<NaiveDateTime>,
}

impl Recurrence {
    /// Reads RRULE, RDATE and EXDATE lines.
    pub(crate) fn parse(span: &Span, lines: &[String]) -> GoogleResult<Self> {
        let invalid = || GoogleError::invalid("Invalid recurrence rule.");
        let start = span.start;
        let zone = zone_of(start);
        let mut text = format!("DTSTART:{}", stamp(start.wall_clock()));
        let (mut added, mut excluded) = (Vec::new(), Vec::new());
        let mut has_rule = false;
        for line in lines {
            let (name, value) = line.split_once(':').ok_or_else(invalid)?;
            let property = name.split(';').next().unwrap_or_default();
            match property.to_ascii_uppercase().as_str() {
                "RRULE" => {
                    has_rule = true;
                    let rule = wall_clock_rule(value, start, zone).ok_or_else(invalid)?;
                    text.push_str(&format!("\nRRULE:{rule}"));
                }
                "RDATE" => added.extend(dates(name, value, zone).ok_or_else(invalid)?),
                "EXDATE" => excluded.extend(dates(name, value, zone).ok_or_else(invalid)?),
                _ => return Err(invalid()),
            }
        }
        if !has_rule {
            added.push(start.wall_clock());
            text.push_str("\nRRULE:FREQ=DAILY;COUNT=1");
        }
        let rules = RRuleSet::from_str(&text).map_err(|_| invalid())?;
        Ok(Self { start, rules, added, excluded })
    }

    /// The starts of occurrences between two wall-clock times, both inclusive, in order.
    pub(crate) fn between(&self, from: NaiveDateTime, to: NaiveDateTime) -> Vec<Moment> {
        let by_rule = self
            .rules
            .clone()
            .after(from.and_utc().with_timezone(&rrule::Tz::UTC))
            .before(to.and_utc().with_timezone(&rrule::Tz::UTC))
            .all(MOST)
            .dates;
        let mut starts: Vec<NaiveDateTime> = by_rule
            .into_iter()
            .map(|date| date.naive_utc())
            .chain(self.added.iter().copied())
            // The start is an occurrence even where the rule doesn't name it.
            .chain([self.start.wall_clock()])
            .filter(|start| (from..=to).contains(start) && !self.excluded.contains(start))
            .collect();
        starts.sort_unstable();
        starts.dedup();
        starts.into_iter().map(|start| self.start.at(start)).collect()
    }

    /// Whether an occurrence begins just then.
    pub(crate) fn has(&self, moment: Moment) -> bool {
        let wall_clock = match (self.start, moment) {
            (Moment::Time { zone, .. }, Moment::Time { instant, .. }) => instant.with_timezone(&zone).naive_local(),
            (Moment::Day(_), Moment::Day(_)) => moment.wall_clock(),
            _ => return false,
        };
        // An occurrence inside a DST gap shows a later clock time than its rule.
        let around = TimeDelta::hours(1);
        self.between(wall_clock - around, wall_clock)
            .iter()
            .any(|occurrence| occurrence.instant(Tz::UTC) == moment.instant(Tz::UTC))
    }

    /// Occurrences that touch the time between two instants.
    pub(crate) fn touching(&self, span: &Span, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Moment> {
        let slack = span.end.wall_clock() - span.start.wall_clock() + TimeDelta::days(1);
        let zone = zone_of(self.start);
        let local = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local();
        self.between(local(from) - slack, local(to) + TimeDelta::days(1))
            .into_iter()
            .filter(|start| span.moved_to(*start).touches(zone, Some(from), Some(to)))
            .collect()
    }
}

fn zone_of(moment: Moment) -> Tz {
    match moment {
        Moment::Day(_) => Tz::UTC,
        Moment::Time { zone, .. } => zone,
    }
}

fn stamp(wall_clock: NaiveDateTime) -> String {
    wall_clock.format("%Y%m%dT%H%M%SZ").to_string()
}

/// The rule with its UNTIL as a wall-clock time.
fn wall_clock_rule(rule: &str, start: Moment, zone: Tz) -> Option<String> {
    let mut parts = Vec::new();
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        if name.eq_ignore_ascii_case("UNTIL") {
            let until = until(value, start, zone)?;
            parts.push(format!("UNTIL={}", stamp(until)));
        } else {
            parts.push(format!("{name}={value}"));
        }
    }
    Some(parts.join(";"))
}

fn until(value: &str, start: Moment, zone: Tz) -> Option<NaiveDateTime> {
    let (moment, whole_day) = date_or_time(value, zone)?;
    let midnight = NaiveTime::MIN;
    Some(match (start.is_day(), whole_day) {
        (true, _) => moment.date().and_time(midnight),
        (false, true) => moment.date().and_hms_opt(23, 59, 59)?,
        (false, false) => moment,
    })
}

/// A date, a UTC time or a local time, as wall clock; and whether it is a date.
fn date_or_time(value: &str, zone: Tz) -> Option<(NaiveDateTime, bool)> {
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y%m%d") {
        return Some((date.and_time(NaiveTime::MIN), true));
    }
    if let Some(utc) = value.strip_suffix('Z') {
        let utc = NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S").ok()?;
        return Some((utc.and_utc().with_timezone(&zone).naive_local(), false));
    }
    let local = NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").ok()?;
    Some((local, false))
}

/// The dates of an RDATE or EXDATE line, as wall clock in the series' zone.
fn dates(name: &str, value: &str, zone: Tz) -> Option<Vec<NaiveDateTime>> {
    let named = name
        .split(';')
        .find_map(|parameter| parameter.strip_prefix("TZID="))
        .map(str::parse::<Tz>)
        .transpose()
        .ok()?
        .unwrap_or(zone);
    value
        .split(',')
        .map(|one| {
            let (moment, whole_day) = date_or_time(one, named)?;
            if whole_day || one.ends_with('Z') || named == zone {
                return Some(moment);
            }
            let instant = crate::clock::instant_of(moment, named);
            Some(instant.with_timezone(&zone).naive_local())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn series(start: &str, end: &str, lines: &[&str]) -> (Span, Recurrence) {
        let event = json!({
            "start": {"dateTime": start, "timeZone": "Europe/Berlin"},
            "end": {"dateTime": end, "timeZone": "Europe/Berlin"},
        });
        let span = Span::parse(event.as_object().expect("an object"), Tz::Europe__Berlin).expect("a span");
        let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        let recurrence = Recurrence::parse(&span, &lines).expect("a recurrence");
        (span, recurrence)
    }

    fn all(recurrence: &Recurrence) -> Vec<String> {
        let far = |year| NaiveDate::from_ymd_opt(year, 1, 1).expect("a day").into();
        recurrence.between(far(2000), far(2100)).into_iter().map(Moment::id_suffix).collect()
    }

    #[test]
    fn a_weekly_series_keeps_its_wall_clock_across_dst() {
        let (_, weekly) = series("2026-03-23T09:00:00", "2026-03-23T10:00:00", &["RRULE:FREQ=WEEKLY;UNTIL=20260406T070000Z"]);
        assert_eq!(all(&weekly), ["20260323T080000Z", "20260330T070000Z", "20260406T070000Z"]);
    }

    #[test]
    fn excluded_dates_are_left_out_and_added_ones_come_in() {
        let (_, daily) = series(
            "2026-05-04T09:00:00",
            "2026-05-04T10:00:00",
            &["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20260505T090000", "RDATE:20260510T070000Z"],
        );
        assert_eq!(all(&daily), ["20260504T070000Z", "20260506T070000Z", "20260510T070000Z"]);
    }

    #[test]
    fn an_occurrence_in_the_gap_is_known_by_its_instant() {
        let (_, daily) = series("2026-03-28T02:30:00", "2026-03-28T02:45:00", &["RRULE:FREQ=DAILY;COUNT=3"]);
        assert_eq!(all(&daily), ["20260328T013000Z", "20260329T013000Z", "20260330T003000Z"]);
        let in_gap = NaiveDate::from_ymd_opt(2026, 3, 29).and_then(|day| day.and_hms_opt(1, 30, 0)).expect("a moment").and_utc();
        assert!(daily.has(Moment::Time { instant: in_gap, zone: Tz::UTC }));
    }

    #[test]
    fn nonsense_is_refused() {
        let (span, _) = series("2026-05-04T09:00:00", "2026-05-04T10:00:00", &["RRULE:FREQ=DAILY;COUNT=3"]);
        for line in ["RRULE:FREQ=SOMETIMES", "DTSTART:20260504T090000Z", "RRULE"] {
            assert!(Recurrence::parse(&span, &[line.to_owned()]).is_err(), "{line}");
        }
    }
}
