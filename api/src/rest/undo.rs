//! Taking a run back.

use advosync_fleet::{UndoItem, UndoLook, parse_target};
use advosync_sync::undo::Target;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::runs::record;
use super::sync::Asked;
use crate::access::{Actor, Operator};
use crate::app::App;
use crate::extract::{JsonBody, Path, Query};
use crate::problem::{Problem, ProblemBody};

/// One item that the run wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndoWrite {
    /// `google` or `advoware`: the side that the run wrote.
    side: &'static str,
    /// `create`, `update` or `delete`: what would be done; null where the item stays as it is.
    operation: Option<&'static str>,
    /// Advoware's number of the appointment, where it is known.
    #[serde(rename = "frNr")]
    frnr: Option<i64>,
    /// Google's id of the event, where it is known.
    event_id: Option<String>,
    /// The fields that the run wrote.
    fields: Vec<String>,
    /// Why it stays as it is: `changed-since`, `gone-since`, `no-contents` or `lives-on`.
    obstacle: Option<&'static str>,
}

impl From<UndoItem> for UndoWrite {
    fn from(item: UndoItem) -> Self {
        Self {
            side: crate::words::side(item.side),
            operation: item.operation.map(crate::words::verb),
            frnr: item.frnr,
            event_id: item.event_id,
            fields: item.fields,
            obstacle: item.obstacle,
        }
    }
}

/// What taking back one employee's run would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmployeeUndo {
    /// The employee.
    kuerzel: String,
    /// The run that is taken back.
    run_id: String,
    /// Item by item, the last written first.
    items: Vec<UndoWrite>,
}

impl From<UndoLook> for EmployeeUndo {
    fn from(look: UndoLook) -> Self {
        Self { kuerzel: look.kuerzel, run_id: look.run_id, items: look.items.into_iter().map(UndoWrite::from).collect() }
    }
}

/// What taking a run back would do now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndoPlan {
    /// The run.
    run_id: String,
    /// Each employee whom it wrote for; none where it wrote nothing.
    employees: Vec<EmployeeUndo>,
}

/// The runs that take a run back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndoAsked {
    /// The run that is taken back.
    run_id: String,
    /// The runs that do so, one for each employee.
    runs: Vec<Asked>,
}

/// What is to be taken back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct UndoRequest {
    /// Only these items, such as `google:abc` or `advoware:4711`; without it, all.
    items: Option<Vec<String>>,
}

/// Reads items as they go over the wire.
pub(crate) fn targets(items: &[String]) -> Result<Vec<Target>, Problem> {
    let read = |item: &String| {
        parse_target(item).ok_or_else(|| Problem::bad_request("An item is `google:` with an id or `advoware:` with a number."))
    };
    items.iter().map(read).collect()
}

/// Whether to look only.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UndoWanted {
    /// Shows what would be done, and does nothing.
    #[serde(default)]
    dry_run: bool,
}

async fn look(app: &App, run_id: String, items: Option<&[Target]>) -> Result<Json<UndoPlan>, Problem> {
    record(app, &run_id).await?;
    let looks = app.fleet().look_undo(&run_id, items).await?;
    Ok(Json(UndoPlan { run_id, employees: looks.into_iter().map(EmployeeUndo::from).collect() }))
}

/// Shows what taking a run back would do now, and writes nothing.
#[utoipa::path(
    get, path = "/runs/{run_id}/undo", tag = "runs", params(("run_id" = String, Path, description = "Its id")),
    responses(
        (status = 200, body = UndoPlan),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such run"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis, Advoware or Google is away"),
    ),
)]
pub(crate) async fn plan(State(app): State<App>, _: Actor, Path(run_id): Path<String>) -> Result<Json<UndoPlan>, Problem> {
    look(&app, run_id, None).await
}

/// Takes a run back: whatever it wrote and nobody has changed since is put back as it was, on the side that it wrote.
///
/// A run of each employee does so under its lease, and then carries it over to the other side. Asking again changes
/// nothing.
#[utoipa::path(
    post, path = "/runs/{run_id}/undo", tag = "runs", params(("run_id" = String, Path, description = "Its id"), UndoWanted),
    request_body = Option<UndoRequest>,
    responses(
        (status = 202, body = UndoAsked, description = "The runs named do so", headers(("Location" = String, description = "The first of them"))),
        (status = 200, body = UndoPlan, description = "What would be done, with `dry_run`"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The query or the body can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such run"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It wrote nothing, or no contents are kept"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn undo(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(run_id): Path<String>,
    Query(wanted): Query<UndoWanted>,
    JsonBody(request): JsonBody<UndoRequest>,
) -> Result<Response, Problem> {
    let items = request.items.as_deref().map(targets).transpose()?;
    if wanted.dry_run {
        return Ok(look(&app, run_id, items.as_deref()).await?.into_response());
    }
    let runs = take_back(&app, &run_id, items.as_deref(), &actor.name).await?;
    let first = runs.first().map(|run| format!("/runs/{}", run.run_id)).unwrap_or_default();
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, first)], Json(UndoAsked { run_id, runs })).into_response())
}

/// Asks for a run to be taken back in somebody's name; the runs that will do so.
pub(crate) async fn take_back(app: &App, run_id: &str, items: Option<&[Target]>, who: &str) -> Result<Vec<Asked>, Problem> {
    record(app, run_id).await?;
    let asked = app.ask(app.fleet().undo(run_id, items, who)).await?;
    tracing::info!(run_id, who, employees = asked.len(), "a run is to be taken back");
    Ok(asked.into_iter().map(|(kuerzel, triggered)| Asked::new(triggered.run_id, kuerzel)).collect())
}
