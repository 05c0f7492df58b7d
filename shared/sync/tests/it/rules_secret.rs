//! Confidentiality: anonymising, private appointments, and what may never leave.

use advosync_sync::ports::Side;
use serde_json::{Value, json};

use crate::scene::{Scene, conflicts, counts};

fn anonymous() -> Scene {
    Scene::with(|policy| policy.anonymise = true)
}

/// Title, note and place as Google shows them.
fn shown(scene: &Scene, id: &str) -> [String; 3] {
    let event = scene.raw_event(id);
    ["summary", "description", "location"].map(|name| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn nothing() -> [String; 3] {
    ["Belegt".into(), String::new(), String::new()]
}

fn full() -> Value {
    json!({"text": "Scheidung Müller", "notiz": "geheim", "ort": "Saal 3"})
}

#[test]
fn anonymised_google_shows_belegt_without_note_and_place() {
    let scene = anonymous();
    let (_, id) = scene.pair(full());
    assert_eq!(shown(&scene, &id), nothing());
    assert!(!json!(scene.raw_event(&id)).to_string().contains("Müller"));
}

#[test]
fn anonymised_times_stay_two_way() {
    let scene = anonymous();
    let (frnr, id) = scene.pair(full());
    scene.edit_event(&id, json!({"end": {"dateTime": "2026-05-11T12:00:00+02:00", "timeZone": "Europe/Berlin"}}));
    scene.sync();
    assert_eq!((&scene.raw(frnr)["uhrzeitBis"], &scene.raw(frnr)["text"]), (&json!("12:00:00"), &json!("Scheidung Müller")));
    scene.edit(frnr, json!({"uhrzeitBis": "13:00:00"}));
    scene.sync();
    assert_eq!(scene.raw_event(&id)["end"]["dateTime"], "2026-05-11T13:00:00+02:00");
}

#[test]
fn a_text_that_a_person_puts_on_belegt_is_reset_whatever_the_policy() {
    for policy in [Side::Advoware, Side::Google] {
        let scene = Scene::with(|settings| {
            settings.anonymise = true;
            settings.conflict = policy;
        });
        let (frnr, id) = scene.pair(full());
        scene.edit_event(&id, json!({"summary": "Besuch", "description": "hallo"}));
        scene.edit(frnr, json!({"text": "Scheidung Maier"}));
        let report = scene.sync();
        assert_eq!((shown(&scene, &id), conflicts(&report).len()), (nothing(), 0));
        assert_eq!((&scene.raw(frnr)["text"], &scene.raw(frnr)["notiz"]), (&json!("Scheidung Maier"), &json!("geheim")));
    }
}

#[test]
fn anonymised_a_changed_text_in_advoware_changes_nothing_in_google() {
    let scene = anonymous();
    let (frnr, id) = scene.pair(full());
    scene.edit(frnr, json!({"text": "Scheidung Maier"}));
    assert!(!scene.sync().counts.wrote());
    assert_eq!(shown(&scene, &id), nothing());
    scene.delete_event(&id);
    scene.sync();
    assert!(scene.has(0), "and a deletion in Google is still one of an unchanged appointment");
}

#[test]
fn anonymised_the_texts_of_an_event_born_in_google_go_to_advoware_once() {
    let scene = anonymous();
    scene.event("e", json!({"summary": "Scheidung Müller", "description": "geheim", "location": "Saal 3"}));
    scene.sync();
    let termin = &scene.termine()[0];
    assert_eq!(
        (&termin["text"], &termin["notiz"], &termin["ort"]),
        (&json!("Scheidung Müller"), &json!("geheim"), &json!("Saal 3"))
    );
    assert_eq!(shown(&scene, "e"), nothing());
}

#[test]
fn anonymised_a_creation_that_was_interrupted_ends_the_same() {
    let scene = anonymous();
    scene.event("e", json!({"summary": "Scheidung Müller", "description": "geheim"}));
    scene.change(|world| world.lost_creations = 1);
    scene.run("PB");
    scene.quiet("PB");
    assert_eq!(
        (scene.termine()[0]["text"].as_str(), shown(&scene, "e"), scene.has(1)),
        (Some("Scheidung Müller"), nothing(), true)
    );
}

#[test]
fn switching_it_on_or_off_changes_only_googles_texts_whatever_the_policy() {
    for policy in [Side::Advoware, Side::Google] {
        let mut scene = Scene::with(|settings| settings.conflict = policy);
        let (frnr, id) = scene.pair(full());
        let before = scene.raw(frnr);
        scene.settings(|settings| settings.anonymise = true);
        let report = scene.sync();
        assert_eq!((report.counts.google, report.counts.conflicts, shown(&scene, &id)), (counts(0, 1, 0), 0, nothing()));
        scene.settings(|settings| settings.anonymise = false);
        let report = scene.sync();
        assert_eq!((report.counts.google, report.counts.conflicts), (counts(0, 1, 0), 0));
        assert_eq!(shown(&scene, &id), ["Scheidung Müller".to_owned(), "geheim".into(), "Saal 3".into()]);
        assert_eq!(scene.raw(frnr), before);
    }
}

#[test]
fn switching_it_off_after_the_mirror_is_lost_is_the_same() {
    let mut scene = anonymous();
    let (frnr, id) = scene.pair(full());
    scene.edit_event(&id, json!({"summary": "Besuch"}));
    scene.change(|world| world.flush());
    scene.settings(|settings| settings.anonymise = false);
    scene.sync();
    assert_eq!(shown(&scene, &id)[0], "Scheidung Müller");
    assert_eq!(scene.raw(frnr)["text"], "Scheidung Müller");
}

#[test]
fn a_private_appointment_is_private_in_google_and_back() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"privat": 1}));
    assert_eq!(scene.raw_event(&id)["visibility"], "private");
    scene.edit_event(&id, json!({"visibility": "default"}));
    scene.sync();
    assert_eq!(scene.raw(frnr)["privat"], 0);
    scene.edit_event(&id, json!({"visibility": "confidential"}));
    scene.sync();
    assert_eq!((&scene.raw(frnr)["privat"], &scene.raw_event(&id)["visibility"]), (&json!(1), &json!("confidential")));
    scene.edit(frnr, json!({"privat": 0}));
    scene.sync();
    assert_eq!(scene.raw_event(&id)["visibility"], "default");
}

#[test]
fn reports_and_plans_hold_no_content() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(full());
    scene.edit(frnr, json!({"text": "Scheidung Maier"}));
    scene.edit_event(&id, json!({"summary": "Scheidung Schulze"}));
    scene.event("e", json!({"summary": "Scheidung Weber", "end": {"dateTime": "2026-05-01T10:00:00+02:00"}}));
    let plan = format!("{:?}", scene.plan("PB"));
    let report = format!("{:?}", scene.run("PB"));
    for text in ["Scheidung", "geheim", "Saal"] {
        assert!(!plan.contains(text) && !report.contains(text), "{text}");
    }
}
