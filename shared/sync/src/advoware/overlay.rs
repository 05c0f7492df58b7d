//! Writing a Termin: what changed is laid over the whole object just read; everything else stays.

use chrono::NaiveDate;
use serde_json::Value;

use super::ENDLESS_YEAR;
use super::moment::{moment, write_clock, write_moment};
use super::wire::read_object;
use crate::form::{Appointment, Field, FieldSet, Frequency, Recurrence, Rule, Span, Unreadable};
use crate::ports::Object;

/// Names that are known, in the letter case in which they are written.
const NAMES: [&str; 18] = [
    "frNr",
    "text",
    "notiz",
    "ort",
    "datum",
    "uhrzeitVon",
    "datumBis",
    "uhrzeitBis",
    "dauertermin",
    "turnus",
    "turnusArt",
    "vorbereitungsDauer",
    "sb",
    "anwalt",
    "privat",
    "zuletztGeaendertAm",
    "nr",
    "azRubrum",
];

/// Server-side twin of `uhrzeitBis`: sent back, it would overwrite it.
const TICKS: &str = "uhrzeitBisTicks";

/// A new appointment of `kuerzel`.
pub fn new_termin(kuerzel: &str, form: &Appointment) -> Result<Object, Unreadable> {
    let mut termin = Object::new();
    for (name, value) in [("vorbereitungsDauer", "00:00:00"), ("sb", kuerzel), ("anwalt", kuerzel)] {
        termin.insert(name.to_owned(), value.into());
    }
    for name in ["text", "notiz", "ort"] {
        termin.insert(name.to_owned(), "".into());
    }
    for name in ["privat", "dauertermin", "turnus", "turnusArt"] {
        termin.insert(name.to_owned(), 0.into());
    }
    write_texts(&mut termin, form, FieldSet::ALL);
    write_when(&mut termin, form)?;
    Ok(termin)
}

/// `termin` with `fields` of `form` laid over it.
///
/// # Errors
/// Where Advoware has no way to hold the result: read back, it would not be what was meant.
pub fn overlay(termin: &Object, form: &Appointment, fields: FieldSet) -> Result<Object, Unreadable> {
    let mut out = in_our_case(termin);
    write_texts(&mut out, form, fields);
    if fields.has(Field::Time) || fields.has(Field::Recurrence) {
        write_when(&mut out, form)?;
    }
    Ok(out)
}

/// A new single appointment from the whole object of a series, with `fields` of `form` laid over it.
///
/// # Errors
/// Where Advoware has no way to hold the result.
pub fn single_of(series: &Object, form: &Appointment, fields: FieldSet) -> Result<Object, Unreadable> {
    let mut out = overlay(series, form, fields)?;
    out.remove("frNr");
    Ok(out)
}

/// The series `termin` with `last` as its last day.
pub fn ended(termin: &Object, last: NaiveDate) -> Object {
    let mut out = in_our_case(termin);
    put(&mut out, "datumBis", write_moment(last.and_hms_opt(0, 0, 0).expect("midnight")).into());
    out
}

/// `termin` as an appointment of `kuerzel` instead of whoever's it was.
pub fn with_owner(termin: &Object, kuerzel: &str) -> Object {
    let mut out = in_our_case(termin);
    put(&mut out, "anwalt", kuerzel.into());
    put(&mut out, "sb", kuerzel.into());
    out
}

/// The object with known names in camelCase, without the ticks.
fn in_our_case(termin: &Object) -> Object {
    let mut out = Object::new();
    for (name, value) in termin {
        if name.eq_ignore_ascii_case(TICKS) {
            continue;
        }
        let name = NAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name);
        match out.get(name) {
            Some(standing) if !standing.is_null() => {}
            _ => {
                out.insert(name.to_owned(), value.clone());
            }
        }
    }
    out
}

fn put(termin: &mut Object, name: &str, value: Value) {
    termin.insert(name.to_owned(), value);
}

/// A flag in the type that stands there: `true` where booleans are used, else 1.
fn put_flag(termin: &mut Object, name: &str, flag: bool) {
    let value = if matches!(termin.get(name), Some(Value::Bool(_))) { Value::Bool(flag) } else { u8::from(flag).into() };
    put(termin, name, value);
}

fn write_texts(termin: &mut Object, form: &Appointment, fields: FieldSet) {
    for (field, name, text) in
        [(Field::Text, "text", &form.text), (Field::Notiz, "notiz", &form.notiz), (Field::Ort, "ort", &form.ort)]
    {
        if fields.has(field) {
            put(termin, name, text.replace('\n', "\r\n").into());
        }
    }
    if fields.has(Field::Private) {
        put_flag(termin, "privat", form.private);
    }
}

