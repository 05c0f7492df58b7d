//! The three-way table, per field.

use advosync_sync::fingerprint::KeyRing;
use advosync_sync::plan::NoteKind;
use advosync_sync::ports::Side;
use serde_json::{Value, json};

use crate::scene::{Scene, conflicts, counts, notes};
use crate::world::{Call, calendar};

/// Every field but recurrence: its name, an edit in Advoware, the same and another edit in Google.
fn edits() -> [(&'static str, Value, Value, Value); 5] {
    let hours = |from: &str, to: &str| {
        let at = |hour: &str| json!({"dateTime": format!("2026-05-11T{hour}:00+02:00"), "timeZone": "Europe/Berlin"});
        json!({"start": at(from), "end": at(to)})
    };
    [
        ("time", json!({"uhrzeitVon": "12:00:00", "uhrzeitBis": "13:00:00"}), hours("12:00", "13:00"), hours("15:00", "16:00")),
        ("text", json!({"text": "neu"}), json!({"summary": "neu"}), json!({"summary": "anders"})),
        ("notiz", json!({"notiz": "neu"}), json!({"description": "neu"}), json!({"description": "anders"})),
        ("ort", json!({"ort": "neu"}), json!({"location": "neu"}), json!({"location": "anders"})),
        ("private", json!({"privat": 1}), json!({"visibility": "private"}), json!({"visibility": "confidential"})),
    ]
}

#[test]
fn base_and_base_is_nothing() {
    let scene = Scene::new();
    scene.pair(json!({}));
    let report = scene.sync();
    assert_eq!((report.counts.unchanged, report.counts.wrote()), (1, false));
}

#[test]
fn changed_in_advoware_is_written_to_google() {
    for (field, ours, same, _) in edits() {
        let scene = Scene::new();
        let (frnr, id) = scene.pair(json!({}));
        scene.edit(frnr, ours);
        let before = scene.raw(frnr);
        let report = scene.sync();
        assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 1, 0), counts(0, 0, 0)), "{field}");
        assert_eq!(scene.raw(frnr), before, "{field}: Advoware is not touched");
        for (name, value) in same.as_object().unwrap() {
            assert_eq!(&scene.raw_event(&id)[name], value, "{field}");
        }
    }
}

#[test]
fn changed_in_google_is_written_to_advoware() {
    for (field, _, _, theirs) in edits() {
        let scene = Scene::new();
        let (frnr, id) = scene.pair(json!({}));
        scene.edit_event(&id, theirs);
        let report = scene.sync();
        assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 1, 0)), "{field}");
        let (ours, theirs) = scene.forms(frnr);
        assert_eq!(ours, theirs, "{field}");
        assert_eq!(scene.raw(frnr)["geheimesFeld"], json!({"a": [1, null]}));
    }
}

#[test]
fn changed_on_both_sides_and_equal_refreshes_the_base() {
    for (field, ours, same, theirs) in edits() {
        let scene = Scene::new();
        let (frnr, id) = scene.pair(json!({}));
        scene.edit(frnr, ours);
        scene.edit_event(&id, same);
        let report = scene.sync();
        assert_eq!((report.counts.wrote(), conflicts(&report).len()), (false, 0), "{field}");
        // The new base counts: a change in Google alone is no conflict.
        if field != "private" {
            scene.edit_event(&id, theirs);
            assert_eq!(scene.sync().counts.advoware, counts(0, 1, 0), "{field}");
        }
    }
}

#[test]
fn changed_on_both_sides_and_different_is_a_conflict_by_policy() {
    for policy in [Side::Advoware, Side::Google] {
        for (field, ours, _, theirs) in edits().into_iter().filter(|(field, ..)| *field != "private") {
            let scene = Scene::with(|settings| settings.conflict = policy);
            let (frnr, id) = scene.pair(json!({}));
            scene.edit(frnr, ours);
            scene.edit_event(&id, theirs);
            let (a, g) = scene.forms(frnr);
            let report = scene.sync();
            assert_eq!((conflicts(&report), report.counts.conflicts), (vec![field], 1));
            let note = report.notes.iter().find(|note| note.kind == NoteKind::Conflict).unwrap();
            assert_eq!((note.frnr, note.event_id.as_deref()), (Some(frnr), Some(id.as_str())));
            let winner = if policy == Side::Advoware { a } else { g };
            assert_eq!(scene.forms(frnr), (winner.clone(), winner), "{field}");
        }
    }
}

#[test]
fn changes_to_different_fields_on_both_sides_both_survive() {
    let all = edits();
    for (one, ours, ..) in &all {
        for (other, _, _, theirs) in all.iter().filter(|(other, ..)| other != one) {
            let scene = Scene::new();
            let (frnr, id) = scene.pair(json!({}));
            scene.edit(frnr, ours.clone());
            scene.edit_event(&id, theirs.clone());
            let (a, g) = scene.forms(frnr);
            let report = scene.sync();
            assert_eq!(conflicts(&report), Vec::<&str>::new(), "{one} {other}");
            let field = *advosync_sync::form::Field::ALL.iter().find(|field| field.name() == *other).unwrap();
            let both = a.with([field].into_iter().collect(), &g);
            assert_eq!(scene.forms(frnr), (both.clone(), both), "{one} {other}");
        }
    }
}

#[test]
fn start_end_and_all_day_are_one_field() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit(frnr, json!({"uhrzeitVon": "09:00:00"}));
    scene.edit_event(&id, json!({"end": {"dateTime": "2026-05-11T12:00:00+02:00"}}));
    assert_eq!(conflicts(&scene.sync()), ["time"]);
    assert_eq!(scene.raw(frnr)["uhrzeitBis"], "11:00:00");
}

