//! Series that Advoware held as a whole and can't hold any more.

use advosync_sync::plan::{Note, NoteKind};
use advosync_sync::ports::{FrNr, Side};
use advosync_sync::run::Status;
use serde_json::json;

use crate::scene::{Scene, conflicts, counts};
use crate::series_world::{at, series};
use crate::world::today;

/// A weekly series of PB's on Mondays at nine, from `first` to `last`, linked; its number and event.
fn weekly(first: &str, last: &str) -> (Scene, FrNr, String) {
    let scene = Scene::new();
    let frnr = scene.termin(json!({
        "text": "Jour fixe", "datum": format!("{first}T09:00:00"), "uhrzeitVon": "09:00:00", "uhrzeitBis": "10:00:00",
        "datumBis": format!("{last}T00:00:00"), "turnus": 1, "turnusArt": 2, "geheimesFeld": {"tief": [1]}, "azRubrum": "7/26",
    }));
    scene.sync();
    let id = scene.event_id(frnr);
    (scene, frnr, id)
}

/// Every appointment still has what we don't understand, and is no series.
fn all_are_whole(scene: &Scene, but: FrNr) {
    for termin in scene.termine().iter().filter(|termin| termin["frNr"] != but) {
        assert_eq!((&termin["geheimesFeld"], &termin["azRubrum"]), (&json!({"tief": [1]}), &json!("7/26")));
        assert_eq!((&termin["turnus"], &termin["turnusArt"]), (&json!(0), &json!(0)));
    }
}

#[test]
fn a_series_that_began_before_the_window_ends_the_day_before_it() {
    let (scene, frnr, id) = weekly("2026-01-05", "2026-06-29");
    scene.move_instance(&id, "2026-05-18", "2026-05-19", 14);
    let report = scene.sync();
    // 13 Mondays from 6 April to 29 June; the series of January ends.
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(13, 1, 0)));
    let window = today() - chrono::Duration::days(30);
    assert_eq!(scene.raw(frnr)["datumBis"], format!("{}T00:00:00", window.pred_opt().unwrap()));
    assert_eq!(scene.raw(frnr)["turnus"], 1);
    all_are_whole(&scene, frnr);
    assert_eq!(scene.raw(scene.single("2026-05-19"))["uhrzeitVon"], "14:00:00");
    // On both sides nothing is missing, before the window either.
    assert_eq!(scene.even("2026-01-01", "2026-12-31"), 26);
    assert!(scene.world.lock().redis["PB"].deletions.is_empty());
    scene.change(|world| world.flush());
    scene.quiet("PB");
    scene.edit(scene.single("2026-05-25"), json!({"ort": "Hof"}));
    scene.cancel_instance(&id, "2026-06-01");
    scene.sync();
    assert_eq!(scene.even("2026-01-01", "2026-12-31"), 25);
}

#[test]
fn a_series_that_began_in_the_window_is_deleted_and_the_guard_does_not_count_it() {
    let (scene, frnr, id) = weekly("2026-05-11", "2026-06-29");
    scene.cancel_instance(&id, "2026-05-18");
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(7, 0, 1)));
    assert_eq!(report.status(), Status::Succeeded);
    assert!(scene.termine().iter().all(|termin| termin["frNr"] != frnr));
    all_are_whole(&scene, frnr);
    assert!(scene.world.lock().redis["PB"].deletions.is_empty());
    assert_eq!(scene.even("2026-05-01", "2026-12-31"), 7);
    scene.delete_event(&id);
    scene.sync();
    assert_eq!(scene.even("2026-05-01", "2026-12-31"), 0);
}

#[test]
fn an_endless_series_is_split_and_rolls_on() {
    let (mut scene, _, id) = weekly("2026-01-05", "2037-12-31");
    scene.task(|task| task.window.last = today() + chrono::Duration::days(30));
    scene.cancel_instance(&id, "2026-05-18");
    scene.sync();
    assert_eq!(scene.even("2026-01-01", "2026-06-03"), 21);
    scene.task(|task| task.window.last = today() + chrono::Duration::days(60));
    scene.sync();
    assert_eq!(scene.even("2026-01-01", "2026-07-03"), 25);
    all_are_whole_but_new(&scene);
}

/// What rolls in later is made from the event: its texts are the same.
fn all_are_whole_but_new(scene: &Scene) {
    assert!(scene.termine().iter().all(|termin| termin["text"] == "Jour fixe"));
}

#[test]
fn a_series_of_which_nothing_is_left_in_the_window_ends_and_rolls_on() {
    let (mut scene, frnr, id) = weekly("2026-05-11", "2026-06-29");
    scene.task(|task| task.window.last = "2026-05-24".parse().unwrap());
    scene.cancel_instance(&id, "2026-05-11");
    scene.cancel_instance(&id, "2026-05-18");
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 0, 1)));
    assert!(scene.events().iter().any(|event| event["id"] == id) && scene.termine().iter().all(|termin| termin["frNr"] != frnr));
    scene.task(|task| task.window.last = "2026-06-30".parse().unwrap());
    assert_eq!(scene.sync().counts.advoware, counts(6, 0, 0));
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 6);
}

