//! Deleting on either side: evidence, the guard, and whatever is left alone.

use advosync_sync::plan::{HeldItem, HeldOperation, NoteKind};
use advosync_sync::ports::{FrNr, Side};
use advosync_sync::run::Status;
use serde_json::json;

use crate::scene::{PROBE, Scene, counts, notes, recorded};
use crate::world::{Call, calendar};

/// So many linked pairs.
fn pairs(scene: &Scene, count: usize) -> Vec<(FrNr, String)> {
    let numbers: Vec<_> = (0..count).map(|n| scene.termin(json!({"text": format!("t{n}")}))).collect();
    scene.sync();
    numbers.into_iter().map(|frnr| (frnr, scene.event_id(frnr))).collect()
}

/// Lets a person release what is held.
fn release(scene: &Scene) -> Vec<HeldItem> {
    let mut world = scene.world.lock();
    let kept = world.redis.get_mut("PB").unwrap();
    kept.released.extend(kept.held.iter().cloned());
    kept.held.clone()
}

#[test]
fn gone_in_advoware_and_unchanged_in_google_is_deleted_there() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.delete(frnr);
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 1), counts(0, 0, 0)));
    let event = scene.raw_event(&id);
    assert_eq!((&event["status"], &event["extendedProperties"]["private"]["advosyncGone"]), (&json!("cancelled"), &json!("1")));
}

#[test]
fn gone_in_advoware_and_changed_in_google_is_created_anew() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.delete(frnr);
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    assert!(scene.has(1) && scene.termine()[0]["ort"] == "Saal 3");
    assert_ne!(recorded(&scene.raw_event(&id)), Some(frnr), "under a new number, which the event records");
}

#[test]
fn gone_in_advoware_and_changed_in_google_is_deleted_where_the_policy_says_so() {
    let scene = Scene::with(|policy| policy.keep_changed = false);
    let (frnr, id) = scene.pair(json!({}));
    scene.delete(frnr);
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    assert!(scene.has(0));
}

#[test]
fn gone_in_google_and_unchanged_in_advoware_is_deleted_there() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    scene.delete_event(&id);
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 0, 1)));
    assert!(scene.has(0));
}

#[test]
fn gone_in_google_and_changed_in_advoware_comes_back_in_google() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.delete_event(&id);
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.sync();
    assert!(scene.has(1) && scene.events()[0]["location"] == "Saal 3" && scene.raw(frnr)["frNr"] == frnr);
}

#[test]
fn gone_in_google_and_changed_in_advoware_is_deleted_where_the_policy_says_so() {
    let scene = Scene::with(|policy| policy.keep_changed = false);
    let (frnr, id) = scene.pair(json!({}));
    scene.delete_event(&id);
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.sync();
    assert!(scene.has(0));
}

#[test]
fn gone_on_both_sides_is_nothing() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.delete_event(&id);
    scene.delete(frnr);
    assert!(!scene.sync().counts.wrote() && scene.has(0));
}

#[test]
fn not_listed_is_not_gone() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({}));
    // The list leaves it out; its number still knows it.
    scene.edit(frnr, json!({"anwalt": null}));
    scene.sync();
    assert_eq!(scene.events().len(), 1);
}

#[test]
fn an_error_page_on_the_look_up_is_never_gone() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({}));
    let (other, _) = scene.pair(json!({"text": "zwei"}));
    scene.delete(frnr);
    scene.change(|world| assert!(world.broken_lookups.insert(frnr)));
    scene.edit(other, json!({"ort": "Saal 3"}));
    let report = scene.sync();
    assert_eq!((report.status(), report.counts.google), (Status::Partial, counts(0, 1, 0)), "and stops nothing else");
    assert!(report.notes.iter().any(|note| note.kind == NoteKind::Failed && note.frnr == Some(frnr)));
    scene.change(|world| world.broken_lookups.clear());
    assert_eq!(scene.sync().counts.google, counts(0, 0, 1));
}

#[test]
fn gone_without_a_probe_is_no_evidence() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({}));
    scene.delete(frnr);
    let probe = scene.raw(PROBE);
    scene.delete(PROBE);
    let report = scene.sync();
    assert!(notes(&report, NoteKind::NoEvidence) && scene.events().len() == 1);
    scene.change(|world| drop(world.termine.insert(PROBE, probe)));
    scene.sync();
    assert!(scene.has(0));
}

