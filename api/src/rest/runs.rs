//! Runs, as everybody may see them.

use advosync_queue::{RunFilter, RunRecord, RunStatus};
use advosync_state::StoredReport;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::paging::Limit;
use crate::access::Actor;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Writes on one side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct SideCounts {
    /// Appointments made.
    pub(crate) created: u64,
    /// Appointments changed.
    pub(crate) updated: u64,
    /// Appointments deleted.
    pub(crate) deleted: u64,
}

impl SideCounts {
    /// All writes.
    pub(crate) fn total(self) -> u64 {
        self.created + self.updated + self.deleted
    }
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct Counts {
    /// In Google.
    pub(crate) google: SideCounts,
    /// In Advoware.
    pub(crate) advoware: SideCounts,
    /// Pairs on which both sides agreed from the start.
    pub(crate) unchanged: u64,
    /// Fields that both sides changed differently.
    pub(crate) conflicts: u64,
    /// Appointments that could not be synchronised.
    pub(crate) errors: u64,
}

impl Counts {
    /// Whether anything was written.
    pub(crate) fn wrote(&self) -> bool {
        self.google.total() + self.advoware.total() > 0
    }

    /// Those of a run; zeros where it has none yet.
    pub(crate) fn of(run: &RunRecord) -> Self {
        Self::deserialize(&run.counts).unwrap_or_default()
    }
}

/// The jobs of a run: one for an employee's own, one each for `ALL`.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Jobs {
    /// Employees it reached.
    total: u64,
    /// Ended, failed ones among them.
    done: u64,
    /// Failed.
    failed: u64,
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Run {
    /// Its id.
    run_id: String,
    /// `all` or `employee`.
    kind: String,
    /// Whose; `ALL` for everybody.
    kuerzel: String,
    /// `queued`, `running`, `succeeded`, `partial`, `held` or `failed`.
    status: &'static str,
    /// Number of its attempt, from 1.
    attempt: u32,
    /// When it was asked for.
    queued_at: Option<DateTime<Utc>>,
    /// When its last attempt began.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
    /// Its trace.
    trace_id: Option<String>,
    /// What it did so far.
    counts: Counts,
    /// Its jobs.
    jobs: Jobs,
}

impl From<&RunRecord> for Run {
    fn from(run: &RunRecord) -> Self {
        Self {
            run_id: run.run_id.clone(),
            kind: run.kind.clone(),
            kuerzel: run.key.clone(),
            status: run.status.as_str(),
            attempt: run.attempt,
            queued_at: run.queued_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            trace_id: run.trace_id().map(str::to_owned),
            counts: Counts::of(run),
            jobs: Jobs { total: run.jobs.total, done: run.jobs.done, failed: run.jobs.failed },
        }
    }
}

/// Some runs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunPage {
    /// The runs.
    runs: Vec<Run>,
    /// The `cursor` of the next page; null on the last one.
    next: Option<String>,
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunsWanted {
    /// Only of this employee, or of `ALL`.
    kuerzel: Option<String>,
    /// Only of this status.
    #[param(value_type = Option<String>, pattern = "^(queued|running|succeeded|partial|held|failed)$")]
    status: Option<String>,
    /// Only of this kind.
    #[param(value_type = Option<String>, pattern = "^(all|employee)$")]
    kind: Option<String>,
    /// `next` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
    /// Runs on a page.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl RunsWanted {
    fn filter(&self, item: &str) -> Result<RunFilter, Problem> {
        let status = match self.status.as_deref() {
            None => None,
            Some(word) => Some(
                RunStatus::parse(word)
                    .ok_or_else(|| Problem::bad_request("`status` is queued, running, succeeded, partial, held or failed."))?,
            ),
        };
        if self.kind.as_deref().is_some_and(|kind| kind != "all" && kind != item) {
            return Err(Problem::bad_request("`kind` is all or employee."));
        }
        Ok(RunFilter { key: self.kuerzel.clone(), status, kind: self.kind.clone() })
    }
}

/// Lists runs, the newest first.
#[utoipa::path(
    get, path = "/runs", tag = "runs", params(RunsWanted),
    responses(
        (status = 200, body = RunPage),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The query can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn list(State(app): State<App>, _: Actor, Query(wanted): Query<RunsWanted>) -> Result<Json<RunPage>, Problem> {
    let filter = wanted.filter(&app.queue().settings().item)?;
    let limit = wanted.limit.items()?;
    if wanted.cursor.as_ref().is_some_and(|cursor| cursor.parse::<u32>().is_err()) {
        return Err(Problem::bad_request("`cursor` is what the page before gave as `next`."));
    }
    let page = app.queue().runs(&filter, wanted.cursor.as_deref(), limit).await?;
    Ok(Json(RunPage { runs: page.items.iter().map(Run::from).collect(), next: page.next }))
}

/// Shows one run.
#[utoipa::path(
    get, path = "/runs/{run_id}", tag = "runs", params(("run_id" = String, Path, description = "Its id")),
    responses(
        (status = 200, body = Run),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such run, or it is older than 30 days"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn show(State(app): State<App>, _: Actor, Path(run_id): Path<String>) -> Result<Json<Run>, Problem> {
    Ok(Json(Run::from(&record(&app, &run_id).await?)))
}

/// Everything that is known of how a run went, beside its counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunReport {
    /// The run.
    run_id: String,
    /// What made it: `person`, `push`, `cron`, `poll` or `other`.
    origin: String,
    /// Who asked: the name of a token.
    requested_by: Option<String>,
    /// What it is doing, while it runs.
    phase: Option<String>,
    /// Class of its last error.
    error_class: Option<String>,
    /// Code of its last error.
    error_code: Option<String>,
    /// What a person should know: ids, names of fields and reasons, and what is held.
    #[schema(value_type = Option<Object>)]
    report: Option<StoredReport>,
}

/// Shows what a run has to report.
#[utoipa::path(
    get, path = "/runs/{run_id}/report", tag = "runs", params(("run_id" = String, Path, description = "Its id")),
    responses(
        (status = 200, body = RunReport),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such run"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn report(State(app): State<App>, _: Actor, Path(run_id): Path<String>) -> Result<Json<RunReport>, Problem> {
    let run = record(&app, &run_id).await?;
    let report = app.fleet().reports().of_run(&run_id).await?;
    let (error_class, error_code) = run.error.unzip();
    Ok(Json(RunReport {
        run_id,
        origin: run.origin.as_str().to_owned(),
        requested_by: run.requested_by,
        phase: run.phase,
        error_class,
        error_code,
        report,
    }))
}

/// The record of a run; 404 for an id that no run can have, which never gets as far as Redis.
pub(crate) async fn record(app: &App, run_id: &str) -> Result<RunRecord, Problem> {
    let possible = Uuid::try_parse(run_id).is_ok_and(|id| id.hyphenated().to_string() == run_id);
    let record = if possible { app.queue().run(run_id).await? } else { None };
    record.ok_or_else(|| Problem::not_found("run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_zeros_of_the_right_shape_where_there_are_none() {
        let zeros = serde_json::json!({
            "google": {"created": 0, "updated": 0, "deleted": 0}, "advoware": {"created": 0, "updated": 0, "deleted": 0},
            "unchanged": 0, "conflicts": 0, "errors": 0,
        });
        assert_eq!(serde_json::to_value(Counts::default()).unwrap(), zeros);
        let partly: Counts = serde_json::from_value(serde_json::json!({"google": {"created": 2}})).unwrap();
        assert_eq!((partly.google.created, partly.google.deleted, partly.errors), (2, 0, 0));
    }
}
