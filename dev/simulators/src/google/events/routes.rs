use axum::{
    Json, Router,
    extract::{Extension, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;

use super::{change::Update, query::Parameters};
use crate::google::{
    body::JsonBody,
    caller::Caller,
    error::{GoogleError, GoogleResult},
    push,
    simulator::Shared,
    store::{Event, Object, Project, Role},
};

pub(in crate::google) fn routes() -> Router<Shared> {
    Router::new()
        .route("/calendars/{calendarId}/events", get(list).post(insert))
        .route("/calendars/{calendarId}/events/watch", post(push::watch))
        .route("/calendars/{calendarId}/events/{eventId}", get(one).put(update).patch(patch).delete(delete))
        .route("/calendars/{calendarId}/events/{eventId}/move", post(relocate))
        .route("/calendars/{calendarId}/events/{eventId}/instances", get(instances))
}

type Place = Path<(String, String)>;

fn if_match(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::IF_MATCH)?.to_str().ok()
}

/// The id of a calendar that the caller may write to.
fn writable(project: &Project, calendar_id: &str, caller: &Caller) -> GoogleResult<String> {
    let calendar = project.calendar(calendar_id, &caller.principal, Role::Writer)?;
    Ok(calendar.id.clone())
}

fn answer(event: Event) -> Response {
    let etag = header::HeaderValue::from_str(event.etag());
    let mut response = Json(Value::Object(event.resource)).into_response();
    if let Ok(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

async fn list(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(calendar_id): Path<String>,
    parameters: Parameters,
) -> GoogleResult<Json<Value>> {
    let project = shared.project();
    let calendar = project.calendar(&calendar_id, &caller.principal, Role::Reader)?;
    project.list_events(calendar, &caller.principal, &parameters).map(Json)
}

async fn instances(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((calendar_id, id)): Place,
    parameters: Parameters,
) -> GoogleResult<Json<Value>> {
    let project = shared.project();
    let calendar = project.calendar(&calendar_id, &caller.principal, Role::Reader)?;
    project.list_instances(calendar, &caller.principal, &id, &parameters).map(Json)
}

async fn one(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((calendar_id, id)): Place,
    headers: HeaderMap,
    parameters: Parameters,
) -> GoogleResult<Response> {
    let project = shared.project();
    let calendar = project.calendar(&calendar_id, &caller.principal, Role::Reader)?;
    let mut event = calendar.find(&id).ok_or_else(GoogleError::not_found)?;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known == Some(event.etag()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let bare = event.bare || project.behaviour.bare_get;
    event.resource = if event.is_cancelled() && bare {
        event.bare_tombstone()
    } else {
        event.shown_in(parameters.zone()?.unwrap_or(calendar.zone))
    };
    Ok(answer(event))
}

async fn insert(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(calendar_id): Path<String>,
    JsonBody(sent): JsonBody<Object>,
) -> GoogleResult<Response> {
    let project = &mut *shared.project();
    let calendar_id = writable(project, &calendar_id, &caller)?;
    let event = project.insert_event(&calendar_id, &sent, &caller.principal)?;
    shared.traffic.count_write("events.insert");
    Ok(answer(event))
}

async fn update(
    state: State<Shared>,
    caller: Extension<Caller>,
    place: Place,
    headers: HeaderMap,
    body: JsonBody<Object>,
) -> GoogleResult<Response> {
    change(&state, &caller, &place, &headers, &body.0, Update::Replace)
}

async fn patch(
    state: State<Shared>,
    caller: Extension<Caller>,
    place: Place,
    headers: HeaderMap,
    body: JsonBody<Object>,
) -> GoogleResult<Response> {
    change(&state, &caller, &place, &headers, &body.0, Update::Patch)
}

fn change(
    shared: &Shared,
    caller: &Caller,
    (calendar_id, id): &(String, String),
    headers: &HeaderMap,
    sent: &Object,
    how: Update,
) -> GoogleResult<Response> {
    let project = &mut *shared.project();
    let calendar_id = writable(project, calendar_id, caller)?;
    let event = project.update_event(&calendar_id, id, sent, how, if_match(headers))?;
    shared.traffic.count_write(match how {
        Update::Replace => "events.update",
        Update::Patch => "events.patch",
    });
    Ok(answer(event))
}

async fn delete(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((calendar_id, id)): Place,
    headers: HeaderMap,
) -> GoogleResult<StatusCode> {
    let project = &mut *shared.project();
    let calendar_id = writable(project, &calendar_id, &caller)?;
    project.delete_event(&calendar_id, &id, if_match(&headers))?;
    shared.traffic.count_write("events.delete");
    Ok(StatusCode::NO_CONTENT)
}

async fn relocate(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((calendar_id, id)): Place,
    parameters: Parameters,
) -> GoogleResult<Response> {
    let project = &mut *shared.project();
    let destination = parameters.get("destination").ok_or_else(|| GoogleError::required("Required parameter: destination"))?;
    let from = writable(project, &calendar_id, &caller)?;
    let to = writable(project, destination, &caller)?;
    let event = project.move_event(&from, &id, &to)?;
    shared.traffic.count_write("events.move");
    Ok(answer(event))
}
