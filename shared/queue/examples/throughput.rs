//! Drains no-op jobs with a bare client of the protocol and with a worker; needs redis-server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use advosync_queue::{
    Consumer, ConsumerSettings, Handler, Job, Kind, LeaseGuard, Origin, Outcome, Queue, Settings, Trigger,
    link::{Redis, RedisSettings},
    protocol::{ClaimRequest, JobEnd},
};
use advosync_testkit::RedisServer;
use tokio_util::sync::CancellationToken;

const JOBS: usize = 50_000;
const BATCH: usize = 256;

struct Count {
    done: Arc<AtomicUsize>,
    target: usize,
    finished: CancellationToken,
}

impl Handler for Count {
    async fn handle(&self, _job: Job, _lease: LeaseGuard) -> Outcome {
        if self.done.fetch_add(1, Ordering::Relaxed) + 1 == self.target {
            self.finished.cancel();
        }
        Outcome::succeeded(serde_json::Value::Null, false)
    }
}

async fn fill(queue: &Queue, origin: Origin) -> Duration {
    let began = Instant::now();
    let mut tasks = Vec::new();
    for part in 0..8 {
        let queue = queue.clone();
        tasks.push(tokio::spawn(async move {
            for n in 0..JOBS / 8 {
                queue.trigger(&Trigger { urgent: false, ..Trigger::new(format!("K{part}-{n}"), origin) }).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    began.elapsed()
}

async fn bare(queue: &Queue) -> Duration {
    let began = Instant::now();
    let mut loops = Vec::new();
    for number in 0..2 {
        let queue = queue.clone();
        loops.push(tokio::spawn(async move {
            let worker = format!("bare-{number}");
            loop {
                let claimed = queue
                    .claim(&ClaimRequest { worker: &worker, free: BATCH, urgent: BATCH, look_for_dead: false })
                    .await
                    .unwrap();
                if claimed.jobs.is_empty() {
                    return;
                }
                let outcome = Outcome::succeeded(serde_json::Value::Null, false);
                let ends: Vec<_> =
                    claimed.jobs.iter().map(|job| JobEnd { job: &job.job, lease: &job.lease, outcome: &outcome }).collect();
                queue.finish(&worker, &ends).await.unwrap();
            }
        }));
    }
    for task in loops {
        task.await.unwrap();
    }
    began.elapsed()
}

async fn worker(queue: &Queue, slots: usize) -> Duration {
    let finished = CancellationToken::new();
    let handler = Count { done: Arc::default(), target: JOBS / 8 * 8, finished: finished.clone() };
    let shutdown = CancellationToken::new();
    let settings = ConsumerSettings { slots, host: "bench".into(), version: "1".into(), grace: Duration::from_secs(10) };
    let consumer = Consumer::new(queue.clone(), settings);
    let stop = shutdown.clone();
    let began = Instant::now();
    let task = tokio::spawn(async move { consumer.run(handler, stop).await });
    finished.cancelled().await;
    let took = began.elapsed();
    shutdown.cancel();
    task.await.unwrap().unwrap();
    took
}

/// Time to fan out to 10,000 keys.
async fn fan_out(queue: &Queue, origin: Origin) -> Duration {
    struct FanOut(Queue, tokio::sync::mpsc::UnboundedSender<Duration>);
    impl Handler for FanOut {
        async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
            if job.kind == Kind::All {
                let keys: Vec<String> = (0..10_000).map(|number| format!("F{number}")).collect();
                let began = Instant::now();
                self.0.fan_out(&job, &lease, &keys).await.unwrap();
                self.1.send(began.elapsed()).unwrap();
            }
            Outcome::succeeded(serde_json::Value::Null, false)
        }
    }
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    queue.trigger_all(Trigger::new("", origin)).await.unwrap();
    let settings = ConsumerSettings { slots: 1, host: "bench".into(), version: "1".into(), grace: Duration::from_secs(1) };
    let consumer = Consumer::new(queue.clone(), settings);
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let handler = FanOut(queue.clone(), tell);
    let task = tokio::spawn(async move { consumer.run(handler, stop).await });
    let took = told.recv().await.unwrap();
    shutdown.cancel();
    task.await.unwrap().unwrap();
    let _: () = queue.redis().run(&advosync_queue::redis::cmd("FLUSHALL")).await.unwrap();
    took
}

async fn latency(queue: &Queue) -> (Duration, Duration) {
    struct Tell(tokio::sync::mpsc::UnboundedSender<Instant>);
    impl Handler for Tell {
        async fn handle(&self, _job: Job, _lease: LeaseGuard) -> Outcome {
            self.0.send(Instant::now()).unwrap();
            Outcome::succeeded(serde_json::Value::Null, false)
        }
    }
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let settings = ConsumerSettings { slots: 8, host: "bench".into(), version: "1".into(), grace: Duration::from_secs(10) };
    let consumer = Consumer::new(queue.clone(), settings);
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let task = tokio::spawn(async move { consumer.run(Tell(tell), stop).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut times = Vec::new();
    for _ in 0..1000 {
        tokio::time::sleep(Duration::from_millis(4)).await;
        let began = Instant::now();
        queue.trigger(&Trigger::new("K", Origin::Person)).await.unwrap();
        times.push(told.recv().await.unwrap() - began);
    }
    shutdown.cancel();
    task.await.unwrap().unwrap();
    times.sort();
    (times[500], times[990])
}

/// CPU seconds so far of this process and of the server.
fn cpu(server: &RedisServer) -> (f64, f64) {
    let of = |pid: String| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<f64> =
            stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2).map(|n| n.parse().unwrap()).collect();
        (fields[0] + fields[1]) / 100.0
    };
    (of("self".into()), of(server.process_id().unwrap().to_string()))
}

fn report(what: &str, took: Duration, before: (f64, f64), after: (f64, f64)) {
    let per_job = |seconds: f64| seconds * 1e6 / JOBS as f64;
    println!(
        "{what}: {:.0}/s, CPU per job {:.1} µs here, {:.1} µs in Redis",
        JOBS as f64 / took.as_secs_f64(),
        per_job(after.0 - before.0),
        per_job(after.1 - before.1)
    );
}

#[tokio::main]
async fn main() {
    let server = RedisServer::start().unwrap();
    let redis = Redis::new(RedisSettings::from_url(&server.url(0)).unwrap()).unwrap();
    let queue = Queue::new(redis, Settings::default());
    for origin in [Origin::Poll, Origin::Cron] {
        let before = cpu(&server);
        let filled = fill(&queue, origin).await;
        report(&format!("{origin:?} enqueue"), filled, before, cpu(&server));
        let before = cpu(&server);
        let took = bare(&queue).await;
        report(&format!("{origin:?} bare"), took, before, cpu(&server));
        for slots in [8, 64, 256, 512] {
            fill(&queue, origin).await;
            let before = cpu(&server);
            let took = worker(&queue, slots).await;
            report(&format!("{origin:?} worker with {slots} slots"), took, before, cpu(&server));
        }
    }
    for origin in [Origin::Poll, Origin::Cron] {
        println!("{origin:?} fan-out to 10,000 keys {:?}", fan_out(&queue, origin).await);
    }
    println!("latency p50, p99 {:?}", latency(&queue).await);
}
