//! The worker around the queue: slots, claims, leases kept alive, drain.

mod lease;
mod outcome;
mod registry;
mod renew;
mod run;
mod task;
mod wait;

use std::time::Duration;

use uuid::Uuid;

use crate::{Job, Queue};

pub use lease::{FENCE, LeaseGuard};
pub(crate) use outcome::backoff;
pub use outcome::{DoneStatus, Outcome};

/// What does the work. One value serves all jobs of a worker.
pub trait Handler: Send + Sync + 'static {
    /// Runs one attempt. It begins a write only while `lease` outlives it, and returns
    /// [`Outcome::HandBack`] at its next safe point once `lease` asks to stop.
    fn handle(&self, job: Job, lease: LeaseGuard) -> impl Future<Output = Outcome> + Send;
}

/// Settings of one worker process.
#[derive(Debug, Clone)]
pub struct ConsumerSettings {
    /// Jobs at a time.
    pub slots: usize,
    /// Host name, for people.
    pub host: String,
    /// Version of the program, for people.
    pub version: String,
    /// Time from the stop signal to the end of the process. Jobs are asked to stop 5 s before
    /// it is over and cut off 2 s before.
    pub grace: Duration,
}

/// One worker: consumes all three streams until it is told to stop.
#[derive(Debug, Clone)]
pub struct Consumer {
    queue: Queue,
    settings: ConsumerSettings,
    worker: String,
}

impl Consumer {
    /// A worker with a fresh identity.
    #[must_use]
    pub fn new(queue: Queue, settings: ConsumerSettings) -> Self {
        let worker = format!("w-{}", Uuid::now_v7().simple());
        Self { queue, settings, worker }
    }

    /// Its identity: new with every start.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.worker
    }
}