#[test]
fn base_unknown_and_equal_refreshes_the_base() {
    let mut scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    let base = scene.raw_event(&id)["extendedProperties"].clone();
    scene.settings(|policy| policy.keys = KeyRing::new([b"other"]));
    let report = scene.sync();
    assert!(!report.counts.wrote() && report.counts.conflicts == 0);
    assert_ne!(scene.raw_event(&id)["extendedProperties"], base);
}

#[test]
fn base_unknown_and_different_is_a_conflict_and_never_a_deletion() {
    let mut scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.settings(|policy| policy.keys = KeyRing::new([b"other"]));
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    assert_eq!(conflicts(&scene.sync()), ["ort"]);
    assert!(scene.has(1) && scene.raw(frnr)["ort"] == "");
}

#[test]
fn base_unknown_and_one_half_gone_comes_back_where_it_is_gone() {
    for gone in [Side::Advoware, Side::Google] {
        let mut scene = Scene::new();
        let (frnr, id) = scene.pair(json!({}));
        scene.settings(|policy| policy.keys = KeyRing::new([b"other"]));
        match gone {
            Side::Advoware => scene.delete(frnr),
            Side::Google => scene.delete_event(&id),
        }
        let report = scene.sync();
        assert!(notes(&report, NoteKind::CameBack) && scene.has(1), "{gone:?}");
    }
}

#[test]
fn a_field_that_google_rewrites_is_no_persons_edit() {
    let scene = Scene::new();
    scene.change(|world| {
        world.rewrite = Some(|event| {
            if let Some(place) = event.get("location").and_then(Value::as_str).map(|place| place.replace("Str.", "Straße")) {
                event.insert("location".into(), place.into());
            }
        });
    });
    let (frnr, id) = scene.pair(json!({"ort": "Lange Str. 3"}));
    assert_eq!((&scene.raw(frnr)["ort"], &scene.raw_event(&id)["location"]), (&json!("Lange Str. 3"), &json!("Lange Straße 3")));
    // Other fields are carried over as ever, and each side is compared with its own.
    scene.edit_event(&id, json!({"summary": "neu"}));
    scene.sync();
    scene.edit(frnr, json!({"notiz": "neu"}));
    scene.sync();
    assert_eq!(scene.raw(frnr)["ort"], "Lange Str. 3");
    // A person's edit of that field is one.
    scene.edit_event(&id, json!({"location": "Kurze Straße 1"}));
    scene.sync();
    assert_eq!(scene.raw(frnr)["ort"], "Kurze Straße 1");
    // And a change in Advoware is carried over, and rewritten again.
    scene.edit(frnr, json!({"ort": "Breite Str. 7"}));
    scene.sync();
    assert_eq!(
        (&scene.raw(frnr)["ort"], &scene.raw_event(&id)["location"]),
        (&json!("Breite Str. 7"), &json!("Breite Straße 7"))
    );
    // What is deleted in Google is unchanged in Advoware.
    scene.delete_event(&id);
    scene.sync();
    assert!(scene.has(0));
}

#[test]
fn an_edit_that_is_taken_back_before_the_run_writes_nothing() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    scene.edit_event(&id, json!({"summary": "neu"}));
    scene.edit_event(&id, json!({"summary": "Termin"}));
    scene.says_the_same();
}

#[test]
fn whatever_else_changes_in_an_event_is_no_change() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit_event(&id, json!({"colorId": "3", "reminders": {"useDefault": true}, "sequence": 4}));
    scene.edit(frnr, json!({"zuletztGeaendertAm": "2026-05-04T10:00:00.123", "azRubrum": "Müller ./. Maier"}));
    scene.says_the_same();
}

#[test]
fn an_event_that_changes_under_the_write_is_read_and_decided_again() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({}));
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.change(|world| {
        world.interrupts.push((Call::Update, |world| {
            let (id, mut event) =
                world.calendars[&calendar("PB")].alive().next().map(|(id, event)| (id.clone(), event.clone())).unwrap();
            event.insert("summary".into(), "neu".into());
            world.put_event(&calendar("PB"), &id, event);
        }));
    });
    scene.sync_on("PB");
    let (ours, theirs) = scene.forms(frnr);
    assert_eq!((ours.text.as_str(), ours.ort.as_str(), &ours), ("neu", "Saal 3", &theirs));
}

#[test]
fn an_appointment_that_changes_under_the_write_is_read_and_decided_again() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.change(|world| {
        world.interrupts.push((Call::Get, |world| {
            world.termine.values_mut().filter(|termin| termin["anwalt"] == "PB").for_each(|termin| {
                termin.insert("text".into(), "neu".into());
            });
        }));
    });
    scene.sync_on("PB");
    let (ours, theirs) = scene.forms(frnr);
    assert_eq!((ours.text.as_str(), ours.ort.as_str(), &ours), ("neu", "Saal 3", &theirs));
}

#[test]
fn the_overlay_goes_onto_the_whole_object_not_onto_the_row() {
    let scene = Scene::new();
    scene.change(|world| world.list_lacks = vec!["geheimesFeld", "nr", "azRubrum", "anwalt", "sb"]);
    let (frnr, id) = scene.pair(json!({"nr": 17}));
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    let termin = scene.raw(frnr);
    let kept = ["ort", "nr", "geheimesFeld", "anwalt"].map(|name| termin[name].clone());
    assert_eq!(kept, [json!("Saal 3"), json!(17), json!({"a": [1, null]}), json!("PB")]);
}
