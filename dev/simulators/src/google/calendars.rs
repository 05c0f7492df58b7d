//! Calendars, the list of them, and their access rules.

use std::time::Instant;

use axum::{
    Json, Router,
    extract::{Extension, Path, Query, State},
    http::StatusCode,
    routing::get,
};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::JsonBody,
    caller::Caller,
    error::{GoogleError, GoogleResult},
    paging::PageQuery,
    simulator::Shared,
    store::{Calendar, Object, Project, Role, text_of},
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/users/me/calendarList", get(list))
        .route("/users/me/calendarList/{calendarId}", get(entry))
        .route("/calendars", axum::routing::post(insert))
        .route("/calendars/{calendarId}", get(one).put(update).patch(patch).delete(delete))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleQuery {
    min_access_role: Option<Role>,
}

async fn list(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Query(page): Query<PageQuery>,
    Query(roles): Query<RoleQuery>,
) -> GoogleResult<Json<Value>> {
    let project = shared.project();
    let least = roles.min_access_role.unwrap_or(Role::FreeBusyReader);
    let seen = project.calendars.iter().filter(|(_, calendar)| own_role(calendar, &caller) >= least);
    let seen = seen.map(|(id, calendar)| (id.as_str(), calendar));
    let mut answer = json!({"kind": "calendar#calendarList", "etag": format!("\"p{}\"", project.revision())});
    let sync_token = format!("c{}", project.revision());
    let show = |calendar: &Calendar| list_entry(calendar, &caller);
    page.fill(&mut answer, seen, show, project.behaviour.page_size_cap, sync_token);
    Ok(Json(answer))
}

/// The role by the account's own rule: a calendar open to everyone is not in everyone's list.
fn own_role(calendar: &Calendar, caller: &Caller) -> Role {
    calendar.acl.get(&format!("user:{}", caller.principal)).map_or(Role::None, |rule| rule.role)
}

fn list_entry(calendar: &Calendar, caller: &Caller) -> Value {
    let mut entry = calendar.to_json();
    entry.insert("kind".to_owned(), json!("calendar#calendarListEntry"));
    entry.insert("accessRole".to_owned(), json!(calendar.role_of(&caller.principal)));
    entry.insert("colorId".to_owned(), json!("6"));
    entry.insert("backgroundColor".to_owned(), json!("#ffad46"));
    entry.insert("foregroundColor".to_owned(), json!("#000000"));
    entry.insert("selected".to_owned(), json!(true));
    entry.insert("defaultReminders".to_owned(), json!([]));
    if calendar.primary {
        entry.insert("primary".to_owned(), json!(true));
    }
    Value::Object(entry)
}

async fn entry(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> GoogleResult<Json<Value>> {
    let project = shared.project();
    let calendar = project.calendar(&id, &caller.principal, Role::FreeBusyReader)?;
    Ok(Json(list_entry(calendar, &caller)))
}

async fn one(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> GoogleResult<Json<Value>> {
    let project = shared.project();
    let calendar = project.calendar(&id, &caller.principal, Role::FreeBusyReader)?;
    Ok(Json(Value::Object(calendar.to_json())))
}

fn zone_of(sent: &Object) -> GoogleResult<Option<Tz>> {
    match text_of(sent, "timeZone") {
        "" => Ok(None),
        name => name.parse().map(Some).map_err(|_| GoogleError::invalid("Invalid time zone.")),
    }
}

async fn insert(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    JsonBody(sent): JsonBody<Object>,
) -> GoogleResult<Json<Value>> {
    let summary = text_of(&sent, "summary");
    if summary.is_empty() {
        return Err(GoogleError::required("Missing title."));
    }
    let zone = zone_of(&sent)?.unwrap_or(Tz::UTC);
    let project = &mut *shared.project();
    if !project.creations.admit(&project.behaviour.calendar_creation, Instant::now()) {
        shared.traffic.count(|counters| counters.quota_refusals += 1);
        return Err(GoogleError::calendar_limits());
    }
    let calendar = project.create_calendar(summary, &caller.principal, zone);
    overlay(calendar, &sent)?;
    let answer = calendar.to_json();
    shared.traffic.count_write("calendars.insert");
    Ok(Json(Value::Object(answer)))
}

async fn update(
    state: State<Shared>,
    caller: Extension<Caller>,
    id: Path<String>,
    JsonBody(mut sent): JsonBody<Object>,
) -> GoogleResult<Json<Value>> {
    for name in ["description", "location"] {
        sent.entry(name).or_insert(Value::Null);
    }
    change(&state, &caller, &id, &sent, "calendars.update")
}

async fn patch(
    state: State<Shared>,
    caller: Extension<Caller>,
    id: Path<String>,
    JsonBody(sent): JsonBody<Object>,
) -> GoogleResult<Json<Value>> {
    change(&state, &caller, &id, &sent, "calendars.patch")
}

fn change(shared: &Shared, caller: &Caller, id: &str, sent: &Object, operation: &str) -> GoogleResult<Json<Value>> {
    let project = &mut *shared.project();
    let revision = project.tick();
    let calendar = project.calendar_mut(id, &caller.principal, Role::Owner)?;
    overlay(calendar, sent)?;
    calendar.revision = revision;
    shared.traffic.count_write(operation);
    Ok(Json(Value::Object(calendar.to_json())))
}

/// Takes over the members that were sent; `null` clears.
fn overlay(calendar: &mut Calendar, sent: &Object) -> GoogleResult<()> {
    if let Some(zone) = zone_of(sent)? {
        calendar.zone = zone;
    }
    if let Some(summary) = sent.get("summary").and_then(Value::as_str) {
        summary.clone_into(&mut calendar.summary);
    }
    for (name, member) in [("description", &mut calendar.description), ("location", &mut calendar.location)] {
        if let Some(value) = sent.get(name) {
            *member = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        }
    }
    Ok(())
}

async fn delete(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> GoogleResult<StatusCode> {
    let project = &mut *shared.project();
    let calendar = project.calendar(&id, &caller.principal, Role::Owner)?;
    if calendar.primary {
        return Err(GoogleError::forbidden("The primary calendar cannot be deleted."));
    }
    let id = calendar.id.clone();
    remove(project, &id);
    shared.traffic.count_write("calendars.delete");
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a calendar with all that watches it.
pub(super) fn remove(project: &mut Project, id: &str) -> bool {
    project.tick();
    project.channels.retain(|_, channel| channel.calendar_id != id);
    project.calendars.remove(id).is_some()
}
