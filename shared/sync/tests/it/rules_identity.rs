//! Identity and base: ids that read back, claims, adoption, generations, the mirror.

use advosync_sync::fingerprint::KeyRing;
use advosync_sync::identity::{Deployment, Scope};
use advosync_sync::plan::NoteKind;
use advosync_sync::ports::{FrNr, Object, Side};
use serde_json::json;

use crate::scene::{Scene, conflicts, counts, notes, recorded};
use crate::world::{Faults, calendar};

fn scope() -> Scope {
    Scope::new(&Deployment("model".into()), "PB")
}

fn private(event: &Object) -> &serde_json::Value {
    &event["extendedProperties"]["private"]
}

/// An appointment whose event was deleted by us and whose id is therefore taken.
fn reborn(scene: &Scene) -> FrNr {
    let (frnr, _) = scene.pair(json!({}));
    let termin = scene.raw(frnr);
    scene.delete(frnr);
    scene.sync();
    scene.change(|world| drop(world.termine.insert(frnr, termin)));
    frnr
}

#[test]
fn an_event_born_in_advoware_has_a_readable_id_and_all_marks() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    assert_eq!(scope().parse(&id), Some((frnr, 0)));
    let event = scene.raw_event(&id);
    let marks = private(&event);
    assert_eq!(marks["advosyncFrNr"], frnr.to_string());
    assert_eq!(
        (&marks["advosyncDeployment"], &marks["advosyncId"], &marks["advosyncSchema"]),
        (&json!("model"), &json!(id), &json!("1"))
    );
    assert!(marks["advosyncBase"].as_str().unwrap().starts_with(&KeyRing::new([b"model"]).current().id().0));
}

#[test]
fn a_second_create_is_a_409_and_no_duplicate() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    // Google forgets to list the event: the look behind the 409 finds it.
    scene.change(|world| {
        world.flush();
        world.probes.push(crate::scene::PROBE);
        world.calendars.get_mut(&calendar("PB")).unwrap().events.get_mut(&id).unwrap().1 = 0;
    });
    scene.run("PB");
    scene.quiet("PB");
    assert!(scene.has(1));
}

#[test]
fn what_has_to_come_back_is_made_under_the_next_generation() {
    let scene = Scene::new();
    for generation in 0..3 {
        let frnr = match generation {
            0 => scene.pair(json!({})).0,
            _ => *scene.world.lock().termine.keys().last().unwrap(),
        };
        assert_eq!(scope().parse(&scene.event_id(frnr)), Some((frnr, generation)));
        // Everything that could tell of the deleted one is lost before it comes back.
        let termin = scene.raw(frnr);
        scene.delete(frnr);
        scene.sync();
        scene.change(|world| {
            world.termine.insert(frnr, termin);
            world.bare_tombstones = true;
        });
        scene.sync_on("PB");
    }
    assert!(scene.has(1));
}

#[test]
fn behind_a_409_the_first_404_is_free() {
    let scene = Scene::new();
    let frnr = reborn(&scene);
    scene.sync_on("PB");
    assert_eq!(scope().parse(&scene.event_id(frnr)), Some((frnr, 1)));
}

#[test]
fn a_live_event_that_records_another_number_only_takes_the_id() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    // Deleted in Advoware and changed in Google: it is created anew, and the event keeps its id.
    scene.delete(frnr);
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    let anew = recorded(&scene.raw_event(&id)).unwrap();
    assert_ne!(anew, frnr);
    // The old number comes back in Advoware.
    scene.termin(json!({"frNr": frnr, "text": "wieder da"}));
    scene.sync();
    assert_eq!(scope().parse(&scene.event_id(frnr)), Some((frnr, 1)));
    assert!(scene.has(2));
}

#[test]
fn a_live_event_behind_a_409_without_a_record_is_linked_by_its_id() {
    let scene = Scene::new();
    let frnr = scene.termin(json!({}));
    scene.event(&scope().event_id(frnr, 0), json!({}));
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(0, 0, 0), counts(0, 0, 0)));
    assert!(scene.has(1) && recorded(&scene.events()[0]) == Some(frnr));
}

#[test]
fn a_live_event_of_a_lower_generation_is_a_persons_so_new() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let alive = scene.raw_event(&id);
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.delete_event(&id);
    scene.sync();
    assert_eq!(scope().parse(&scene.event_id(frnr)), Some((frnr, 1)));
    // A person takes the old one out of the bin.
    scene.change(|world| drop(world.put_event(&calendar("PB"), &id, alive)));
    scene.sync();
    assert!(scene.has(2) && recorded(&scene.raw_event(&id)) != Some(frnr));
}

#[test]
fn a_persons_copy_is_a_new_event_without_a_base() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let mut copy = scene.raw_event(&id);
    copy.insert("summary".into(), "Kopie".into());
    scene.change(|world| drop(world.put_event(&calendar("PB"), "copy", copy)));
    let report = scene.sync();
    assert_eq!(report.counts.advoware, counts(1, 0, 0));
    assert!(scene.has(2) && recorded(&scene.raw_event("copy")) != Some(frnr));
    scene.delete_event("copy");
    scene.sync();
    assert!(scene.has(1), "deleting the copy deletes the copy's appointment only");
    assert_eq!(scene.termine()[0]["frNr"], frnr);
}

