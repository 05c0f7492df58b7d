//! Every crash point, every lost answer and every pair of interleaved workers, in small cases.

use crate::checker::{Run, settle};
use crate::people::{People, Story};
use crate::world::{Faults, Rng, Shared, calendar, event, termin};

/// A small case: prepared to be quiet, then changed by a person.
type Case = (&'static str, fn(&Shared, &mut People));

const CASES: [Case; 6] = [
    ("new in Advoware", |world, people| make(world, people, true)),
    ("new in Google", |world, people| make(world, people, false)),
    ("changed in Advoware", |world, people| {
        make(world, people, true);
        settle(world).unwrap();
        let mut world = world.lock();
        world.termine.values_mut().for_each(|termin| {
            termin.insert("notiz".into(), "a1".into());
        });
        people
            .stories
            .get_mut(&1)
            .unwrap()
            .edits
            .entry("notiz")
            .or_default()
            .insert(advosync_sync::ports::Side::Advoware, "a1".into());
    }),
    ("changed in Google", |world, people| {
        make(world, people, false);
        settle(world).unwrap();
        let mut world = world.lock();
        let (id, mut made) =
            world.calendars[&calendar("PB")].alive().next().map(|(id, made)| (id.clone(), made.clone())).unwrap();
        made.insert("location".into(), "g1".into());
        world.put_event(&calendar("PB"), &id, made);
        people
            .stories
            .get_mut(&1)
            .unwrap()
            .edits
            .entry("ort")
            .or_default()
            .insert(advosync_sync::ports::Side::Google, "g1".into());
    }),
    ("deleted in Advoware", |world, people| {
        make(world, people, true);
        make(world, people, true);
        settle(world).unwrap();
        let mut world = world.lock();
        let frnr = *world.termine.keys().next().unwrap();
        world.termine.remove(&frnr);
        people.stories.insert(1, Story { deleted: true, ..Story::default() });
    }),
    ("deleted in Google", |world, people| {
        make(world, people, true);
        settle(world).unwrap();
        let mut world = world.lock();
        let id = world.calendars[&calendar("PB")].alive().next().unwrap().0.clone();
        world.bury(&calendar("PB"), &id);
        people.stories.insert(1, Story { deleted: true, ..Story::default() });
    }),
];

fn make(world: &Shared, people: &mut People, in_advoware: bool) {
    let uid = people.stories.len() as u64 + 1;
    let mut world = world.lock();
    if in_advoware {
        world.next_frnr += 1;
        let frnr = world.next_frnr;
        let mut made = termin("PB", 3, 9, uid);
        made.insert("frNr".into(), frnr.into());
        world.termine.insert(frnr, made);
    } else {
        world.put_event(&calendar("PB"), &format!("person{uid}"), event(3, 9, uid));
    }
    people.stories.insert(uid, Story::default());
}

/// Prepares a case, lets `meddle` have its way, and checks that everything ends well; `false` where `meddle`
/// found nothing left to meddle with.
fn play(case: &Case, meddle: impl FnOnce(&Shared) -> bool) -> bool {
    let world = Shared::new();
    let mut people = People::default();
    case.1(&world, &mut people);
    let more = meddle(&world);
    settle(&world).unwrap_or_else(|fault| panic!("{}: {fault}", case.0));
    people.verify(&world.lock(), false).unwrap_or_else(|fault| panic!("{}: {fault}", case.0));
    more
}

/// Polls a run `steps` times; whether it is still going.
fn advance(run: &mut Run, steps: usize) -> bool {
    (0..steps).all(|_| run.step().is_none())
}

#[test]
fn a_crash_at_any_instruction_is_healed_by_the_next_run() {
    for case in &CASES {
        let mut first = 0;
        while play(case, |world| advance(&mut Run::start(world, "PB"), first)) {
            // A second worker that takes over dies as well.
            for second in (0..60).step_by(3) {
                play(case, |world| advance(&mut Run::start(world, "PB"), first) && advance(&mut Run::start(world, "PB"), second));
            }
            first += 1;
        }
        assert!(first > 5, "{}: {first} steps", case.0);
    }
}

#[test]
fn a_lost_answer_at_any_call_is_healed_by_the_next_run() {
    for case in &CASES {
        for countdown in 0..40 {
            for done in [false, true] {
                play(case, |world| {
                    world.lock().faults = Faults::At { countdown, done };
                    let _ = Run::start(world, "PB").finish();
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
            // As many steps as the first one has, and for each of them as many as the second one has then.
            for first in 0.. {
                let mut second = 0;
                while play(case, |world| overlapping(world, first, second, overlap)) {
                    second += 1;
                }
                if second == 0 {
                    assert!(first > 5, "{}: {first} steps", case.0);
                    break;
                }
            }
        }
    }
}

/// The first worker is paused after so many steps, a second one takes over and is paused in its turn, the first
/// wakes up and goes on to its end, then the second; whether both were still going.
fn overlapping(world: &Shared, first: usize, second: usize, overlap: bool) -> bool {
    let mut one = Run::start(world, "PB");
    let going = advance(&mut one, first);
    if overlap {
        // Redis lost its data: the first one doesn't know until its next renewal.
        world.lock().flush();
    } else {
        one.expire();
    }
    let mut two = Run::start(world, "PB");
    let both = going && advance(&mut two, second);
    if both {
        let _ = one.finish();
        let _ = two.finish();
    }
    both
}

#[test]
fn an_overlap_with_a_loss_of_data_from_a_seed() {
    for seed in 0..300 {
        let mut rng = Rng(seed);
        for case in &CASES {
            play(case, |world| {
                let mut runs = vec![Run::start(world, "PB")];
                advance(&mut runs[0], usize::try_from(rng.below(12)).unwrap());
                world.lock().flush();
                runs.push(Run::start(world, "PB"));
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
