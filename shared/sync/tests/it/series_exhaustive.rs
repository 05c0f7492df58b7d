//! Every crash point, every lost answer and every pair of interleaved workers, for series as single appointments.

use advosync_sync::ports::FrNr;
use serde_json::{Value, json};

use crate::checker::{Run, settle, task};
use crate::scene::Scene;
use crate::series_world::{at, series};
use crate::world::{Faults, Rng};

/// A case: its name, what a person does to a quiet world, and what must be true in the end.
type Case = (&'static str, fn() -> Scene, fn(&Scene));

const DAYS: (&str, &str) = ("2026-04-04", "2026-07-03");

/// Both sides show the same, so many occurrences, made by nobody twice.
fn shows(scene: &Scene, count: usize) {
    assert_eq!(scene.even(DAYS.0, DAYS.1), count);
}

fn texts(scene: &Scene, member: &str) -> Vec<Value> {
    scene.termine().iter().map(|termin| termin[member].clone()).collect()
}

/// 11, 13 and 18 May, linked.
fn three() -> Scene {
    let scene = Scene::new();
    scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"]));
    scene.run("PB");
    scene
}

/// Mondays from `first` to 25 May, whole in Advoware and linked.
fn whole(first: &str) -> (Scene, FrNr, String) {
    let scene = Scene::new();
    let frnr = scene.termin(json!({
        "datum": format!("{first}T09:00:00"), "uhrzeitVon": "09:00:00", "uhrzeitBis": "10:00:00",
        "datumBis": "2026-05-25T00:00:00", "turnus": 1, "turnusArt": 2,
    }));
    scene.run("PB");
    let id = scene.event_id(frnr);
    (scene, frnr, id)
}

/// Every single appointment of a split series still has what we don't understand.
fn nothing_unknown_is_lost(scene: &Scene) {
    assert!(texts(scene, "geheimesFeld").iter().all(|secret| *secret == json!({"a": [1, null]})));
}

const CASES: [Case; 13] = [
    (
        "created",
        || {
            let scene = Scene::new();
            scene.event("m", series(&["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"]));
            scene.edit_instance("m", "2026-05-13", json!({"location": "Hof"}));
            scene
        },
        |scene| shows(scene, 3),
    ),
    (
        "the series changed in Google",
        || {
            let scene = three();
            scene.edit_series("m", json!({"description": "neu"}));
            scene
        },
        |scene| {
            shows(scene, 3);
            assert!(texts(scene, "notiz").iter().all(|notiz| notiz == "neu"));
        },
    ),
    (
        "the series moved in Google",
        || {
            let scene = three();
            scene.edit(scene.single("2026-05-13"), json!({"azRubrum": "7/26"}));
            scene.edit_series("m", at("2026-05-11", 15));
            scene
        },
        |scene| {
            shows(scene, 3);
            assert_eq!(scene.raw(scene.single("2026-05-13"))["azRubrum"], "7/26");
        },
    ),
    (
        "changed in Advoware",
        || {
            let scene = three();
            scene.edit(scene.single("2026-05-13"), json!({"ort": "A"}));
            scene
        },
        |scene| {
            shows(scene, 3);
            assert_eq!(texts(scene, "ort").iter().filter(|ort| *ort == "A").count(), 1);
        },
    ),
    (
        "deleted in Advoware",
        || {
            let scene = three();
            scene.delete(scene.single("2026-05-13"));
            scene
        },
        |scene| shows(scene, 2),
    ),
    (
        "cancelled in Google",
        || {
            let scene = three();
            scene.cancel_instance("m", "2026-05-13");
            scene
        },
        |scene| shows(scene, 2),
    ),
    (
        "cancelled in Google and changed in Advoware",
        || {
            let scene = three();
            scene.cancel_instance("m", "2026-05-13");
            scene.edit(scene.single("2026-05-13"), json!({"ort": "A"}));
            scene
        },
        |scene| shows(scene, 3),
    ),
    (
        "the series deleted in Google, one changed in Advoware",
        || {
            let scene = three();
            scene.edit(scene.single("2026-05-13"), json!({"ort": "A"}));
            scene.delete_event("m");
            scene
        },
        |scene| {
            shows(scene, 1);
            assert_eq!(texts(scene, "ort"), ["A"]);
        },
    ),
    (
        "shortened in Google",
        || {
            let scene = three();
            scene.edit_series("m", json!({"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=2"]}));
            scene
        },
        |scene| shows(scene, 2),
    ),
    (
        "split within the window",
        || {
            let (scene, _, id) = whole("2026-05-11");
            scene.move_instance(&id, "2026-05-18", "2026-05-19", 14);
            scene
        },
        |scene| {
            shows(scene, 3);
            assert_eq!(scene.termine().len(), 3);
            nothing_unknown_is_lost(scene);
        },
    ),
    (
        "split from before the window",
        || {
            let (scene, frnr, id) = whole("2026-03-23");
            scene.edit(frnr, json!({"ort": "A"}));
            scene.cancel_instance(&id, "2026-05-18");
            scene
        },
        |scene| {
            shows(scene, 7);
            assert_eq!(scene.even("2026-03-01", "2026-07-03"), 9);
            assert!(texts(scene, "ort").iter().all(|ort| ort == "A"));
            nothing_unknown_is_lost(scene);
        },
    ),
    (
        "all of it cancelled, one by one",
        || {
            let (scene, _, id) = whole("2026-05-18");
            scene.cancel_instance(&id, "2026-05-18");
            scene.cancel_instance(&id, "2026-05-25");
            scene
        },
        |scene| {
            shows(scene, 0);
            assert_eq!(scene.events().iter().filter(|event| event.get("recurrence").is_some()).count(), 1);
        },
    ),
    (
        "another employee's",
        || {
            let scene = three();
            scene.edit(scene.single("2026-05-13"), json!({"anwalt": "AI", "sb": "AI"}));
            scene.edit_instance("m", "2026-05-13", json!({"location": "Hof"}));
            scene
        },
        |scene| {
            shows(scene, 2);
            assert_eq!(scene.events_of("AI").iter().filter(|event| event.get("location").is_some()).count(), 1);
        },
    ),
];

