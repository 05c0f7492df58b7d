//! Asking for a run.

use advosync_queue::{Origin, Trigger, Triggered};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Operator;
use crate::app::App;
use crate::extract::JsonBody;
use crate::problem::{Problem, ProblemBody};

/// The longest idempotency key, in bytes.
const LONGEST_KEY: usize = 255;

/// Who is to be synchronised.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SyncRequest {
    /// An employee's Kürzel, or `ALL`.
    #[schema(example = "PB", min_length = 1)]
    kuerzel: String,
}

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Asked {
    /// The run to follow.
    pub(crate) run_id: String,
    /// Whose it is.
    kuerzel: String,
    /// Always `queued`; the run itself says how it goes on.
    #[schema(example = "queued")]
    status: &'static str,
}

impl Asked {
    pub(super) fn new(run_id: String, kuerzel: String) -> Self {
        Self { run_id, kuerzel, status: "queued" }
    }
}

/// Asks for a run of one employee, or of all.
///
/// A second request for an employee who still waits joins the first: 200 with the same run.
#[utoipa::path(
    post, path = "/advoware/calendar/sync", tag = "runs", request_body = SyncRequest,
    params(("Idempotency-Key" = Option<String>, Header, pattern = "^[!-~]([ -~]{0,253}[!-~])?$", description = "The same key within a day gives the same answer and nothing else")),
    responses(
        (status = 202, body = Asked, description = "A run waits", headers(("Location" = String, description = "The run"))),
        (status = 200, body = Asked, description = "It joined a run that waits already", headers(("Location" = String, description = "The run"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The request can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such employee"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis or Advoware is away"),
    ),
)]
pub(crate) async fn trigger(
    State(app): State<App>,
    Operator(actor): Operator,
    headers: HeaderMap,
    JsonBody(wanted): JsonBody<SyncRequest>,
) -> Result<Response, Problem> {
    let idempotency_key = idempotency_key(&headers)?;
    let asked = ask_for_run(&app, &wanted.kuerzel, &actor.name, idempotency_key).await?;
    Ok(answer(asked, wanted.kuerzel))
}

/// Asks for a run in somebody's name.
pub(crate) async fn ask_for_run(
    app: &App,
    kuerzel: &str,
    who: &str,
    idempotency_key: Option<String>,
) -> Result<Triggered, Problem> {
    if kuerzel != app.queue().settings().all_key {
        app.check_employee(kuerzel).await?;
    }
    let trigger = Trigger { requested_by: Some(who.to_owned()), idempotency_key, ..Trigger::new(kuerzel, Origin::Person) };
    app.ask(app.fleet().trigger(trigger)).await
}

/// The answer to whoever asked.
pub(super) fn answer(asked: Triggered, kuerzel: String) -> Response {
    let status = if asked.joined() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let location = format!("/runs/{}", asked.run_id);
    let body = Asked::new(asked.run_id, kuerzel);
    (status, [(header::LOCATION, location)], Json(body)).into_response()
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().map(str::trim).filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    key.map(|key| Some(key.to_owned()))
        .ok_or_else(|| Problem::bad_request("`Idempotency-Key` has 1 to 255 visible ASCII characters."))
}
