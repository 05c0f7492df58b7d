//! What is measured, and how.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::contender::{Contender, Count, Task, Worker, keys};
use crate::lab::{Cpu, Lab};

/// Tasks that enqueue at the same time.
const PRODUCERS: usize = 8;
/// Nothing that is measured may take longer.
const PATIENCE: Duration = Duration::from_secs(120);
/// Keys that are enqueued at once.
const MANY: usize = 10_000;
/// Jobs that wait while the memory is looked at.
const WAITING: usize = 100_000;
/// Triggers of an idle queue.
const SAMPLES: usize = 500;

/// What was measured of one way to use a queue, a figure a round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    pub(crate) name: String,
    /// Jobs a second.
    pub(crate) enqueued: Vec<f64>,
    pub(crate) drained: Vec<f64>,
    /// CPU time of a drained job, in µs.
    pub(crate) client_us: Vec<f64>,
    pub(crate) redis_us: Vec<f64>,
    /// From the trigger of an idle queue to the start of its job, in ms.
    pub(crate) idle_p50_ms: Vec<f64>,
    pub(crate) idle_p99_ms: Vec<f64>,
    /// Until 10,000 keys have a job, in ms.
    pub(crate) many_ms: Vec<f64>,
    /// Of 100,000 waiting jobs, in MB.
    pub(crate) memory_mb: Vec<f64>,
    /// From a worker's `kill -9` to the start of its job elsewhere, in seconds.
    pub(crate) taken_over_s: Vec<f64>,
}

impl Figures {
    pub(crate) fn of(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

async fn fill(contender: &impl Contender, jobs: usize) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut producers = Vec::new();
    for producer in 0..PRODUCERS {
        let contender = contender.clone();
        producers.push(tokio::spawn(async move {
            for key in keys(producer, jobs / PRODUCERS) {
                contender.enqueue(key).await?;
            }
            anyhow::Ok(())
        }));
    }
    for producer in producers {
        producer.await??;
    }
    Ok(began.elapsed())
}

/// Waits until every job has run and is acknowledged.
async fn drained(lab: &Lab, contender: &impl Contender, count: &Count, jobs: usize) -> anyhow::Result<Duration> {
    let began = Instant::now();
    timeout(PATIENCE, count.reached()).await.with_context(|| format!("{} does not get done", contender.name()))?;
    while contender.unfinished(lab, jobs)? > 0 {
        ensure!(began.elapsed() < PATIENCE, "{} does not acknowledge", contender.name());
        sleep(Duration::from_millis(1)).await;
    }
    Ok(began.elapsed())
}

/// Enqueues so many jobs one by one, then drains them; in portions where so many must not wait.
pub(crate) async fn throughput(lab: &Lab, contender: &impl Contender, jobs: usize, figures: &mut Figures) -> anyhow::Result<()> {
    let portion = jobs.min(contender.bears()) / PRODUCERS * PRODUCERS;
    let (mut filling, mut draining, mut cpu) = (Duration::ZERO, Duration::ZERO, Cpu::default());
    for _ in 0..jobs.div_ceil(portion) {
        lab.clear()?;
        contender.prepare().await?;
        filling += fill(contender, portion).await?;
        let count = Count::to(portion);
        let before = lab.cpu()?;
        let began = Instant::now();
        let worker = contender.work(Task::Count(count.clone())).await?;
        drained(lab, contender, &count, portion).await?;
        draining += began.elapsed();
        cpu = cpu.plus(lab.cpu()?.since(before));
        worker.stop().await?;
    }
    let all = (jobs.div_ceil(portion) * portion) as f64;
    figures.enqueued.push(all / filling.as_secs_f64());
    figures.drained.push(all / draining.as_secs_f64());
    figures.client_us.push(cpu.client * 1e6 / all);
    figures.redis_us.push(cpu.redis * 1e6 / all);
    Ok(())
}

/// Triggers an idle queue, again and again.
pub(crate) async fn idle(lab: &Lab, contender: &impl Contender, figures: &mut Figures) -> anyhow::Result<()> {
    lab.clear()?;
    contender.prepare().await?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let worker = contender.work(Task::Tell(tell)).await?;
    sleep(Duration::from_millis(500)).await;
    let mut took = Vec::with_capacity(SAMPLES);
    for (number, key) in keys(0, SAMPLES).enumerate() {
        // Not in step with anybody's clock.
        sleep(Duration::from_micros(3_000 + (number as u64 * 1_301) % 5_000)).await;
        let began = Instant::now();
        contender.enqueue(key).await?;
        took.push(started(&mut told).await?.duration_since(began).as_secs_f64() * 1e3);
    }
    worker.stop().await?;
    took.sort_by(f64::total_cmp);
    figures.idle_p50_ms.push(took[SAMPLES / 2]);
    figures.idle_p99_ms.push(took[SAMPLES * 99 / 100]);
    Ok(())
}

async fn started(told: &mut mpsc::UnboundedReceiver<Instant>) -> anyhow::Result<Instant> {
    timeout(PATIENCE, told.recv()).await.context("no job starts")?.context("the worker ended")
}

/// Gives many keys a job at once.
pub(crate) async fn many(lab: &Lab, contender: &impl Contender, figures: &mut Figures) -> anyhow::Result<()> {
    lab.clear()?;
    contender.prepare().await?;
    let took = contender.enqueue_many(keys(0, MANY).collect()).await?;
    figures.many_ms.push(took.as_secs_f64() * 1e3);
    Ok(())
}

/// What waiting jobs take.
pub(crate) async fn memory(lab: &Lab, contender: &impl Contender, figures: &mut Figures) -> anyhow::Result<()> {
    lab.clear()?;
    contender.prepare().await?;
    let before = lab.memory()?;
    fill(contender, WAITING).await?;
    figures.memory_mb.push((lab.memory()?.saturating_sub(before)) as f64 / 1e6);
    Ok(())
}

/// Kills a worker process in the middle of its job, and waits until another has started it. `victim` is the role
/// that this program plays to be killed.
pub(crate) async fn take_over(url: &str, contender: &impl Contender, victim: &str, figures: &mut Figures) -> anyhow::Result<()> {
    contender.prepare().await?;
    let mut process =
        Command::new(std::env::current_exe()?).args(["victim", victim, url]).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut lines = BufReader::new(process.stdout.take().context("no output")?).lines();
    contender.enqueue("K".to_owned()).await?;
    let line = timeout(PATIENCE, lines.next_line()).await.context("the victim takes no job")??;
    ensure!(line.as_deref() == Some("started"), "the victim of {} ended", contender.name());
    let (tell, mut told) = mpsc::unbounded_channel();
    let survivor: Worker = contender.work(Task::Tell(tell)).await?;
    sleep(Duration::from_secs(2)).await;
    ensure!(told.try_recv().is_err(), "{} gave the job of a living worker away", contender.name());
    process.start_kill()?;
    let killed = Instant::now();
    process.wait().await?;
    figures.taken_over_s.push(started(&mut told).await?.duration_since(killed).as_secs_f64());
    survivor.stop().await
}
