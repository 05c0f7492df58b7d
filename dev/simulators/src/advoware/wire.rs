//! The forms in which appointments travel: names, numbers and dates as the switches say.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Europe::Berlin;
use serde_json::{Map, Number, Value};

use super::behaviour::{AdvowareBehaviour, DateForm, JsonCase};
use crate::clock;

pub(super) type Object = Map<String, Value>;

const TEXTS: [&str; 7] = ["text", "notiz", "ort", "sb", "anwalt", "azRubrum", "kategorie"];
const TIMES: [&str; 3] = ["uhrzeitVon", "uhrzeitBis", "vorbereitungsDauer"];
const DATES: [&str; 2] = ["datum", "datumBis"];
const FLAGS: [&str; 2] = ["dauertermin", "privat"];
const NUMBERS: [&str; 4] = ["frNr", "turnus", "turnusArt", "nr"];
const SERVERS: [&str; 2] = ["uhrzeitBisTicks", "zuletztGeaendertAm"];
const NO_DATE: &str = "0001-01-01T00:00:00";

/// The known member that a name means, whatever its case.
fn known_name(name: &str) -> Option<&'static str> {
    [&TEXTS[..], &TIMES, &DATES, &FLAGS, &NUMBERS, &SERVERS]
        .into_iter()
        .flatten()
        .find(|known| known.eq_ignore_ascii_case(name))
        .copied()
}

/// An appointment as it was sent, brought into the form in which it is stored.
///
/// # Errors
/// A German sentence about the first member that cannot be read.
pub(super) fn parse(sent: &Object, previous: Option<&Object>) -> Result<Object, String> {
    let mut stored = Object::new();
    for (name, value) in sent {
        let name = stored_name(name, previous);
        let value = if DATES.contains(&name.as_str()) {
            parse_date(&name, value)?
        } else if TIMES.contains(&name.as_str()) {
            parse_time_member(&name, value)?
        } else if FLAGS.contains(&name.as_str()) || NUMBERS.contains(&name.as_str()) {
            parse_number(&name, value)?
        } else {
            value.clone()
        };
        stored.insert(name, value);
    }
    obey_ticks(&mut stored)?;
    if stored.get("datum").is_none_or(Value::is_null) {
        return Err("Das Feld 'datum' ist erforderlich.".to_owned());
    }
    Ok(stored)
}

fn stored_name(name: &str, previous: Option<&Object>) -> String {
    if let Some(known) = known_name(name) {
        return known.to_owned();
    }
    previous
        .and_then(|fields| fields.keys().find(|key| key.eq_ignore_ascii_case(name)))
        .map_or_else(|| name.to_owned(), Clone::clone)
}

/// The server's twin of the end time wins over it.
fn obey_ticks(stored: &mut Object) -> Result<(), String> {
    let Some(ticks) = stored.remove("uhrzeitBisTicks") else {
        return Ok(());
    };
    let ticks = parse_number("uhrzeitBisTicks", &ticks)?;
    if let Some(ticks) = ticks.as_u64() {
        let seconds = u32::try_from(ticks / TICKS_PER_SECOND % 86_400).unwrap_or_default();
        let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default();
        stored.insert("uhrzeitBis".to_owned(), time_text(time));
    }
    Ok(())
}

const TICKS_PER_SECOND: u64 = 10_000_000;

fn unreadable(name: &str) -> String {
    format!("Das Feld '{name}' hat ein ungültiges Format.")
}

fn time_text(time: NaiveTime) -> Value {
    Value::String(time.format("%H:%M:%S").to_string())
}

fn parse_date(name: &str, value: &Value) -> Result<Value, String> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(text) if text.is_empty() || text.starts_with("0001-01-01") => Ok(Value::Null),
        Value::String(text) => {
            let moment = read_moment(text).ok_or_else(|| unreadable(name))?;
            Ok(Value::String(moment.format("%Y-%m-%dT%H:%M:%S").to_string()))
        }
        _ => Err(unreadable(name)),
    }
}

fn parse_time_member(name: &str, value: &Value) -> Result<Value, String> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(text) if text.is_empty() => Ok(Value::Null),
        Value::String(text) => read_time(text).map(time_text).ok_or_else(|| unreadable(name)),
        _ => Err(unreadable(name)),
    }
}

