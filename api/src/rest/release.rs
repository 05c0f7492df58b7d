//! Letting go what is held.

use advosync_sync::plan::HeldItem;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Operator;
use crate::app::App;
use crate::extract::{JsonBody, Path};
use crate::problem::{Problem, ProblemBody};
use crate::rest::sync::ask_for_run;

/// One held item.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the engine's own type")]
pub(crate) struct HeldItemNamed {
    /// The side that would be written.
    side: HeldSide,
    /// What would be done there.
    operation: HeldWrite,
    /// Advoware's number of the appointment, where it has one.
    #[schema(rename = "frNr")]
    frnr: Option<i64>,
    /// Google's id of the event, where there is one.
    event_id: Option<String>,
}

/// A side.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the engine's own type")]
pub(crate) enum HeldSide {
    Google,
    Advoware,
}

/// What waits for a person.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the engine's own type")]
pub(crate) enum HeldWrite {
    Delete,
    Create,
}

/// What is to be let go.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct ReleaseRequest {
    /// Only these, as `held_items` names them; without it, all.
    #[schema(value_type = Option<Vec<HeldItemNamed>>)]
    items: Option<Vec<HeldItem>>,
}

/// What was let go.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Released {
    /// The employee.
    kuerzel: String,
    /// The items.
    #[schema(value_type = Vec<HeldItemNamed>)]
    released: Vec<HeldItem>,
    /// The run that carries them out; null where nothing was held.
    run_id: Option<String>,
}

/// Lets held items of an employee go, and asks for the run that carries them out.
#[utoipa::path(
    post, path = "/employees/{kuerzel}/release", tag = "employees",
    params(("kuerzel" = String, Path, description = "The employee")), request_body = Option<ReleaseRequest>,
    responses(
        (status = 202, body = Released, description = "They go with the run named", headers(("Location" = String, description = "The run"))),
        (status = 200, body = Released, description = "Nothing of that was held"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The body can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such employee"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn release(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(kuerzel): Path<String>,
    JsonBody(wanted): JsonBody<ReleaseRequest>,
) -> Result<Response, Problem> {
    app.check_employee(&kuerzel).await?;
    let (released, run_id) = let_go(&app, &kuerzel, &actor.name, wanted.items.as_deref()).await?;
    let location = run_id.as_ref().map(|run_id| [(header::LOCATION, format!("/runs/{run_id}"))]);
    let status = if run_id.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let body = Json(Released { kuerzel, released, run_id });
    Ok(match location {
        Some(location) => (status, location, body).into_response(),
        None => (status, body).into_response(),
    })
}

/// Lets held items go in somebody's name; the run that carries them out is asked for where there were any.
pub(crate) async fn let_go(
    app: &App,
    kuerzel: &str,
    who: &str,
    items: Option<&[HeldItem]>,
) -> Result<(Vec<HeldItem>, Option<String>), Problem> {
    let released = app.ask(app.fleet().held().release(kuerzel, who, items)).await?;
    tracing::info!(kuerzel, who, items = released.len(), "held items were released");
    if released.is_empty() {
        return Ok((released, None));
    }
    let run = ask_for_run(app, kuerzel, who, None).await?;
    Ok((released, Some(run.run_id)))
}

/// What is to come back.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RestoreRequest {
    /// These, as `held_items` names them.
    #[schema(value_type = Vec<HeldItemNamed>)]
    items: Vec<HeldItem>,
}

/// What will come back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Restored {
    /// The employee.
    kuerzel: String,
    /// The items.
    #[schema(value_type = Vec<HeldItemNamed>)]
    restored: Vec<HeldItem>,
    /// The run that sees to it; null where none of them was held, or none can come back.
    run_id: Option<String>,
}

/// Drops held deletions of an employee, and asks for the run that brings back what was deleted.
#[utoipa::path(
    post, path = "/employees/{kuerzel}/restore", tag = "employees",
    params(("kuerzel" = String, Path, description = "The employee")), request_body = RestoreRequest,
    responses(
        (status = 202, body = Restored, description = "They come back with the run named", headers(("Location" = String, description = "The run"))),
        (status = 200, body = Restored, description = "Nothing of that was held, or none of it can come back"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The body can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such employee"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn restore(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(kuerzel): Path<String>,
    JsonBody(wanted): JsonBody<RestoreRequest>,
) -> Result<Response, Problem> {
    app.check_employee(&kuerzel).await?;
    let (restored, run_id) = bring_back(&app, &kuerzel, &actor.name, &wanted.items).await?;
    let location = run_id.as_ref().map(|run_id| [(header::LOCATION, format!("/runs/{run_id}"))]);
    let body = Json(Restored { kuerzel, restored, run_id });
    Ok(match location {
        Some(location) => (StatusCode::ACCEPTED, location, body).into_response(),
        None => body.into_response(),
    })
}

/// Brings back in somebody's name what held deletions would remove; the run that sees to it.
pub(crate) async fn bring_back(
    app: &App,
    kuerzel: &str,
    who: &str,
    items: &[HeldItem],
) -> Result<(Vec<HeldItem>, Option<String>), Problem> {
    let (restored, triggered) = app.ask(app.fleet().restore(kuerzel, who, items)).await?;
    tracing::info!(kuerzel, who, items = restored.len(), "held deletions are not to be carried out");
    Ok((restored, triggered.map(|triggered| triggered.run_id)))
}
