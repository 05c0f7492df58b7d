//! The standard form: what is the same on both sides, and how each side is written.

use advosync_sync::form::Span;
use advosync_sync::plan::NoteKind;
use advosync_sync::run::Status;
use serde_json::json;

use crate::scene::{Scene, conflicts, counts, notes};

/// A start or end in Google's form, by Berlin's clock.
fn at(wall: &str) -> serde_json::Value {
    json!({"dateTime": wall, "timeZone": "Europe/Berlin"})
}

fn day(date: &str) -> serde_json::Value {
    json!({"date": date})
}

#[test]
fn a_clock_time_and_the_same_instant_in_utc_are_the_same() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    scene
        .edit_event(&id, json!({"start": {"dateTime": "2026-05-11T08:00:00Z"}, "end": {"dateTime": "2026-05-11T09:00:00.000Z"}}));
    scene.says_the_same();
}

#[test]
fn line_ends_trailing_blanks_and_unicode_form_are_the_same() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"notiz": "Zeile 1 \r\nM\u{fc}ller 👩‍⚖️\r\n"}));
    scene.edit_event(&id, json!({"description": "Zeile 1\nMu\u{308}ller 👩‍⚖️  "}));
    scene.says_the_same();
    scene.edit(frnr, json!({"notiz": "Zeile 1\r\nMu\u{308}ller 👩‍⚖️"}));
    scene.says_the_same();
}

#[test]
fn null_and_empty_are_the_same() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"ort": null}));
    scene.edit(frnr, json!({"ort": "", "notiz": null}));
    scene.edit_event(&id, json!({"location": "", "description": null}));
    scene.says_the_same();
}

#[test]
fn html_around_a_note_is_reduced_to_the_text_it_shows() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"notiz": "Zeile 1\r\nZeile 2 & mehr"}));
    scene.edit_event(&id, json!({"description": "<html-blob><p>Zeile&nbsp;1</p><p>Zeile 2 &amp; <b>mehr</b></p></html-blob>"}));
    scene.says_the_same();
    scene.edit_event(&id, json!({"description": "<p>Zeile 1</p><p>neu</p>"}));
    scene.sync();
    assert_eq!(scene.raw(frnr)["notiz"], "Zeile 1\r\nneu");
}

#[test]
fn text_that_looks_like_html_is_escaped_in_google_and_comes_back_whole() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"notiz": "<b>kein</b> Fett &amp; so"}));
    assert_eq!(scene.raw_event(&id)["description"], "&lt;b&gt;kein&lt;/b&gt; Fett &amp;amp; so");
    scene.edit_event(&id, json!({"description": "&lt;b&gt;kein&lt;/b&gt; Fett"}));
    scene.sync();
    assert_eq!(scene.raw(frnr)["notiz"], "<b>kein</b> Fett");
}

#[test]
fn all_day_in_advoware_is_a_date_in_google_with_an_exclusive_end() {
    for members in [
        json!({"dauertermin": 1, "datumBis": "2026-05-12"}),
        json!({"dauertermin": true, "uhrzeitVon": null, "uhrzeitBis": null, "datumBis": "2026-05-12T00:00:00"}),
        json!({"datum": "2026-05-11", "uhrzeitVon": "00:00", "uhrzeitBis": "23:59", "datumBis": "2026-05-12"}),
        json!({"uhrzeitVon": "00:00:00", "uhrzeitBis": "23:59:59", "datumBis": "2026-05-12"}),
        json!({"uhrzeitVon": "00:00:00", "uhrzeitBis": "00:00:00", "datumBis": "2026-05-12"}),
        json!({"uhrzeitBis": "10:00:01", "datumBis": "2026-05-12"}),
    ] {
        let scene = Scene::new();
        let (frnr, id) = scene.pair(members.clone());
        let event = scene.raw_event(&id);
        assert_eq!((&event["start"], &event["end"]), (&day("2026-05-11"), &day("2026-05-13")), "{members}");
        let before = scene.raw(frnr);
        scene.edit_event(&id, json!({"summary": "neu"}));
        scene.sync();
        let mut expected = before;
        expected.insert("text".into(), "neu".into());
        assert_eq!(scene.raw(frnr), expected, "clock times survive a write of another field");
    }
}