/// Prepares a case, lets `meddle` have its way, and checks that everything ends well; `false` where `meddle` found
/// nothing left to meddle with.
fn play(case: &Case, meddle: impl FnOnce(&Scene) -> bool) -> bool {
    let scene = case.1();
    let more = meddle(&scene);
    settle(&scene.world).unwrap_or_else(|fault| panic!("{}: {fault}", case.0));
    println!("{}", case.0);
    case.2(&scene);
    more
}

fn start(scene: &Scene) -> Run {
    Run::with(&scene.world, task("PB"))
}

/// Polls a run `steps` times; whether it is still going.
fn advance(run: &mut Run, steps: usize) -> bool {
    (0..steps).all(|_| run.step().is_none())
}

#[test]
fn a_crash_at_any_instruction_is_healed_by_the_next_run() {
    for case in &CASES {
        let mut first = 0;
        while play(case, |scene| advance(&mut start(scene), first)) {
            // A second worker that takes over dies as well.
            for second in (1..70).step_by(23) {
                play(case, |scene| advance(&mut start(scene), first) && advance(&mut start(scene), second));
            }
            first += 1;
        }
        assert!(first > 10, "{}: {first} steps", case.0);
    }
}

#[test]
fn a_crash_and_a_loss_of_redis_is_healed_by_the_next_run() {
    for case in &CASES {
        let mut first = 0;
        while play(case, |scene| {
            let more = advance(&mut start(scene), first);
            scene.world.lock().flush();
            more
        }) {
            first += 1;
        }
    }
}

#[test]
fn a_lost_answer_at_any_call_is_healed_by_the_next_run() {
    for case in &CASES {
        for countdown in 0..50 {
            for done in [false, true] {
                play(case, |scene| {
                    scene.world.lock().faults = Faults::At { countdown, done };
                    let _ = start(scene).finish();
                    true
                });
            }
        }
    }
}

#[test]
fn two_workers_may_overlap_in_any_two_places() {
    for case in &CASES {
        for overlap in [false, true] {
            for first in (0..60).step_by(4) {
                for second in (0..60).step_by(6) {
                    play(case, |scene| {
                        let mut one = start(scene);
                        let going = advance(&mut one, first);
                        if overlap {
                            // Redis lost its data: the first one doesn't know until its next renewal.
                            scene.world.lock().flush();
                        } else {
                            one.expire();
                        }
                        let mut two = start(scene);
                        if going && advance(&mut two, second) {
                            let _ = one.finish();
                            let _ = two.finish();
                        }
                        true
                    });
                }
            }
        }
    }
}

#[test]
fn a_worker_that_sleeps_past_its_claim_creates_nothing_more() {
    for jump in [31_000, 61_000, 95_000] {
        for first in 0..60 {
            play(&CASES[0], |scene| {
                let mut one = start(scene);
                let going = advance(&mut one, first);
                scene.world.lock().now_ms += jump;
                scene.world.lock().flush();
                // What was created is no longer what would be created, so that only the claim tells.
                scene.edit_series("m", json!({"description": "neu"}));
                start(scene).finish().unwrap();
                if going {
                    let _ = one.finish();
                }
                true
            });
        }
    }
}

#[test]
fn two_workers_in_any_order_from_a_seed() {
    for seed in 0..40 {
        for case in &CASES {
            let mut rng = Rng(seed);
            play(case, |scene| {
                let mut runs = vec![start(scene)];
                if !advance(&mut runs[0], usize::try_from(rng.below(40)).unwrap()) {
                    runs.clear();
                }
                scene.world.lock().flush();
                runs.push(start(scene));
                while !runs.is_empty() {
                    let at = usize::try_from(rng.below(runs.len() as u64)).unwrap();
                    if runs[at].step().is_some() {
                        runs.swap_remove(at);
                    }
                }
                true
            });
        }
    }
}
