//! Series that Advoware can't hold: single appointments for their occurrences. Each rule is followed by a run that
//! writes nothing.

use advosync_sync::plan::{HeldOperation, NoteKind};
use advosync_sync::ports::Side;
use advosync_sync::run::Status;
use chrono::Duration;
use serde_json::json;

use crate::scene::{Scene, conflicts, counts, notes};
use crate::series_world::{at, series};
use crate::world::today;

/// Mondays and Wednesdays, six times: 11, 13, 18, 20, 25 and 27 May.
pub(crate) const TWICE: &str = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6";

/// A linked series on two weekdays.
pub(crate) fn twice() -> Scene {
    let scene = Scene::new();
    scene.event("m", series(&[TWICE]));
    scene.sync();
    scene
}

#[test]
fn two_weekdays_become_single_appointments_and_no_occurrence_an_exception() {
    let scene = Scene::new();
    scene.event("m", series(&[TWICE]));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(6, 0, 0)));
    assert_eq!(report.status(), Status::Succeeded);
    assert_eq!(scene.days(), ["05-11", "05-13", "05-18", "05-20", "05-25", "05-27"]);
    assert_eq!(scene.raw(scene.single("2026-05-20"))["uhrzeitVon"], "09:00:00");
    assert!(scene.exceptions("m").is_empty());
    assert_eq!(scene.raw_event("m")["recurrence"], json!([TWICE]));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
    scene.change(|world| world.flush());
    scene.quiet("PB");
}

#[test]
fn any_rule_that_advoware_cannot_hold() {
    let day = |first: &str, after: &str| json!({"start": {"date": first}, "end": {"date": after}});
    let hours = |from: &str, to: &str, zone: &str| json!({"start": {"dateTime": from, "timeZone": zone}, "end": {"dateTime": to, "timeZone": zone}});
    let berlin = "Europe/Berlin";
    let cases = [
        ("left out", series(&["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Berlin:20260518T090000"]), json!({}), 3),
        ("added", series(&["RRULE:FREQ=WEEKLY;COUNT=2", "RDATE:20260603T070000Z"]), json!({}), 3),
        (
            "last weekday",
            series(&["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3"]),
            day("2026-05-29", "2026-05-30"),
            3,
        ),
        ("the 31st", series(&["RRULE:FREQ=MONTHLY;COUNT=4"]), day("2026-05-31", "2026-06-01"), 4),
        ("29 February", series(&["RRULE:FREQ=YEARLY"]), day("2024-02-29", "2024-03-01"), 1),
        ("after 2037", series(&["RRULE:FREQ=YEARLY;UNTIL=20400511T070000Z"]), json!({}), 2),
        (
            "other zone",
            series(&["RRULE:FREQ=WEEKLY;COUNT=3"]),
            hours("2026-05-11T09:00:00", "2026-05-11T10:00:00", "America/New_York"),
            3,
        ),
        (
            "across midnight",
            series(&["RRULE:FREQ=WEEKLY;COUNT=3"]),
            hours("2026-05-11T22:00:00", "2026-05-12T02:00:00", berlin),
            3,
        ),
        ("several days", series(&["RRULE:FREQ=MONTHLY;COUNT=3"]), day("2026-05-11", "2026-05-14"), 3),
        ("every third week", series(&["RRULE:FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR;COUNT=5"]), json!({}), 5),
    ];
    for (name, event, when, expected) in cases {
        let mut scene = Scene::new();
        // 29 February lies ahead.
        scene.task(|task| task.window.last = today() + Duration::days(if name == "29 February" { 800 } else { 700 }));
        scene.event("m", event);
        scene.edit_event("m", when);
        let report = scene.sync();
        assert_eq!(report.counts.advoware, counts(expected, 0, 0), "{name}: {report:?}");
        assert_eq!(scene.even("2026-04-05", "2028-04-01"), expected, "{name}");
    }
}

#[test]
fn new_occurrences_roll_in_day_by_day_and_past_ones_stay() {
    let mut scene = Scene::new();
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE"]));
    scene.task(|task| task.window.last = today() + Duration::days(14));
    scene.sync();
    assert_eq!(scene.days(), ["05-11", "05-13", "05-18"]);
    for later in 15..60 {
        scene.task(|task| {
            task.window.first += Duration::days(1);
            task.window.last = today() + Duration::days(later);
        });
        scene.sync();
    }
    assert_eq!(scene.even("2026-05-11", "2026-07-02"), 16);
    assert_eq!(scene.termine().len(), 16);
}

#[test]
fn links_of_the_past_are_given_up_and_their_appointments_stay() {
    let mut scene = Scene::new();
    scene.event("m", series(&["RRULE:FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR"]));
    scene.task(|task| task.window.last = today() + Duration::days(60));
    scene.sync();
    let before = scene.termine().len();
    scene.task(|task| (task.window.first, task.window.last) = (today() + Duration::days(100), today() + Duration::days(130)));
    scene.sync();
    assert!(scene.termine().len() > before);
    let links = scene.raw_event("m")["extendedProperties"]["private"].to_string();
    assert!(!links.contains("advosyncMonth-2026-05") && links.contains("advosyncMonth-2026-08"), "{links}");
}

