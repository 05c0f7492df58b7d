//! Reading an event: one bad item is an error of its own and never spoils its page.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use serde_json::Value;
use serde_json::value::RawValue;

use super::rule::{Zone, read_recurrence};
use super::series::{Series, read_series};
use crate::berlin;
use crate::form::{Appointment, Recurrence, Span, Unreadable, plain};
use crate::identity::{Deployment, Marks, is_marked};
use crate::note;
use crate::ports::Object;

/// One occurrence of a series that stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The series' event id.
    pub master: String,
    /// Where the occurrence would have started by the rule, in Berlin wall-clock time (midnight for whole days).
    pub original: NaiveDateTime,
}

/// What an event is to the synchronisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An event, single or a series' master.
    Event,
    /// A moved or changed occurrence of a series; cancelled where the event is a tombstone.
    Instance(Instance),
    /// Not ours to touch: an invitation, a birthday, focus time and the like.
    Foreign,
}

/// One event, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Its version.
    pub etag: String,
    /// `status: cancelled`.
    pub cancelled: bool,
    /// When it was last changed, in milliseconds since 1970, where Google says so.
    pub updated_ms: Option<i64>,
    /// Whether it carries any properties at all: a bare tombstone does not.
    pub has_properties: bool,
    /// What it is.
    pub kind: Kind,
    /// Our marks; `None` where it carries none that are its own.
    pub marks: Option<Marks>,
    /// Its standard form, or why it has none. A tombstone's is rarely readable.
    pub form: Result<Appointment, Unreadable>,
    /// How it repeats, where it is a readable series.
    pub series: Option<Series>,
}

/// Reads one item of a list.
pub fn read_raw(item: &RawValue, calendar: &str, deployment: &Deployment) -> Result<(Object, Event), Unreadable> {
    let object: Object = serde_json::from_str(item.get()).map_err(|_| Unreadable::Shape)?;
    let event = read_event(&object, calendar, deployment)?;
    Ok((object, event))
}

/// Reads one event of `calendar`.
pub fn read_event(object: &Object, calendar: &str, deployment: &Deployment) -> Result<Event, Unreadable> {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let id = text("id").filter(|id| !id.is_empty()).ok_or(Unreadable::Id)?;
    let cancelled = text("status") == Some("cancelled");
    let form = read_form(object);
    Ok(Event {
        id: id.to_owned(),
        etag: text("etag").unwrap_or_default().to_owned(),
        cancelled,
        updated_ms: text("updated").and_then(|at| Some(DateTime::parse_from_rfc3339(at).ok()?.timestamp_millis())),
        has_properties: object.contains_key("extendedProperties"),
        kind: kind(object, calendar),
        marks: Marks::read(object, id, deployment),
        series: form.as_ref().ok().and_then(|form| read_series(object, form.time)),
        form,
    })
}

fn kind(object: &Object, calendar: &str) -> Kind {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    if let Some(master) = text("recurringEventId") {
        let original = object.get("originalStartTime").and_then(Value::as_object).and_then(|at| moment(at).ok());
        return match original {
            Some(at) => Kind::Instance(Instance { master: master.to_owned(), original: at.wall() }),
            None => Kind::Foreign,
        };
    }
    let own_type = text("eventType").is_none_or(|kind| kind == "default");
    if own_type && (is_marked(object) || !is_invitation(object, calendar)) { Kind::Event } else { Kind::Foreign }
}

/// Whether somebody else organises it and this calendar was merely invited.
fn is_invitation(object: &Object, calendar: &str) -> bool {
    let Some(organizer) = object.get("organizer").and_then(Value::as_object) else {
        return false;
    };
    let own = organizer.get("self").and_then(Value::as_bool) == Some(true);
    let email = organizer.get("email").and_then(Value::as_str).unwrap_or_default();
    let omitted = object.get("attendeesOmitted").and_then(Value::as_bool) == Some(true);
    let attended = omitted || object.get("attendees").and_then(Value::as_array).is_some_and(|attendees| !attendees.is_empty());
    !own && !email.is_empty() && !email.eq_ignore_ascii_case(calendar) && attended
}

