//! Random histories from a seed: workers, people, crashes, lost answers, lost Redis, pauses.

use crate::checker::{Run, settle};
use crate::mutation::Mutation;
use crate::people::People;
use crate::world::{EMPLOYEES, Faults, Rng, Shared};

/// Tells what happens, where a single seed is replayed.
pub(crate) fn trace(line: impl FnOnce() -> String) {
    if std::env::var_os("MODEL_SEED").is_some() {
        println!("{}", line());
    }
}

/// Plays the history of `seed`; `Err` is a broken promise.
pub(crate) fn history(seed: u64, mutation: Option<Mutation>) -> Result<(), String> {
    let mut rng = Rng(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
    let world = Shared::new();
    world.lock().mutation = mutation;
    world.lock().bare_tombstones = rng.below(3) == 0;
    let mut people = People::default();
    people.lay_ground(&mut world.lock());
    for _ in 0..1 + rng.below(4) {
        people.create(&mut world.lock(), &mut rng);
    }
    for _ in 0..1 + rng.below(3) {
        let flushed = turmoil(&world, &mut people, &mut rng);
        trace(|| format!("settle\n{}", world.lock().brief()));
        settle(&world)?;
        trace(|| format!("settled\n{}", world.lock().brief()));
        people.verify(&world.lock(), flushed)?;
    }
    Ok(())
}

/// A while in which everything goes wrong; whether Redis lost its data.
fn turmoil(world: &Shared, people: &mut People, rng: &mut Rng) -> bool {
    let mut flushed = false;
    if rng.below(3) > 0 {
        world.lock().faults = Faults::Random { rng: Rng(rng.next()), one_in: 6 + rng.below(40) };
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut paused: Vec<Run> = Vec::new();
    for _ in 0..rng.below(160) {
        let choice = rng.below(60);
        match choice {
            0..=3 => {
                people.act(&mut world.lock(), rng);
                trace(|| format!("people act\n{}", world.lock().brief()));
            }
            // kill -9 between any two instructions; somebody else may take over later.
            4 if !runs.is_empty() => {
                let victim = usize::try_from(rng.below(runs.len() as u64)).unwrap();
                runs.swap_remove(victim);
            }
            // Paused longer than its lease lives.
            5 if !runs.is_empty() => {
                let victim = usize::try_from(rng.below(runs.len() as u64)).unwrap();
                let run = runs.swap_remove(victim);
                run.expire();
                paused.push(run);
            }
            6 => runs.append(&mut paused),
            7 if rng.below(4) == 0 => {
                trace(|| "flush".into());
                world.lock().flush();
                flushed = true;
            }
            8 => world.lock().now_ms += rng.below(120_000).cast_signed(),
            9..=12 => {
                // A second holder of one lease exists only after a loss of data, or where the first has expired.
                let kuerzel = EMPLOYEES[usize::from(rng.below(3) == 0)];
                let lost = !world.lock().leases.contains_key(kuerzel);
                trace(|| format!("start {kuerzel}"));
                if lost || runs.iter().all(|run| run.kuerzel != kuerzel) {
                    runs.push(Run::start(world, kuerzel));
                }
            }
            _ => {
                if let Some(at) = (!runs.is_empty()).then(|| usize::try_from(rng.below(runs.len() as u64)).unwrap())
                    && runs[at].step().is_some()
                {
                    runs.swap_remove(at);
                }
            }
        }
    }
    // Whoever is still there may do the one request whose check had passed.
    for mut run in runs.into_iter().chain(paused) {
        run.expire();
        for _ in 0..rng.below(4) {
            if run.step().is_some() {
                break;
            }
        }
    }
    flushed
}

/// The seeds whose histories break a promise, with the promise: in the order in which they were found.
fn broken(seeds: std::ops::Range<u64>) -> Vec<(u64, String)> {
    let next = std::sync::atomic::AtomicU64::new(seeds.start);
    let broken = std::sync::Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if seed >= seeds.end || broken.lock().unwrap().len() >= MAX_SHOWN {
                return;
            }
            let outcome = std::panic::catch_unwind(|| history(seed, None)).unwrap_or_else(|_| Err("panicked".into()));
            if let Err(fault) = outcome {
                broken.lock().unwrap().push((seed, fault));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    broken.into_inner().unwrap()
}

/// Broken seeds after which the search ends.
const MAX_SHOWN: usize = 12;

#[test]
fn random_histories_keep_every_promise() {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let seeds = match number("MODEL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("MODEL_SEEDS").unwrap_or(3_000),
    };
    let broken = broken(seeds);
    for (seed, fault) in &broken {
        println!("seed {seed}: {fault}\nreplay: MODEL_SEED={seed} cargo test -p advosync-sync --test it random_histories");
    }
    assert!(broken.is_empty(), "{} histories broke a promise", broken.len());
}
