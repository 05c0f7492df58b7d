//! A calendar's access rules.

use std::time::Instant;

use axum::{
    Json, Router,
    extract::{Extension, Path, Query, State},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::JsonBody,
    caller::Caller,
    error::{GoogleError, GoogleResult},
    paging::PageQuery,
    simulator::Shared,
    store::{AclRule, Role},
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/calendars/{calendarId}/acl", get(list).post(insert))
        .route("/calendars/{calendarId}/acl/{ruleId}", get(one).put(update).patch(update).delete(delete))
}

#[derive(Deserialize)]
struct Scope {
    #[serde(rename = "type")]
    kind: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct SentRule {
    role: Option<Role>,
    scope: Option<Scope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WriteQuery {
    send_notifications: Option<bool>,
}

async fn list(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(calendar_id): Path<String>,
    Query(query): Query<PageQuery>,
) -> GoogleResult<Json<Value>> {
    let project = shared.project();
    let calendar = project.calendar(&calendar_id, &caller.principal, Role::Owner)?;
    let mut answer = json!({"kind": "calendar#acl", "etag": format!("\"p{}\"", calendar.revision)});
    let rules = calendar.acl.iter().map(|(id, rule)| (id.as_str(), rule));
    let sync_token = format!("a{}", project.revision());
    query.fill(&mut answer, rules, AclRule::to_json, project.behaviour.page_size_cap, sync_token);
    Ok(Json(answer))
}

async fn one(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((calendar_id, rule_id)): Path<(String, String)>,
) -> GoogleResult<Json<Value>> {
    let project = shared.project();
    let calendar = project.calendar(&calendar_id, &caller.principal, Role::Owner)?;
    let rule = calendar.acl.get(&rule_id);
    rule.map(|rule| Json(rule.to_json())).ok_or_else(GoogleError::not_found)
}

async fn insert(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(calendar_id): Path<String>,
    Query(query): Query<WriteQuery>,
    JsonBody(sent): JsonBody<SentRule>,
) -> GoogleResult<Json<Value>> {
    let scope = sent.scope.ok_or_else(|| GoogleError::required("Missing scope."))?;
    let role = sent.role.ok_or_else(|| GoogleError::required("Missing role."))?;
    let value = scope.value.unwrap_or_default();
    let valid = match scope.kind.as_str() {
        "default" => true,
        "user" | "group" => value.contains('@'),
        "domain" => !value.is_empty(),
        _ => false,
    };
    if !valid {
        return Err(GoogleError::invalid("Invalid scope value."));
    }
    let project = &mut *shared.project();
    project.calendar(&calendar_id, &caller.principal, Role::Owner)?;
    if !project.sharings.admit(&project.behaviour.sharing, Instant::now()) {
        shared.traffic.count(|counters| counters.quota_refusals += 1);
        return Err(GoogleError::calendar_limits());
    }
    let revision = project.tick();
    let calendar = project.calendar_mut(&calendar_id, &caller.principal, Role::Owner)?;
    let mut rule = AclRule::new(role, &scope.kind, &value);
    rule.revision = revision;
    let answer = rule.to_json();
    calendar.acl.insert(rule.id.clone(), rule);
    note_write(&shared, "acl.insert", &query);
    Ok(Json(answer))
}

fn note_write(shared: &Shared, operation: &str, query: &WriteQuery) {
    shared.traffic.count_write(operation);
    if query.send_notifications.unwrap_or(true) {
        shared.traffic.count(|counters| counters.sharing_mails += 1);
    }
}

async fn update(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((calendar_id, rule_id)): Path<(String, String)>,
    Query(query): Query<WriteQuery>,
    JsonBody(sent): JsonBody<SentRule>,
) -> GoogleResult<Json<Value>> {
    let project = &mut *shared.project();
    let revision = project.tick();
    let calendar = project.calendar_mut(&calendar_id, &caller.principal, Role::Owner)?;
    let owner = format!("user:{}", calendar.owner);
    let rule = calendar.acl.get_mut(&rule_id).ok_or_else(GoogleError::not_found)?;
    if let Some(role) = sent.role {
        if rule_id == owner && role != Role::Owner {
            return Err(cannot_change_own());
        }
        rule.role = role;
    }
    rule.revision = revision;
    let answer = rule.to_json();
    note_write(&shared, "acl.update", &query);
    Ok(Json(answer))
}

fn cannot_change_own() -> GoogleError {
    GoogleError::bad_request("cannotChangeOwnAcl", "Cannot change your own access level.")
}

async fn delete(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((calendar_id, rule_id)): Path<(String, String)>,
) -> GoogleResult<StatusCode> {
    let project = &mut *shared.project();
    let calendar = project.calendar_mut(&calendar_id, &caller.principal, Role::Owner)?;
    if rule_id == format!("user:{}", calendar.owner) {
        return Err(cannot_change_own());
    }
    calendar.acl.remove(&rule_id).ok_or_else(GoogleError::not_found)?;
    shared.traffic.count_write("acl.delete");
    Ok(StatusCode::NO_CONTENT)
}