/// A start or end as Google states it.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Day(NaiveDate),
    At(NaiveDateTime, Zone),
}

impl Moment {
    fn wall(self) -> NaiveDateTime {
        match self {
            Self::Day(day) => day.and_hms_opt(0, 0, 0).expect("midnight"),
            Self::At(wall, _) => wall,
        }
    }
}

fn moment(at: &Object) -> Result<Moment, Unreadable> {
    let text = |name: &str| at.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(day) = text("date") {
        return day.parse().map(Moment::Day).map_err(|_| Unreadable::Start);
    }
    let stated = text("dateTime").ok_or(Unreadable::Start)?;
    let zone: Tz = match text("timeZone") {
        Some(name) => name.parse().map_err(|_| Unreadable::Start)?,
        None => chrono_tz::Europe::Berlin,
    };
    let wall = match DateTime::parse_from_rfc3339(stated) {
        Ok(instant) => berlin::wall_clock(&instant),
        Err(_) => {
            let wall = NaiveDateTime::parse_from_str(stated, "%Y-%m-%dT%H:%M:%S").map_err(|_| Unreadable::Start)?;
            berlin::wall_clock(&berlin::resolve(zone, wall))
        }
    };
    let clock = zone == chrono_tz::Europe::Berlin || berlin::agrees_with_berlin(zone, wall.date());
    let whole_seconds = wall - chrono::Duration::nanoseconds(i64::from(chrono::Timelike::nanosecond(&wall)));
    Ok(Moment::At(whole_seconds, if clock { Zone::Berlin } else { Zone::Other }))
}

/// The clock times at which an event that is no whole day by date begins and ends.
pub(super) fn clock_times(object: &Object) -> Option<(NaiveTime, NaiveTime)> {
    let clock = |name: &str| match moment(object.get(name)?.as_object()?).ok()? {
        Moment::At(wall, _) => Some(wall.time()),
        Moment::Day(_) => None,
    };
    Some((clock("start")?, clock("end")?))
}

