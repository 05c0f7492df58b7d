//! One run: mischief for a while, then peace, then the verdict.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use advosync_queue::{Queue, Stats};
use advosync_testkit::{RedisOptions, RedisServer};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::fleet::Fleet;
use crate::judge::{Evidence, Verdict, judge};
use crate::mischief::Scene;
use crate::proxy::Proxy;
use crate::triggers::Askers;
use crate::worker;

/// In peace everything must be done within this.
const PEACE: Duration = Duration::from_secs(90);

/// What to do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) lasting: Duration,
    pub(crate) workers: usize,
    pub(crate) keys: usize,
    pub(crate) seed: u64,
}

/// Does it.
///
/// # Errors
/// When something can't be started; whatever breaks a promise is in the verdict.
pub(crate) async fn run(plan: &Plan) -> anyhow::Result<Verdict> {
    let folder = tempfile::tempdir()?;
    let redis = RedisServer::start_with(RedisOptions { append_only: true, ..RedisOptions::default() })?;
    let proxy = Proxy::start(redis.port()).await?;
    let fleet = Fleet::start(plan.workers, proxy.url(), plan.keys, folder.path())?;
    let queue = worker::queue(&proxy.url())?;
    let askers = Askers::start(&queue, &worker::keys(plan.keys), plan.seed);
    let mut scene = Scene { redis, proxy, fleet, done: BTreeMap::new(), losses: Vec::new() };

    let mut rng = StdRng::seed_from_u64(plan.seed);
    let began = Instant::now();
    while began.elapsed() < plan.lasting {
        tokio::time::sleep(Duration::from_millis(rng.random_range(100..700))).await;
        scene.act(&mut rng, began.elapsed() < plan.lasting / 2).await?;
    }
    let asked = askers.stop().await;
    // Peace, without the proxy: it has nothing more to say.
    let queue_in_peace = worker::queue(&scene.redis.url(0))?;
    let settled_after = settle(&queue_in_peace, &mut scene.fleet).await?;
    let tidy_after = tidy(&queue_in_peace, plan.workers).await;
    let stats = queue_in_peace.stats().await?;
    let mut runs = BTreeMap::new();
    for accepted in &asked.accepted {
        if !runs.contains_key(&accepted.run_id) {
            let run = queue_in_peace.run(&accepted.run_id).await?;
            runs.insert(accepted.run_id.clone(), run.map(|run| run.status));
        }
    }
    let lines = scene.fleet.lines()?;
    Ok(judge(Evidence { scene: &scene, asked: &asked, lines, runs, stats, settled_after, tidy_after }))
}

fn unfinished(stats: &Stats) -> u64 {
    stats.waiting + stats.leased + stats.parked + stats.delayed + stats.open_fan_outs
}

/// Waits until nothing is left to be done; `None` if that never comes.
async fn settle(queue: &Queue, fleet: &mut Fleet) -> anyhow::Result<Option<Duration>> {
    let began = Instant::now();
    while began.elapsed() < PEACE {
        fleet.look()?;
        // A moment without an answer is no more than that, on a loaded machine.
        let is_done = queue.stats().await.is_ok_and(|stats| unfinished(&stats) == 0);
        if is_done && fleet.leaving() == 0 {
            return Ok(Some(began.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(None)
}

/// Waits until the groups have no more consumers than there are workers.
async fn tidy(queue: &Queue, workers: usize) -> Option<Duration> {
    let began = Instant::now();
    while began.elapsed() < PEACE {
        if consumers(queue).await.is_ok_and(|counts| counts.iter().all(|count| *count <= workers)) {
            return Some(began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    None
}

/// How many consumers each stream's group has.
async fn consumers(queue: &Queue) -> anyhow::Result<Vec<usize>> {
    let keys = queue.keys();
    let mut counts = Vec::new();
    for (stream, group) in [(keys.all(), "fanout"), (keys.urgent(), "workers"), (keys.mass(), "workers")] {
        let mut look = redis::cmd("XINFO");
        look.arg("CONSUMERS").arg(stream).arg(group);
        counts.push(queue.redis().run::<Vec<redis::Value>>(&look).await?.len());
    }
    Ok(counts)
}
