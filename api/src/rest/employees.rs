//! How the employees' calendars stand.

use advosync_queue::RunStatus;
use advosync_state::{CalendarRecord, Drift, HeldSince, ReleasedBy, StoredReport};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Actor;
use crate::app::App;
use crate::extract::Path;
use crate::problem::{Problem, ProblemBody};
use crate::standing::Standing;

/// The last run that left a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LastRun {
    /// Its id.
    run_id: String,
    /// How it stands or ended.
    status: Option<&'static str>,
}

/// How far apart both sides were found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DriftFound {
    /// When they were compared.
    checked_at: DateTime<Utc>,
    /// Appointments that Google lacks.
    missing: usize,
    /// Events that Advoware lacks.
    extra: usize,
    /// Pairs whose fields differ.
    different: usize,
}

impl From<&Drift> for DriftFound {
    fn from(drift: &Drift) -> Self {
        Self { checked_at: drift.checked_at, missing: drift.missing, extra: drift.extra, different: drift.different }
    }
}

/// One employee.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Employee {
    /// Advoware's short name.
    kuerzel: String,
    /// Google's id of the calendar; null before the first run.
    calendar_id: Option<String>,
    /// Its name.
    calendar_name: Option<String>,
    /// When both sides were last found or made equal. A failure never overwrites it.
    last_success_at: Option<DateTime<Utc>>,
    /// When a run last came to its end.
    last_checked_at: Option<DateTime<Utc>>,
    /// The last run that left a record.
    last_run: Option<LastRun>,
    /// Appointments that the last run found.
    appointments: usize,
    /// Fields that both sides had changed differently, in the last run.
    conflicts: usize,
    /// Appointments that the last run could not synchronise.
    errors: usize,
    /// Deletions and creations that wait for a person.
    held: usize,
    /// Whether cron and poll leave this employee alone, since workers died of the job.
    skipped: bool,
    /// What the last comparison of both sides found.
    drift: Option<DriftFound>,
}

impl From<&Standing> for Employee {
    fn from(standing: &Standing) -> Self {
        let calendar = standing.calendar.as_ref();
        Self {
            kuerzel: standing.kuerzel.clone(),
            calendar_id: calendar.map(|calendar| calendar.id.clone()),
            calendar_name: calendar.map(|calendar| calendar.name.clone()),
            last_success_at: standing.succeeded_at(),
            last_checked_at: standing.checked_at(),
            last_run: standing
                .last
                .run_id
                .clone()
                .map(|run_id| LastRun { run_id, status: standing.last.status.map(RunStatus::as_str) }),
            appointments: standing.appointments(),
            conflicts: standing.conflicts(),
            errors: standing.errors(),
            held: standing.held.len(),
            skipped: standing.last.poisoned_by.is_some(),
            drift: standing.drift.as_ref().map(DriftFound::from),
        }
    }
}

/// All employees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmployeeList {
    /// Whoever is synchronised, by Kürzel.
    employees: Vec<Employee>,
    /// Active at the firm, but left out by `CALENDAR_SYNC_DEBUG_EMPLOYEES`.
    left_out: Vec<String>,
}

/// Lists the employees and how their calendars stand.
#[utoipa::path(
    get, path = "/employees", tag = "employees",
    responses(
        (status = 200, body = EmployeeList),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away, or Advoware before it was asked once"),
    ),
)]
pub(crate) async fn list(State(app): State<App>, _: Actor) -> Result<Json<EmployeeList>, Problem> {
    let standings = app.standings().await?;
    let employees = standings.employees.iter().map(Employee::from).collect();
    Ok(Json(EmployeeList { employees, left_out: standings.left_out }))
}

/// One employee, with all that waits and all that the last run reported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmployeeDetail {
    /// How the calendar stands.
    #[serde(flatten)]
    employee: Employee,
    /// What waits for a person.
    #[schema(value_type = Vec<Object>)]
    held_items: Vec<HeldSince>,
    /// What a person has let go and no run has carried out yet.
    #[schema(value_type = Vec<Object>)]
    released_items: Vec<ReleasedBy>,
    /// What a person should know of the calendar itself.
    calendar_reports: Vec<String>,
    /// The last run's report: ids, names of fields and reasons.
    #[schema(value_type = Option<Object>)]
    report: Option<StoredReport>,
}

/// Shows one employee.
#[utoipa::path(
    get, path = "/employees/{kuerzel}", tag = "employees", params(("kuerzel" = String, Path, description = "The employee")),
    responses(
        (status = 200, body = EmployeeDetail),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such employee"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away, or Advoware before it was asked once"),
    ),
)]
pub(crate) async fn show(State(app): State<App>, _: Actor, Path(kuerzel): Path<String>) -> Result<Json<EmployeeDetail>, Problem> {
    app.check_employee(&kuerzel).await?;
    let standing = app.ask(app.standing(&kuerzel)).await?;
    let released_items = app.ask(app.fleet().held().released(&kuerzel)).await?;
    Ok(Json(EmployeeDetail {
        employee: Employee::from(&standing),
        calendar_reports: standing.calendar.map(|calendar| calendar.reports).unwrap_or_default(),
        held_items: standing.held,
        released_items,
        report: standing.report,
    }))
}

/// Whose calendar is which.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmployeeCalendar {
    /// The employee, now or once.
    kuerzel: String,
    /// Google's id of it.
    id: String,
    /// Its name.
    name: String,
    /// What a person should know of it.
    reports: Vec<String>,
}

/// All calendars.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CalendarList {
    /// By Kürzel.
    calendars: Vec<EmployeeCalendar>,
}

/// Lists which calendar is whose.
#[utoipa::path(
    get, path = "/calendars", tag = "employees",
    responses(
        (status = 200, body = CalendarList),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn calendars(State(app): State<App>, _: Actor) -> Result<Json<CalendarList>, Problem> {
    let directory = app.fleet().calendar_directory().await?;
    let of = |(kuerzel, record): (String, CalendarRecord)| EmployeeCalendar {
        kuerzel,
        id: record.id,
        name: record.name,
        reports: record.reports,
    };
    Ok(Json(CalendarList { calendars: directory.into_iter().map(of).collect() }))
}
