use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};

use super::{Counters, FaultRule, Traffic};

/// The control routes that every simulated server has: counters and faults.
pub(crate) fn control_routes(traffic: Arc<Traffic>) -> Router {
    Router::new()
        .route("/counters", get(counters))
        .route("/counters/reset", post(reset_counters))
        .route("/faults", get(faults).post(inject).delete(clear_faults))
        .route("/health", get(async || "ok\n"))
        .with_state(traffic)
}

async fn counters(State(traffic): State<Arc<Traffic>>) -> Json<Counters> {
    Json(traffic.counters())
}

async fn reset_counters(State(traffic): State<Arc<Traffic>>) -> StatusCode {
    traffic.reset_counters();
    StatusCode::NO_CONTENT
}

async fn faults(State(traffic): State<Arc<Traffic>>) -> Json<Vec<FaultRule>> {
    Json(traffic.faults())
}

async fn inject(State(traffic): State<Arc<Traffic>>, Json(rule): Json<FaultRule>) -> Result<StatusCode, (StatusCode, String)> {
    match traffic.inject(rule) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err((StatusCode::BAD_REQUEST, error.to_string())),
    }
}

async fn clear_faults(State(traffic): State<Arc<Traffic>>) -> StatusCode {
    traffic.clear_faults();
    StatusCode::NO_CONTENT
}
