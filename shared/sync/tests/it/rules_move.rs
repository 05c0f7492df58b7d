//! Moves between employees, on either side, and the window.

use advosync_sync::ports::{FrNr, Object};
use serde_json::json;

use crate::scene::{Scene, conflicts, counts, recorded};
use crate::world::calendar;

/// A person drags an event from one of our calendars to another.
fn drag(scene: &Scene, id: &str, from: &str, to: &str) {
    scene.change(|world| {
        let event = world.calendars[&calendar(from)].events[id].0.clone();
        world.bury(&calendar(from), id);
        world.put_event(&calendar(to), id, Object::from_iter(event.into_iter().filter(|(name, _)| name != "status")));
    });
}

/// A person gives an event in AI's calendar a place.
fn place_in_theirs(scene: &Scene, id: &str) {
    scene.change(|world| {
        let mut event = world.calendars[&calendar("AI")].events[id].0.clone();
        event.insert("location".into(), "Saal 3".into());
        world.put_event(&calendar("AI"), id, event);
    });
}

/// Gives an appointment to another employee in Advoware.
fn give(scene: &Scene, frnr: FrNr, to: &str) {
    scene.edit(frnr, json!({"anwalt": to, "sb": to}));
}

/// Runs everybody until nobody writes any more.
fn settle(scene: &Scene) {
    for _ in 0..8 {
        let before = scene.world.lock().writes;
        scene.run("PB");
        scene.run("AI");
        if scene.world.lock().writes == before {
            return;
        }
    }
    panic!("never quiet");
}

/// How many events each of the two has, besides the one that is always AI's.
fn events(scene: &Scene) -> (usize, usize) {
    (scene.events().len(), scene.events_of("AI").len() - 1)
}

/// A scene in which AI's calendar is filled as well.
fn stage() -> (Scene, FrNr, String) {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"nr": 17}));
    scene.sync_as("AI");
    (scene, frnr, id)
}

#[test]
fn dragged_to_another_of_our_calendars_the_appointment_changes_hands_and_keeps_its_matter() {
    for first in ["PB", "AI"] {
        let (scene, frnr, id) = stage();
        drag(&scene, &id, "PB", "AI");
        scene.run(first);
        settle(&scene);
        let termin = scene.raw(frnr);
        let kept = ["anwalt", "sb", "nr", "geheimesFeld"].map(|name| termin[name].clone());
        assert_eq!(kept, [json!("AI"), json!("AI"), json!(17), json!({"a": [1, null]})], "{first}");
        assert_eq!(events(&scene), (0, 1), "{first} runs first");
        assert_eq!(recorded(&scene.world.lock().calendars[&calendar("AI")].events[&id].0), Some(frnr));
    }
}

#[test]
fn dragged_and_edited_the_edit_is_kept() {
    for first in ["PB", "AI"] {
        let (scene, frnr, id) = stage();
        drag(&scene, &id, "PB", "AI");
        place_in_theirs(&scene, &id);
        scene.run(first);
        settle(&scene);
        assert_eq!((&scene.raw(frnr)["ort"], &scene.raw(frnr)["anwalt"]), (&json!("Saal 3"), &json!("AI")));
        assert_eq!(events(&scene), (0, 1));
    }
}

#[test]
fn the_plan_of_what_was_dragged_and_edited_shows_both() {
    let (scene, frnr, id) = stage();
    drag(&scene, &id, "PB", "AI");
    place_in_theirs(&scene, &id);
    let plan = scene.plan("AI");
    let shown: Vec<_> = plan.operations.iter().map(|operation| operation.subject()).collect();
    assert_eq!(shown, [(Some(frnr), Some(id.as_str())); 2]);
    assert_eq!(scene.run("AI").counts.advoware, counts(0, 2, 0));
}

#[test]
fn what_was_given_away_and_dragged_back_stays_quiet_without_the_mirror() {
    for flush in [true, false] {
        let (scene, frnr, _) = stage();
        give(&scene, frnr, "AI");
        settle(&scene);
        let theirs = scene.events_of("AI").into_iter().find(|event| recorded(event) == Some(frnr)).unwrap();
        drag(&scene, theirs["id"].as_str().unwrap(), "AI", "PB");
        settle(&scene);
        scene.change(|world| if flush { world.flush() } else { world.expire_tokens() });
        scene.quiet("PB");
        scene.quiet("AI");
    }
}

