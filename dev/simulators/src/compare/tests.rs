use serde_json::{Map, Value, json};

use super::*;
use crate::google::CalendarSnapshot;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn window() -> Window {
    Window::around(day("2026-06-15"), 30, 730)
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn appointment(changes: Value) -> Map<String, Value> {
    let mut row = object(json!({
        "frNr": 7, "text": "Termin", "notiz": null, "ort": "", "datum": "2026-07-01T09:00:00",
        "uhrzeitVon": "09:00:00", "datumBis": "2026-07-01T00:00:00", "uhrzeitBis": "10:00:00",
        "dauertermin": 0, "turnus": 0, "turnusArt": 0, "privat": 0, "anwalt": "PB",
    }));
    row.extend(object(changes));
    row
}

fn event(changes: Value) -> Map<String, Value> {
    let mut resource = object(json!({
        "id": "event1", "status": "confirmed", "summary": "Termin",
        "start": {"dateTime": "2026-07-01T07:00:00Z"},
        "end": {"dateTime": "2026-07-01T10:00:00+02:00"},
    }));
    resource.extend(object(changes));
    resource
}

fn differences(appointments: Vec<Map<String, Value>>, events: Vec<Map<String, Value>>) -> Vec<(DifferenceKind, Vec<String>)> {
    let advoware =
        AdvowareSnapshot { employees: vec![object(json!({"kuerzel": "PB", "aktiv": true}))], appointments, raw_rows: Vec::new() };
    let google = GoogleSnapshot {
        calendars: vec![CalendarSnapshot {
            id: "c1".to_owned(),
            summary: "AW-PB".to_owned(),
            description: None,
            time_zone: "Europe/Berlin".to_owned(),
            owner: "service".to_owned(),
            primary: false,
            acl: Vec::new(),
            events,
        }],
        channels: Vec::new(),
    };
    compare(&advoware, &google, window()).into_iter().map(|difference| (difference.kind, difference.fields)).collect()
}

fn assert_equal(appointment_changes: Value, event_changes: Value) {
    let found = differences(vec![appointment(appointment_changes)], vec![event(event_changes)]);
    assert_eq!(found, []);
}

#[test]
fn equal_sides_do_not_differ() {
    assert_equal(json!({}), json!({}));
    assert_equal(json!({"privat": 1}), json!({"visibility": "private"}));
}

#[test]
fn each_field_is_looked_at() {
    for (changes, field) in [
        (json!({"summary": "Anderes"}), "text"),
        (json!({"description": "x"}), "notiz"),
        (json!({"location": "x"}), "ort"),
        (json!({"visibility": "private"}), "private"),
        (json!({"end": {"dateTime": "2026-07-01T10:30:00+02:00"}}), "time"),
    ] {
        let found = differences(vec![appointment(json!({}))], vec![event(changes)]);
        assert_eq!(found, [(DifferenceKind::Different, vec![field.to_owned()])]);
    }
}

#[test]
fn a_duplicate_and_a_gap_are_seen() {
    let twice = vec![event(json!({})), event(json!({"id": "event2"}))];
    let found = differences(vec![appointment(json!({}))], twice);
    assert_eq!(found, [(DifferenceKind::MissingInAdvoware, vec![])]);
    let found = differences(vec![appointment(json!({}))], vec![event(json!({"status": "cancelled"}))]);
    assert_eq!(found, [(DifferenceKind::MissingInGoogle, vec![])]);
}

#[test]
fn whole_days_are_whole_days_however_they_are_written() {
    let days = |first: &str, after: &str| json!({"start": {"date": first}, "end": {"date": after}});
    assert_equal(json!({"dauertermin": 1}), days("2026-07-01", "2026-07-02"));
    assert_equal(json!({"uhrzeitVon": "00:00:00", "uhrzeitBis": "23:59:59"}), days("2026-07-01", "2026-07-02"));
    // Longer than 24 hours, and with an end at 00:00 that means the end of its day.
    assert_equal(json!({"datumBis": "2026-07-02", "uhrzeitBis": "00:00:00"}), days("2026-07-01", "2026-07-03"));
}

#[test]
fn missing_times_have_their_rules() {
    assert_equal(json!({"uhrzeitBis": null, "datumBis": "0001-01-01T00:00:00"}), json!({}));
    assert_equal(json!({"uhrzeitVon": null}), json!({}));
    assert_equal(json!({"uhrzeitVon": null, "datum": "2026-07-01"}), json!({}));
    assert_equal(json!({"uhrzeitBis": null}), json!({}));
}

#[test]
fn a_time_in_the_gap_has_moved_forward() {
    assert_equal(
        json!({
            "datum": "2027-03-28T02:30:00", "uhrzeitVon": "02:30:00",
            "datumBis": "2027-03-28T00:00:00", "uhrzeitBis": "04:00:00",
        }),
        json!({
            "start": {"dateTime": "2027-03-28T03:30:00+02:00"},
            "end": {"dateTime": "2027-03-28T04:00:00+02:00"},
        }),
    );
}

#[test]
fn a_series_equals_its_rule_and_its_singles() {
    let series = json!({"turnus": 1, "turnusArt": 2, "datumBis": "2026-07-15T00:00:00"});
    assert_equal(
        series.clone(),
        json!({
            "start": {"dateTime": "2026-07-01T09:00:00+02:00", "timeZone": "Europe/Berlin"},
            "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
        }),
    );
    let single = |id: &str, day: &str| {
        event(json!({
            "id": id,
            "start": {"dateTime": format!("{day}T09:00:00+02:00")},
            "end": {"dateTime": format!("{day}T10:00:00+02:00")},
        }))
    };
    let singles = vec![single("event1", "2026-07-01"), single("event2", "2026-07-08"), single("event3", "2026-07-15")];
    assert_eq!(differences(vec![appointment(series)], singles), []);
}

#[test]
fn what_is_not_ours_is_left_out() {
    let strangers = vec![
        event(json!({"eventType": "focusTime"})),
        event(json!({
            "organizer": {"email": "else@example.com"},
            "attendees": [{"email": "me@example.com", "self": true}],
        })),
        event(json!({
            "start": {"dateTime": "2020-07-01T07:00:00Z"},
            "end": {"dateTime": "2020-07-01T08:00:00Z"},
        })),
    ];
    let generated = vec![appointment(json!({"frNr": -7}))];
    assert_eq!(differences(generated, strangers), []);
}
