//! Long random histories, from a seed.

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

use super::{
    check::{check_end, check_step},
    world::{Ending, KEYS_OF_ALL, Step, World},
};
use crate::{Origin, scripts::Scripts};

const STEPS: usize = 400;

fn random_step(random: &mut impl Rng) -> Step {
    let worker = random.random_range(0..2);
    let key = KEYS_OF_ALL[random.random_range(0..KEYS_OF_ALL.len())];
    let origin =
        [Origin::Poll, Origin::Poll, Origin::Cron, Origin::Other, Origin::Push, Origin::Person][random.random_range(0..6)];
    match random.random_range(0..100) {
        0..20 => Step::Trigger(key, origin),
        20..24 => Step::Trigger("ALL", origin),
        24..50 => Step::Claim(worker, random.random_bool(0.6)),
        50..80 => Step::End(worker, random_ending(random)),
        80..84 => Step::FanOut(worker),
        84..89 => Step::Expire,
        89..92 => Step::Age,
        92..97 => Step::Due,
        97..99 => Step::Requeue,
        _ if random.random_bool(0.3) => Step::Flush,
        _ => Step::Due,
    }
}

fn random_ending(random: &mut impl Rng) -> Ending {
    match random.random_range(0..10) {
        0..5 => Ending::Done,
        5..7 => Ending::Retry,
        7..8 => Ending::HandBack,
        8 => Ending::Final,
        _ => Ending::Die,
    }
}

fn live(world: &mut World, seed: u64) -> Result<(), String> {
    let mut random = StdRng::seed_from_u64(seed);
    world.reset();
    for at in 0..STEPS {
        let step = random_step(&mut random);
        world.take(step).map_err(|fault| format!("step {at} {step:?}: {fault}"))?;
        let now = world.snapshot();
        check_step(world, &now).map_err(|fault| format!("after step {at} {step:?}: {fault}"))?;
        world.before = Some(now);
    }
    let rest = world.settle().map_err(|fault| format!("afterwards: {fault}"))?;
    check_end(world, &rest).map_err(|fault| format!("in the end: {fault}"))
}

#[test]
fn random_histories_keep_the_guarantees() {
    let mut world = World::new(Scripts::new());
    let first: u64 = std::env::var("QUEUE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    for seed in first..first + 40 {
        live(&mut world, seed).unwrap_or_else(|fault| panic!("QUEUE_SEED={seed}: {fault}"));
    }
}
