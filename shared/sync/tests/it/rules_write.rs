//! Writing safely: the lease, one bad item, and the order of things.

use std::sync::atomic::Ordering;

use advosync_sync::plan::NoteKind;
use advosync_sync::ports::{FailureKind, Side};
use advosync_sync::run::Status;
use serde_json::json;

use crate::checker::{Run, task};
use crate::scene::{Scene, notes};

#[test]
fn without_a_lease_that_outlives_the_request_nothing_is_written() {
    let scene = Scene::new();
    let (frnr, _) = scene.pair(json!({}));
    scene.edit(frnr, json!({"ort": "Saal 3"}));
    scene.event("e", json!({"summary": "zwei"}));
    let before = scene.world.lock().writes;
    for steps in 0..40 {
        let mut run = Run::with(&scene.world, task("PB"));
        let going = (0..steps).all(|_| run.step().is_none());
        // Its clock runs out here: from the next check on it writes nothing.
        run.expired.store(true, Ordering::Relaxed);
        if going {
            let kind = run.finish().unwrap_err().kind;
            assert!(matches!(kind, FailureKind::LeaseLost | FailureKind::Stopped), "{kind:?}");
        }
        // At most the one request whose check had passed.
        let now = scene.world.lock().writes;
        if now > before {
            assert_eq!(now, before + 1);
            return;
        }
    }
    panic!("never wrote");
}

#[test]
fn a_run_whose_token_is_stale_stores_nothing() {
    let scene = Scene::new();
    scene.pair(json!({}));
    scene.event("e", json!({"summary": "zwei"}));
    let one = Run::with(&scene.world, task("PB"));
    scene.world.lock().take_lease("PB");
    let kept = scene.world.lock().redis.clone();
    assert_eq!(one.finish().unwrap_err().kind, FailureKind::LeaseLost);
    assert_eq!(scene.world.lock().redis, kept);
}

#[test]
fn one_item_that_is_refused_stops_nothing_else() {
    let scene = Scene::new();
    let (bad, _) = scene.pair(json!({"text": "schlecht"}));
    let (good, _) = scene.pair(json!({"text": "gut"}));
    scene.change(|world| world.refused = Some((Side::Google, "schlecht")));
    for frnr in [bad, good] {
        scene.edit(frnr, json!({"ort": "Saal 3"}));
    }
    let report = scene.run("PB");
    assert_eq!((report.status(), report.counts.errors, report.counts.google.updated), (Status::Partial, 1, 1));
    let note = report.notes.iter().find(|note| note.kind == NoteKind::Failed).unwrap();
    assert_eq!(note.frnr, Some(bad));
    scene.change(|world| world.refused = None);
    assert_eq!(scene.sync().status(), Status::Succeeded, "and it is tried again");
}

#[test]
fn one_that_cannot_be_created_in_advoware_keeps_no_claim() {
    let scene = Scene::new();
    scene.event("e", json!({"summary": "schlecht"}));
    scene.event("f", json!({"summary": "gut"}));
    scene.change(|world| world.refused = Some((Side::Advoware, "schlecht")));
    let report = scene.run("PB");
    assert!(notes(&report, NoteKind::Failed) && report.counts.advoware.created == 1);
    assert!(scene.raw_event("e").get("extendedProperties").is_none());
}

#[test]
fn three_failures_in_a_row_that_are_not_the_items_fault_end_the_run() {
    let scene = Scene::new();
    for n in 0..6 {
        scene.termin(json!({"text": format!("t{n}")}));
    }
    let task = task("PB");
    let mut run = Run::with(&scene.world, task);
    while scene.world.lock().redis["PB"].made.is_none() {
        assert!(run.step().is_none());
    }
    scene.change(|world| world.faults = crate::world::Faults::Always);
    assert_eq!(run.finish().unwrap_err().kind, FailureKind::Unavailable);
    assert_eq!(scene.events().len(), 0);
    scene.change(|world| world.faults = crate::world::Faults::None);
    scene.sync();
    assert!(scene.has(6));
}

#[test]
fn a_failed_list_is_an_error_and_deletes_nothing() {
    let scene = Scene::new();
    scene.pair(json!({}));
    for countdown in 0..2 {
        scene.change(|world| world.faults = crate::world::Faults::At { countdown, done: false });
        assert!(Run::with(&scene.world, task("PB")).finish().is_err());
        assert!(scene.has(1));
    }
}

#[test]
fn a_drained_worker_stops_between_two_writes_and_another_goes_on() {
    let scene = Scene::new();
    for n in 0..6 {
        scene.event(&format!("e{n}"), json!({"summary": format!("t{n}")}));
    }
    let mut run = Run::with(&scene.world, task("PB"));
    while scene.termine().len() < 2 {
        assert!(run.step().is_none());
    }
    run.expired.store(true, Ordering::Relaxed);
    assert!(run.finish().is_err());
    scene.sync_on("PB");
    assert!(scene.has(6));
}

#[test]
fn a_number_of_any_size_in_an_unknown_field_goes_back_as_it_came() {
    let scene = Scene::new();
    let (frnr, id) = scene.pair(json!({}));
    let odd: serde_json::Value =
        serde_json::from_str(r#"{"geheimesFeld": [12345678901234567890123, 0.1000000000000000055511151231257827, 1e400, 1.50]}"#)
            .unwrap();
    scene.edit(frnr, odd.clone());
    scene.edit_event(&id, json!({"location": "Saal 3"}));
    scene.sync();
    let termin = scene.raw(frnr);
    assert_eq!((termin["geheimesFeld"].to_string(), &termin["ort"]), (odd["geheimesFeld"].to_string(), &json!("Saal 3")));
}