#[test]
fn a_rule_that_is_edited_to_one_that_advoware_cannot_hold() {
    let (scene, frnr, id) = weekly("2026-05-11", "2026-06-29");
    scene.edit_series(&id, json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=8"]}));
    let report = scene.sync();
    assert_eq!(report.counts.advoware, counts(8, 0, 1));
    all_are_whole(&scene, frnr);
    assert_eq!(scene.even("2026-05-01", "2026-12-31"), 8);
    // Edited back: the single appointments stay.
    scene.edit_series(&id, json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=5"]}));
    scene.sync();
    assert_eq!(scene.even("2026-05-01", "2026-12-31"), 5);
}

#[test]
fn a_series_that_was_born_in_google_is_split_the_same_way() {
    let scene = Scene::new();
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;COUNT=8"]));
    scene.sync();
    assert_eq!(scene.termine().len(), 1);
    scene.edit_instance("m", "2026-05-25", json!({"location": "Hof"}));
    scene.sync_on("PB");
    assert_eq!((scene.termine().len(), scene.even("2026-05-01", "2026-12-31")), (8, 8));
}

#[test]
fn one_that_comes_with_an_exception_is_single_from_the_start() {
    let scene = Scene::new();
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;COUNT=8"]));
    scene.cancel_instance("m", "2026-05-25");
    scene.sync();
    assert_eq!((scene.termine().len(), scene.even("2026-05-01", "2026-12-31")), (7, 7));
}

#[test]
fn an_exception_that_says_the_same_or_lies_in_the_past_splits_nothing() {
    let (scene, _, id) = weekly("2026-01-05", "2026-06-29");
    scene.edit_instance(&id, "2026-05-18", json!({"colorId": "3"}));
    scene.cancel_instance(&id, "2026-02-02");
    scene.quiet("PB");
    assert_eq!(scene.termine().len(), 1);
}

#[test]
fn what_was_changed_in_the_series_meanwhile_is_in_every_single_appointment() {
    let (scene, frnr, id) = weekly("2026-05-11", "2026-06-29");
    scene.edit(frnr, json!({"text": "Aus Advoware"}));
    scene.edit_event(&id, json!({"location": "Aus Google"}));
    scene.move_instance(&id, "2026-05-18", "2026-05-20", 9);
    scene.sync_on("PB");
    assert!(scene.termine().iter().all(|termin| termin["text"] == "Aus Advoware"), "{:?}", scene.termine());
    assert!(scene.termine().iter().all(|termin| termin["ort"] == "Aus Google"));
    assert_eq!(scene.even("2026-05-01", "2026-12-31"), 8);
}

#[test]
fn a_rule_that_was_changed_on_both_sides_is_a_conflict() {
    for (winner, days) in [(Side::Advoware, 4), (Side::Google, 8)] {
        let (mut scene, frnr, id) = weekly("2026-05-11", "2026-06-29");
        scene.settings(|policy| policy.conflict = winner);
        scene.edit(frnr, json!({"datumBis": "2026-06-01T00:00:00"}));
        scene.edit_series(&id, json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=8"]}));
        let report = scene.sync_on("PB");
        assert_eq!(scene.even("2026-05-01", "2026-12-31"), days, "{winner:?}");
        assert_eq!(conflicts(&report), if winner == Side::Advoware { vec!["recurrence"] } else { vec![] }, "{winner:?}");
    }
}

#[test]
fn what_an_instance_had_of_its_own_is_named_where_the_series_was_moved_in_advoware() {
    let (scene, frnr, id) = weekly("2026-05-11", "2026-06-29");
    scene.move_instance(&id, "2026-05-18", "2026-05-19", 14);
    scene.edit(frnr, json!({"uhrzeitVon": "11:00:00", "uhrzeitBis": "12:00:00"}));
    let report = scene.sync_on("PB");
    let named: Vec<_> = report.notes.iter().filter(|note| note.kind == NoteKind::Conflict).collect();
    let instance = |note: &&&Note| note.event_id.as_deref().is_some_and(|event| event.starts_with(&format!("{id}_")));
    assert_eq!(named.iter().find(instance).map(|note| note.detail.join(" ")).as_deref(), Some("time"), "{named:?}");
}

#[test]
fn days_that_not_every_month_has_are_held_where_advoware_has_them() {
    let scene = Scene::new();
    let month = json!({"datum": "2026-05-31T09:00:00", "uhrzeitVon": "09:00", "uhrzeitBis": "10:00", "datumBis": "2037-12-31T00:00:00", "turnus": 1, "turnusArt": 3});
    let frnr = scene.termin(month);
    let leap = scene.termin(json!({"datum": "2024-02-29T09:00:00", "uhrzeitVon": "09:00", "uhrzeitBis": "10:00", "datumBis": "2035-12-31T00:00:00", "turnus": 1, "turnusArt": 4}));
    scene.sync();
    assert_eq!((scene.termine().len(), scene.events().len()), (2, 2));
    scene.edit(frnr, json!({"ort": "A"}));
    scene.edit_event(&scene.event_id(leap), json!({"summary": "G"}));
    scene.sync();
    assert_eq!((&scene.raw(leap)["text"], scene.termine().len()), (&json!("G"), 2));
    // Lost keys change nothing about that.
    let mut scene = scene;
    scene.settings(|policy| policy.keys = advosync_sync::fingerprint::KeyRing::new([b"lost"]));
    scene.sync();
    assert_eq!(scene.termine().len(), 2);
    // Another rule on such a day can't be held.
    let id = scene.event_id(frnr);
    scene.edit_series(&id, json!({"recurrence": ["RRULE:FREQ=MONTHLY;COUNT=3"]}));
    scene.sync_on("PB");
    assert_eq!(scene.termine().iter().filter(|termin| termin["turnus"] == 0).count(), 3);
}

#[test]
fn anonymised_the_single_appointments_keep_the_texts_of_the_series() {
    let mut scene = Scene::with(|policy| policy.anonymise = true);
    let frnr = scene.termin(json!({
        "text": "Mandant", "notiz": "geheim", "datum": "2026-05-11T09:00:00", "uhrzeitVon": "09:00:00", "uhrzeitBis": "10:00:00",
        "datumBis": "2026-06-29T00:00:00", "turnus": 1, "turnusArt": 2,
    }));
    scene.sync();
    let id = scene.event_id(frnr);
    scene.move_instance(&id, "2026-05-18", "2026-05-20", 9);
    scene.sync_on("PB");
    assert!(scene.termine().iter().all(|termin| termin["text"] == "Mandant" && termin["notiz"] == "geheim"));
    assert_eq!(scene.raw_event(&id)["summary"], "Belegt");
    scene.settings(|policy| policy.anonymise = false);
    scene.sync_on("PB");
    assert_eq!(scene.even("2026-05-01", "2026-12-31"), 8);
}

#[test]
fn a_series_that_moved_away_and_was_changed_here_is_reported_and_leaves() {
    let (scene, frnr, id) = weekly("2026-05-11", "2026-06-29");
    scene.edit(frnr, json!({"anwalt": "AI", "sb": "AI"}));
    scene.edit_series(&id, json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=8"], "location": "Hof"}));
    let report = scene.run("PB");
    assert_eq!(conflicts(&report), ["recurrence"]);
    assert_eq!((&scene.raw(frnr)["ort"], scene.events().len()), (&json!("Hof"), 0));
    scene.run("AI");
    scene.quiet("PB");
    scene.quiet("AI");
    assert_eq!(scene.events_of("AI").len(), 2);
}

#[test]
fn an_edit_of_the_series_in_the_middle_of_the_split_is_in_every_single_appointment() {
    let mut edited = 0;
    for steps in 0..120 {
        let (scene, frnr, id) = weekly("2026-05-11", "2026-06-01");
        scene.move_instance(&id, "2026-05-18", "2026-05-19", 14);
        let mut run = crate::checker::Run::with(&scene.world, crate::checker::task("PB"));
        let going = (0..steps).all(|_| run.step().is_none());
        if !going || !scene.world.lock().termine.contains_key(&frnr) {
            break;
        }
        scene.edit(frnr, json!({"text": "spät"}));
        drop(run);
        crate::checker::settle(&scene.world).unwrap();
        assert_eq!(scene.even("2026-05-01", "2026-06-30"), 4);
        assert!(scene.termine().iter().all(|termin| termin["text"] == "spät"), "after {steps} steps: {:?}", scene.termine());
        edited += 1;
    }
    assert!(edited > 15, "{edited}");
}

#[test]
fn nothing_is_missing_on_either_side_at_any_write() {
    // Advoware shows every occurrence at least once after each single write of the split.
    let (scene, _, id) = weekly("2026-05-11", "2026-06-29");
    scene.edit_instance(&id, "2026-05-18", at("2026-05-19", 9));
    let mut run = crate::checker::Run::with(&scene.world, crate::checker::task("PB"));
    let mut writes = 0;
    while run.step().is_none() {
        let world = scene.world.lock();
        if world.writes == writes {
            continue;
        }
        writes = world.writes;
        let (first, last) = ("2026-05-01".parse().unwrap(), "2026-06-30".parse().unwrap());
        let ours = crate::series_world::shown_in_advoware(&world, first, last);
        for one in crate::series_world::shown_in_google(&world, first, last) {
            // The one that a person has just moved is there in its old place until then.
            assert!(ours.contains(&one) || one.0.first_day().to_string() == "2026-05-19", "{one:?}");
        }
    }
    assert_eq!(scene.even("2026-05-01", "2026-06-30"), 8);
}
