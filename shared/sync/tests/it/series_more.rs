//! Series as single appointments: copies, keys, other employees, other calendars, texts and limits.

use advosync_sync::plan::NoteKind;
use advosync_sync::run::Status;
use chrono::Duration;
use serde_json::json;

use crate::scene::{Scene, conflicts, counts, notes};
use crate::series_rules::{TWICE, twice};
use crate::series_world::{at, series};
use crate::world::{calendar, today};

#[test]
fn what_is_equal_on_both_filled_sides_is_linked_and_not_doubled() {
    let scene = Scene::new();
    scene.event("m", series(&[TWICE]));
    for day in ["2026-05-11", "2026-05-13", "2026-05-18"] {
        scene.termin(json!({"text": "Besprechung", "notiz": "Saal 3", "datum": day, "uhrzeitVon": "09:00", "datumBis": day, "uhrzeitBis": "10:00"}));
    }
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(3, 0, 0)));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn a_copy_of_a_series_is_a_series_of_its_own() {
    let scene = twice();
    let mut copy = scene.raw_event("m");
    copy.remove("etag");
    scene.change(|world| {
        world.put_event(&calendar("PB"), "n", copy);
    });
    assert_eq!(scene.sync().counts.advoware, counts(6, 0, 0));
    scene.delete_event("n");
    assert_eq!(scene.sync().counts.advoware, counts(0, 0, 6));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn a_rotated_key_changes_nothing_and_finds_changes() {
    let mut scene = twice();
    scene.settings(|policy| policy.keys = advosync_sync::fingerprint::KeyRing::new([&b"new"[..], b"model"]));
    scene.quiet("PB");
    scene.edit(scene.single("2026-05-13"), json!({"ort": "A"}));
    scene.edit_instance("m", "2026-05-20", json!({"location": "G"}));
    scene.cancel_instance("m", "2026-05-27");
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 1, 0), counts(0, 1, 1)));
    assert!(conflicts(&report).is_empty());
    scene.edit_series("m", json!({"summary": "Neu"}));
    scene.sync();
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 5);
}

#[test]
fn an_unknown_key_deletes_nothing() {
    let mut scene = twice();
    scene.settings(|policy| policy.keys = advosync_sync::fingerprint::KeyRing::new([b"lost"]));
    scene.cancel_instance("m", "2026-05-13");
    scene.delete(scene.single("2026-05-20"));
    scene.edit_instance("m", "2026-05-25", json!({"location": "G"}));
    let report = scene.sync();
    assert!(notes(&report, NoteKind::CameBack) && conflicts(&report) == ["ort"], "{report:?}");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn another_employees_appointment_leaves_the_series() {
    let scene = twice();
    scene.edit(scene.single("2026-05-20"), json!({"anwalt": "AI", "sb": "AI"}));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 1), counts(0, 0, 0)));
    assert!(scene.world.lock().woken.contains("AI"));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 5);
    scene.sync_as("AI");
    assert_eq!(scene.events_of("AI").len(), 2);
}

#[test]
fn what_google_changed_is_carried_over_before_its_appointment_leaves() {
    let scene = twice();
    let frnr = scene.single("2026-05-20");
    scene.edit(frnr, json!({"anwalt": "AI", "sb": "AI"}));
    scene.edit_instance("m", "2026-05-20", json!({"location": "Hof"}));
    scene.sync();
    assert_eq!((&scene.raw(frnr)["ort"], &scene.raw(frnr)["anwalt"]), (&json!("Hof"), &json!("AI")));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 5);
}

#[test]
fn a_series_that_is_dragged_to_another_calendar_takes_its_appointments_along() {
    for first in ["PB", "AI"] {
        let scene = twice();
        let numbers: Vec<i64> = scene.termine().iter().map(|termin| termin["frNr"].as_i64().unwrap()).collect();
        scene.change(|world| {
            let moved = world.calendars[&calendar("PB")].events["m"].0.clone();
            world.bury(&calendar("PB"), "m");
            world.put_event(&calendar("AI"), "m", moved);
        });
        for kuerzel in [first, "PB", "AI"] {
            scene.run(kuerzel);
        }
        scene.quiet("PB");
        scene.quiet("AI");
        assert!(numbers.iter().all(|frnr| scene.raw(*frnr)["anwalt"] == "AI"), "{first}");
        assert_eq!(scene.termine().len(), 0);
    }
}

#[test]
fn an_appointment_that_becomes_a_series_leaves_the_occurrence() {
    let scene = twice();
    scene.edit(scene.single("2026-05-20"), json!({"turnus": 1, "turnusArt": 2, "datumBis": "2026-06-03T00:00:00"}));
    scene.sync_on("PB");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 8);
}

#[test]
fn a_series_that_becomes_one_event_keeps_one_appointment() {
    let scene = twice();
    let frnr = scene.single("2026-05-11");
    let mut single = scene.raw_event("m");
    single.remove("recurrence");
    scene.change(|world| {
        world.put_event(&calendar("PB"), "m", single);
    });
    scene.sync_on("PB");
    assert_eq!(scene.single("2026-05-11"), frnr);
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 1);
}

#[test]
fn a_rule_that_advoware_could_hold_after_all_loses_and_doubles_nothing() {
    let scene = twice();
    scene.edit_series("m", json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]}));
    scene.sync();
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 4);
    scene.edit(scene.single("2026-05-18"), json!({"ort": "Hof"}));
    scene.sync();
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 4);
}

