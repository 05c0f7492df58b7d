//! The guarantees, on a snapshot.

use super::{snapshot::Snapshot, world::World};

fn is_final(status: &str) -> bool {
    matches!(status, "succeeded" | "partial" | "held" | "failed")
}

/// What holds after every single step.
pub(super) fn check_step(world: &World, now: &Snapshot) -> Result<(), String> {
    never_lost_never_doubled(world, now)?;
    at_most_one_next_job(now)?;
    marks_name_their_jobs(now)?;
    leases_have_entries(now)
}

/// Every accepted run is in exactly one place, or it has ended and is in none.
fn never_lost_never_doubled(world: &World, now: &Snapshot) -> Result<(), String> {
    let places = World::places_of_runs(now);
    for run in &world.accepted {
        let ended = now.runs.get(run).is_some_and(|status| is_final(status));
        if now.alls.contains_key(run) && !ended {
            continue; // its job is done before its run: its jobs' tally ends it
        }
        match (places.get(run.as_str()).map_or(0, Vec::len), ended) {
            (1, false) | (0, true) => {}
            (0, false) => return Err(format!("run {run} is lost")),
            (_, ended) => return Err(format!("run {run} (ended: {ended}) is in {:?}", places[run.as_str()])),
        }
    }
    Ok(())
}

/// A key has at most one job that is waiting, parked or backing off.
fn at_most_one_next_job(now: &Snapshot) -> Result<(), String> {
    for found in &now.jobs {
        let next = now.next_jobs_of(&found.key);
        if next.len() > 1 {
            return Err(format!("{} has more than one next job: {next:?}", found.key));
        }
    }
    Ok(())
}

/// A waiting or delayed job is the one that a trigger would join.
fn marks_name_their_jobs(now: &Snapshot) -> Result<(), String> {
    for found in &now.jobs {
        let marked = now.marks.get(&found.key).is_some_and(|mark| mark.contains(&found.job_id));
        if matches!(found.place.as_str(), "waiting" | "delayed") != marked && found.place != "pending" {
            return Err(format!("the mark of {found:?} is {:?}", now.marks.get(&found.key)));
        }
    }
    Ok(())
}

/// A lease's entry is pending; a lease without one would block its key for nothing.
fn leases_have_entries(now: &Snapshot) -> Result<(), String> {
    for (key, lease) in &now.leases {
        let entry = lease.rsplit(':').next().unwrap_or_default();
        let held = now.jobs.iter().any(|found| found.place == "pending" && found.key == *key && found.id == entry);
        if !held {
            return Err(format!("lease {lease} of {key} has no entry"));
        }
    }
    Ok(())
}

/// What holds once everything has come to its end.
pub(super) fn check_end(world: &World, now: &Snapshot) -> Result<(), String> {
    for run in &world.accepted {
        let status = now.runs.get(run);
        if !status.is_some_and(|status| is_final(status)) {
            return Err(format!("run {run} never ended: {status:?}"));
        }
    }
    for (run, tally) in &now.alls {
        let (done, total) = tally.split_once('/').unwrap_or_default();
        if done != total && now.runs[run] != "failed" {
            return Err(format!("fan-out {run} counted {tally}"));
        }
    }
    if !now.leases.is_empty() || !now.marks.is_empty() || !now.left_over.is_empty() {
        return Err(format!("left over: {:?} {:?} {:?}", now.leases, now.marks, now.left_over));
    }
    Ok(())
}