#[test]
fn a_change_in_advoware_becomes_an_exception() {
    let scene = twice();
    scene.edit(scene.single("2026-05-13"), json!({"text": "Vergleich", "uhrzeitVon": "11:00:00", "uhrzeitBis": "12:00:00"}));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 1, 0), counts(0, 0, 0)));
    let exceptions = scene.exceptions("m");
    assert_eq!((exceptions.len(), &exceptions[0]["summary"]), (1, &json!("Vergleich")));
    assert!(!exceptions[0]["extendedProperties"].to_string().contains("advosync"));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn a_move_to_another_day_in_advoware_moves_the_occurrence() {
    let scene = twice();
    scene.edit(scene.single("2026-05-13"), json!({"datum": "2026-05-14T09:00:00", "datumBis": "2026-05-14T10:00:00"}));
    scene.sync();
    assert_eq!(scene.even("2026-05-14", "2026-05-14"), 1);
    // Out of the window, its occurrence is handled all the same.
    scene.edit(scene.single("2026-05-14"), json!({"datum": "2029-05-14T09:00:00", "datumBis": "2029-05-14T10:00:00"}));
    scene.sync();
    assert_eq!(scene.even("2026-05-01", "2029-12-31"), 6);
    scene.edit(scene.single("2029-05-14"), json!({"datum": "2026-05-15T09:00:00", "datumBis": "2026-05-15T10:00:00"}));
    scene.sync();
    assert_eq!(scene.even("2026-05-01", "2029-12-31"), 6);
    assert_eq!(scene.exceptions("m").len(), 1);
}

#[test]
fn a_deletion_in_advoware_cancels_the_occurrence() {
    let scene = twice();
    scene.delete(scene.single("2026-05-13"));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 1), counts(0, 0, 0)));
    assert_eq!(scene.exceptions("m")[0]["status"], "cancelled");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 5);
}

#[test]
fn without_a_probe_nothing_is_cancelled() {
    let scene = Scene::new();
    scene.change(|world| {
        world.termine.clear();
        world.probes.clear();
    });
    scene.event("m", series(&[TWICE]));
    scene.sync();
    scene.change(|world| world.termine.clear());
    let report = scene.sync();
    assert!(notes(&report, NoteKind::NoEvidence));
    assert!(scene.exceptions("m").is_empty());
}

#[test]
fn a_change_of_one_occurrence_in_google_changes_its_appointment() {
    let scene = twice();
    let frnr = scene.single("2026-05-20");
    scene.edit(frnr, json!({"geheimesFeld": 5}));
    scene.edit_instance("m", "2026-05-20", json!({"summary": "Vergleich"}));
    scene.move_instance("m", "2026-05-25", "2026-05-26", 14);
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 2, 0)));
    assert_eq!((&scene.raw(frnr)["text"], &scene.raw(frnr)["geheimesFeld"]), (&json!("Vergleich"), &json!(5)));
    assert_eq!(scene.raw(scene.single("2026-05-26"))["uhrzeitVon"], "14:00:00");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn a_cancelled_occurrence_deletes_its_appointment() {
    let scene = twice();
    scene.cancel_instance("m", "2026-05-20");
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 0, 1)));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 5);
    scene.change(|world| world.flush());
    scene.quiet("PB");
}

#[test]
fn an_occurrence_that_comes_back_in_google_comes_back_in_advoware() {
    let scene = twice();
    scene.cancel_instance("m", "2026-05-20");
    scene.sync();
    let id = scene.instance_id("m", "2026-05-20");
    scene.edit_event(&id, json!({"status": "confirmed"}));
    assert_eq!(scene.sync().counts.advoware, counts(1, 0, 0));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn cancelled_in_google_and_changed_in_advoware_it_becomes_an_event_of_its_own() {
    let scene = twice();
    let frnr = scene.single("2026-05-20");
    scene.cancel_instance("m", "2026-05-20");
    scene.edit(frnr, json!({"notiz": "wichtig"}));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(1, 0, 0), counts(0, 0, 0)));
    assert_eq!(scene.raw_event(&scene.event_id(frnr))["description"], "wichtig");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
    // From now on it is a pair like any other.
    scene.edit(frnr, json!({"notiz": "sehr wichtig"}));
    assert_eq!(scene.sync().counts.google, counts(0, 1, 0));
}

#[test]
fn where_deletion_wins_a_changed_one_goes_as_well() {
    let scene = Scene::with(|policy| policy.keep_changed = false);
    scene.event("m", series(&[TWICE]));
    scene.sync();
    scene.edit(scene.single("2026-05-20"), json!({"notiz": "wichtig"}));
    scene.cancel_instance("m", "2026-05-20");
    scene.edit_instance("m", "2026-05-25", json!({"location": "Hof"}));
    scene.delete(scene.single("2026-05-25"));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 1), counts(0, 0, 1)));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 4);
}