/// The standard form of an event.
pub(super) fn read_form(object: &Object) -> Result<Appointment, Unreadable> {
    let at = |name: &str, fault| moment(object.get(name).and_then(Value::as_object).ok_or(fault)?).map_err(|_| fault);
    let (start, end) = (at("start", Unreadable::Start)?, at("end", Unreadable::End)?);
    let time = match (start, end) {
        (Moment::Day(first), Moment::Day(after)) => Span::days(first, after.pred_opt().ok_or(Unreadable::End)?.max(first))?,
        (start, end) => Span::timed(start.wall(), end.wall())?,
    };
    let lines: Vec<String> = match object.get("recurrence") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(lines)) => lines.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect(),
        Some(_) => return Err(Unreadable::Recurrence),
    };
    let zone = if let Moment::At(_, zone) = start { zone } else { Zone::Berlin };
    let text = |name: &str| match object.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(Unreadable::Shape),
    };
    let recurrence = if lines.is_empty() { Recurrence::None } else { read_recurrence(&lines, &time, zone)? };
    Ok(Appointment {
        time,
        text: plain(text("summary")?),
        notiz: plain(&note::text_of_description(text("description")?)),
        ort: plain(text("location")?),
        private: matches!(text("visibility")?, "private" | "confidential"),
        recurrence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> Event {
        read_event(&serde_json::from_str(json).unwrap(), "cal@group", &Deployment("d".into())).unwrap()
    }
    fn time(start: &str, end: &str) -> Result<Span, Unreadable> {
        event(&format!(r#"{{"id":"e","start":{start},"end":{end}}}"#)).form.map(|form| form.time)
    }
    fn timed(start: &str, end: &str) -> Result<Span, Unreadable> {
        let at = |text| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        Ok(Span::Timed { start: at(start), end: at(end) })
    }
    fn days(first: &str, last: &str) -> Result<Span, Unreadable> {
        Ok(Span::AllDay { first: first.parse().unwrap(), last: last.parse().unwrap() })
    }

    #[test]
    fn offsets_and_zones_become_the_berlin_clock() {
        let expected = timed("2026-05-04 14:00", "2026-05-04 15:00");
        assert_eq!(time(r#"{"dateTime":"2026-05-04T14:00:00+02:00"}"#, r#"{"dateTime":"2026-05-04T13:00:00Z"}"#), expected);
        assert_eq!(
            time(
                r#"{"dateTime":"2026-05-04T08:00:00","timeZone":"America/New_York"}"#,
                r#"{"dateTime":"2026-05-04T15:00:00","timeZone":"Europe/Berlin"}"#
            ),
            expected
        );
        assert_eq!(
            time(r#"{"dateTime":"2026-10-25T01:30:00Z"}"#, r#"{"dateTime":"2026-10-25T02:30:00Z"}"#),
            timed("2026-10-25 02:30", "2026-10-25 03:30")
        );
    }

    #[test]
    fn an_all_day_end_is_exclusive_and_midnight_is_the_minute_before() {
        assert_eq!(time(r#"{"date":"2026-05-04"}"#, r#"{"date":"2026-05-06"}"#), days("2026-05-04", "2026-05-05"));
        assert_eq!(time(r#"{"date":"2026-05-04"}"#, r#"{"date":"2026-05-04"}"#), days("2026-05-04", "2026-05-04"));
        assert_eq!(
            time(r#"{"dateTime":"2026-05-04T22:00:00+02:00"}"#, r#"{"dateTime":"2026-05-05T00:00:00+02:00"}"#),
            timed("2026-05-04 22:00", "2026-05-04 23:59")
        );
        assert_eq!(
            time(r#"{"dateTime":"2026-05-04T00:00:00+02:00"}"#, r#"{"dateTime":"2026-05-05T00:00:00+02:00"}"#),
            days("2026-05-04", "2026-05-04")
        );
    }

    #[test]
    fn a_bad_event_is_an_error_of_its_own() {
        assert_eq!(time("{}", r#"{"date":"2026-05-04"}"#), Err(Unreadable::Start));
        assert_eq!(time(r#"{"dateTime":"noon"}"#, r#"{"date":"2026-05-04"}"#), Err(Unreadable::Start));
        assert_eq!(
            event(r#"{"id":"e","summary":5,"start":{"date":"2026-05-04"},"end":{"date":"2026-05-05"}}"#).form,
            Err(Unreadable::Shape)
        );
        assert!(read_event(&Object::new(), "c", &Deployment("d".into())).is_err());
    }

    #[test]
    fn invitations_and_special_kinds_are_foreign() {
        let with = |more: &str| {
            event(&format!(r#"{{"id":"e","start":{{"date":"2026-05-04"}},"end":{{"date":"2026-05-05"}}{more}}}"#)).kind
        };
        assert_eq!(with(""), Kind::Event);
        assert_eq!(with(r#","organizer":{"email":"cal@group","self":true},"attendees":[{"email":"x@y"}]"#), Kind::Event);
        assert_eq!(with(r#","organizer":{"email":"who@else"},"attendees":[{"email":"cal@group","self":true}]"#), Kind::Foreign);
        for special in ["birthday", "focusTime", "outOfOffice", "workingLocation", "fromGmail"] {
            assert_eq!(with(&format!(r#","eventType":"{special}""#)), Kind::Foreign, "{special}");
        }
    }

    #[test]
    fn an_instance_names_its_series_and_its_place_in_it() {
        let read = event(
            r#"{"id":"m_20260511T070000Z","status":"cancelled","recurringEventId":"m","originalStartTime":{"dateTime":"2026-05-11T07:00:00Z"}}"#,
        );
        assert!(read.cancelled);
        let original = NaiveDate::from_ymd_opt(2026, 5, 11).unwrap().and_hms_opt(9, 0, 0).unwrap();
        assert_eq!(read.kind, Kind::Instance(Instance { master: "m".into(), original }));
    }
}