#[test]
fn a_series_that_cannot_be_counted_out_is_reported_and_left_alone() {
    let scene = Scene::new();
    scene.event("m", series(&["RRULE:FREQ=HOURLY;COUNT=5"]));
    let report = scene.sync();
    assert!(notes(&report, NoteKind::UnsupportedSeries));
    assert_eq!((report.status(), scene.termine().len()), (Status::Partial, 0));
    let scene = twice();
    scene.edit_series("m", json!({"recurrence": ["RRULE:FREQ=HOURLY;COUNT=5"]}));
    let report = scene.sync();
    assert!(notes(&report, NoteKind::UnsupportedSeries));
    assert_eq!(scene.termine().len(), 6);
}

#[test]
fn an_unreadable_occurrence_is_reported_and_the_others_go_on() {
    let scene = twice();
    scene.edit_instance("m", "2026-05-20", json!({"summary": 5}));
    scene.edit_instance("m", "2026-05-25", json!({"summary": "gut"}));
    let report = scene.sync();
    assert!(notes(&report, NoteKind::UnreadableInGoogle));
    assert_eq!(scene.raw(scene.single("2026-05-25"))["text"], "gut");
    assert_eq!(scene.termine().len(), 6);
}

#[test]
fn anonymised_the_texts_go_to_advoware_once_and_never_back() {
    let mut scene = Scene::with(|policy| policy.anonymise = true);
    scene.task(|task| task.window.last = today() + Duration::days(20));
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6"]));
    scene.edit_instance("m", "2026-05-13", json!({"summary": "Geheim"}));
    scene.sync_on("PB");
    let shown = |scene: &Scene| scene.raw_event("m")["summary"].as_str().unwrap().to_owned();
    assert_eq!(shown(&scene), "Belegt");
    assert_eq!(scene.raw(scene.single("2026-05-11"))["text"], "Besprechung");
    assert_eq!(scene.raw(scene.single("2026-05-13"))["text"], "Geheim");
    assert_eq!(scene.exceptions("m")[0]["summary"], "Belegt");
    // What rolls in later has the series' texts as well, which Google shows no more.
    scene.task(|task| task.window.last = today() + Duration::days(60));
    scene.sync();
    assert_eq!(scene.raw(scene.single("2026-05-27"))["notiz"], "Saal 3");
    // Times stay two-way; a text on it is reset.
    scene.edit_series("m", json!({"summary": "Wer?"}));
    scene.move_instance("m", "2026-05-18", "2026-05-19", 11);
    scene.sync_on("PB");
    assert_eq!((shown(&scene).as_str(), scene.days()[2].as_str()), ("Belegt", "05-19"));
    // Switched off, Google shows the texts again.
    scene.settings(|policy| policy.anonymise = false);
    scene.sync_on("PB");
    assert_eq!(shown(&scene), "Besprechung");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
    scene.settings(|policy| policy.anonymise = true);
    scene.sync_on("PB");
    assert_eq!(shown(&scene), "Belegt");
    assert_eq!(scene.raw(scene.single("2026-05-11"))["text"], "Besprechung");
}

#[test]
fn a_long_note_is_cut_only_in_google() {
    let scene = twice();
    let frnr = scene.single("2026-05-13");
    let long = "Absatz <b> & mehr\n".repeat(2_000);
    scene.edit(frnr, json!({"notiz": long}));
    scene.sync();
    assert_eq!(scene.raw(frnr)["notiz"], long.as_str());
    let note = scene.exceptions("m")[0]["description"].as_str().unwrap().to_owned();
    assert!(note.len() < 9_000);
    // An edit of the cut note is a conflict, and never the truth.
    scene.edit_instance("m", "2026-05-13", json!({"description": "kurz"}));
    let report = scene.sync();
    assert_eq!((conflicts(&report), &scene.raw(frnr)["notiz"]), (vec!["notiz"], &json!(long)));
}

#[test]
fn daily_for_two_years_fits_into_the_properties() {
    let scene = Scene::new();
    scene.event("m", series(&["RRULE:FREQ=DAILY", "EXDATE:20260512T070000Z"]));
    scene.change(|world| world.next_frnr = 9_000_000);
    scene.sync();
    assert!(scene.termine().len() > 700);
    let properties = scene.raw_event("m")["extendedProperties"]["private"].as_object().unwrap().clone();
    let size: usize = properties.iter().map(|(name, value)| name.len() + value.as_str().unwrap().len()).sum();
    assert!(size < 32_000 && properties.len() < 300, "{size}");
    assert!(properties.iter().all(|(name, value)| name.len() <= 44 && value.as_str().unwrap().len() <= 1_024));
}

#[test]
fn both_changes_of_the_clock_at_nine_in_both_directions() {
    // 41 Mondays from 2 March across both changes, as a series that Advoware holds.
    let mut scene = Scene::new();
    scene.task(|task| task.window.first = "2026-02-01".parse().unwrap());
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=41"]));
    scene.edit_event("m", at("2026-03-02", 9));
    scene.sync();
    assert_eq!((scene.termine().len(), scene.even("2026-02-01", "2027-12-31")), (1, 41));
    // The same from Advoware.
    let mut scene = Scene::new();
    scene.task(|task| task.window.first = "2026-02-01".parse().unwrap());
    scene.termin(json!({"datum": "2026-03-02T09:00:00", "uhrzeitVon": "09:00", "uhrzeitBis": "10:00", "datumBis": "2026-12-07T00:00:00", "turnus": 1, "turnusArt": 2}));
    scene.sync();
    assert_eq!(scene.even("2026-02-01", "2027-12-31"), 41);
    // And on two weekdays, as single appointments.
    let mut scene = Scene::new();
    scene.task(|task| task.window.first = "2026-02-01".parse().unwrap());
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=82"]));
    scene.edit_event("m", at("2026-03-02", 9));
    scene.sync();
    assert_eq!(scene.even("2026-02-01", "2027-12-31"), 82);
    assert!(scene.termine().iter().all(|termin| termin["uhrzeitVon"] == "09:00:00"));
}
