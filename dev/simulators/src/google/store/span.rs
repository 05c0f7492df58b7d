use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::Object;
use crate::{
    clock,
    google::error::{GoogleError, GoogleResult},
};

/// A start or an end: a whole day, or an instant with the zone that it was given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Day(NaiveDate),
    Time { instant: DateTime<Utc>, zone: Tz },
}

/// From when to when an event lasts; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    /// Whether the zone was named with the start, which a series needs.
    pub(crate) zone_named: bool,
}

impl Moment {
    /// Reads the object form; an offset decides, else the named zone.
    fn parse(value: &Value, what: &str, calendar_zone: Tz) -> GoogleResult<(Self, bool)> {
        let missing = || GoogleError::required(&format!("Missing {what} time."));
        let object = value.as_object().ok_or_else(missing)?;
        let member = |name: &str| object.get(name).filter(|value| !value.is_null());
        let zone = match member("timeZone").and_then(Value::as_str) {
            None => None,
            Some(name) => Some(
                name.parse::<Tz>().map_err(|_| GoogleError::invalid(format!("Invalid time zone definition for {what} time.")))?,
            ),
        };
        match (member("date"), member("dateTime")) {
            (Some(_), Some(_)) => Err(GoogleError::invalid(format!("Invalid {what} time."))),
            (None, None) => Err(missing()),
            (Some(date), None) => date
                .as_str()
                .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
                .map(|date| (Self::Day(date), false))
                .ok_or_else(|| GoogleError::invalid("Invalid value for: Invalid date")),
            (None, Some(time)) => {
                let text = time.as_str().unwrap_or_default();
                let instant = parse_instant(text, zone, what)?;
                let shown = zone.unwrap_or(calendar_zone);
                Ok((Self::Time { instant, zone: shown }, zone.is_some()))
            }
        }
    }

    /// Reads the object form of a moment that an event tells of itself.
    pub(crate) fn read(value: &Value, calendar_zone: Tz) -> Option<Self> {
        let (moment, _) = Self::parse(value, "original start", calendar_zone).ok()?;
        Some(moment)
    }

    pub(crate) fn is_day(self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The instant at which it is; a day begins at midnight in the given zone.
    pub(crate) fn instant(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Day(date) => clock::instant_of(date.and_time(NaiveTime::MIN), zone),
            Self::Time { instant, .. } => instant,
        }
    }

    /// The wall clock in its own zone.
    pub(crate) fn wall_clock(self) -> NaiveDateTime {
        match self {
            Self::Day(date) => date.and_time(NaiveTime::MIN),
            Self::Time { instant, zone } => instant.with_timezone(&zone).naive_local(),
        }
    }

    /// The same kind of moment at another wall-clock time.
    pub(crate) fn at(self, wall_clock: NaiveDateTime) -> Self {
        match self {
            Self::Day(_) => Self::Day(wall_clock.date()),
            Self::Time { zone, .. } => Self::Time { instant: clock::instant_of(wall_clock, zone), zone },
        }
    }

    /// The object form, with the offset of the given zone.
    pub(crate) fn to_json(self, shown_in: Tz) -> Value {
        match self {
            Self::Day(date) => json!({"date": date.to_string()}),
            Self::Time { instant, zone } => json!({
                "dateTime": instant
                    .with_timezone(&shown_in)
                    .to_rfc3339_opts(SecondsFormat::Secs, true),
                "timeZone": zone.name(),
            }),
        }
    }

    /// What an instance's id ends with.
    pub(crate) fn id_suffix(self) -> String {
        match self {
            Self::Day(date) => date.format("%Y%m%d").to_string(),
            Self::Time { instant, .. } => instant.format("%Y%m%dT%H%M%SZ").to_string(),
        }
    }

    /// The length until a later moment of the same kind.
    fn until(self, end: Self) -> TimeDelta {
        match (self, end) {
            (Self::Time { instant: from, .. }, Self::Time { instant: to, .. }) => to - from,
            _ => end.wall_clock() - self.wall_clock(),
        }
    }

    fn plus(self, length: TimeDelta) -> Self {
        match self {
            Self::Day(date) => Self::Day(date + length),
            Self::Time { instant, zone } => Self::Time { instant: instant + length, zone },
        }
    }
}

fn parse_instant(text: &str, zone: Option<Tz>, what: &str) -> GoogleResult<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    let wall_clock = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .map_err(|_| GoogleError::bad_request("badRequest", "Bad Request"))?;
    let zone = zone.ok_or_else(|| GoogleError::required(&format!("Missing time zone definition for {what} time.")))?;
    Ok(clock::instant_of(wall_clock, zone))
}

impl Span {
    pub(crate) fn parse(event: &Object, calendar_zone: Tz) -> GoogleResult<Self> {
        let member = |name: &str| event.get(name).unwrap_or(&Value::Null);
        let (start, zone_named) = Moment::parse(member("start"), "start", calendar_zone)?;
        let (end, _) = Moment::parse(member("end"), "end", calendar_zone)?;
        if start.is_day() != end.is_day() {
            return Err(GoogleError::invalid("Invalid start or end time."));
        }
        let length = start.until(end);
        if length < TimeDelta::zero() || (start.is_day() && length.is_zero()) {
            return Err(GoogleError::bad_request("timeRangeEmpty", "The specified time range is empty."));
        }
        Ok(Self { start, end, zone_named })
    }

    /// The same length from another start.
    pub(crate) fn moved_to(self, start: Moment) -> Self {
        Self { start, end: start.plus(self.start.until(self.end)), zone_named: self.zone_named }
    }

    /// Whether it touches the time between the bounds; each bound may be missing.
    pub(crate) fn touches(self, zone: Tz, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> bool {
        from.is_none_or(|from| self.end.instant(zone) > from) && to.is_none_or(|to| self.start.instant(zone) < to)
    }
}
