//! Who wrote what.

use advosync_state::{Filter, JournalPage};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::paging::Limit;
use crate::access::Actor;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{Problem, ProblemBody};

/// Which writes; at most one of the first four.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WritesWanted {
    /// Only of this run.
    run_id: Option<String>,
    /// Only of this employee's runs.
    kuerzel: Option<String>,
    /// Only of the appointment of this number.
    #[serde(rename = "frNr")]
    #[param(rename = "frNr")]
    frnr: Option<i64>,
    /// Only of this event.
    event_id: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Writes on a page.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl WritesWanted {
    fn filter(&self) -> Result<Filter<'_>, Problem> {
        match (self.run_id.as_deref(), self.kuerzel.as_deref(), self.frnr, self.event_id.as_deref()) {
            (None, None, None, None) => Ok(Filter::All),
            (Some(run_id), None, None, None) => Ok(Filter::Run(run_id)),
            (None, Some(kuerzel), None, None) => Ok(Filter::Employee(kuerzel)),
            (None, None, Some(frnr), None) => Ok(Filter::Appointment(frnr)),
            (None, None, None, Some(event_id)) => Ok(Filter::Event(event_id)),
            _ => Err(Problem::bad_request("Name one of `run_id`, `kuerzel`, `frNr` and `event_id`.")),
        }
    }
}

/// Some writes, the newest first.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what the journal itself puts out")]
pub(crate) struct WritePage {
    /// The writes: when, by which run, on which side, which fields and why; never a text.
    entries: Vec<serde_json::Value>,
    /// The `cursor` of the next page; null on the last one.
    next: Option<String>,
}

/// Lists remote writes of the last 30 days, the newest first.
#[utoipa::path(
    get, path = "/journal", tag = "journal", params(WritesWanted),
    responses(
        (status = 200, body = WritePage),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The query can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: Actor,
    Query(wanted): Query<WritesWanted>,
) -> Result<Json<JournalPage>, Problem> {
    let limit = wanted.limit.items()?;
    let page = app.fleet().journal().page(wanted.filter()?, wanted.cursor.as_deref(), limit).await?;
    Ok(Json(page))
}