#[test]
fn a_probe_that_cannot_be_read_or_asked_is_none() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({}));
    scene.delete(frnr);
    scene.change(|world| assert!(world.broken_lookups.insert(PROBE)));
    assert!(notes(&scene.sync(), NoteKind::NoEvidence) && scene.events().len() == 1);
}

#[test]
fn an_emptied_list_deletes_nothing_without_a_probe_and_is_held_with_one() {
    let scene = Scene::new();
    let all = pairs(&scene, 8);
    for (frnr, _) in &all {
        scene.delete(*frnr);
    }
    scene.change(|world| assert!(world.broken_lookups.insert(PROBE)));
    assert_eq!((scene.sync().status(), scene.events().len()), (Status::Succeeded, 8));
    scene.change(|world| world.broken_lookups.clear());
    let report = scene.run("PB");
    assert_eq!((report.status(), report.held.len(), scene.events().len()), (Status::Held, 8, 8));
}

#[test]
fn an_emptied_google_list_deletes_nothing() {
    let scene = Scene::new();
    pairs(&scene, 3);
    scene.change(|world| {
        world.flush();
        world.calendars.get_mut(&calendar("PB")).unwrap().events.clear();
    });
    scene.sync();
    assert!(scene.has(3));
}

#[test]
fn a_missing_event_is_no_evidence() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.change(|world| {
        world.calendars.get_mut(&calendar("PB")).unwrap().events.remove(&id);
        world.expire_tokens();
    });
    scene.sync();
    assert!(scene.has(1) && scene.raw(frnr)["frNr"] == frnr);
}

#[test]
fn our_own_tombstone_is_no_evidence() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({}));
    let termin = scene.raw(frnr);
    scene.delete(frnr);
    scene.sync();
    // The appointment is there again: a restored backup, say.
    scene.change(|world| {
        world.termine.insert(frnr, termin);
        world.flush();
    });
    scene.sync();
    assert!(scene.has(1));
}

#[test]
fn a_mark_that_was_not_followed_by_the_deletion_is_taken_off_again() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let termin = scene.raw(frnr);
    scene.delete(frnr);
    let mut run = crate::checker::Run::start(&scene.world, "PB");
    while scene.raw_event(&id)["extendedProperties"]["private"].get("advosyncGone").is_none() {
        assert!(run.step().is_none());
    }
    drop(run);
    scene.change(|world| drop(world.termine.insert(frnr, termin)));
    scene.sync();
    scene.delete_event(&id);
    scene.sync();
    assert!(scene.has(0), "and a person's deletion is evidence again");
}

#[test]
fn a_deletion_behind_a_409_is_evidence() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    scene.delete_event(&id);
    // Neither the list nor the mirror tells of the tombstone.
    scene.change(|world| {
        world.flush();
        world.probes.push(PROBE);
        world.hidden.insert(id);
    });
    scene.sync_on("PB");
    assert!(scene.has(0));
}

#[test]
fn an_edit_right_before_the_deletion_wins() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    scene.delete_event(&id);
    scene.change(|world| {
        world.interrupts.push((Call::Get, |world| {
            world.termine.values_mut().filter(|termin| termin["anwalt"] == "PB").for_each(|termin| {
                termin.insert("ort".into(), "Saal 3".into());
            });
        }));
    });
    scene.sync_on("PB");
    assert!(scene.has(1) && scene.events()[0]["location"] == "Saal 3");
}

#[test]
fn more_than_the_maximum_of_deletions_is_held_and_everything_else_is_done() {
    let scene = Scene::with(|policy| policy.max_deletes = 2);
    let all = pairs(&scene, 12);
    for (frnr, _) in &all[..3] {
        scene.delete(*frnr);
    }
    scene.delete_event(&all[3].1);
    scene.edit(all[4].0, json!({"ort": "Saal 3"}));
    let report = scene.run("PB");
    assert_eq!((report.status(), report.counts.google, report.counts.advoware), (Status::Held, counts(0, 1, 0), counts(0, 0, 0)));
    let mut held: Vec<_> = report.held.iter().map(|item| (item.side, item.frnr.unwrap())).collect();
    held.sort();
    let expected = [(Side::Advoware, all[3].0), (Side::Google, all[0].0), (Side::Google, all[1].0), (Side::Google, all[2].0)];
    assert_eq!(held, expected, "both sides' deletions, with their ids");
    scene.quiet("PB");
}