fn parse_number(name: &str, value: &Value) -> Result<Value, String> {
    let number = match value {
        Value::Null => return Ok(Value::Null),
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(|number| Value::Number(Number::from(number))).ok_or_else(|| unreadable(name))
}

/// A date, with or without a time, as a wall-clock time in Berlin.
pub(super) fn read_moment(text: &str) -> Option<NaiveDateTime> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return date.and_hms_opt(0, 0, 0);
    }
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(instant.with_timezone(&Berlin).naive_local());
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()
}

/// A time of day.
pub(super) fn read_time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()
}

fn moment_of(fields: &Object, name: &str) -> Option<NaiveDateTime> {
    read_moment(fields.get(name)?.as_str()?).filter(|moment| moment.year() > 1)
}

/// First and last day of an appointment; of a series, of all of it.
pub(super) fn days(fields: &Object) -> Option<(NaiveDate, NaiveDate)> {
    let first = moment_of(fields, "datum")?.date();
    let last = moment_of(fields, "datumBis").map_or(first, |moment| moment.date());
    Some((first, last.max(first)))
}

/// Whether an appointment touches the span of time; the end is exclusive.
pub(super) fn overlaps(fields: &Object, from: NaiveDateTime, to: NaiveDateTime) -> bool {
    days(fields)
        .is_some_and(|(first, last)| NaiveDateTime::from(first) < to && NaiveDateTime::from(last) + TimeDelta::days(1) > from)
}

/// An appointment as an answer shows it.
pub(super) fn render(stored: &Object, behaviour: &AdvowareBehaviour, in_list: bool) -> Value {
    let mut shown = complete(stored);
    if in_list {
        shown.retain(|name, _| !behaviour.list_omits.contains(name));
    }
    if behaviour.omit_last_change {
        shown.remove("zuletztGeaendertAm");
    }
    for name in DATES {
        let value = date_in_form(&shown, name, behaviour);
        shown.insert(name.to_owned(), value);
    }
    if behaviour.flags_as_booleans {
        for name in FLAGS {
            let set = shown.get(name).and_then(Value::as_i64) == Some(1);
            shown.insert(name.to_owned(), Value::Bool(set));
        }
    }
    spell(shown, behaviour)
}

/// Applies the switches that concern every object: numbers as strings, and the names' case.
pub(super) fn spell(object: Object, behaviour: &AdvowareBehaviour) -> Value {
    let spelt = object.into_iter().map(|(name, value)| {
        let value = match value {
            Value::Number(number) if behaviour.numbers_as_strings => Value::String(number.to_string()),
            other => other,
        };
        (name_in_case(&name, behaviour.json_case), value)
    });
    Value::Object(spelt.collect())
}

/// The stored members, those the server adds, and `null` or 0 for known ones that were never sent.
fn complete(stored: &Object) -> Object {
    let mut shown = stored.clone();
    let nullable = [&TEXTS[..], &TIMES, &DATES].into_iter().flatten();
    for name in nullable {
        shown.entry(*name).or_insert(Value::Null);
    }
    for name in [&FLAGS[..], &NUMBERS].into_iter().flatten() {
        shown.entry(*name).or_insert_with(|| Value::from(0));
    }
    let ticks = stored
        .get("uhrzeitBis")
        .and_then(Value::as_str)
        .and_then(read_time)
        .map_or(0, |time| u64::from(time.num_seconds_from_midnight()) * TICKS_PER_SECOND);
    shown.insert("uhrzeitBisTicks".to_owned(), Value::from(ticks));
    shown
}

fn date_in_form(fields: &Object, name: &str, behaviour: &AdvowareBehaviour) -> Value {
    let Some(moment) = moment_of(fields, name) else {
        return if behaviour.sentinel_dates { Value::String(NO_DATE.to_owned()) } else { Value::Null };
    };
    let text = match behaviour.date_form {
        DateForm::Seconds => moment.format("%Y-%m-%dT%H:%M:%S").to_string(),
        DateForm::Fraction => moment.format("%Y-%m-%dT%H:%M:%S.0000000").to_string(),
        DateForm::Utc => clock::instant_of(moment, Berlin).format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        DateForm::DateOnly => {
            let timed = fields.get("uhrzeitVon").is_some_and(Value::is_string);
            let form = if timed { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S" };
            moment.format(form).to_string()
        }
    };
    Value::String(text)
}

pub(super) fn name_in_case(name: &str, case: JsonCase) -> String {
    match case {
        JsonCase::Camel => name.to_owned(),
        JsonCase::Lower => name.to_ascii_lowercase(),
        JsonCase::Pascal => {
            let mut letters = name.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}