#[test]
fn deleted_in_advoware_and_changed_in_google_it_is_created_anew() {
    let scene = twice();
    scene.delete(scene.single("2026-05-20"));
    scene.edit_instance("m", "2026-05-20", json!({"location": "Saal 5"}));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(1, 0, 0)));
    assert_eq!(scene.raw(scene.single("2026-05-20"))["ort"], "Saal 5");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn gone_on_both_sides_it_is_forgotten() {
    let scene = twice();
    scene.delete(scene.single("2026-05-20"));
    scene.cancel_instance("m", "2026-05-20");
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 0, 0)));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 5);
}

#[test]
fn changed_on_both_sides_each_differing_field_is_a_conflict() {
    for (winner, text) in [(Side::Advoware, "A"), (Side::Google, "G")] {
        let scene = Scene::with(|policy| policy.conflict = winner);
        scene.event("m", series(&[TWICE]));
        scene.sync();
        let frnr = scene.single("2026-05-20");
        scene.edit(frnr, json!({"text": "A", "ort": "gleich"}));
        scene.edit_instance("m", "2026-05-20", json!({"summary": "G", "location": "gleich"}));
        let report = scene.sync();
        assert_eq!(conflicts(&report), ["text"]);
        assert_eq!(scene.raw(frnr)["text"], text);
        assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
    }
}

#[test]
fn the_same_change_on_both_sides_is_none() {
    let scene = twice();
    scene.edit(scene.single("2026-05-20"), json!({"text": "gleich"}));
    scene.edit_instance("m", "2026-05-20", json!({"summary": "gleich"}));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 0, 0)));
    assert!(conflicts(&report).is_empty());
}

#[test]
fn a_change_of_the_whole_series_changes_every_untouched_appointment() {
    let scene = twice();
    scene.edit_instance("m", "2026-05-20", json!({"summary": "für sich"}));
    scene.sync();
    scene.edit_series("m", json!({"summary": "Neu", "description": "Saal 9"}));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 5, 0)));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
    assert_eq!(scene.exceptions("m").len(), 1);
}

#[test]
fn a_series_at_another_time_keeps_its_appointments() {
    let scene = twice();
    let frnr = scene.single("2026-05-20");
    scene.edit(frnr, json!({"azRubrum": "12/26"}));
    scene.edit_series("m", at("2026-05-11", 15));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 6, 0)));
    assert_eq!((&scene.raw(frnr)["uhrzeitVon"], &scene.raw(frnr)["azRubrum"]), (&json!("15:00:00"), &json!("12/26")));
    // On other days of the same weeks.
    scene.edit_series("m", json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=6"]}));
    let report = scene.sync();
    assert_eq!(report.counts.advoware, counts(0, 3, 0));
    assert_eq!(&scene.raw(frnr)["datum"].as_str().unwrap()[..10], "2026-05-21");
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn a_series_that_ends_earlier_deletes_and_one_that_goes_on_creates() {
    let scene = twice();
    scene.edit_series("m", json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"]}));
    assert_eq!(scene.sync().counts.advoware, counts(0, 0, 3));
    scene.edit_series("m", json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8"]}));
    assert_eq!(scene.sync().counts.advoware, counts(5, 0, 0));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 8);
}

#[test]
fn a_deleted_series_takes_its_unchanged_appointments_along_and_counts_once() {
    let mut scene = Scene::with(|policy| policy.max_deletes = 2);
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=40"]));
    scene.sync();
    let changed = scene.single("2026-05-20");
    scene.edit(changed, json!({"notiz": "bleibt"}));
    scene.delete_event("m");
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(1, 0, 0), counts(0, 0, 39)));
    assert_eq!(report.status(), Status::Succeeded);
    assert_eq!(scene.world.lock().redis["PB"].deletions.len(), 1);
    assert_eq!(scene.even("2026-04-10", "2027-06-30"), 1);
    scene.settings(|_| ());
    scene.change(|world| world.flush());
    scene.quiet("PB");
}

#[test]
fn deletions_of_single_occurrences_are_counted_one_by_one_and_held() {
    let scene = Scene::with(|policy| policy.max_deletes = 4);
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=40"]));
    scene.sync();
    for day in ["2026-05-11", "2026-05-13", "2026-05-18", "2026-05-20", "2026-05-25"] {
        scene.cancel_instance("m", day);
    }
    let report = scene.run("PB");
    assert_eq!((report.status(), report.held.len()), (Status::Held, 5));
    assert!(report.held.iter().all(|item| item.operation == HeldOperation::Delete && item.frnr.is_some()));
    assert_eq!(scene.termine().len(), 40);
    scene.change(|world| world.redis.get_mut("PB").unwrap().released = report.held.iter().cloned().collect());
    scene.sync();
    assert_eq!(scene.even("2026-04-10", "2027-06-30"), 35);
}
