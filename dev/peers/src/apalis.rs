//! apalis-redis.

use std::time::{Duration, Instant};

use apalis_core::backend::TaskSink;
use apalis_core::backend::ext::BackendExt;
use apalis_core::error::BoxDynError;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_redis::{Config, ConnectionManager, RedisStorage};
use futures::{FutureExt, TryFutureExt};
use tokio_util::sync::CancellationToken;

use crate::contender::{Contender, LEASE, Task, Worker};
use crate::lab::Lab;
use crate::payload::Payload;

const QUEUE: &str = "apalis";
/// Its fetch hands all due jobs to one Lua `unpack`, which takes some 8,000 arguments.
const BEARS: usize = 5_000;

/// How it is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// As it comes: a lease a job, ten jobs at a time. It leaves the time between two looks at an empty queue to its
    /// user.
    AsItComes,
    /// No lease a job, no events, hundreds at a time.
    WithoutLeases,
}

#[derive(Clone)]
pub(crate) struct Apalis {
    setup: Setup,
    storage: RedisStorage<Payload, ConnectionManager>,
}

impl Apalis {
    pub(crate) async fn new(url: &str, setup: Setup) -> anyhow::Result<Self> {
        let config = Config::default().queue(QUEUE).heartbeat_interval(LEASE / 5).missed_heartbeats(5);
        let config = match setup {
            Setup::AsItComes => config,
            Setup::WithoutLeases => config.batch_size(256).lock_tasks(false).emit_events(false),
        };
        let storage = RedisStorage::new(apalis_redis::connect(url).await?).with_config(config);
        Ok(Self { setup, storage })
    }
}

impl Contender for Apalis {
    fn name(&self) -> String {
        match self.setup {
            Setup::AsItComes => "apalis-redis 1.0, its defaults, polled every 10 ms".to_owned(),
            Setup::WithoutLeases => "apalis-redis 1.0, without leases, 256 at a time, polled every 2 ms".to_owned(),
        }
    }

    fn bears(&self) -> usize {
        BEARS
    }

    async fn enqueue(&self, key: String) -> anyhow::Result<()> {
        Ok(self.storage.clone().push(Payload::new(key)).await?)
    }

    async fn enqueue_many(&self, keys: Vec<String>) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let mut storage = self.storage.clone();
        for chunk in keys.chunks(BEARS) {
            storage.push_bulk(chunk.iter().cloned().map(Payload::new).collect()).await?;
        }
        Ok(began.elapsed())
    }

    async fn work(&self, task: Task) -> anyhow::Result<Worker> {
        let poll = Duration::from_millis(if self.setup == Setup::AsItComes { 10 } else { 2 });
        let storage = self.storage.clone().poll_with_interval(poll);
        let handler = move |_: Payload| {
            let task = task.clone();
            async move {
                task.run().await;
                Ok::<(), BoxDynError>(())
            }
        };
        let name = format!("worker-{}", uuid::Uuid::now_v7().simple());
        let worker = WorkerBuilder::new(name.as_str()).backend(storage).build(handler);
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned().map(Ok::<(), std::io::Error>);
        let running = worker.run_until(stopped).map_err(anyhow::Error::from).boxed();
        Ok(Worker { stop, task: tokio::spawn(running) })
    }

    fn unfinished(&self, lab: &Lab, jobs: usize) -> anyhow::Result<usize> {
        Ok(jobs.saturating_sub(lab.ask(&format!("SCARD {QUEUE}:done"))?))
    }
}
