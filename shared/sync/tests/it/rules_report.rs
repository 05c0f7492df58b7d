//! What a person can see and take back.

use advosync_sync::undo::{Obstacle, Target};
use serde_json::json;

use crate::scene::{PROBE, Scene, recorded};

/// A scene that keeps a journal from here on.
fn journalled(scene: Scene) -> Scene {
    scene.change(|world| world.journal = Some(Vec::new()));
    scene
}

#[test]
fn an_update_of_google_is_taken_back_and_carried_over() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"ort": "Saal 1"}));
    let scene = journalled(scene);
    scene.edit(frnr, json!({"ort": "Saal 3", "geheimesFeld": "neu"}));
    scene.sync();
    assert_eq!(scene.undo(), []);
    assert_eq!((&scene.raw_event(&id)["location"], &scene.raw(frnr)["ort"]), (&json!("Saal 1"), &json!("Saal 3")));
    scene.sync();
    assert_eq!((&scene.raw(frnr)["ort"], &scene.raw(frnr)["geheimesFeld"]), (&json!("Saal 1"), &json!("neu")));
}

#[test]
fn an_update_of_advoware_is_taken_back_and_carried_over() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let scene = journalled(scene);
    let before = scene.raw(frnr);
    scene.edit_event(&id, json!({"summary": "neu", "start": {"date": "2026-05-12"}, "end": {"date": "2026-05-14"}}));
    scene.sync();
    assert_eq!(scene.undo(), []);
    assert_eq!(scene.forms(frnr).0, advosync_sync::advoware::read_object(&before).unwrap().form.unwrap());
    scene.sync();
    assert_eq!(scene.raw_event(&id)["summary"], "Termin");
    assert_eq!(scene.raw_event(&id)["start"]["dateTime"], "2026-05-11T10:00:00+02:00");
}

#[test]
fn both_halves_of_one_run_are_taken_back() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let scene = journalled(scene);
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.edit_event(&id, json!({"summary": "neu"}));
    scene.sync();
    assert_eq!(scene.undo(), []);
    scene.sync();
    let (ours, theirs) = scene.forms(frnr);
    assert_eq!((&ours, ours.text.as_str(), ours.ort.as_str()), (&theirs, "Termin", ""));
}

#[test]
fn what_was_changed_since_is_left_alone() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let scene = journalled(scene);
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.sync();
    scene.edit_event(&id, json!({"location": "Saal 4"}));
    assert_eq!(scene.undo(), [(Target::Event(id.clone()), Obstacle::ChangedSince)]);
    assert_eq!(scene.raw_event(&id)["location"], "Saal 4");
}

#[test]
fn what_google_made_of_a_field_is_no_change_since() {
    let scene = Scene::new();
    scene.change(|world| {
        world.rewrite = Some(|event| {
            if event.get("location").is_some_and(|place| place == "Lange Str. 3") {
                event.insert("location".into(), "Lange Straße 3".into());
            }
        });
    });
    let (frnr, id) = scene.pair(json!({"ort": "Saal 1"}));
    let scene = journalled(scene);
    scene.edit(frnr, json!({"ort": "Lange Str. 3"}));
    scene.sync();
    assert_eq!(scene.raw_event(&id)["location"], "Lange Straße 3");
    assert_eq!(scene.undo(), []);
    assert_eq!(scene.raw_event(&id)["location"], "Saal 1");
}

#[test]
fn a_deleted_appointment_comes_back_whole() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"nr": 17, "notiz": "geheim"}));
    let mut before = scene.raw(frnr);
    let scene = journalled(scene);
    scene.delete_event(&id);
    scene.sync();
    assert!(scene.has(0));
    assert_eq!(scene.undo(), []);
    scene.sync();
    assert!(scene.has(1));
    let mut termin = scene.termine()[0].clone();
    assert_ne!(termin.remove("frNr"), before.remove("frNr"));
    assert_eq!(termin, before);
}