#[test]
fn an_event_of_another_deployment_counts_as_unmarked() {
    let scene = Scene::new();
    scene.event(
        "e",
        json!({"extendedProperties": {"private": {"advosyncId": "e", "advosyncDeployment": "other", "advosyncFrNr": "5"}}}),
    );
    assert_eq!(scene.sync().counts.advoware, counts(1, 0, 0));
}

#[test]
fn a_claim_is_written_before_the_appointment_and_replaced_by_the_link() {
    let scene = Scene::new();
    scene.event("e", json!({}));
    scene.change(|world| {
        world.interrupts.push((crate::world::Call::Create, |world| {
            let (event, _) = &world.calendars[&calendar("PB")].events["e"];
            assert!(private(event)["advosyncClaim"].is_string() && private(event)["advosyncFrNr"].is_null());
        }));
    });
    scene.sync();
    let event = scene.raw_event("e");
    assert!(private(&event)["advosyncClaim"].is_null() && recorded(&event).is_some());
}

#[test]
fn a_creation_without_an_answer_is_adopted() {
    let scene = Scene::new();
    scene.event("e", json!({}));
    scene.change(|world| world.lost_creations = 1);
    let report = scene.run("PB");
    assert!(scene.has(1), "{report:?}");
    scene.quiet("PB");
}

#[test]
fn a_creation_without_an_answer_is_not_repeated_before_twice_the_time_out() {
    let scene = Scene::new();
    scene.event("e", json!({}));
    // The answer is lost, and the appointment appears only 59 s later.
    scene.change(|world| world.slow_creations = Some(59_000));
    scene.run("PB");
    assert!(scene.has(1));
    scene.quiet("PB");
    // One that was never done is repeated after it.
    scene.event("f", json!({"summary": "zwei"}));
    scene.change(|world| world.lost_creations = -1);
    let begun = scene.world.lock().now_ms;
    scene.run("PB");
    assert!(scene.has(2) && scene.world.lock().now_ms - begun >= 60_000);
}

#[test]
fn a_deleted_event_whose_creation_was_begun_takes_its_appointment_along() {
    let scene = Scene::new();
    scene.event("e", json!({}));
    // The worker dies right after the POST.
    scene.change(|world| world.faults = Faults::None);
    let mut run = crate::checker::Run::start(&scene.world, "PB");
    while scene.termine().is_empty() {
        assert!(run.step().is_none());
    }
    drop(run);
    scene.delete_event("e");
    scene.sync();
    assert!(scene.has(0));
}

#[test]
fn what_is_equal_and_unlinked_adopts_each_other_one_to_one() {
    let scene = Scene::new();
    for _ in 0..3 {
        scene.termin(json!({}));
    }
    for id in ["a", "b"] {
        scene.event(id, json!({}));
    }
    let report = scene.sync();
    assert_eq!((report.counts.google, report.counts.advoware), (counts(1, 0, 0), counts(0, 0, 0)));
    assert!(scene.has(3));
}

#[test]
fn adoption_is_by_the_whole_standard_form() {
    let scene = Scene::new();
    scene.termin(json!({"notiz": "anders"}));
    scene.event("e", json!({}));
    let report = scene.sync();
    assert_eq!((report.counts.google.created, report.counts.advoware.created), (1, 1));
}

#[test]
fn rotating_the_key_writes_nothing_and_a_base_moves_with_its_items_next_write() {
    let mut scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let other = scene.termin(json!({"text": "zwei"}));
    scene.sync();
    scene.settings(|policy| policy.keys = KeyRing::new([&b"new"[..], b"model"]));
    scene.says_the_same();
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    let made_by = |event: &Object| private(event)["advosyncBase"].as_str().unwrap()[..8].to_owned();
    assert_eq!(made_by(&scene.raw_event(&id)), KeyRing::new([b"new"]).current().id().0);
    assert_eq!(made_by(&scene.raw_event(&scene.event_id(other))), KeyRing::new([b"model"]).current().id().0);
    // A deletion is still recognised under the old key.
    scene.delete_event(&scene.event_id(other));
    scene.delete(frnr);
    scene.sync();
    assert!(scene.has(0));
}

#[test]
fn a_base_made_with_an_unknown_key_is_unknown() {
    let mut scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.settings(|policy| policy.keys = KeyRing::new([b"other"]));
    // Equal: refreshed, which no count shows.
    assert!(!scene.sync().counts.wrote());
    scene.settings(|policy| policy.keys = KeyRing::new([b"third"]));
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    assert_eq!(conflicts(&scene.sync()), ["ort"]);
    assert_eq!(scene.raw(frnr)["ort"], "");
}