#[test]
fn exactly_the_maximum_is_not_held() {
    let scene = Scene::with(|policy| policy.max_deletes = 4);
    let all = pairs(&scene, 12);
    for (frnr, _) in &all[..4] {
        scene.delete(*frnr);
    }
    assert_eq!(scene.sync().status(), Status::Succeeded);
    assert!(scene.has(8));
}

#[test]
fn five_and_more_than_thirty_percent_is_held_and_four_or_thirty_percent_is_not() {
    for (linked, deleted, held) in [(16, 5, true), (17, 5, false), (12, 4, false), (20, 6, false), (20, 7, true)] {
        let scene = Scene::with(|policy| policy.max_deletes = 20);
        let all = pairs(&scene, linked);
        for (frnr, _) in &all[..deleted] {
            scene.delete(*frnr);
        }
        let report = scene.run("PB");
        assert_eq!(report.status() == Status::Held, held, "{deleted} of {linked}");
        assert_eq!(scene.events().len(), if held { linked } else { linked - deleted });
    }
}

/// A person takes an event out of Google's bin.
fn restore(scene: &Scene, id: &str) {
    scene.change(|world| {
        let mut event = world.calendars[&calendar("PB")].events[id].0.clone();
        event.insert("status".into(), "confirmed".into());
        world.put_event(&calendar("PB"), id, event);
    });
}

#[test]
fn what_a_person_takes_out_of_the_bin_comes_back_in_advoware() {
    for deleted_in_google in [true, false] {
        let scene = Scene::new();
        let (frnr, id) = scene.pair(json!({"ort": "Saal 3"}));
        if deleted_in_google {
            scene.delete_event(&id);
        } else {
            scene.delete(frnr);
        }
        scene.sync();
        assert!(scene.has(0));
        restore(&scene, &id);
        scene.sync();
        assert!(scene.has(1));
        let anew = recorded(&scene.raw_event(&id)).unwrap();
        assert!(anew != frnr && scene.raw(anew)["ort"] == "Saal 3");
        // It is an appointment like any other from now on.
        scene.delete(anew);
        scene.sync();
        assert!(scene.has(0));
    }
}

#[test]
fn tombstones_that_were_dealt_with_are_no_linked_pairs() {
    for flush in [true, false] {
        let scene = Scene::new();
        let all = pairs(&scene, 20);
        for (frnr, _) in &all[..3] {
            scene.delete(*frnr);
        }
        for (_, id) in &all[3..6] {
            scene.delete_event(id);
        }
        assert_eq!(scene.sync().status(), Status::Succeeded);
        for (_, id) in &all[6..11] {
            scene.delete_event(id);
        }
        // What the full list shows again are the first six: 5 of 14 are too many, of 20 they would not be.
        scene.change(|world| {
            world.now_ms += 86_400_001;
            if flush {
                world.flush();
                world.probes.push(PROBE);
            } else {
                world.expire_tokens();
            }
        });
        assert_eq!(scene.run("PB").held.len(), 5, "flushed: {flush}");
        assert_eq!(scene.termine().len(), 14, "none is gone");
    }
}

#[test]
fn the_deletions_of_the_last_day_count_on_their_side() {
    let scene = Scene::with(|policy| policy.max_deletes = 3);
    let all = pairs(&scene, 20);
    for (frnr, _) in &all[..3] {
        scene.delete(*frnr);
    }
    scene.sync();
    scene.delete(all[3].0);
    assert_eq!(scene.run("PB").held.len(), 1);
    // On the other side nothing was deleted yet.
    scene.change(|world| world.termine.extend([(all[3].0, termin(all[3].0))]));
    scene.delete_event(&all[4].1);
    assert_eq!(scene.sync_on("PB").status(), Status::Succeeded);
    // A day later the first three are forgotten.
    scene.change(|world| world.now_ms += 86_400_001);
    scene.delete(all[5].0);
    assert_eq!(scene.sync().status(), Status::Succeeded);
}

/// The fourth pair's appointment as it was.
fn termin(frnr: FrNr) -> advosync_sync::ports::Object {
    let scene = Scene::new();
    let made = scene.termin(json!({"frNr": frnr, "text": "t3"}));
    scene.raw(made)
}