#[test]
fn exactly_a_day_by_the_clock_is_no_whole_day() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({"datumBis": "2026-05-12", "uhrzeitBis": "10:00:00"}));
    assert!(scene.raw_event(&id)["start"].get("dateTime").is_some());
}

#[test]
fn clock_times_of_a_whole_day_survive_a_shift_of_days() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"uhrzeitVon": "08:00:00", "uhrzeitBis": "17:00:00", "datumBis": "2026-05-13"}));
    scene.edit_event(&id, json!({"start": day("2026-05-18"), "end": day("2026-05-22")}));
    scene.sync();
    let termin = scene.raw(frnr);
    assert_eq!((&termin["uhrzeitVon"], &termin["uhrzeitBis"]), (&json!("08:00:00"), &json!("17:00:00")));
    assert!(termin["datum"].as_str().unwrap().starts_with("2026-05-18"));
    assert!(termin["datumBis"].as_str().unwrap().starts_with("2026-05-21"));
}

#[test]
fn clock_times_of_a_long_event_survive_a_shift_of_days_in_advoware() {
    for (end, shifted) in
        [("2026-05-13T12:00:00+02:00", "2026-11-25T12:00:00+01:00"), ("2026-05-14T00:00:00+02:00", "2026-11-26T00:00:00+01:00")]
    {
        let scene = Scene::new();
        scene.event("e", json!({"start": at("2026-05-11T10:00:00+02:00"), "end": at(end)}));
        scene.sync();
        let frnr = scene.termine()[0]["frNr"].as_i64().unwrap();
        scene.edit(frnr, json!({"datum": "2026-11-23", "datumBis": "2026-11-25"}));
        scene.sync();
        let event = scene.raw_event("e");
        assert_eq!((&event["start"], &event["end"]), (&at("2026-11-23T10:00:00+01:00"), &at(shifted)));
    }
}

#[test]
fn what_becomes_all_day_in_google_is_midnight_to_a_minute_before_in_advoware() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit_event(&id, json!({"start": day("2026-05-11"), "end": day("2026-05-14")}));
    scene.sync();
    let termin = scene.raw(frnr);
    let shown = ["datum", "uhrzeitVon", "datumBis", "uhrzeitBis", "dauertermin"].map(|name| termin[name].clone());
    assert_eq!(json!(shown), json!(["2026-05-11T00:00:00", "00:00:00", "2026-05-13T23:59:00", "23:59:00", 1]));
}

#[test]
fn an_end_at_midnight_in_google_is_the_minute_before_in_advoware() {
    let scene = Scene::new();
    scene.event("e", json!({"start": at("2026-05-11T20:00:00+02:00"), "end": at("2026-05-12T00:00:00+02:00")}));
    scene.sync();
    let termin = &scene.termine()[0];
    assert_eq!((&termin["datumBis"], &termin["uhrzeitBis"]), (&json!("2026-05-11T23:59:00"), &json!("23:59:00")));
    assert_eq!(scene.raw_event("e")["end"], at("2026-05-12T00:00:00+02:00"), "and stays as it was in Google");
}

#[test]
fn midnight_to_midnight_in_google_is_a_whole_day() {
    let scene = Scene::new();
    scene.event("e", json!({"start": at("2026-05-11T00:00:00+02:00"), "end": at("2026-05-12T00:00:00+02:00")}));
    scene.sync();
    let termin = &scene.termine()[0];
    let shown = ["uhrzeitVon", "uhrzeitBis", "dauertermin"].map(|name| termin[name].clone());
    assert_eq!(shown, [json!("00:00:00"), json!("23:59:00"), json!(1)]);
}

#[test]
fn advowares_midnight_on_a_later_day_is_the_end_of_that_day() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({"uhrzeitVon": "00:00:00", "datumBis": "2026-05-13", "uhrzeitBis": "00:00:00"}));
    let days = Span::AllDay { first: "2026-05-11".parse().unwrap(), last: "2026-05-13".parse().unwrap() };
    assert_eq!(scene.forms(frnr).1.time, days);
}

