//! This project's queue, and the bare client of its protocol.

use std::time::{Duration, Instant};

use advosync_queue::link::{Redis, RedisSettings};
use advosync_queue::protocol::{ClaimRequest, JobEnd};
use advosync_queue::{Consumer, ConsumerSettings, Handler, Job, Kind, LeaseGuard, Origin, Outcome, Queue, Settings, Trigger};
use anyhow::Context;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::contender::{Contender, LEASE, Task, Worker};
use crate::lab::Lab;

/// Entries that the bare client claims and ends in one step.
const BATCH: usize = 256;
/// Loops of the bare client: one travels while Redis works on the other.
const LOOPS: usize = 2;

/// A worker with slots, leases and renewal.
#[derive(Debug, Clone)]
pub(crate) struct Ours {
    queue: Queue,
    slots: usize,
    /// A poll's job leaves no record of its run if nothing came of it; a schedule's does.
    origin: Origin,
}

impl Ours {
    pub(crate) fn new(url: &str, slots: usize, origin: Origin) -> anyhow::Result<Self> {
        Ok(Self { queue: queue(url)?, slots, origin })
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots
    }
}

fn queue(url: &str) -> anyhow::Result<Queue> {
    let redis = Redis::new(RedisSettings::from_url(url)?)?;
    Ok(Queue::new(redis, Settings { lease: LEASE, ..Settings::default() }))
}

struct Run(Task);

impl Handler for Run {
    async fn handle(&self, _job: Job, _lease: LeaseGuard) -> Outcome {
        self.0.run().await;
        Outcome::succeeded(serde_json::Value::Null, false)
    }
}

/// Fans out, and tells when it is done.
struct FanOut {
    queue: Queue,
    keys: Vec<String>,
    done: mpsc::UnboundedSender<()>,
}

impl Handler for FanOut {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        if job.kind == Kind::All && self.queue.fan_out(&job, &lease, &self.keys).await.is_ok() {
            let _ = self.done.send(());
        }
        // The jobs that it made stay where they are.
        lease.cancelled().await;
        Outcome::hand_back("drain")
    }
}

fn consume(queue: &Queue, slots: usize, handler: impl Handler) -> Worker {
    let settings = ConsumerSettings { slots, host: "bench".into(), version: "1".into(), grace: Duration::from_secs(10) };
    let consumer = Consumer::new(queue.clone(), settings);
    Worker::spawn(|stop| async move { Ok(consumer.run(handler, stop).await?) })
}

impl Contender for Ours {
    fn name(&self) -> String {
        let records = if self.origin == Origin::Poll { "" } else { ", with run records" };
        format!("ours, {} slots{records}", self.slots)
    }

    async fn enqueue(&self, key: String) -> anyhow::Result<()> {
        self.queue.trigger(&Trigger::new(key, self.origin)).await?;
        Ok(())
    }

    /// A fan-out: fenced by its lease, coalesced and counted like every trigger.
    async fn enqueue_many(&self, keys: Vec<String>) -> anyhow::Result<Duration> {
        let (done, mut told) = mpsc::unbounded_channel();
        let worker = consume(&self.queue, 1, FanOut { queue: self.queue.clone(), keys, done });
        let began = Instant::now();
        self.queue.trigger_all(Trigger::new("", self.origin)).await?;
        told.recv().await.context("the fan-out failed")?;
        let took = began.elapsed();
        worker.stop().await?;
        Ok(took)
    }

    async fn work(&self, task: Task) -> anyhow::Result<Worker> {
        Ok(consume(&self.queue, self.slots, Run(task)))
    }

    fn unfinished(&self, lab: &Lab, _jobs: usize) -> anyhow::Result<usize> {
        lab.ask(&format!("XLEN {}", self.queue.keys().mass()))
    }
}

/// The same scripts and commands with empty handlers: the protocol's own limit.
#[derive(Debug, Clone)]
pub(crate) struct Bare(Queue);

impl Bare {
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        Ok(Self(queue(url)?))
    }
}

impl Contender for Bare {
    fn name(&self) -> String {
        "bare client of the same scripts".to_owned()
    }

    async fn enqueue(&self, key: String) -> anyhow::Result<()> {
        self.0.trigger(&Trigger::new(key, Origin::Poll)).await?;
        Ok(())
    }

    async fn enqueue_many(&self, _keys: Vec<String>) -> anyhow::Result<Duration> {
        anyhow::bail!("a fan-out needs a worker")
    }

    async fn work(&self, task: Task) -> anyhow::Result<Worker> {
        let queue = self.0.clone();
        Ok(Worker::spawn(|stop| async move {
            let loops = (0..LOOPS).map(|number| claim_and_end(&queue, &task, &stop, number));
            futures::future::try_join_all(loops).await?;
            Ok(())
        }))
    }

    fn unfinished(&self, lab: &Lab, _jobs: usize) -> anyhow::Result<usize> {
        lab.ask(&format!("XLEN {}", self.0.keys().mass()))
    }
}

async fn claim_and_end(queue: &Queue, task: &Task, stop: &CancellationToken, number: usize) -> anyhow::Result<()> {
    let worker = format!("bare-{number}");
    let outcome = Outcome::succeeded(serde_json::Value::Null, false);
    while !stop.is_cancelled() {
        let request = ClaimRequest { worker: &worker, free: BATCH, urgent: BATCH, look_for_dead: false };
        let claimed = queue.claim(&request).await?;
        for _ in &claimed.jobs {
            task.run().await;
        }
        let ends: Vec<_> =
            claimed.jobs.iter().map(|job| JobEnd { job: &job.job, lease: &job.lease, outcome: &outcome }).collect();
        if !ends.is_empty() {
            queue.finish(&worker, &ends).await?;
        }
    }
    Ok(())
}
