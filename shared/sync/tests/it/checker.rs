//! Runs workers step by step.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use advosync_sync::fingerprint::KeyRing;
use advosync_sync::identity::{Deployment, Scope};
use advosync_sync::plan::{Policy, Window};
use advosync_sync::ports::{Failure, Side};
use advosync_sync::run::{Ports, Report, Task, synchronise};

use crate::ports::{OwnClock, Worker};
use crate::world::{EMPLOYEES, Shared, calendar, today};

pub(crate) const ADVOWARE_TIME_OUT_MS: i64 = 30_000;

/// A run in progress.
pub(crate) struct Run {
    future: Pin<Box<dyn Future<Output = Result<Report, Failure>>>>,
    /// Set: its own clock says that the lease is over.
    pub(crate) expired: Arc<AtomicBool>,
    pub(crate) kuerzel: String,
}

pub(crate) fn task(kuerzel: &str) -> Task {
    let scope = Scope::new(&Deployment("model".into()), kuerzel);
    Task {
        policy: Policy {
            kuerzel: kuerzel.into(),
            scope,
            keys: KeyRing::new([b"model"]),
            conflict: Side::Advoware,
            keep_changed: true,
            max_deletes: 1_000,
            anonymise: false,
            claim_patience_ms: 2 * ADVOWARE_TIME_OUT_MS,
        },
        window: Window { first: today() - chrono::Duration::days(30), last: today() + chrono::Duration::days(60) },
        calendar: calendar(kuerzel),
        colleagues: EMPLOYEES
            .iter()
            .filter(|other| **other != kuerzel)
            .map(|other| ((*other).to_owned(), calendar(other)))
            .collect::<BTreeMap<_, _>>(),
        advoware_time_out: Duration::from_secs(30),
        google_time_out: Duration::from_secs(20),
    }
}

impl Run {
    /// A worker takes the lease on `kuerzel` and starts.
    pub(crate) fn start(world: &Shared, kuerzel: &str) -> Self {
        Self::with(world, task(kuerzel))
    }

    /// A worker takes the lease on the employee of `task` and starts.
    pub(crate) fn with(world: &Shared, task: Task) -> Self {
        let kuerzel = task.policy.kuerzel.as_str();
        let token = world.lock().take_lease(kuerzel);
        let worker = Worker { world: world.clone(), kuerzel: kuerzel.to_owned(), token };
        let lease = OwnClock(Arc::default(), world.clone());
        let expired = Arc::clone(&lease.0);
        let kuerzel = kuerzel.to_owned();
        let future = async move {
            let ports = Ports { advoware: &worker, google: &worker, store: &worker, lease: &lease };
            synchronise(ports, &task, &()).await
        };
        Self { future: Box::pin(future), expired, kuerzel }
    }

    /// One step; the outcome where it was the last.
    pub(crate) fn step(&mut self) -> Option<Result<Report, Failure>> {
        match self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        }
    }

    /// Its lease is over, and it will notice when it looks.
    pub(crate) fn expire(&self) {
        self.expired.store(true, Ordering::Relaxed);
    }

    /// To its end.
    pub(crate) fn finish(mut self) -> Result<Report, Failure> {
        for _ in 0..100_000 {
            if let Some(outcome) = self.step() {
                return outcome;
            }
        }
        panic!("a run that never ends");
    }
}

/// Waits for a future that needs no executor.
pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    for _ in 0..100_000 {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
    panic!("a future that never ends");
}

/// Runs everybody, one after the other and without faults, until nobody writes any more.
pub(crate) fn settle(world: &Shared) -> Result<(), String> {
    world.lock().faults = crate::world::Faults::None;
    // Half a step that a dead worker left behind is lost with it.
    world.lock().deferred = None;
    let mut quiet = 0;
    for _ in 0..24 {
        let before = world.lock().writes;
        // Long enough, the second time that it is quiet, for whatever a run waits for in patience.
        world.lock().now_ms += if quiet == 0 { 3 } else { 30 } * ADVOWARE_TIME_OUT_MS;
        for kuerzel in EMPLOYEES {
            let report =
                Run::start(world, kuerzel).finish().map_err(|failure| format!("a run without faults failed: {failure:?}"))?;
            if !report.held.is_empty() {
                return Err(format!("held: {:?}", report.held));
            }
        }
        quiet = if world.lock().writes == before { quiet + 1 } else { 0 };
        if quiet == 2 {
            return Ok(());
        }
    }
    Err("never quiet".into())
}
