//! The security gateway: a token for a signed request.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    behaviour::{ExpiryForm, Refusal, RefusalForm},
    simulator::Shared,
    store::Store,
};
use crate::clock;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TokenRequest {
    #[serde(rename = "AppID")]
    app_id: String,
    kanzlei: String,
    database: String,
    user: String,
    role: i64,
    product: i64,
    password: String,
    nonce: String,
    #[serde(rename = "HMAC512Signature")]
    signature: String,
    request_time_stamp: String,
}

/// A request for a token that is wrong in itself.
const MALFORMED: &str = "Die Anfrage ist ungültig.";
const BAD_SIGNATURE: &str = "Die Signatur der Anfrage ist ungültig.";
const REPLAYED: &str = "Die Nonce wurde bereits verwendet.";
const STALE: &str = "Der Zeitstempel der Anfrage ist ungültig.";

pub(super) async fn token(State(shared): State<Shared>, body: axum::body::Bytes) -> Response {
    shared.traffic.count(|counters| counters.token_requests += 1);
    let mut store = shared.store();
    let issued = match serde_json::from_slice::<TokenRequest>(&body) {
        Ok(request) => check(&shared, &mut store, &request),
        Err(_) => Err(MALFORMED),
    };
    match issued {
        Ok(()) => {
            shared.traffic.count(|counters| counters.tokens_issued += 1);
            Json(issue(&mut store)).into_response()
        }
        Err(reason) => refuse(&store, reason),
    }
}

fn check(shared: &Shared, store: &mut Store, request: &TokenRequest) -> Result<(), &'static str> {
    if let Some(refusal) = store.behaviour.refusal {
        return Err(refusal.text());
    }
    let expected = &shared.credentials;
    if request.kanzlei != expected.kanzlei {
        return Err(Refusal::NotRegistered.text());
    }
    if request.product != expected.product_id || request.app_id != expected.app_id {
        return Err(Refusal::ProductNotEnabled.text());
    }
    if !expected.signed(&request.nonce, &request.request_time_stamp, &request.signature) {
        return Err(BAD_SIGNATURE);
    }
    check_freshness(store, request)?;
    if request.database != expected.database || store.behaviour.office_server_off {
        return Err(Refusal::NotConnected.text());
    }
    if request.user != expected.user || request.password != expected.password {
        return Err(Refusal::BadLogin.text());
    }
    if request.role != expected.role {
        return Err(Refusal::UserNotEnabled.text());
    }
    Ok(())
}

fn check_freshness(store: &mut Store, request: &TokenRequest) -> Result<(), &'static str> {
    let stamp = DateTime::parse_from_rfc3339(&request.request_time_stamp).map_err(|_| STALE)?;
    let off = (clock::now() - stamp.to_utc()).abs();
    if off > TimeDelta::seconds(store.behaviour.timestamp_tolerance_seconds) {
        return Err(STALE);
    }
    let nonce = Uuid::parse_str(&request.nonce).map_err(|_| MALFORMED)?;
    if !store.nonces.insert(nonce.to_string()) {
        return Err(REPLAYED);
    }
    Ok(())
}

fn issue(store: &mut Store) -> Value {
    let token = format!("adv.{}", Uuid::new_v4().simple());
    let lifetime = store.behaviour.token_lifetime_seconds;
    let expiry = clock::now() + TimeDelta::seconds(lifetime);
    store.tokens.insert(token.clone(), expiry);
    match store.behaviour.expiry_form {
        ExpiryForm::ExpirationUtc => json!({
            "access_token": token,
            "expiration_utc": expiry.format("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
        }),
        ExpiryForm::ExpiresIn => json!({"access_token": token, "expires_in": lifetime}),
        ExpiryForm::Nothing => json!({"access_token": token}),
    }
}

fn refuse(store: &Store, reason: &str) -> Response {
    let status = StatusCode::from_u16(store.behaviour.refusal_status).unwrap_or(StatusCode::BAD_REQUEST);
    match store.behaviour.refusal_form {
        RefusalForm::Text => (status, reason.to_owned()).into_response(),
        RefusalForm::JsonText => (status, Json(Value::from(reason))).into_response(),
        RefusalForm::JsonObject => (status, Json(json!({"Message": reason}))).into_response(),
    }
}
