//! How far both sides are apart.

use advosync_sync::drift::Difference;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::employees::DriftFound;
use crate::access::Actor;
use crate::app::App;
use crate::extract::Path;
use crate::problem::{Problem, ProblemBody};

/// What the last comparison of one employee found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmployeeDrift {
    /// The employee.
    kuerzel: String,
    /// What was found.
    #[serde(flatten)]
    found: DriftFound,
}

/// What the last comparisons found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DriftList {
    /// By Kürzel.
    drift: Vec<EmployeeDrift>,
}

/// Shows what the last comparisons found.
#[utoipa::path(
    get, path = "/drift", tag = "employees",
    responses(
        (status = 200, body = DriftList),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn list(State(app): State<App>, _: Actor) -> Result<Json<DriftList>, Problem> {
    let drift = app.fleet().reports().drift().await?;
    let of = |(kuerzel, drift)| EmployeeDrift { kuerzel, found: DriftFound::from(&drift) };
    Ok(Json(DriftList { drift: drift.into_iter().map(of).collect() }))
}

/// What a comparison finds now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Compared {
    /// The employee.
    kuerzel: String,
    /// Pairs that say the same.
    equal: usize,
    /// Appointments that Google does not show, by number.
    missing: Vec<i64>,
    /// Events that stand for no appointment, by id.
    extra: Vec<String>,
    /// Pairs that differ, with the names of the fields.
    #[schema(value_type = Vec<Object>)]
    different: Vec<Difference>,
    /// Items that can't be read.
    unreadable: usize,
}

/// Compares both sides now, and writes nothing.
#[utoipa::path(
    get, path = "/employees/{kuerzel}/drift", tag = "employees", params(("kuerzel" = String, Path, description = "The employee")),
    responses(
        (status = 200, body = Compared),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such employee"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The employee's calendar is gone in Google"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis, Advoware or Google is away"),
    ),
)]
pub(crate) async fn compare(State(app): State<App>, _: Actor, Path(kuerzel): Path<String>) -> Result<Json<Compared>, Problem> {
    app.check_employee(&kuerzel).await?;
    let found = app.compare(&kuerzel).await?;
    Ok(Json(Compared {
        kuerzel,
        equal: found.equal,
        missing: found.missing,
        extra: found.extra,
        different: found.different,
        unreadable: found.unreadable,
    }))
}
