//! What tests and the demonstration do to the simulated Advoware.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{behaviour::AdvowareBehaviour, edit::AdvowareEdit, simulator::Shared, store::AdvowareSnapshot};
use crate::{merge, traffic};

pub(super) fn routes(shared: &Shared) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/edits", post(edit))
        .route("/behaviour", get(behaviour).patch(behave))
        .route("/tokens/expire", post(expire_tokens))
        .with_state(shared.clone())
        .merge(traffic::control_routes(shared.traffic.clone()))
}

async fn state(State(shared): State<Shared>) -> Json<AdvowareSnapshot> {
    Json(shared.store().snapshot())
}

async fn edit(State(shared): State<Shared>, Json(edit): Json<AdvowareEdit>) -> Result<Json<Value>, (StatusCode, String)> {
    match shared.store().edit(edit) {
        Ok(number) => Ok(Json(json!({"frNr": number}))),
        Err(error) => Err((StatusCode::CONFLICT, error.to_string())),
    }
}

async fn behaviour(State(shared): State<Shared>) -> Json<AdvowareBehaviour> {
    Json(shared.store().behaviour.clone())
}

async fn behave(
    State(shared): State<Shared>,
    Json(change): Json<Value>,
) -> Result<Json<AdvowareBehaviour>, (StatusCode, String)> {
    let store = &mut *shared.store();
    merge::overlay(&mut store.behaviour, &change).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    Ok(Json(store.behaviour.clone()))
}

async fn expire_tokens(State(shared): State<Shared>) -> StatusCode {
    shared.store().tokens.clear();
    StatusCode::NO_CONTENT
}