#[test]
fn dragged_there_and_back_it_is_as_it_was() {
    for between in [false, true] {
        let (scene, frnr, id) = stage();
        drag(&scene, &id, "PB", "AI");
        if between {
            settle(&scene);
        }
        drag(&scene, &id, "AI", "PB");
        settle(&scene);
        assert_eq!((events(&scene), &scene.raw(frnr)["anwalt"]), ((1, 0), &json!("PB")));
        assert_eq!(scene.event_id(frnr), id);
    }
}

#[test]
fn dragged_out_of_our_calendars_it_is_deleted() {
    let (scene, frnr, id) = stage();
    scene.delete_event(&id);
    settle(&scene);
    assert!(!scene.world.lock().termine.contains_key(&frnr) && events(&scene) == (0, 0));
}

#[test]
fn given_to_another_employee_the_event_moves_along() {
    for first in ["PB", "AI"] {
        let (scene, frnr, id) = stage();
        give(&scene, frnr, "AI");
        scene.run(first);
        settle(&scene);
        assert_eq!(events(&scene), (0, 1));
        assert_eq!(scene.raw_event(&id)["extendedProperties"]["private"]["advosyncGone"], "1", "marked before it is removed");
        if first == "PB" {
            assert!(scene.world.lock().woken.contains("AI"));
        }
    }
}

#[test]
fn given_away_what_google_changed_is_written_to_advoware_first() {
    let (scene, frnr, id) = stage();
    give(&scene, frnr, "AI");
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    let report = scene.sync();
    assert_eq!((report.counts.advoware, report.counts.google), (counts(0, 1, 0), counts(0, 0, 1)));
    settle(&scene);
    assert_eq!((&scene.raw(frnr)["ort"], &scene.raw(frnr)["anwalt"], events(&scene)), (&json!("Saal 3"), &json!("AI"), (0, 1)));
}

#[test]
fn given_away_a_field_that_both_changed_is_a_conflict_by_policy() {
    let (scene, frnr, id) = stage();
    scene.edit(frnr, json!({"anwalt": "AI", "ort": "Saal 1"}));
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    assert_eq!(conflicts(&scene.sync()), ["ort"]);
    settle(&scene);
    assert_eq!(scene.raw(frnr)["ort"], "Saal 1");
}

#[test]
fn from_pb_to_ai_and_back_in_advoware_nothing_is_lost_or_doubled() {
    for steps in 0..4 {
        let (scene, frnr, _) = stage();
        for (round, to) in ["AI", "PB", "AI", "PB"].into_iter().enumerate() {
            give(&scene, frnr, to);
            if round & 1 == 0 || steps & 1 == 0 {
                scene.run("PB");
            }
            if round & 1 == 1 || steps & 2 == 0 {
                scene.run("AI");
            }
            if steps == 3 {
                scene.change(|world| {
                    world.flush();
                    world.probes.push(crate::scene::PROBE);
                });
            }
        }
        settle(&scene);
        assert_eq!((events(&scene), &scene.raw(frnr)["anwalt"]), ((1, 0), &json!("PB")), "{steps}");
    }
}

#[test]
fn given_to_an_employee_whom_we_do_not_synchronise_the_event_goes() {
    let (scene, frnr, _) = stage();
    give(&scene, frnr, "XY");
    scene.sync();
    assert_eq!((events(&scene), &scene.raw(frnr)["anwalt"]), ((0, 0), &json!("XY")));
}

#[test]
fn a_move_does_not_count_for_the_guard() {
    let mut scene = Scene::new();
    let numbers: Vec<_> = (0..8).map(|n| scene.termin(json!({"text": format!("t{n}")}))).collect();
    scene.sync();
    scene.settings(|policy| policy.max_deletes = 1);
    for frnr in &numbers {
        give(&scene, *frnr, "AI");
    }
    assert!(scene.sync().held.is_empty());
    settle(&scene);
    assert_eq!(events(&scene), (0, 8));
}

#[test]
fn a_marked_tombstone_elsewhere_makes_a_deletion_here_no_evidence() {
    let (scene, frnr, id) = stage();
    // Dragged from under our own deletion there, the tombstone here says nothing of a person's will.
    scene.change(|world| {
        let mut event = world.calendars[&calendar("PB")].events[&id].0.clone();
        event["extendedProperties"]["private"]["advosyncGone"] = json!("1");
        world.put_event(&calendar("AI"), &id, event);
        world.bury(&calendar("AI"), &id);
        world.bury(&calendar("PB"), &id);
    });
    scene.sync();
    assert!(scene.world.lock().termine.contains_key(&frnr) && events(&scene).0 == 1);
}

