//! What is left in Redis after 100,000 jobs.

use std::time::{Duration, Instant};

use advosync_queue::Origin;
use advosync_queue::redis::Value;
use anyhow::ensure;
use tokio::time::sleep;

use crate::contender::{Contender, Count, Task, keys};
use crate::lab::Lab;
use crate::ours::Ours;

const JOBS: usize = 100_000;
/// Keys that the jobs are of; the queue remembers of each key when it last ran.
const KEYS: usize = 1_000;
const SLOTS: usize = 512;
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs them through one worker; answers the report's line.
pub(crate) async fn left_over(lab: &Lab) -> anyhow::Result<String> {
    lab.clear()?;
    let ours = Ours::new(&lab.url(), SLOTS, Origin::Poll)?;
    let count = Count::to(JOBS + KEYS);
    let worker = ours.work(Task::Count(count.clone())).await?;
    wave(lab, &ours).await?;
    let before = lab.memory()?;
    for _ in 0..JOBS / KEYS {
        wave(lab, &ours).await?;
    }
    count.reached().await;
    let keys = ours.queue().keys();
    let (mut entries, mut pending, mut consumers) = (0, 0, Vec::new());
    for (stream, group) in [(keys.all(), "fanout"), (keys.urgent(), "workers"), (keys.mass(), "workers")] {
        entries += lab.ask::<u64>(&format!("XLEN {stream}"))?;
        pending += lab.ask::<(u64, Value, Value, Value)>(&format!("XPENDING {stream} {group}"))?.0;
        consumers.push(lab.ask::<Vec<Value>>(&format!("XINFO CONSUMERS {stream} {group}"))?.len());
    }
    let grown = lab.memory()? as f64 - before as f64;
    worker.stop().await?;
    Ok(format!(
        "After {JOBS} jobs of {KEYS} keys and one live worker: {entries} entries in the streams, {pending} pending, \
         {} consumers in each group, {:+.3} MB in Redis.",
        consumers.iter().map(usize::to_string).collect::<Vec<_>>().join("/"),
        grown / 1e6
    ))
}

/// A job of each key, until none is left.
async fn wave(lab: &Lab, ours: &Ours) -> anyhow::Result<()> {
    futures::future::try_join_all(keys(0, KEYS).map(|key| ours.enqueue(key))).await?;
    let began = Instant::now();
    while ours.unfinished(lab, KEYS)? > 0 {
        ensure!(began.elapsed() < PATIENCE, "the jobs do not get done");
        sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