/// Start, end and recurrence. Clock times of an all-day appointment stay where they say the same.
fn write_when(termin: &mut Object, form: &Appointment) -> Result<(), Unreadable> {
    let rule = match &form.recurrence {
        Recurrence::None => None,
        Recurrence::Held(rule) | Recurrence::Soft(rule) => Some(*rule),
        Recurrence::Foreign(_) => return Err(Unreadable::Recurrence),
    };
    let mut candidates = Vec::with_capacity(3);
    if let Span::AllDay { first, last } = form.time
        && is_all_day(termin)
    {
        candidates.extend(on_other_days(termin, first, rule.map_or(Some(last), |_| None)));
    }
    let mut canonical = termin.clone();
    write_span(&mut canonical, &form.time);
    candidates.push(canonical);
    let standing_end = termin.get("datumBis").cloned();
    for candidate in candidates {
        // The end of a series stays as it stands where it means the same.
        let ends = rule.iter().flat_map(|_| &standing_end).map(Some).chain([None]);
        for end in ends {
            let mut candidate = candidate.clone();
            write_rule(&mut candidate, rule, end);
            if says(&candidate, form) {
                *termin = candidate;
                return Ok(());
            }
        }
    }
    Err(Unreadable::Shape)
}

/// Whether `termin` is all-day as it stands, by whatever clock times.
fn is_all_day(termin: &Object) -> bool {
    let standing = read_object(&numbered(termin)).ok().and_then(|read| read.form.ok());
    standing.is_some_and(|form| matches!(form.time, Span::AllDay { .. }))
}

/// The same with a number, so that it can be read.
fn numbered(termin: &Object) -> Object {
    let mut out = termin.clone();
    out.entry("frNr").or_insert_with(|| 1.into());
    out
}

/// Whether `termin`, read back, has the time and recurrence of `form`.
fn says(termin: &Object, form: &Appointment) -> bool {
    read_object(&numbered(termin)).ok().and_then(|read| read.form.ok()).is_some_and(|read| {
        let rule = |recurrence: &Recurrence| match recurrence {
            Recurrence::Held(rule) | Recurrence::Soft(rule) => Some(*rule),
            _ => None,
        };
        read.time == form.time && rule(&read.recurrence) == rule(&form.recurrence)
    })
}

/// The same clock times on other days.
fn on_other_days(termin: &Object, first: NaiveDate, last: Option<NaiveDate>) -> Option<Object> {
    let mut out = termin.clone();
    let shifted = |value: &Value, day: NaiveDate| -> Option<Value> {
        let at = moment(value.as_str()?.trim())?;
        Some(at.clock.map_or_else(|| day.to_string(), |clock| write_moment(day.and_time(clock))).into())
    };
    let datum = shifted(termin.get("datum")?, first)?;
    put(&mut out, "datum", datum);
    if let Some(last) = last {
        let standing = termin.get("datumBis").and_then(|value| shifted(value, last));
        if let Some(datum_bis) = standing.or_else(|| (last != first).then(|| last.to_string().into())) {
            put(&mut out, "datumBis", datum_bis);
        }
    }
    Some(out)
}

fn write_span(termin: &mut Object, time: &Span) {
    let (start, end, all_day) = match *time {
        Span::AllDay { first, last } => {
            (first.and_hms_opt(0, 0, 0).expect("midnight"), last.and_hms_opt(23, 59, 0).expect("a time of day"), true)
        }
        Span::Timed { start, end } => (start, end, false),
    };
    put(termin, "datum", write_moment(start).into());
    put(termin, "uhrzeitVon", write_clock(start.time()).into());
    put(termin, "datumBis", write_moment(end).into());
    put(termin, "uhrzeitBis", write_clock(end.time()).into());
    put_flag(termin, "dauertermin", all_day);
}