#[test]
fn a_deletion_that_was_left_behind_by_a_move_says_nothing_once_it_comes_back() {
    let (scene, frnr, id) = stage();
    give(&scene, frnr, "AI");
    scene.delete_event(&id);
    settle(&scene);
    assert_eq!(events(&scene), (0, 1));
    give(&scene, frnr, "PB");
    settle(&scene);
    assert!(scene.world.lock().termine.contains_key(&frnr));
    assert_eq!(events(&scene), (1, 0));
}

#[test]
fn a_run_writes_only_in_its_own_employees_calendar() {
    let (scene, frnr, _) = stage();
    give(&scene, frnr, "AI");
    let before = scene.events_of("AI");
    scene.sync();
    assert_eq!(scene.events_of("AI"), before);
}

#[test]
fn outside_the_window_is_neither_made_nor_deleted() {
    let scene = Scene::new();
    let old = json!({"datum": "2026-03-02", "datumBis": "2026-03-02"});
    scene.termin(old);
    scene.event("old", json!({"start": {"date": "2026-03-02"}, "end": {"date": "2026-03-03"}}));
    scene.event("far", json!({"start": {"date": "2029-03-02"}, "end": {"date": "2029-03-03"}}));
    scene.says_the_same();
    assert_eq!((scene.termine().len(), scene.events().len()), (1, 2));
}

#[test]
fn the_window_is_thirty_days_back_and_the_days_ahead_both_included() {
    for (day, inside) in [("2026-04-03", false), ("2026-04-04", true), ("2028-05-03", true), ("2028-05-04", false)] {
        let scene = Scene::new();
        scene.termin(json!({"datum": day, "datumBis": day}));
        scene.event(
            "e",
            json!({"summary": "Google", "start": {"dateTime": format!("{day}T10:00:00"), "timeZone": "Europe/Berlin"},
            "end": {"dateTime": format!("{day}T11:00:00"), "timeZone": "Europe/Berlin"}}),
        );
        scene.sync();
        assert_eq!((scene.termine().len(), scene.events().len()), if inside { (2, 2) } else { (1, 1) }, "{day}");
    }
}

#[test]
fn what_rolls_out_of_the_window_stays_on_both_sides() {
    let mut scene = Scene::new();
    scene.pair(json!({}));
    scene.task(|task| task.window.first += chrono::Duration::days(100));
    scene.says_the_same();
    assert!(scene.has(1));
}

#[test]
fn what_rolls_into_the_window_is_handled_then() {
    let mut scene = Scene::new();
    scene.event("far", json!({"start": {"date": "2028-06-02"}, "end": {"date": "2028-06-03"}}));
    scene.termin(json!({"text": "fern", "datum": "2028-06-03", "datumBis": "2028-06-03"}));
    scene.says_the_same();
    scene.task(|task| task.window.last += chrono::Duration::days(60));
    scene.sync();
    assert!(scene.has(2));
}

#[test]
fn moving_an_appointment_out_of_the_window_moves_its_twin() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit(frnr, json!({"datum": "2025-01-07", "datumBis": "2025-01-07"}));
    scene.sync();
    assert_eq!(scene.raw_event(&id)["start"]["dateTime"], "2025-01-07T10:00:00+01:00");
    let (frnr, id) = scene.pair(json!({"text": "zwei"}));
    scene.edit_event(
        &id,
        json!({"start": {"dateTime": "2025-01-08T10:00:00+01:00"}, "end": {"dateTime": "2025-01-08T11:00:00+01:00"}}),
    );
    scene.sync();
    assert_eq!(scene.raw(frnr)["datum"], "2025-01-08T10:00:00");
    assert!(scene.has(2));
}

#[test]
fn a_pair_with_one_half_in_the_window_is_handled_whole() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.edit(frnr, json!({"datum": "2025-01-07", "datumBis": "2025-01-07", "ort": "Saal 3"}));
    scene.edit_event(&id, json!({"summary": "neu"}));
    scene.sync();
    let (ours, theirs) = scene.forms(frnr);
    assert_eq!((&ours, ours.text.as_str(), ours.ort.as_str()), (&theirs, "neu", "Saal 3"));
}

#[test]
fn a_deletion_outside_the_window_is_decided_when_it_rolls_in() {
    let mut scene = Scene::new();
    let (frnr, id) = scene.pair(json!({"datum": "2027-05-10", "datumBis": "2027-05-10"}));
    scene.task(|task| task.window.last = "2026-08-01".parse().unwrap());
    scene.delete_event(&id);
    scene.says_the_same();
    assert!(scene.world.lock().termine.contains_key(&frnr));
    scene.task(|task| task.window.last = "2028-08-01".parse().unwrap());
    scene.sync();
    assert!(scene.has(0));
}
