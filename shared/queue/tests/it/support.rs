//! A queue on a server of its own, and handlers for tests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use advosync_queue::{
    Consumer, ConsumerSettings, Handler, Job, LeaseGuard, Origin, Outcome, Queue, Settings, Trigger,
    link::{Redis, RedisSettings},
};
use advosync_testkit::{RedisOptions, RedisServer};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A person who asks for something.
pub(crate) fn asker(name: &str) -> Trigger {
    Trigger { requested_by: Some(name.to_owned()), ..Trigger::new("", Origin::Person) }
}

pub(crate) struct Bench {
    pub(crate) server: RedisServer,
    pub(crate) queue: Queue,
}

pub(crate) fn settings() -> Settings {
    Settings { prefix: "t".into(), lease: Duration::from_secs(2), retry_base: Duration::from_millis(20), ..Settings::default() }
}

pub(crate) fn redis_to(server: &RedisServer) -> Redis {
    let settings = RedisSettings::from_url(&server.url(1)).unwrap();
    Redis::new(settings.with_timeout(Duration::from_secs(2))).unwrap()
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(settings(), RedisOptions::default())
    }

    pub(crate) fn with(settings: Settings, options: RedisOptions) -> Self {
        let server = RedisServer::start_with(options).unwrap();
        let queue = Queue::new(redis_to(&server), settings);
        Self { server, queue }
    }

    /// Asks Redis itself.
    pub(crate) fn ask<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut parts = command.split(' ');
        let mut cmd = redis::cmd(parts.next().unwrap());
        for part in parts {
            cmd.arg(part);
        }
        cmd.query(&mut self.server.connect(1).unwrap()).unwrap()
    }

    pub(crate) fn worker<H: Handler>(&self, slots: usize, handler: H) -> Worker {
        Worker::start(&self.queue, slots, handler)
    }

    /// Streams empty, nothing pending, no helper left.
    pub(crate) fn assert_nothing_left(&self) {
        for stream in ["{t}:jobs:all", "{t}:jobs:item", "{t}:jobs:item:urgent"] {
            assert_eq!(self.ask::<u64>(&format!("XLEN {stream}")), 0, "{stream}");
        }
        for key in ["{t}:jobs:marks", "{t}:jobs:parked", "{t}:jobs:history", "{t}:jobs:delayed", "{t}:runs:open"] {
            assert!(!self.ask::<bool>(&format!("EXISTS {key}")), "{key} is left");
        }
        let leases: Vec<String> = self.ask("KEYS {t}:lease:*");
        assert!(leases.is_empty(), "{leases:?}");
        let also: Vec<String> = self.ask("KEYS {t}:also:*");
        assert!(also.is_empty(), "{also:?}");
    }
}

/// A worker in this process.
pub(crate) struct Worker {
    pub(crate) id: String,
    shutdown: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

impl Worker {
    pub(crate) fn start<H: Handler>(queue: &Queue, slots: usize, handler: H) -> Self {
        let settings = ConsumerSettings { slots, host: "here".into(), version: "1".into(), grace: Duration::from_secs(8) };
        let consumer = Consumer::new(queue.clone(), settings);
        let id = consumer.id().to_owned();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let task = tokio::spawn(async move { consumer.run(handler, stop).await });
        Self { id, shutdown, task }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }
}

/// Answers by a function and remembers the jobs.
#[derive(Clone)]
pub(crate) struct Answer<F> {
    pub(crate) seen: Arc<Mutex<Vec<Job>>>,
    answer: F,
}

pub(crate) fn answer<F: Fn(&Job) -> Outcome + Send + Sync + 'static>(answer: F) -> Answer<F> {
    Answer { seen: Arc::default(), answer }
}

impl<F: Fn(&Job) -> Outcome + Send + Sync + 'static> Handler for Answer<F> {
    async fn handle(&self, job: Job, _lease: LeaseGuard) -> Outcome {
        let outcome = (self.answer)(&job);
        self.seen.lock().unwrap().push(job);
        outcome
    }
}

/// A worker in a runtime of its own, which can end as by `kill -9`.
pub(crate) struct Mortal {
    runtime: Option<tokio::runtime::Runtime>,
}

impl Mortal {
    pub(crate) fn start<H: Handler>(bench: &Bench, slots: usize, handler: H) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let queue = Queue::new(redis_to(&bench.server), bench.queue.settings().clone());
        let settings = ConsumerSettings { slots, host: "mortal".into(), version: "1".into(), grace: Duration::from_secs(8) };
        let consumer = Consumer::new(queue, settings);
        runtime.spawn(async move { consumer.run(handler, CancellationToken::new()).await });
        Self { runtime: Some(runtime) }
    }

    /// Nothing more is written by it.
    pub(crate) fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

/// Holds every job until it is let go, or told to stop.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    pub(crate) begun: Arc<Mutex<Vec<Job>>>,
    pub(crate) stopped: Arc<Mutex<Vec<String>>>,
    pub(crate) open: CancellationToken,
}

impl Gate {
    pub(crate) fn begun(&self) -> Vec<String> {
        self.begun.lock().unwrap().iter().map(|job| job.key.clone()).collect()
    }
}

impl Handler for Gate {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        let key = job.key.clone();
        self.begun.lock().unwrap().push(job);
        tokio::select! {
            () = self.open.cancelled() => Outcome::succeeded(serde_json::Value::Null, true),
            () = lease.cancelled() => {
                self.stopped.lock().unwrap().push(key);
                Outcome::hand_back("stop")
            }
        }
    }
}