fn write_rule(termin: &mut Object, rule: Option<Rule>, standing_end: Option<&Value>) {
    let Some(rule) = rule else {
        for name in ["turnus", "turnusArt"] {
            if termin.get(name).is_some_and(|value| !value.is_null()) {
                put(termin, name, 0.into());
            }
        }
        return;
    };
    put(termin, "turnus", rule.interval.into());
    let unit = match rule.frequency {
        Frequency::Daily => 1,
        Frequency::Weekly => 2,
        Frequency::Monthly => 3,
        Frequency::Yearly => 4,
    };
    put(termin, "turnusArt", unit.into());
    let until = rule.until.unwrap_or_else(|| NaiveDate::from_ymd_opt(ENDLESS_YEAR, 12, 31).expect("a day"));
    let end = standing_end.cloned().unwrap_or_else(|| write_moment(until.and_hms_opt(0, 0, 0).expect("midnight")).into());
    put(termin, "datumBis", end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        serde_json::from_str(json).unwrap()
    }
    fn form(termin: &Object) -> Appointment {
        let mut termin = termin.clone();
        termin.entry("frNr").or_insert_with(|| 1.into());
        read_object(&termin).unwrap().form.unwrap()
    }
    fn at(text: &str) -> chrono::NaiveDateTime {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }
    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_unknown_stays_and_names_become_camel_case() {
        let termin =
            object(r#"{"FRNR":7,"Text":"alt","GeheimesFeld":{"a":[1]},"UhrzeitBisTicks":5,"datum":"2026-05-04","Notiz":null}"#);
        let mut target = form(&termin);
        target.text = "neu\nzwei".into();
        let out = overlay(&termin, &target, [Field::Text].into_iter().collect()).unwrap();
        let expected = object(r#"{"frNr":7,"text":"neu\r\nzwei","GeheimesFeld":{"a":[1]},"datum":"2026-05-04","notiz":null}"#);
        assert_eq!(out, expected);
    }

    #[test]
    fn clock_times_of_an_all_day_appointment_survive_a_shift_of_days() {
        let termin = object(
            r#"{"frNr":7,"datum":"2026-05-04","uhrzeitVon":"08:00","datumBis":"2026-05-05","uhrzeitBis":"17:00","dauertermin":1}"#,
        );
        let mut target = form(&termin);
        target.time = Span::AllDay { first: day("2026-05-11"), last: day("2026-05-13") };
        let out = overlay(&termin, &target, [Field::Time].into_iter().collect()).unwrap();
        assert_eq!(out["uhrzeitVon"], "08:00");
        assert_eq!(out["uhrzeitBis"], "17:00");
        assert_eq!(form(&out).time, target.time);
    }

    #[test]
    fn a_long_appointment_shortened_to_a_day_becomes_all_day() {
        let termin = object(r#"{"frNr":7,"datum":"2026-05-04T10:00:00","datumBis":"2026-05-05","uhrzeitBis":"12:00"}"#);
        let mut target = form(&termin);
        target.time = Span::AllDay { first: day("2026-05-04"), last: day("2026-05-04") };
        let out = overlay(&termin, &target, [Field::Time].into_iter().collect()).unwrap();
        assert_eq!(form(&out).time, target.time);
        assert_eq!(out["dauertermin"], 1);
    }

    #[test]
    fn a_new_appointment_has_the_seeds_defaults_and_reads_back() {
        let mut appointment = form(&object(
            r#"{"datum":"2026-05-04T14:00","uhrzeitBis":"15:00","text":"T","notiz":"a\r\nb","ort":"O","privat":1}"#,
        ));
        for time in [
            appointment.time,
            Span::Timed { start: at("2026-05-04 22:00"), end: at("2026-05-05 02:00") },
            Span::AllDay { first: day("2026-05-04"), last: day("2026-05-06") },
            Span::Timed { start: at("2026-05-04 00:00"), end: at("2026-05-04 00:00") },
        ] {
            appointment.time = time;
            let termin = new_termin("PB", &appointment).unwrap();
            assert_eq!(form(&termin), appointment);
            assert_eq!(
                (&termin["sb"], &termin["anwalt"], &termin["vorbereitungsDauer"]),
                (&"PB".into(), &"PB".into(), &"00:00:00".into())
            );
        }
    }

    #[test]
    fn a_series_is_written_and_taken_back() {
        let mut appointment = form(&object(r#"{"datum":"2026-05-04T14:00","uhrzeitBis":"15:00"}"#));
        for until in [None, Some(day("2026-06-15"))] {
            appointment.recurrence = Recurrence::Held(Rule { frequency: Frequency::Weekly, interval: 2, until });
            let termin = new_termin("PB", &appointment).unwrap();
            assert_eq!(form(&termin), appointment);
            let single = Appointment { recurrence: Recurrence::None, ..appointment.clone() };
            let out = overlay(&termin, &single, [Field::Recurrence].into_iter().collect()).unwrap();
            assert_eq!(form(&out), single);
        }
    }
}
