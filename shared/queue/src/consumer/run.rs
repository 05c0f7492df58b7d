//! The consumer's life: claim, run, record, drain.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Consumer, Handler, Job, LeaseGuard, Outcome, Queue,
    link::{Dedicated, LinkError},
    protocol::{ClaimRequest, Claimed, ClaimedJob, JobEnd, Recorded, WaitFrom},
};

use super::{
    lease::Held,
    registry::Registry,
    renew::{Renewal, Renewer},
    task::run_job,
    wait::wait_for_work,
};

/// Ends recorded in one step at most.
const BATCH: usize = 256;
/// Recordings under way at a time: one travels while Redis works on the other.
const RECORDERS: usize = 2;
/// Time between looks for dead workers' jobs.
const LOOK_FOR_DEAD: Duration = Duration::from_secs(1);
/// Time between rounds of housekeeping.
const HOUSEKEEPING: Duration = Duration::from_secs(5);
/// Before the grace ends, jobs are asked to stop, then cut off, and their ends are no longer waited for.
const ASK_BEFORE: Duration = Duration::from_secs(5);
const CUT_BEFORE: Duration = Duration::from_secs(2);
const LEAVE_BEFORE: Duration = Duration::from_secs(1);
/// Urgent jobs that an only slot takes in a row while others wait.
const URGENT_TURNS: usize = 3;
/// What the last heartbeat and the farewell may take each.
const FAREWELL: Duration = Duration::from_millis(450);

/// An attempt that has ended and is not recorded yet.
struct Ended {
    job: Job,
    held: Arc<Held>,
    outcome: Outcome,
    /// The slot; free again once the end is recorded.
    _slot: Option<OwnedSemaphorePermit>,
}

fn ends_of(batch: &[Ended]) -> Vec<JobEnd<'_>> {
    batch.iter().map(|ended| JobEnd { job: &ended.job, lease: &ended.held.lease, outcome: &ended.outcome }).collect()
}

/// What ends while the other tasks have their turn travels together; empty once nothing ends any more.
async fn gather(ends: &mut mpsc::UnboundedReceiver<Ended>) -> Vec<Ended> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut before = 0;
    ends.recv_many(&mut batch, BATCH).await;
    while batch.len() > before && batch.len() < BATCH {
        before = batch.len();
        tokio::task::yield_now().await;
        while batch.len() < BATCH
            && let Ok(ended) = ends.try_recv()
        {
            batch.push(ended);
        }
    }
    batch
}

/// Shared by the parts of one running consumer.
struct Running<H> {
    queue: Queue,
    worker: String,
    slots: usize,
    free: Arc<Semaphore>,
    registry: Arc<Registry>,
    handler: Arc<H>,
    ended: mpsc::UnboundedSender<Ended>,
    /// No more claims.
    shutdown: CancellationToken,
    /// Jobs should stop at their next safe point.
    stop: CancellationToken,
    /// Jobs are cut off.
    abort: CancellationToken,
    jobs: TaskTracker,
}

impl Consumer {
    /// Works until `shutdown` is cancelled, then drains: no more claims, running jobs get their
    /// grace, what is left is handed back to the front, and the consumer removes itself. Redis
    /// being away ends nothing; it is asked again, for ever.
    ///
    /// # Errors
    /// When the renewal thread cannot be started.
    pub async fn run<H: Handler>(&self, handler: H, shutdown: CancellationToken) -> std::io::Result<()> {
        let registry = Arc::new(Registry::default());
        let renewer = Renewer::start(Renewal {
            queue: self.queue.clone(),
            worker: self.worker.clone(),
            settings: self.settings.clone(),
            registry: Arc::clone(&registry),
            since_ms: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64,
        })?;
        let (ended, ends) = mpsc::unbounded_channel();
        let running = Arc::new(Running {
            queue: self.queue.clone(),
            worker: self.worker.clone(),
            slots: self.settings.slots.max(1),
            free: Arc::new(Semaphore::new(self.settings.slots.max(1))),
            registry,
            handler: Arc::new(handler),
            ended,
            shutdown: shutdown.clone(),
            stop: CancellationToken::new(),
            abort: CancellationToken::new(),
            jobs: TaskTracker::new(),
        });
        let ends = Arc::new(Mutex::new(ends));
        let recorders: Vec<_> = (0..RECORDERS).map(|_| tokio::spawn(Arc::clone(&running).record(Arc::clone(&ends)))).collect();
        let keeper = tokio::spawn(Arc::clone(&running).keep_house());
        let told = tokio::spawn(async move {
            shutdown.cancelled().await;
            Instant::now()
        });
        Arc::clone(&running).claim_until_shutdown().await;
        running.drain(told.await.unwrap_or_else(|_| Instant::now()), self.settings.grace).await;
        keeper.abort();
        for recorder in recorders {
            recorder.abort();
        }
        // The last heartbeat comes before the farewell. Redis may be away: the process ends all the same.
        let _ = tokio::time::timeout(FAREWELL, renewer.stop()).await;
        let _ = tokio::time::timeout(FAREWELL, running.leave()).await;
        Ok(())
    }
}