#[test]
fn a_deleted_event_comes_back_once_however_often_it_is_tried() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit_event(&id, json!({"colorId": "3"}));
    let scene = journalled(scene);
    scene.delete(frnr);
    scene.sync();
    let journal = scene.world.lock().journal.clone();
    assert_eq!(scene.undo(), []);
    scene.change(|world| world.journal = journal);
    assert_eq!(scene.undo(), []);
    scene.sync();
    assert!(scene.has(1) && scene.events()[0]["colorId"] == "3");
    assert!(recorded(&scene.events()[0]).is_some_and(|anew| anew != frnr));
}

#[test]
fn a_creation_is_taken_back_and_its_other_half_goes_by_the_ordinary_rules() {
    for born_in_google in [false, true] {
        let scene = journalled(Scene::new());
        if born_in_google {
            scene.event("e", json!({}));
        } else {
            scene.termin(json!({}));
        }
        scene.sync();
        assert_eq!(scene.undo(), []);
        scene.sync();
        assert!(scene.has(0), "{born_in_google}");
    }
}

#[test]
fn a_change_of_hands_is_taken_back() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.sync_as("AI");
    let scene = journalled(scene);
    scene.change(|world| {
        let event = world.calendars["cal-PB"].events[&id].0.clone();
        world.bury("cal-PB", &id);
        world.put_event("cal-AI", &id, event);
    });
    scene.run("PB");
    assert_eq!(scene.raw(frnr)["anwalt"], "AI");
    assert_eq!(scene.undo(), []);
    assert_eq!((&scene.raw(frnr)["anwalt"], &scene.raw(frnr)["sb"]), (&json!("PB"), &json!("PB")));
}

#[test]
fn an_event_whose_appointment_moved_on_is_not_brought_back() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.sync_as("AI");
    let scene = journalled(scene);
    scene.edit(frnr, json!({"anwalt": "AI", "sb": "AI"}));
    scene.sync();
    assert_eq!(scene.undo(), [(Target::Event(id), Obstacle::LivesOn)]);
}

#[test]
fn without_contents_nothing_is_taken_back() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let scene = journalled(scene);
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.sync();
    scene.change(|world| {
        world.journal.iter_mut().flatten().for_each(|entry| (entry.before, entry.after) = (None, None));
    });
    assert_eq!(scene.undo(), [(Target::Event(id), Obstacle::NoContents)]);
}

#[test]
fn no_drift_right_after_a_run() {
    let scene = Scene::new();
    scene.pair(json!({}));
    scene.pair(json!({"notiz": "Sachverhalt. ".repeat(5_000)}));
    scene.pair(json!({"turnus": 1, "turnusArt": 2, "datumBis": "2026-08-01"}));
    scene.event("e", json!({"summary": "neu"}));
    scene.event("two", json!({"summary": "zwei Tage", "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO,WE"]}));
    scene.run("PB");
    let drift = scene.drift();
    assert!(drift.is_none() && drift.equal == 5, "{drift:?}");
}

#[test]
fn drift_names_what_is_missing_extra_and_different() {
    let scene = Scene::new();
    let (changed, id) = scene.pair(json!({}));
    let (gone, orphan) = scene.pair(json!({"text": "zwei"}));
    scene.edit(changed, json!({"ort": "Saal 3", "notiz": "neu"}));
    scene.delete(gone);
    let new = scene.termin(json!({"text": "drei"}));
    scene.event("e", json!({"summary": "vier"}));
    scene.termin(json!({"datum": "x"}));
    scene.termin(json!({"datum": "2020-01-01", "datumBis": "2020-01-01"}));
    let drift = scene.drift();
    assert_eq!((drift.missing, drift.extra), (vec![new], vec![orphan, "e".to_owned()]));
    let different: Vec<_> = drift.different.iter().map(|pair| (pair.frnr, &pair.event_id, pair.fields.join(" "))).collect();
    assert_eq!(different, [(changed, &id, "notiz ort".to_owned())]);
    assert_eq!((drift.equal, drift.unreadable), (0, 1));
    assert!(scene.world.lock().termine.contains_key(&PROBE));
}
