//! The queue and whoever empties it.

use std::collections::BTreeMap;

use advosync_queue::{Finding, SchedulerInfo, Severity, Stats, WorkerInfo};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Actor;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::standing::moment;

/// What there is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueStats {
    /// Jobs that nobody has claimed.
    waiting: u64,
    /// Of these, by people and pushes.
    waiting_urgent: u64,
    /// Jobs behind the running job of their employee.
    parked: u64,
    /// Jobs due later.
    delayed: u64,
    /// Jobs that run.
    leased: u64,
    /// Dead letters.
    dead: u64,
    /// Employees that cron and poll leave alone, since workers died of their job.
    skipped_employees: u64,
    /// Age of the oldest waiting job, in seconds.
    oldest_waiting_seconds: f64,
    /// When the scheduler fires next.
    next_firing_at: Option<DateTime<Utc>>,
    /// Which scheduler leads.
    scheduler: Option<String>,
    /// When it was last seen.
    scheduler_seen_at: Option<DateTime<Utc>>,
    /// What was counted since Redis was filled.
    counters: BTreeMap<String, u64>,
}

impl QueueStats {
    fn new(stats: Stats, scheduler: SchedulerInfo) -> Self {
        Self {
            waiting: stats.waiting,
            waiting_urgent: stats.waiting_urgent,
            parked: stats.parked,
            delayed: stats.delayed,
            leased: stats.leased,
            dead: stats.dead,
            skipped_employees: stats.poisoned,
            oldest_waiting_seconds: std::time::Duration::from_millis(stats.oldest_waiting_ms).as_secs_f64(),
            next_firing_at: scheduler.next_firing_ms.and_then(moment),
            scheduler: scheduler.leader,
            scheduler_seen_at: scheduler.seen_at_ms.and_then(moment),
            counters: stats.counters,
        }
    }
}

/// Shows what waits, runs and failed.
#[utoipa::path(
    get, path = "/queue", tag = "queue",
    responses(
        (status = 200, body = QueueStats),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn stats(State(app): State<App>, _: Actor) -> Result<Json<QueueStats>, Problem> {
    let (stats, scheduler) = tokio::try_join!(app.queue().stats(), app.queue().scheduler())?;
    Ok(Json(QueueStats::new(stats, scheduler)))
}

/// A job in a worker's hand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InHand {
    /// Whose.
    kuerzel: String,
    /// Its run.
    run_id: String,
    /// Since when.
    since: Option<DateTime<Utc>>,
}

/// One worker, by its last heartbeat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Worker {
    /// Its identity, new with every start.
    id: String,
    /// Its host.
    host: String,
    /// Its version.
    version: String,
    /// When it started.
    since: Option<DateTime<Utc>>,
    /// Jobs it can run at a time.
    slots: usize,
    /// What it runs.
    jobs: Vec<InHand>,
    /// Its last heartbeat.
    seen_at: Option<DateTime<Utc>>,
    /// Whether that was recent.
    alive: bool,
}

impl From<WorkerInfo> for Worker {
    fn from(worker: WorkerInfo) -> Self {
        let job = |job: advosync_queue::InHand| InHand { kuerzel: job.key, run_id: job.run_id, since: moment(job.since_ms) };
        Self {
            id: worker.id,
            host: worker.host,
            version: worker.version,
            since: moment(worker.since_ms),
            slots: worker.slots,
            jobs: worker.jobs.into_iter().map(job).collect(),
            seen_at: moment(worker.beat_at_ms),
            alive: worker.alive,
        }
    }
}

/// All workers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkerList {
    /// The longest-lived first.
    workers: Vec<Worker>,
}

/// Lists the workers and what they run.
#[utoipa::path(
    get, path = "/workers", tag = "queue",
    responses(
        (status = 200, body = WorkerList),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn workers(State(app): State<App>, _: Actor) -> Result<Json<WorkerList>, Problem> {
    let workers = app.queue().workers().await?;
    Ok(Json(WorkerList { workers: workers.into_iter().map(Worker::from).collect() }))
}

/// One thing that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueFinding {
    /// `ok`, `warning` or `error`.
    #[schema(value_type = String)]
    severity: Severity,
    /// What was looked at.
    check: &'static str,
    /// What was found.
    found: String,
    /// What to do about it; empty if nothing.
    remedy: String,
}

/// Everything that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueFindings {
    /// From the ground up.
    findings: Vec<QueueFinding>,
}

/// Looks whether Redis is fit for the queue, and whether the queue is in order.
#[utoipa::path(
    get, path = "/queue/doctor", tag = "queue",
    responses(
        (status = 200, body = QueueFindings),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis does not answer in time"),
    ),
)]
pub(crate) async fn doctor(State(app): State<App>, _: Actor) -> Json<QueueFindings> {
    let finding = |finding: Finding| QueueFinding {
        severity: finding.severity,
        check: finding.check,
        found: finding.found,
        remedy: finding.remedy,
    };
    Json(QueueFindings { findings: app.queue().doctor().await.into_iter().map(finding).collect() })
}
