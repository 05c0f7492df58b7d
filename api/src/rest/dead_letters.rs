//! Jobs that need a person.

use advosync_queue::{DeadFilter, DeadLetter, Failure};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::Limit;
use super::sync::{Asked, answer};
use crate::access::{Actor, Operator};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{Problem, ProblemBody};
use crate::standing::moment;

/// One failed attempt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attempt {
    /// `error`, or `death` of its worker.
    how: String,
    /// Class of the error.
    class: String,
    /// Its code.
    code: String,
    /// The worker.
    worker: String,
    /// When.
    at: Option<DateTime<Utc>>,
}

impl From<Failure> for Attempt {
    fn from(failure: Failure) -> Self {
        Self { how: failure.how, class: failure.class, code: failure.code, worker: failure.worker, at: moment(failure.at) }
    }
}

/// A job that is not tried again by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Letter {
    /// Its id among the dead letters.
    id: String,
    /// The job.
    job_id: String,
    /// Its run.
    run_id: String,
    /// `all` or `employee`.
    kind: String,
    /// Whose.
    kuerzel: String,
    /// `errors`, `deaths`, `final` or `garbage`.
    reason: String,
    /// Class of the last error.
    class: String,
    /// Its code.
    code: String,
    /// The last attempt's number.
    attempt: u32,
    /// When the job was asked for.
    enqueued_at: Option<DateTime<Utc>>,
    /// When it was given up.
    died_at: Option<DateTime<Utc>>,
    /// Its trace.
    trace_id: Option<String>,
    /// Every failed attempt.
    history: Vec<Attempt>,
}

impl From<DeadLetter> for Letter {
    fn from(letter: DeadLetter) -> Self {
        Self {
            died_at: moment(letter.died_at_ms()),
            trace_id: letter.trace_id().map(str::to_owned),
            enqueued_at: moment(letter.enqueued_at_ms),
            id: letter.id,
            job_id: letter.job_id,
            run_id: letter.run_id,
            kind: letter.kind,
            kuerzel: letter.key,
            reason: letter.reason,
            class: letter.class,
            code: letter.code,
            attempt: letter.attempt,
            history: letter.history.into_iter().map(Attempt::from).collect(),
        }
    }
}

/// Some dead letters, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterPage {
    /// The dead letters.
    dead_letters: Vec<Letter>,
    /// The `cursor` of the next page; null on the last one.
    next: Option<String>,
}

/// Which dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LettersWanted {
    /// Only of this employee.
    kuerzel: Option<String>,
    /// Only of this class of error.
    class: Option<String>,
    /// Only for this reason: `errors`, `deaths`, `final` or `garbage`.
    reason: Option<String>,
    /// `next` of the page before.
    #[param(pattern = "^[0-9]{1,15}-[0-9]{1,15}$")]
    cursor: Option<String>,
    /// Dead letters on a page.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Which dead letters, all at once.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Matching {
    /// Only of this employee.
    kuerzel: Option<String>,
    /// Only of this class of error.
    class: Option<String>,
    /// Only for this reason: `errors`, `deaths`, `final` or `garbage`.
    reason: Option<String>,
    /// All, where nothing else says which.
    #[serde(default)]
    all: bool,
}

impl From<Matching> for DeadFilter {
    fn from(matching: Matching) -> Self {
        Self { key: matching.kuerzel, class: matching.class, reason: matching.reason }
    }
}

/// Whether this can be the id of a dead letter; Redis refuses all others.
pub(crate) fn is_id(id: &str) -> bool {
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let parts = id.split_once('-').and_then(|(ms, seq)| number(ms).zip(number(seq)));
    parts.is_some_and(|parts| parts != (0, 0))
}

