//! What a run would do.

use advosync_sync::run::{PlannedOperation, planned};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Actor;
use crate::app::App;
use crate::extract::Path;
use crate::problem::{Problem, ProblemBody};

/// One write that a run would make.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlannedWrite {
    /// `google` or `advoware`: the side written to.
    side: &'static str,
    /// `create`, `update` or `delete`.
    operation: &'static str,
    /// Advoware's number of the appointment, where it has one yet.
    #[serde(rename = "frNr")]
    frnr: Option<i64>,
    /// Google's id of the event, where it is known.
    event_id: Option<String>,
    /// The fields that would change.
    fields: Vec<String>,
    /// Why, in one word.
    #[schema(value_type = String)]
    reason: advosync_sync::plan::Reason,
}

impl From<PlannedOperation> for PlannedWrite {
    fn from(planned: PlannedOperation) -> Self {
        Self {
            side: crate::words::side(planned.side),
            operation: crate::words::verb(planned.operation),
            frnr: planned.frnr,
            event_id: planned.event_id,
            fields: planned.fields,
            reason: planned.reason,
        }
    }
}

/// What a run of one employee would do now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EmployeePlan {
    /// The employee.
    kuerzel: String,
    /// The writes, in their order. Writes of a link or base alone are left out.
    operations: Vec<PlannedWrite>,
}

/// Shows what a run would do now, and writes nothing.
#[utoipa::path(
    get, path = "/employees/{kuerzel}/plan", tag = "employees", params(("kuerzel" = String, Path, description = "The employee")),
    responses(
        (status = 200, body = EmployeePlan),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such employee"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The employee's calendar is gone in Google"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis, Advoware or Google is away"),
    ),
)]
pub(crate) async fn plan(State(app): State<App>, _: Actor, Path(kuerzel): Path<String>) -> Result<Json<EmployeePlan>, Problem> {
    app.check_employee(&kuerzel).await?;
    let look = app.fleet().look(&kuerzel).await?;
    let operations = planned(&look.plan, &look.task.policy.scope).into_iter().map(PlannedWrite::from).collect();
    Ok(Json(EmployeePlan { kuerzel, operations }))
}