#[test]
fn a_release_applies_exactly_what_was_held_and_does_not_count() {
    let scene = Scene::with(|policy| policy.max_deletes = 2);
    let all = pairs(&scene, 20);
    for (frnr, _) in &all[..4] {
        scene.delete(*frnr);
    }
    scene.run("PB");
    assert_eq!(release(&scene).len(), 4);
    // Two more since: two released are done besides, and two of their own are within the limit.
    scene.delete(all[4].0);
    scene.edit_event(&all[0].1, json!({"location": "Saal 3"}));
    let report = scene.sync();
    assert_eq!(
        (report.status(), report.counts.google, report.counts.advoware),
        (Status::Succeeded, counts(0, 0, 4), counts(1, 0, 0))
    );
    assert!(scene.has(16), "the one that was changed since it was held is kept");
    scene.delete(all[5].0);
    assert_eq!(scene.sync().status(), Status::Succeeded, "released ones were not counted");
    scene.delete(all[6].0);
    assert_eq!(scene.run("PB").status(), Status::Held);
}

#[test]
fn what_is_held_is_asked_for_in_other_calendars_once() {
    let scene = Scene::with(|policy| policy.max_deletes = 0);
    let all = pairs(&scene, 4);
    scene.delete_event(&all[0].1);
    assert_eq!(scene.run("PB").held.len(), 1);
    scene.change(|world| world.looks = 0);
    assert_eq!(scene.run("PB").held.len(), 1);
    assert_eq!(scene.world.lock().looks, 0);
    release(&scene);
    scene.sync();
    assert!(scene.has(3));
}

#[test]
fn nothing_that_is_held_is_forgotten_with_the_mirror() {
    let scene = Scene::with(|policy| policy.max_deletes = 0);
    let all = pairs(&scene, 4);
    scene.delete_event(&all[0].1);
    scene.delete(all[1].0);
    assert_eq!(scene.run("PB").held.len(), 2);
    scene.change(|world| {
        world.flush();
        world.probes.push(PROBE);
    });
    assert_eq!(scene.run("PB").held.len(), 2);
}

#[test]
fn two_strangers_calendars_are_held() {
    let scene = Scene::new();
    for n in 0..21 {
        scene.termin(json!({"text": format!("a{n}")}));
        scene.event(&format!("g{n}"), json!({"summary": format!("g{n}")}));
    }
    let report = scene.run("PB");
    assert_eq!((report.status(), report.held.len()), (Status::Held, 42));
    assert!(report.held.iter().all(|item| item.operation == HeldOperation::Create) && scene.has(21));
    scene.quiet("PB");
    release(&scene);
    scene.sync();
    assert!(scene.has(42));
}

#[test]
fn a_first_run_into_an_empty_calendar_or_a_small_one_is_not_held() {
    let scene = Scene::new();
    for n in 0..40 {
        scene.termin(json!({"text": format!("a{n}")}));
    }
    for n in 0..20 {
        scene.event(&format!("g{n}"), json!({"summary": format!("g{n}")}));
    }
    scene.sync();
    assert!(scene.has(60));
}

#[test]
fn a_first_run_over_two_filled_calendars_links_what_is_equal() {
    let scene = Scene::new();
    for n in 0..40 {
        scene.termin(json!({"text": format!("t{n}"), "notiz": format!("Zeile\r\n{n}")}));
        scene.event(&format!("g{n}"), json!({"summary": format!("t{n}"), "description": format!("<p>Zeile</p><p>{n}</p>")}));
    }
    assert!(!scene.sync().counts.wrote() && scene.has(40));
}

#[test]
fn invitations_and_special_kinds_are_left_alone() {
    let scene = Scene::new();
    let invited = json!({"organizer": {"email": "wer@example.org"}, "attendees": [{"email": "cal-PB", "self": true}]});
    scene.event("invited", invited);
    for kind in ["birthday", "focusTime", "outOfOffice", "workingLocation"] {
        scene.event(kind, json!({"eventType": kind}));
    }
    scene.says_the_same();
    scene.delete_event("invited");
    scene.says_the_same();
    assert_eq!(scene.termine().len(), 0);
}

#[test]
fn advowares_negative_numbers_are_left_alone() {
    let scene = Scene::new();
    scene.termin(json!({"frNr": -5, "text": "Fahrtzeit"}));
    scene.says_the_same();
    assert_eq!(scene.events().len(), 0);
}
