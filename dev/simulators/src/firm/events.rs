//! What was in Google before: calendars of a predecessor with events of their own.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::{Map, Value, json};

use super::{Dice, FirmConfig, calendar_name, draft, people::Person, texts};

const ZONE: &str = "Europe/Berlin";

/// Calendars of every third employee.
pub(super) fn calendars(
    dice: &mut Dice,
    people: &[Person],
    appointments: &[Map<String, Value>],
    config: &FirmConfig,
) -> BTreeMap<String, Vec<Map<String, Value>>> {
    people
        .iter()
        .step_by(3)
        .map(|person| {
            let mut events = own_events(dice, config.difficult_series);
            events.extend(twins(dice, person, appointments));
            (calendar_name(person), events)
        })
        .collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn timed(summary: &str, day: NaiveDate, hour: u32, minutes: i64) -> Value {
    let start = day.and_time(draft::time(hour, 0));
    let end = start + TimeDelta::minutes(minutes);
    let moment = |at: chrono::NaiveDateTime| json!({"dateTime": at.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": ZONE});
    json!({"summary": summary, "start": moment(start), "end": moment(end)})
}

/// A day ahead, so that it lies within any window.
fn coming_day(dice: &mut Dice) -> NaiveDate {
    let day = dice.today + TimeDelta::days(dice.number(3..300));
    draft::on_or_after_working_day(day)
}

fn own_events(dice: &mut Dice, difficult: bool) -> Vec<Map<String, Value>> {
    let mut events = Vec::new();
    for _ in 0..4 {
        let guest = dice.pick(&texts::PARTIES);
        let day = coming_day(dice);
        let mut event = timed(&format!("Mandant {guest} (mobil vereinbart)"), day, 10, 60);
        event["location"] = json!(dice.pick(&texts::ROOMS));
        event["description"] = json!("Vom Handy aus eingetragen 📱");
        events.push(object(event));
    }
    let day = coming_day(dice);
    events.push(object(json!({
        "summary": "Fortbildung Fachanwalt",
        "visibility": "private",
        "start": {"date": day.to_string()},
        "end": {"date": (day + TimeDelta::days(2)).to_string()},
    })));
    let mut evening = timed("Stammtisch Anwaltverein", coming_day(dice), 19, 300);
    evening["description"] = json!("Tisch auf <b>Kanzlei</b> reserviert<br>Anmeldung &amp; Infos folgen");
    events.push(object(evening));
    let monday = dice.today + TimeDelta::days(7);
    let monday = monday - TimeDelta::days(i64::from(monday.weekday().num_days_from_monday()));
    let mut weekly = timed("Sprechstunde Verbraucherzentrale", monday, 17, 60);
    weekly["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=20"]);
    events.push(object(weekly));
    if difficult {
        let tuesday = monday + TimeDelta::days(1);
        let mut twice = timed("Rehasport", tuesday, 7, 45);
        twice["visibility"] = json!("private");
        twice["recurrence"] = json!(["RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8"]);
        events.push(object(twice));
    }
    events
}

/// Copies of appointments that are in Advoware too: the first run links them.
fn twins(dice: &mut Dice, person: &Person, appointments: &[Map<String, Value>]) -> Vec<Map<String, Value>> {
    let from = dice.today.to_string();
    appointments
        .iter()
        .filter(|row| {
            row["anwalt"] == person.kuerzel
                && row["dauertermin"] == 0
                && row["turnus"] == 0
                && row["kategorie"] == "Gericht"
                && row["datum"].as_str() > Some(from.as_str())
        })
        .take(2)
        .map(|row| {
            let moment = |date: &Value, clock: &Value| {
                let day = date.as_str().unwrap_or_default();
                let day = &day[..day.len().min(10)];
                let clock = clock.as_str().unwrap_or_default();
                json!({"dateTime": format!("{day}T{clock}"), "timeZone": ZONE})
            };
            object(json!({
                "summary": row["text"],
                "description": row["notiz"].as_str().map(|note| note.replace("\r\n", "\n")),
                "location": row["ort"],
                "visibility": if row["privat"] == 1 { "private" } else { "default" },
                "start": moment(&row["datum"], &row["uhrzeitVon"]),
                "end": moment(&row["datumBis"], &row["uhrzeitBis"]),
            }))
        })
        .collect()
}