impl<H: Handler> Running<H> {
    async fn claim_until_shutdown(self: Arc<Self>) {
        let mut waiting = self.queue.redis().dedicated();
        let mut looked_at: Option<Instant> = None;
        let mut backoff = Backoff::default();
        let mut turns = Turns::default();
        let mut unsure = false;
        while let Some(slots) = self.free_slots().await {
            let look_for_dead = looked_at.is_none_or(|at| at.elapsed() >= LOOK_FOR_DEAD);
            if look_for_dead {
                looked_at = Some(Instant::now());
            }
            let step = async {
                let claimed = self.claim(&slots, look_for_dead, turns, unsure).await?;
                unsure = false;
                backoff.reset();
                turns.note(&claimed);
                let wait_from = claimed.wait_from.clone();
                self.start(claimed, slots);
                match wait_from {
                    Some(from) => self.wait(&mut waiting, &from).await,
                    None => Ok(()),
                }
            };
            if let Err(error) = step.await {
                unsure = true;
                if !self.pause(&mut backoff, &error).await {
                    return;
                }
            }
        }
    }

    /// Where the answer to an earlier claim may have been lost, what it claimed is handed back first.
    async fn claim(
        &self,
        slots: &OwnedSemaphorePermit,
        look_for_dead: bool,
        turns: Turns,
        unsure: bool,
    ) -> Result<Claimed, LinkError> {
        if unsure {
            self.recover().await?;
        }
        self.queue.claim(&self.ask(slots, look_for_dead, turns)).await
    }

    /// Waits for work, or for the stop signal.
    async fn wait(&self, waiting: &mut Dedicated, from: &WaitFrom) -> Result<(), LinkError> {
        tokio::select! {
            () = self.shutdown.cancelled() => Ok(()),
            waited = wait_for_work(&self.queue, waiting, from) => waited,
        }
    }