#[test]
fn a_new_appointment_has_the_seeds_form() {
    let scene = Scene::new();
    scene.event("e", json!({"description": "a\nb", "location": "Saal 3", "visibility": "private"}));
    let report = scene.sync();
    assert_eq!(report.counts.advoware, counts(1, 0, 0));
    let mut termin = scene.termine()[0].clone();
    termin.remove("frNr");
    let expected = json!({
        "text": "Termin", "notiz": "a\r\nb", "ort": "Saal 3", "datum": "2026-05-11T10:00:00", "uhrzeitVon": "10:00:00",
        "datumBis": "2026-05-11T11:00:00", "uhrzeitBis": "11:00:00", "dauertermin": 0, "turnus": 0, "turnusArt": 0,
        "vorbereitungsDauer": "00:00:00", "sb": "PB", "anwalt": "PB", "privat": 1,
    });
    assert_eq!(json!(termin), expected);
}

#[test]
fn a_timed_event_names_berlin_and_the_right_offset() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({"datum": "2027-01-11", "datumBis": "2027-01-11"}));
    assert_eq!(scene.raw_event(&id)["start"], at("2027-01-11T10:00:00+01:00"));
}

#[test]
fn a_time_in_the_gap_moves_forward_and_stays_as_it_stands_in_advoware() {
    let scene = Scene::new();
    let night = json!({"datum": "2027-03-28", "uhrzeitVon": "02:30", "datumBis": "2027-03-28", "uhrzeitBis": "04:00"});
    let (frnr, id) = scene.pair(night);
    assert_eq!(scene.raw_event(&id)["start"], at("2027-03-28T03:30:00+02:00"));
    scene.edit_event(&id, json!({"summary": "neu"}));
    scene.sync();
    assert_eq!(scene.raw(frnr)["uhrzeitVon"], "02:30");
}

#[test]
fn an_ambiguous_time_is_the_earlier() {
    let scene = Scene::new();
    let night = json!({"datum": "2026-10-25", "uhrzeitVon": "02:30", "datumBis": "2026-10-25", "uhrzeitBis": "04:00"});
    let (_, id) = scene.pair(night);
    assert_eq!(scene.raw_event(&id)["start"], at("2026-10-25T02:30:00+02:00"));
    scene.edit_event(&id, json!({"start": {"dateTime": "2026-10-25T00:30:00Z"}}));
    scene.says_the_same();
}

#[test]
fn a_weekly_series_keeps_its_clock_time_over_both_changes() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({"turnus": 1, "turnusArt": 2, "uhrzeitVon": "09:00", "datumBis": "2027-05-10"}));
    let event = scene.raw_event(&id);
    assert_eq!(event["start"], at("2026-05-11T09:00:00+02:00"));
    // The last occurrence is in summer again, and included.
    assert_eq!(event["recurrence"], json!(["RRULE:FREQ=WEEKLY;UNTIL=20270510T215959Z"]));
}

#[test]
fn what_ends_before_it_starts_is_reported_and_stays_where_it_is() {
    let scene = Scene::new();
    let frnr = scene.termin(json!({"uhrzeitBis": "09:00:00"}));
    scene.event("e", json!({"end": at("2026-05-11T09:00:00+02:00")}));
    scene.termin(json!({"text": "gut"}));
    let report = scene.sync();
    assert_eq!((report.status(), report.counts.google), (Status::Partial, counts(1, 0, 0)));
    assert!(notes(&report, NoteKind::UnreadableInAdvoware) && notes(&report, NoteKind::UnreadableInGoogle));
    assert!(report.notes.iter().any(|note| note.frnr == Some(frnr) && note.detail == ["end lies before start"]));
    assert_eq!((scene.raw(frnr)["uhrzeitBis"].clone(), scene.termine().len()), (json!("09:00:00"), 2));
}

#[test]
fn a_linked_pair_that_comes_to_end_before_it_starts_is_neither_deleted_nor_made_anew() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit(frnr, json!({"uhrzeitBis": "09:00:00"}));
    assert_eq!(scene.sync().status(), Status::Partial);
    scene.edit(frnr, json!({"uhrzeitBis": "11:00:00"}));
    scene.edit_event(&id, json!({"end": at("2026-05-11T09:00:00+02:00")}));
    assert_eq!(scene.sync().status(), Status::Partial);
    assert!(scene.has(1));
}

