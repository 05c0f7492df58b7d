//! What Redis keeps for the run of one employee, every write of it under the run's lease.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use advosync_queue::LeaseGuard;
use advosync_queue::link::{LinkError, Script};
use advosync_sync::mirror::Made;
use advosync_sync::plan::HeldItem;
use advosync_sync::ports::{Failure, FrNr, Memory, MirrorStep, Side, Store, Write};
use advosync_sync::run::Report;
use chrono::{DateTime, Utc};
use redis::Cmd;
use uuid::Uuid;

use crate::memory::{DAY_MS, MONTH_MS, Names, load_memory, redis_now};
use crate::{Journal, Reports, State, Waker, failure};

/// How many numbers the fleet remembers as probes.
const PROBES: usize = 16;

/// On whose account a run writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The run.
    pub run_id: String,
    /// Who asked for it: a token's name, or what triggered it.
    pub actor: String,
}

/// The store of one run: reads freely, writes only while its lease is held.
#[derive(Debug)]
pub struct RunStore<W> {
    state: State,
    lease: LeaseGuard,
    who: Who,
    journal: Journal,
    waker: W,
    names: Names,
    /// The releases that the current plan knows of.
    known_releases: Mutex<BTreeSet<HeldItem>>,
}

impl<W: Waker> RunStore<W> {
    /// The store of the run that holds `lease`; the leased key is the employee.
    #[must_use]
    pub fn new(state: &State, lease: LeaseGuard, who: Who, journal: Journal, waker: W) -> Self {
        let names = Names::new(state, lease.key());
        Self { state: state.clone(), lease, who, journal, waker, names, known_releases: Mutex::default() }
    }

    /// Keeps the run's report: as the employee's last, and by the run's id where `by_run`.
    ///
    /// # Errors
    /// [`advosync_sync::ports::FailureKind::LeaseLost`] once the lease is somebody else's; `Unavailable` without Redis.
    pub async fn put_report(&self, report: &Report, by_run: bool) -> Result<(), Failure> {
        Reports::new(&self.state).put(&self.lease, &self.who.run_id, report, by_run).await.map_err(failure)
    }

    fn call(&self, script: &Script, keys: &[&str]) -> Cmd {
        self.state.fenced(script, &self.lease, keys)
    }

    async fn step(&self, script: &Script, call: &Cmd) -> Result<(), Failure> {
        self.state.run::<i64>(script, call).await.map(drop).map_err(failure)
    }

    fn known_releases(&self) -> std::sync::MutexGuard<'_, BTreeSet<HeldItem>> {
        self.known_releases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Waker> Store for RunStore<W> {
    async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        redis_now(&self.state).await.map_err(failure)
    }

    async fn load(&self) -> Result<Memory, Failure> {
        let memory = load_memory(&self.state, &self.names).await.map_err(failure)?;
        self.known_releases().clone_from(&memory.released);
        Ok(memory)
    }

    async fn save_mirror(&self, made: &Made, step: &MirrorStep) -> Result<(), Failure> {
        let script = &self.state.scripts().save_mirror;
        let mut call = self.call(script, &[&self.names.mirror]);
        call.arg(json(made)).arg(if step.replace { "1" } else { "" }).arg(step.put.len());
        for (event_id, item) in &step.put {
            call.arg(event_id).arg(item);
        }
        call.arg(&step.remove);
        self.step(script, &call).await
    }

    async fn amend_mirror(&self, event_id: &str, item: &str) -> Result<(), Failure> {
        let script = &self.state.scripts().amend_mirror;
        let mut call = self.call(script, &[&self.names.mirror]);
        call.arg(event_id).arg(item);
        self.step(script, &call).await
    }

    async fn note_deletion(&self, side: Side, counts: bool, frnr: Option<FrNr>, event_id: &str) -> Result<(), Failure> {
        let script = &self.state.scripts().note_deletion;
        let mut call = self.call(script, &[self.names.deletions(side), &self.names.buried]);
        let counted = if counts { Uuid::now_v7().simple().to_string() } else { String::new() };
        let buried = frnr.map_or_else(String::new, |frnr| format!("{frnr} {event_id}"));
        call.arg(counted).arg(DAY_MS).arg(buried).arg(MONTH_MS);
        self.step(script, &call).await
    }

    async fn remember_probes(&self, numbers: &[FrNr]) -> Result<(), Failure> {
        let script = &self.state.scripts().remember_probes;
        let mut call = self.call(script, &[&self.names.probes]);
        call.arg(PROBES).arg(&numbers[..numbers.len().min(PROBES)]);
        self.step(script, &call).await
    }

    async fn set_held(&self, held: &[HeldItem]) -> Result<(), Failure> {
        let script = &self.state.scripts().set_held;
        let employees = self.state.key("held");
        let mut call = self.call(script, &[&self.names.held, &employees, &self.names.released]);
        let dealt_with: Vec<String> = self.known_releases().iter().map(json).collect();
        call.arg(self.lease.key()).arg(dealt_with.len()).arg(dealt_with);
        call.arg(held.iter().map(json).collect::<Vec<_>>());
        self.step(script, &call).await
    }

    async fn begin(&self, write: &Write<'_>) -> Result<String, Failure> {
        self.journal.begin(&self.lease, &self.who, write).await.map_err(failure)
    }

    async fn settle(&self, entry: &str, frnr: Option<FrNr>) -> Result<(), Failure> {
        self.journal.settle(&self.lease, entry, frnr).await.map_err(failure)
    }

    async fn wake(&self, kuerzel: &str) -> Result<(), Failure> {
        if self.lease.lost() {
            return Err(failure(LinkError::StaleLease));
        }
        self.waker.wake(kuerzel).await
    }
}

/// The stored form of a record; the same value always gives the same text.
pub(crate) fn json<T: serde::Serialize>(record: &T) -> String {
    serde_json::to_string(record).unwrap_or_default()
}
