//! A series as Google states it: enough to name its occurrences.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::berlin;
use crate::form::Span;
use crate::ports::Object;

/// The first occurrence, the clock by which the others follow, and the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The first occurrence in standard form.
    pub first: Span,
    /// Its start by the clock of `zone`; midnight for whole days.
    pub start: NaiveDateTime,
    /// The zone in which it repeats; `None` for whole days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// RRULE, EXDATE and RDATE lines, as they stand.
    pub lines: Vec<String>,
}

/// The series that `event` states, whose first occurrence is `first`; `None` for a single event.
pub(super) fn read_series(event: &Object, first: Span) -> Option<Series> {
    let lines = event.get("recurrence")?.as_array()?;
    let lines: Vec<String> = lines.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect();
    if lines.is_empty() {
        return None;
    }
    let start = event.get("start")?.as_object()?;
    let text = |name: &str| start.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(day) = text("date") {
        let start = day.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN);
        return Some(Series { first, start, zone: None, lines });
    }
    let zone: Tz = text("timeZone").map_or(Some(chrono_tz::Europe::Berlin), |name| name.parse().ok())?;
    let stated = text("dateTime")?;
    let start = match DateTime::parse_from_rfc3339(stated) {
        Ok(instant) => instant.with_timezone(&zone).naive_local(),
        Err(_) => {
            let wall = NaiveDateTime::parse_from_str(stated, "%Y-%m-%dT%H:%M:%S").ok()?;
            berlin::resolve(zone, wall).with_timezone(&zone).naive_local()
        }
    };
    Some(Series { first, start, zone: Some(zone.name().to_owned()), lines })
}