#[test]
fn a_lost_mirror_changes_nothing_but_speed() {
    for bare in [false, true] {
        let scene = Scene::new();
        let (deleted, id) = scene.pair(json!({}));
        let (changed, other) = scene.pair(json!({"text": "zwei"}));
        scene.delete_event(&id);
        scene.edit_event(&other, json!({"location": "Saal 3"}));
        scene.change(|world| {
            world.flush();
            world.bare_tombstones = bare;
        });
        scene.sync();
        assert!(scene.has(1) && scene.raw(changed)["ort"] == "Saal 3");
        assert!(!scene.world.lock().termine.contains_key(&deleted));
    }
}

#[test]
fn a_token_that_is_no_longer_valid_means_a_full_list_with_the_same_result() {
    let scene = Scene::new();
    let (_, id) = scene.pair(json!({}));
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.change(|world| world.expire_tokens());
    assert_eq!(scene.sync().counts.advoware, counts(0, 1, 0));
}

#[test]
fn a_deletion_that_google_has_forgotten_since_it_was_seen_is_still_one() {
    let mut scene = Scene::new();
    let pairs: Vec<_> = (0..4).map(|n| scene.pair(json!({"text": format!("t{n}")}))).collect();
    scene.settings(|policy| policy.max_deletes = 0);
    scene.delete_event(&pairs[0].1);
    assert_eq!(scene.run("PB").held.len(), 1);
    scene.change(|world| {
        world.calendars.get_mut(&calendar("PB")).unwrap().events.remove(&pairs[0].1);
        world.expire_tokens();
    });
    scene.settings(|policy| policy.max_deletes = 20);
    scene.sync();
    assert!(scene.has(3));
}

#[test]
fn a_tombstone_whose_base_google_has_forgotten_brings_the_appointment_back_and_says_so() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.change(|world| {
        let events = &mut world.calendars.get_mut(&calendar("PB")).unwrap().events;
        let bare = json!({"id": id, "status": "cancelled", "etag": "\"x\""});
        events.insert(id.clone(), (bare.as_object().unwrap().clone(), u64::MAX));
        world.flush();
    });
    let report = scene.sync();
    assert!(notes(&report, NoteKind::CameBack) && scene.has(1));
    assert_eq!(scope().parse(&scene.event_id(frnr)), Some((frnr, 1)));
}

#[test]
fn behind_a_409_too_a_tombstone_without_a_base_brings_the_appointment_back() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    scene.change(|world| {
        let bare = json!({"id": id, "status": "cancelled", "etag": "\"x\""});
        let events = &mut world.calendars.get_mut(&calendar("PB")).unwrap().events;
        events.insert(id.clone(), (bare.as_object().unwrap().clone(), 0));
        world.flush();
        world.hidden.insert(id.clone());
    });
    let report = scene.sync_on("PB");
    assert!(notes(&report, NoteKind::CameBack) && scene.has(1));
    assert_eq!(scope().parse(&scene.event_id(frnr)), Some((frnr, 1)));
}

#[test]
fn a_claim_under_an_unknown_key_adopts_what_is_equal() {
    let mut scene = Scene::new();
    scene.event("e", json!({}));
    let mut run = crate::checker::Run::start(&scene.world, "PB");
    while scene.termine().is_empty() {
        assert!(run.step().is_none());
    }
    drop(run);
    scene.settings(|policy| policy.keys = KeyRing::new([b"other"]));
    scene.run("PB");
    scene.quiet("PB");
    assert!(scene.has(1));
}

#[test]
fn the_mirror_holds_no_text() {
    let scene = Scene::new();
    scene.pair(json!({"text": "Scheidung Müller", "notiz": "geheim", "ort": "Saal 3"}));
    let kept = format!("{:?}", scene.world.lock().redis);
    for text in ["Scheidung", "geheim", "Saal"] {
        assert!(!kept.contains(text), "{text}");
    }
}

#[test]
fn a_calendar_that_was_made_anew_is_filled() {
    let mut scene = Scene::new();
    scene.pair(json!({}));
    scene.change(|world| drop(world.calendars.insert("new".into(), Default::default())));
    scene.task(|task| task.calendar = "new".into());
    assert_eq!(scene.sync().counts.google, counts(1, 0, 0));
    assert_eq!(scene.world.lock().calendars["new"].alive().count(), 1);
    assert_eq!(scene.termine().len(), 1);
}

#[test]
fn policy_decides_an_unknown_base_that_differs_and_nothing_is_deleted() {
    for (policy, expected) in [(Side::Advoware, "Termin"), (Side::Google, "anders")] {
        let scene = Scene::with(|settings| settings.conflict = policy);
        let frnr = scene.termin(json!({}));
        scene.event(&scope().event_id(frnr, 0), json!({"summary": "anders"}));
        assert_eq!(conflicts(&scene.sync()), ["text"]);
        assert!(scene.has(1) && scene.raw(frnr)["text"] == expected && scene.events()[0]["summary"] == expected);
    }
}
