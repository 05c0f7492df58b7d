//! What every queue of the comparison can do, and the no-op jobs that it is given.

use std::future::pending;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::lab::Lab;

/// How long a worker may be silent before its job is given to another.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// A queue, or a way to use one.
pub(crate) trait Contender: Clone + Send + Sync + 'static {
    /// As the table calls it.
    fn name(&self) -> String;

    /// Jobs that may wait at a time; more of them break it.
    fn bears(&self) -> usize {
        usize::MAX
    }

    /// Makes what the queue needs in an empty Redis.
    async fn prepare(&self) -> anyhow::Result<()> {
        Ok(())
    }

    /// Enqueues one job.
    fn enqueue(&self, key: String) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Enqueues many at once, in the best way there is; answers how long that took.
    fn enqueue_many(&self, keys: Vec<String>) -> impl Future<Output = anyhow::Result<Duration>> + Send;

    /// Starts a worker.
    async fn work(&self, task: Task) -> anyhow::Result<Worker>;

    /// Jobs of so many that are not acknowledged yet.
    fn unfinished(&self, lab: &Lab, jobs: usize) -> anyhow::Result<usize>;
}

/// What a job does.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// Nothing, but it is counted.
    Count(Arc<Count>),
    /// Tells when it started.
    Tell(mpsc::UnboundedSender<Instant>),
    /// Says on the standard output that it started, and never ends.
    Hold,
}

impl Task {
    pub(crate) async fn run(&self) {
        match self {
            Self::Count(count) => count.add(),
            Self::Tell(tell) => {
                let _ = tell.send(Instant::now());
            }
            Self::Hold => {
                println!("started");
                let _ = std::io::stdout().flush();
                pending().await
            }
        }
    }
}

/// Counts jobs up to a number.
#[derive(Debug)]
pub(crate) struct Count {
    done: AtomicUsize,
    target: usize,
    reached: CancellationToken,
}

impl Count {
    pub(crate) fn to(target: usize) -> Arc<Self> {
        Arc::new(Self { done: AtomicUsize::new(0), target, reached: CancellationToken::new() })
    }

    fn add(&self) {
        if self.done.fetch_add(1, Ordering::Relaxed) + 1 == self.target {
            self.reached.cancel();
        }
    }

    pub(crate) async fn reached(&self) {
        self.reached.cancelled().await;
    }
}

/// A worker in this process.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<anyhow::Result<()>>,
}

impl Worker {
    pub(crate) fn spawn<F>(work: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(work(stop.clone()));
        Self { stop, task }
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.task.await?
    }
}

/// Names of the jobs of one producer.
pub(crate) fn keys(producer: usize, jobs: usize) -> impl Iterator<Item = String> {
    (0..jobs).map(move |number| format!("K{producer}-{number}"))
}
