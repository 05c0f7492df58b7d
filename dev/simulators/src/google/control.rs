//! What tests and the demonstration do to the simulated Google Calendar.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{behaviour::GoogleBehaviour, edit::GoogleEdit, simulator::Shared, store::GoogleSnapshot};
use crate::{advoware::EditError, merge, traffic};

pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/edits", post(edit))
        .route("/behaviour", get(behaviour).patch(behave))
        .route("/tokens/expire", post(expire_tokens))
        .route("/sync-tokens/expire", post(expire_sync_tokens))
        .route("/tombstones/forget", post(forget_tombstones))
        .route("/service-account", get(service_account))
        .with_state(shared.clone())
        .merge(traffic::control_routes(shared.traffic.clone()))
}

async fn state(State(shared): State<Shared>) -> Json<GoogleSnapshot> {
    Json(shared.project().snapshot())
}

async fn edit(State(shared): State<Shared>, Json(edit): Json<GoogleEdit>) -> Result<Json<Value>, (StatusCode, String)> {
    match shared.project().edit(edit) {
        Ok(id) => Ok(Json(json!({"id": id}))),
        Err(error) => Err((StatusCode::CONFLICT, EditError::from(error).to_string())),
    }
}

async fn behaviour(State(shared): State<Shared>) -> Json<GoogleBehaviour> {
    Json(shared.project().behaviour.clone())
}

async fn behave(State(shared): State<Shared>, Json(change): Json<Value>) -> Result<Json<GoogleBehaviour>, (StatusCode, String)> {
    let project = &mut *shared.project();
    merge::overlay(&mut project.behaviour, &change).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    Ok(Json(project.behaviour.clone()))
}

async fn expire_tokens(State(shared): State<Shared>) -> StatusCode {
    shared.project().tokens.clear();
    StatusCode::NO_CONTENT
}

async fn expire_sync_tokens(State(shared): State<Shared>) -> StatusCode {
    shared.project().epoch += 1;
    StatusCode::NO_CONTENT
}

async fn forget_tombstones(State(shared): State<Shared>) -> StatusCode {
    shared.project().forget_tombstones();
    StatusCode::NO_CONTENT
}

async fn service_account(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.account.to_json(&shared.token_uri()))
}
