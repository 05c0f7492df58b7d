//! Bugs that were made on purpose: the exploration finds each.

use super::{
    explore::{Broken, explore, run},
    schedules::scenario,
    world::{Ending, Step, World},
};
use crate::scripts::Scripts;

/// The scripts with one place changed, which must be there.
fn planted(from: &str, to: &str) -> Scripts {
    let hits = std::cell::Cell::new(0);
    let scripts = Scripts::edited(|main| {
        hits.set(hits.get() + main.matches(from).count());
        main.replace(from, to)
    });
    assert_eq!(hits.get(), 1, "the place to plant the bug in is gone: {from}");
    scripts
}

/// The first schedule that breaks a guarantee; the same schedule breaks it again by itself, and
/// not without the bug.
fn find(scripts: fn() -> Scripts, endings: [Ending; 3], extra: Step) -> Broken {
    let broken = explore(&mut World::new(scripts()), &scenario(endings, extra)).expect_err("the bug was not found");
    let replayed = run(&mut World::new(scripts()), &broken.schedule, 0);
    assert!(replayed.is_err(), "does not replay: {broken:?}");
    assert_eq!(run(&mut World::new(Scripts::new()), &broken.schedule, 0), Ok(()), "{broken:?}");
    println!("{} by {:?}", broken.fault, broken.schedule);
    broken
}

#[test]
fn acknowledging_first_is_found() {
    let scripts = || {
        planted(
            "  flats[jobs] = flat\n",
            "  flats[jobs] = flat\n  redis.call('XACK', STREAMS[s], GROUPS[s], id)\n  redis.call('XDEL', STREAMS[s], id)\n",
        )
    };
    let broken = find(scripts, [Ending::Die, Ending::Done, Ending::Done], Step::Expire);
    assert!(broken.fault.contains("lost"), "{broken:?}");
}

#[test]
fn taking_over_without_looking_at_the_lease_is_found() {
    let scripts = || {
        planted(
            "  local there = redis.call('GET', lease_of(key))\n",
            "  local there = false\n  redis.call('DEL', lease_of(key))\n",
        )
    };
    let broken = find(scripts, [Ending::Done, Ending::Done, Ending::Done], Step::Age);
    assert!(broken.fault.contains("although"), "{broken:?}");
}

#[test]
fn releasing_without_comparing_the_token_is_found() {
    let scripts = || planted("e.ours = held[i] == e.value", "e.ours = true");
    let broken = find(scripts, [Ending::Done, Ending::Done, Ending::Done], Step::Expire);
    assert!(broken.fault.contains("was Yes"), "{broken:?}");
}
