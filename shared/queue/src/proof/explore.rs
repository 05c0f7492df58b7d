//! Every interleaving of what each actor does in its own order.

use super::{
    check::{check_end, check_step},
    world::{Step, World},
};

/// What each actor does, in its own order.
pub(super) type Actors = Vec<Vec<Step>>;

/// A schedule that broke a guarantee.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) schedule: Vec<Step>,
    pub(super) fault: String,
}

/// Runs one schedule from an empty Redis; checks each step from `checked` on.
pub(super) fn run(world: &mut World, schedule: &[Step], checked: usize) -> Result<(), String> {
    world.reset();
    world.before = None;
    for (at, step) in schedule.iter().enumerate() {
        if at == checked {
            world.before = Some(world.snapshot());
        }
        world.take(*step).map_err(|fault| format!("step {at}: {fault}"))?;
        if at >= checked {
            let now = world.snapshot();
            check_step(world, &now).map_err(|fault| format!("after step {at}: {fault}"))?;
            world.before = Some(now);
        }
    }
    let rest = world.settle().map_err(|fault| format!("afterwards: {fault}"))?;
    check_end(world, &rest).map_err(|fault| format!("in the end: {fault}"))
}

/// Runs every interleaving, each prefix checked once. Answers how many there were.
pub(super) fn explore(world: &mut World, actors: &Actors) -> Result<usize, Broken> {
    let mut schedules = Vec::new();
    let mut at = vec![0; actors.len()];
    interleave(actors, &mut at, &mut Vec::new(), &mut schedules);
    let mut last: &[Step] = &[];
    for schedule in &schedules {
        let common = last.iter().zip(schedule).take_while(|(a, b)| a == b).count();
        run(world, schedule, common).map_err(|fault| Broken { schedule: schedule.clone(), fault })?;
        last = schedule;
    }
    Ok(schedules.len())
}

fn interleave(actors: &Actors, at: &mut Vec<usize>, so_far: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let mut done = true;
    for actor in 0..actors.len() {
        let Some(step) = actors[actor].get(at[actor]) else {
            continue;
        };
        done = false;
        at[actor] += 1;
        so_far.push(*step);
        interleave(actors, at, so_far, found);
        so_far.pop();
        at[actor] -= 1;
    }
    if done {
        found.push(so_far.clone());
    }
}