/// Lists dead letters, the newest first.
#[utoipa::path(
    get, path = "/dead-letters", tag = "queue", params(LettersWanted),
    responses(
        (status = 200, body = LetterPage),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The query can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: Actor,
    Query(wanted): Query<LettersWanted>,
) -> Result<Json<LetterPage>, Problem> {
    let limit = wanted.limit.items()?;
    if wanted.cursor.as_deref().is_some_and(|cursor| !is_id(cursor)) {
        return Err(Problem::bad_request("`cursor` is what the page before gave as `next`."));
    }
    let filter = DeadFilter { key: wanted.kuerzel, class: wanted.class, reason: wanted.reason };
    let page = app.queue().dead_letters(&filter, wanted.cursor.as_deref(), limit).await?;
    Ok(Json(LetterPage { dead_letters: page.items.into_iter().map(Letter::from).collect(), next: page.next }))
}

/// Shows one dead letter.
#[utoipa::path(
    get, path = "/dead-letters/{id}", tag = "queue", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, body = Letter),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such dead letter"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn show(State(app): State<App>, _: Actor, Path(id): Path<String>) -> Result<Json<Letter>, Problem> {
    let letter = if is_id(&id) { app.queue().dead_letter(&id).await? } else { None };
    letter.map(|letter| Json(Letter::from(letter))).ok_or_else(|| Problem::not_found("dead letter"))
}

/// Runs a dead letter's job again; it joins like any request of a person.
#[utoipa::path(
    post, path = "/dead-letters/{id}/requeue", tag = "queue", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 202, body = Asked, description = "A run waits", headers(("Location" = String, description = "The run"))),
        (status = 200, body = Asked, description = "It joined a run that waits already", headers(("Location" = String, description = "The run"))),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such dead letter"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "An unreadable entry can only be dropped"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn requeue(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let letter = if is_id(&id) { app.queue().dead_letter(&id).await? } else { None };
    let letter = letter.ok_or_else(|| Problem::not_found("dead letter"))?;
    let asked = app.fleet().requeue(&letter, &actor.name).await?;
    tracing::info!(dead_letter = id, run_id = asked.run_id, who = actor.name, "a dead letter was requeued");
    Ok(answer(asked, letter.key))
}

/// Drops a dead letter.
#[utoipa::path(
    delete, path = "/dead-letters/{id}", tag = "queue", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such dead letter"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if !is_id(&id) {
        return Err(Problem::not_found("dead letter"));
    }
    app.queue().drop_dead(&id).await?;
    tracing::info!(dead_letter = id, who = actor.name, "a dead letter was dropped");
    Ok(StatusCode::NO_CONTENT)
}

/// How many dead letters were dealt with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dealt {
    /// Their number.
    count: u64,
}

/// Runs the jobs of all dead letters that match again. Unreadable entries stay.
#[utoipa::path(
    post, path = "/dead-letters/requeue", tag = "queue", params(Matching),
    responses(
        (status = 200, body = Dealt),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The query can't be read"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn requeue_all(
    State(app): State<App>,
    Operator(actor): Operator,
    Query(matching): Query<Matching>,
) -> Result<Json<Dealt>, Problem> {
    let count = app.fleet().requeue_all(&matching.into(), &actor.name).await? as u64;
    tracing::info!(count, who = actor.name, "dead letters were requeued");
    Ok(Json(Dealt { count }))
}

/// Drops all dead letters that match.
#[utoipa::path(
    delete, path = "/dead-letters", tag = "queue", params(Matching),
    responses(
        (status = 200, body = Dealt),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The query can't be read, or nothing in it says which"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "The token's role does not suffice"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn remove_all(
    State(app): State<App>,
    Operator(actor): Operator,
    Query(matching): Query<Matching>,
) -> Result<Json<Dealt>, Problem> {
    let all = matching.all;
    let filter = DeadFilter::from(matching);
    if filter == DeadFilter::default() && !all {
        return Err(Problem::bad_request("Say which: by `kuerzel`, `class` or `reason`, or `all=true`."));
    }
    let count = app.queue().drop_all_dead(&filter).await?;
    tracing::info!(count, who = actor.name, "dead letters were dropped");
    Ok(Json(Dealt { count }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_redis_takes_for_an_id_is_one() {
        assert!(is_id("1700000000000-0") && is_id("0-1"));
        for other in ["", "0-0", "00-0", "1", "1-", "-1", "+1-0", "1-x", "18446744073709551616-0", "(1-0", "-", "+"] {
            assert!(!is_id(other), "{other}");
        }
    }
}