#[test]
fn a_note_that_google_cannot_hold_is_cut_only_there_and_compared_as_cut() {
    let scene = Scene::new();
    let whole = "Sachverhalt. ".repeat(5_000);
    let (frnr, id) = scene.pair(json!({"notiz": whole}));
    let shown = scene.raw_event(&id)["description"].as_str().unwrap().to_owned();
    assert!(shown.len() < 8_192 && shown.contains("gekürzt"));
    scene.says_the_same();
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    assert_eq!((&scene.raw(frnr)["notiz"], &scene.raw(frnr)["ort"]), (&json!(whole), &json!("Saal 3")));
}

#[test]
fn an_edit_of_a_cut_note_is_a_conflict_and_never_the_truth() {
    for policy in [advosync_sync::ports::Side::Advoware, advosync_sync::ports::Side::Google] {
        let scene = Scene::with(|settings| settings.conflict = policy);
        let whole = "Sachverhalt. ".repeat(5_000);
        let (frnr, id) = scene.pair(json!({"notiz": whole}));
        let shown = scene.raw_event(&id)["description"].clone();
        scene.edit_event(&id, json!({"description": "kurz"}));
        let report = scene.sync();
        assert_eq!(conflicts(&report), ["notiz"]);
        assert_eq!((&scene.raw(frnr)["notiz"], &scene.raw_event(&id)["description"]), (&json!(whole), &shown));
    }
}

#[test]
fn a_title_that_google_cannot_hold_is_cut_only_there() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"text": "ä".repeat(3_000)}));
    assert!(scene.raw_event(&id)["summary"].as_str().unwrap().chars().count() <= 1_024);
    scene.edit_event(&id, json!({"summary": "kurz"}));
    assert_eq!(conflicts(&scene.sync()), ["text"]);
    assert_eq!(scene.raw(frnr)["text"], "ä".repeat(3_000));
}

#[test]
fn names_in_any_letter_case_and_unknown_members_survive_a_write() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let odd = json!({"FRNR": frnr.to_string(), "Text": "Termin", "NOTIZ": "", "Datum": "2026-05-11", "uhrzeitvon": "10:00",
        "UhrzeitBis": "11:00", "UhrzeitBisTicks": 396_000_000_000_i64, "anwalt": "PB", "SB": "XY", "privat": "0", "nr": 12,
        "azRubrum": "Müller ./. Maier", "geheimesFeld": {"tief": [1, {"x": null}]}, "": "leer", "ÄÖ": 0.5});
    scene.change(|world| drop(world.termine.insert(frnr, odd.as_object().unwrap().clone())));
    scene.says_the_same();
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    let mut expected = odd.as_object().unwrap().clone();
    for (old, new) in [
        ("FRNR", "frNr"),
        ("Text", "text"),
        ("NOTIZ", "notiz"),
        ("Datum", "datum"),
        ("uhrzeitvon", "uhrzeitVon"),
        ("UhrzeitBis", "uhrzeitBis"),
        ("SB", "sb"),
    ] {
        let value = expected.remove(old).unwrap();
        expected.insert(new.into(), value);
    }
    expected.remove("UhrzeitBisTicks");
    expected.insert("ort".into(), "Saal 3".into());
    assert_eq!(json!(scene.raw(frnr)), json!(expected));
}

#[test]
fn what_google_holds_beside_our_fields_survives_a_write() {
    let scene = Scene::new();
    scene.event("e", json!({"attendees": [{"email": "x@example.org"}], "reminders": {"useDefault": false}, "hangoutLink": "l"}));
    scene.sync();
    let frnr = scene.termine()[0]["frNr"].as_i64().unwrap();
    scene.edit(frnr, json!({"text": "neu"}));
    scene.sync();
    let event = scene.raw_event("e");
    let kept = ["colorId", "attendees", "reminders", "hangoutLink", "summary"].map(|name| event[name].clone());
    let expected = [json!("7"), json!([{"email": "x@example.org"}]), json!({"useDefault": false}), json!("l"), json!("neu")];
    assert_eq!(kept, expected);
}

#[test]
fn garbage_among_the_rows_costs_only_itself() {
    let scene = Scene::new();
    scene.change(|world| {
        world.garbage = vec!["null", "7", "[]", "\"x\"", "{}", r#"{"frNr":{}}"#, r#"{"frNr":5,"datum":[],"anwalt":"PB"}"#];
    });
    scene.termin(json!({}));
    let report = scene.sync();
    assert_eq!((report.counts.google.created, report.counts.errors, report.status()), (1, 7, Status::Partial));
}