    /// All free slots, at least one; none after the stop signal.
    async fn free_slots(&self) -> Option<OwnedSemaphorePermit> {
        let mut slots = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => return None,
            one = Arc::clone(&self.free).acquire_owned() => one.ok()?,
        };
        let more = self.free.available_permits() as u32;
        if more > 0
            && let Ok(rest) = Arc::clone(&self.free).try_acquire_many_owned(more)
        {
            slots.merge(rest);
        }
        Some(slots)
    }

    /// The mass keeps a quarter of the slots, at least one; of an only slot it keeps every fourth turn.
    fn ask(&self, slots: &OwnedSemaphorePermit, look_for_dead: bool, turns: Turns) -> ClaimRequest<'_> {
        let urgent = match self.slots {
            1 => usize::from(turns.urgent < URGENT_TURNS),
            slots => (slots - (slots / 4).max(1)).saturating_sub(self.registry.count_urgent()),
        };
        ClaimRequest { worker: &self.worker, free: slots.num_permits(), urgent, look_for_dead }
    }

    fn start(self: &Arc<Self>, claimed: Claimed, mut slots: OwnedSemaphorePermit) {
        let life = self.queue.settings().lease;
        for ClaimedJob { job, lease } in claimed.jobs {
            let held = Arc::new(Held::new(&job, lease, claimed.asked_at, life));
            self.registry.add(&held);
            let slot = slots.split(1);
            if self.shutdown.is_cancelled() {
                self.end(job, held, Outcome::hand_back("drain"), slot);
                continue;
            }
            self.jobs.spawn(Arc::clone(self).attempt(job, held, slot));
        }
    }

    async fn attempt(self: Arc<Self>, job: Job, held: Arc<Held>, slot: Option<OwnedSemaphorePermit>) {
        let lease = LeaseGuard { held: Arc::clone(&held), stop: self.stop.clone(), queue: self.queue.clone() };
        let timeout = self.queue.settings().job_timeout;
        let outcome = run_job(Arc::clone(&self.handler), job.clone(), lease, self.abort.clone(), timeout).await;
        self.end(job, held, outcome, slot);
    }

    fn end(&self, job: Job, held: Arc<Held>, outcome: Outcome, slot: Option<OwnedSemaphorePermit>) {
        // The recorders outlive every job.
        let _ = self.ended.send(Ended { job, held, outcome, _slot: slot });
    }

    /// Records ends as they come, as many at once as there are.
    async fn record(self: Arc<Self>, ends: Arc<Mutex<mpsc::UnboundedReceiver<Ended>>>) {
        loop {
            let batch = gather(&mut *ends.lock().await).await;
            if batch.is_empty() {
                return;
            }
            self.record_batch(batch).await;
        }
    }

    /// Asks until Redis answers; ends whose lease ran out meanwhile are somebody else's.
    async fn record_batch(&self, mut batch: Vec<Ended>) {
        let mut backoff = Backoff::default();
        while !batch.is_empty() {
            match self.queue.finish(&self.worker, &ends_of(&batch)).await {
                Ok(answers) => {
                    for (end, answer) in batch.iter().zip(answers) {
                        if answer == Recorded::Refused {
                            tracing::warn!(run_id = end.job.run_id, token = end.held.lease.token, "a stale end was refused");
                        }
                        self.registry.remove(&end.held);
                    }
                    return;
                }
                Err(error) => {
                    tracing::warn!(reason = error.code(), ends = batch.len(), "ends are not recorded yet");
                    tokio::time::sleep(backoff.next()).await;
                    batch.retain(|end| {
                        // A hand-back is good after the lease too, while nobody took over.
                        let keep = !end.held.is_lost() || matches!(end.outcome, Outcome::HandBack { .. });
                        if !keep {
                            self.registry.remove(&end.held);
                        }
                        keep
                    });
                }
            }
        }
    }

    async fn keep_house(self: Arc<Self>) {
        let mut cursors = (String::from("0"), String::from("0"));
        loop {
            match self.queue.housekeeping(&cursors).await {
                Ok(kept) => cursors = kept.cursors,
                Err(error) => tracing::debug!(error = %error, "no housekeeping this time"),
            }
            tokio::time::sleep(HOUSEKEEPING.mul_f64(rand::random_range(0.8..1.2))).await;
        }
    }

    async fn recover(&self) -> Result<(), LinkError> {
        let script = &self.queue.scripts().recover;
        let mut call = self.queue.call(script);
        call.arg(&self.worker);
        for held in self.registry.all() {
            call.arg(format!("{}{}", held.lease.stream, held.lease.entry));
        }
        let back: u64 = self.queue.redis().script(script, &call).await?;
        if back > 0 {
            tracing::info!(jobs = back, "claims without an answer were handed back");
        }
        Ok(())
    }

    /// Waits before asking again. False after the stop signal.
    async fn pause(&self, backoff: &mut Backoff, error: &LinkError) -> bool {
        tracing::warn!(reason = error.code(), "no claim; asking again");
        tokio::select! {
            () = self.shutdown.cancelled() => false,
            () = tokio::time::sleep(backoff.next()) => true,
        }
    }

    /// The grace began when the stop signal came, whatever Redis has kept us waiting for since.
    async fn drain(&self, told: Instant, grace: Duration) {
        let left = |before: Duration| grace.saturating_sub(before).saturating_sub(told.elapsed());
        if self.all_free(left(ASK_BEFORE)).await {
            return;
        }
        self.stop.cancel();
        if self.all_free(left(CUT_BEFORE)).await {
            return;
        }
        self.abort.cancel();
        self.all_free(left(LEAVE_BEFORE)).await;
    }

    /// Waits until every slot is free, which it is once its job's end is recorded.
    async fn all_free(&self, at_most: Duration) -> bool {
        let all = self.free.acquire_many(self.slots as u32);
        matches!(tokio::time::timeout(at_most, all).await, Ok(Ok(_)))
    }

    async fn leave(&self) {
        if let Err(error) = self.farewell().await {
            tracing::warn!(reason = error.code(), "left without a farewell");
        }
    }

    /// What a lost answer had claimed is handed back before the consumer goes.
    async fn farewell(&self) -> Result<(), LinkError> {
        self.recover().await?;
        let script = &self.queue.scripts().leave;
        let mut call = self.queue.call(script);
        call.arg(&self.worker);
        let _: u64 = self.queue.redis().script(script, &call).await?;
        Ok(())
    }
}

/// Urgent jobs claimed in a row.
#[derive(Debug, Clone, Copy, Default)]
struct Turns {
    urgent: usize,
}

impl Turns {
    fn note(&mut self, claimed: &Claimed) {
        let all_urgent = claimed.jobs.iter().all(|claimed| claimed.job.urgent);
        self.urgent = if all_urgent { self.urgent + claimed.jobs.len() } else { 0 };
    }
}

/// Exponential, with full jitter, at most 2 s: a fleet comes back fast but not in step.
#[derive(Debug, Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    fn next(&mut self) -> Duration {
        let span = 50u64 << self.failures.min(6);
        self.failures += 1;
        Duration::from_millis(rand::random_range(span / 4..=span.min(2000)))
    }

    fn reset(&mut self) {
        self.failures = 0;
    }
}
