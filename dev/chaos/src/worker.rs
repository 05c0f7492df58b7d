//! A worker process: short and long jobs that fail, panic and give up now and then.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use advosync_queue::link::{Redis, RedisSettings};
use advosync_queue::{Consumer, ConsumerSettings, Handler, Job, Kind, LeaseGuard, Outcome, Queue, Settings};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::ledger::{Ending, Ledger, Step};

/// Life of a lease here.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// Deadline of one command.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);
/// A write is begun only while the lease outlives this.
const WRITE: Duration = Duration::from_millis(100);

/// The queue as every process here sees it.
pub(crate) fn queue(url: &str) -> anyhow::Result<Queue> {
    let redis = Redis::new(RedisSettings::from_url(url)?.with_timeout(TIMEOUT))?;
    let settings = Settings {
        prefix: "chaos".into(),
        lease: LEASE,
        max_attempts: 1_000,
        retry_base: Duration::from_millis(20),
        job_timeout: Duration::from_secs(60),
        ..Settings::default()
    };
    Ok(Queue::new(redis, settings))
}

/// The names of the keys.
pub(crate) fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("K{number}")).collect()
}

/// Works until it is told to stop.
pub(crate) async fn work(url: &str, ledger: &Path, key_count: usize) -> anyhow::Result<()> {
    // What a job panics with is part of the mischief, not of the report.
    std::panic::set_hook(Box::new(|_| {}));
    let queue = queue(url)?;
    let handler = Work { queue: queue.clone(), ledger: Arc::new(Ledger::open(ledger)?), keys: keys(key_count) };
    let settings = ConsumerSettings { slots: 6, host: "chaos".into(), version: "1".into(), grace: Duration::from_secs(8) };
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let mut term = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        term.recv().await;
        stop.cancel();
    });
    Consumer::new(queue, settings).run(handler, shutdown).await?;
    Ok(())
}

struct Work {
    queue: Queue,
    ledger: Arc<Ledger>,
    keys: Vec<String>,
}

impl Handler for Work {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        let note = |step| self.ledger.note(&job.key, lease.token(), step);
        note(Step::Started);
        if job.kind == Kind::All && self.queue.fan_out(&job, &lease, &self.keys).await.is_err() {
            note(Step::Ended(Ending::Retried));
            return Outcome::retry("fan-out", "redis");
        }
        let dice = dice(lease.token());
        for _ in 0..steps(dice) {
            if lease.stop_requested() || !lease.outlives(WRITE) {
                note(Step::Ended(Ending::HandedBack));
                return Outcome::hand_back("drain");
            }
            note(Step::Wrote);
            lease.progress();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if lease.lost() {
            note(Step::Ended(Ending::HandedBack));
            return Outcome::hand_back("lease-lost");
        }
        match dice / 100 % 100 {
            0..8 => {
                note(Step::Ended(Ending::Retried));
                Outcome::retry("dice", "8")
            }
            8 => {
                note(Step::Ended(Ending::Retried));
                panic!("by the dice");
            }
            9..13 => {
                note(Step::Ended(Ending::HandedBack));
                Outcome::HandBack { reason: "quota".into(), due_in: Duration::from_millis(100) }
            }
            13 => {
                note(Step::Ended(Ending::Final));
                Outcome::Final { class: "dice".into(), code: "13".into() }
            }
            _ => {
                note(Step::Ended(Ending::Done));
                Outcome::succeeded(serde_json::Value::Null, true)
            }
        }
    }
}

/// A number that every attempt has of its own.
fn dice(token: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

/// Steps of 5 ms: mostly few, now and then longer than a lease.
fn steps(dice: u64) -> u64 {
    match dice % 100 {
        0..2 => u64::try_from(LEASE.as_millis()).unwrap_or_default() * 13 / 10 / 5,
        2..20 => 10 + dice / 10_000 % 60,
        _ => dice / 10_000 % 4,
    }
}
