//! One run of one employee: load both sides, plan, apply; again while the world moved meanwhile.

mod apply;
mod load;
mod master;
mod report;
mod series;
mod singles;
mod trace;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::Instrument;

use crate::identity::{Deployment, Scope};
use crate::plan::{Answer, Operation, Plan, Policy, Window};
use crate::ports::{Advoware, Failure, FailureKind, FrNr, Google, Lease, Store};

use write::Learned;

pub use load::Loaded;
pub use report::{Counts, PlannedOperation, Report, SideCounts, Status, planned};

/// How often a run looks again where something changed under its hands.
const MAX_ROUNDS: usize = 6;

/// The adapters of one run.
#[derive(Debug)]
pub struct Ports<'a, A, G, S, L> {
    /// Advoware.
    pub advoware: &'a A,
    /// Google.
    pub google: &'a G,
    /// Redis.
    pub store: &'a S,
    /// The lease on the employee.
    pub lease: &'a L,
}

impl<A, G, S, L> Clone for Ports<'_, A, G, S, L> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A, G, S, L> Copy for Ports<'_, A, G, S, L> {}

/// What one run is about.
#[derive(Debug, Clone)]
pub struct Task {
    /// Settings.
    pub policy: Policy,
    /// The days that count.
    pub window: Window,
    /// The employee's calendar.
    pub calendar: String,
    /// The other employees' calendars, by Kürzel.
    pub colleagues: BTreeMap<String, String>,
    /// How long a request to Advoware may take.
    pub advoware_time_out: Duration,
    /// How long a request to Google may take.
    pub google_time_out: Duration,
}

impl Task {
    /// The namespace of event ids in a colleague's calendar.
    fn scope_of(&self, kuerzel: &str) -> Scope {
        Scope::new(self.deployment(), kuerzel)
    }

    fn deployment(&self) -> &Deployment {
        self.policy.deployment()
    }
}

/// Where a run has got to; told to whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading both sides.
    Load,
    /// Deciding.
    Plan,
    /// Writing, with the number of operations that are done and planned.
    Apply {
        /// Done so far.
        done: usize,
        /// Planned.
        total: usize,
    },
}

/// Watches a run: progress for people, spans for traces.
pub trait Observer: Send + Sync {
    /// A phase began or moved on.
    fn phase(&self, phase: Phase, counts: &Counts);
}

/// Watches nothing.
impl Observer for () {
    fn phase(&self, _: Phase, _: &Counts) {}
}

/// Synchronises one employee.
///
/// # Errors
/// Where one side can't be read, refuses everything, or the lease is lost. Whatever was done stays done and
/// is recognised by the next run.
pub async fn synchronise<A, G, S, L, O>(ports: Ports<'_, A, G, S, L>, task: &Task, observer: &O) -> Result<Report, Failure>
where
    A: Advoware,
    G: Google,
    S: Store,
    L: Lease,
    O: Observer,
{
    let mut report = Report::default();
    let mut learned = Learned::default();
    let mut linked_before = None;
    for round in 1..=MAX_ROUNDS {
        observer.phase(Phase::Load, &report.counts);
        let mut loaded = load::load(ports, task, load::Purpose::Run).await?;
        loaded.complete(&learned.termine, &task.policy.kuerzel);
        loaded.linked_before = linked_before;
        for frnr in learned.deleted.iter().filter(|frnr| !loaded.advoware.contains_key(frnr)) {
            loaded.looked_up.insert(*frnr, Answer::Gone);
        }
        for (event_id, item) in &learned.events {
            loaded.google.entry(event_id.clone()).or_insert_with(|| item.clone());
        }
        observer.phase(Phase::Plan, &report.counts);
        let counts = report.counts;
        let planning = trace::step("plan");
        let plan = load::settle_needs(ports, task, &mut loaded, || observer.phase(Phase::Plan, &counts))
            .instrument(planning.clone())
            .await?;
        linked_before.get_or_insert(plan.linked);
        report.begin_round(&loaded, &plan);
        trace::planned(&planning, &plan, &report.counts);
        drop(planning);
        let again = apply::apply(ports, task, &loaded, &plan, &mut report, &mut learned, observer)
            .instrument(trace::step("apply"))
            .await?;
        load::forget(ports, &loaded, &plan).await?;
        load::remember_unmoved(ports, &loaded, &plan).await?;
        if round == MAX_ROUNDS {
            report.unsettled = again;
            break;
        }
        if let Some(until) = plan.wait_until_ms.into_iter().chain(report.wait_until_ms.take()).max() {
            // A creation without an answer: it may still arrive, so it is looked for before it is repeated.
            let left = until - ports.store.now().await?.timestamp_millis();
            ports.lease.wait(Duration::from_millis(u64::try_from(left).unwrap_or(0))).await;
        } else if !again {
            break;
        }
        if ports.lease.should_stop() {
            return Err(Failure::not_done(FailureKind::Stopped, "run.stopped"));
        }
    }
    ports.store.set_held(&report.held).await?;
    Ok(report)
}

/// What a run would do now. Reads both sides and writes nothing anywhere.
///
/// # Errors
/// Where one side can't be read.
pub async fn dry_run<A, G, S, L>(ports: Ports<'_, A, G, S, L>, task: &Task) -> Result<(Loaded, Plan), Failure>
where
    A: Advoware,
    G: Google,
    S: Store,
    L: Lease,
{
    let mut loaded = load::load(ports, task, load::Purpose::Look).await?;
    let mut plan = load::settle_needs(ports, task, &mut loaded, || ()).await?;
    // What comes to this employee is merged by the same run once it is here.
    let kuerzel = &task.policy.kuerzel;
    let arriving = plan.operations.iter().filter_map(|operation| match operation {
        Operation::ChangeOwner { frnr, to, .. } if to == kuerzel => Some(*frnr),
        _ => None,
    });
    let arriving: BTreeSet<FrNr> = arriving.collect();
    if !arriving.is_empty() {
        let mut then = loaded.clone();
        arriving.iter().for_each(|frnr| then.hand_over(*frnr, kuerzel));
        let then = load::settle_needs(ports, task, &mut then, || ()).await?.operations.into_iter();
        plan.operations.extend(then.filter(|next| next.subject().0.is_some_and(|frnr| arriving.contains(&frnr))));
    }
    Ok((loaded, plan))
}
