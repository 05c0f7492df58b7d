//! The exhaustive runs.

use std::thread;

use super::{
    explore::{Actors, explore},
    world::{Ending, Step, World},
};
use crate::{Origin, scripts::Scripts};

const PB: &str = "PB";

/// An enqueuer, two workers and the clock; each worker ends as told.
pub(super) fn scenario(endings: [Ending; 3], extra: Step) -> Actors {
    let [first, second, other] = endings;
    vec![
        vec![Step::Trigger(PB, Origin::Cron), Step::Trigger(PB, Origin::Person)],
        vec![Step::Claim(0, false), Step::End(0, first), Step::Claim(0, true), Step::End(0, second)],
        vec![Step::Claim(1, true), Step::End(1, other)],
        vec![extra],
    ]
}

fn scenarios() -> Vec<Actors> {
    use Ending::{Die, Done, Final, HandBack, Retry};
    let mut all = Vec::new();
    for endings in [
        [Done, Done, Done],
        [Retry, Done, Done],
        [Retry, Retry, HandBack],
        [HandBack, Done, Retry],
        [Final, Done, Done],
        [Die, Done, Done],
        [Die, Retry, Die],
    ] {
        all.push(scenario(endings, Step::Expire));
    }
    all.push(scenario([Done, Retry, Done], Step::Age));
    all.push(scenario([Retry, Done, HandBack], Step::Due));
    all
}

#[test]
fn every_interleaving_keeps_the_guarantees() {
    let scenarios = scenarios();
    let began = std::time::Instant::now();
    let count: usize = thread::scope(|scope| {
        let halves = scenarios.chunks(scenarios.len().div_ceil(2)).map(|half| {
            scope.spawn(move || {
                let mut world = World::new(Scripts::new());
                half.iter()
                    .map(|actors| explore(&mut world, actors).unwrap_or_else(|broken| panic!("{broken:#?}")))
                    .sum::<usize>()
            })
        });
        let halves: Vec<_> = halves.collect();
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    println!("{count} schedules in {:?}", began.elapsed());
    assert!(count > 20_000, "only {count} schedules");
}
