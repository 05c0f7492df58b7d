//! The appointment API and discovery.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    behaviour::{CreateAnswer, MissingAnswer},
    gateway,
    simulator::Shared,
    store::{Refused, Store},
    wire::{self, Object},
};
use crate::traffic;

pub(super) fn routes(shared: &Shared) -> Router {
    let api = Router::new()
        .route("/api/v1/advonet/Mitarbeiter", get(employees))
        .route("/api/v1/advonet/Termine", get(appointments).post(create).put(update).delete(remove))
        .layer(middleware::from_fn_with_state(shared.clone(), guard));
    Router::new()
        .route("/AdvonetConfigurator/api/Url", get(discover))
        .route("/api/v1/Token", post(gateway::token))
        .merge(api.clone())
        .nest("/relay", api.clone())
        .nest("/connector", api)
        .fallback(no_such_path)
        .with_state(shared.clone())
        .layer(middleware::from_fn_with_state(shared.traffic.clone(), traffic::observe))
}

/// The error body of the API.
pub(super) fn error_body(status: u16, reason: Option<&str>) -> Value {
    json!({"Message": reason.map_or_else(|| format!("Fehler {status}"), str::to_owned)})
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"Message": message}))).into_response()
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Invalid(_) | Self::Generated(_) => StatusCode::BAD_REQUEST,
            Self::Missing(_) => StatusCode::NOT_FOUND,
        };
        error(status, &self.to_string())
    }
}

async fn no_such_path() -> Response {
    let page = "<!DOCTYPE html><html><body><h1>404 - Datei oder Verzeichnis nicht gefunden.</h1></body></html>";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

/// Lets a request through where the way to the firm is open and its token is valid.
async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let (blocked, authorised) = {
        let store = shared.store();
        (is_blocked(&store, original_path(&request)), bearer(&request).is_some_and(|token| store.token_is_valid(token)))
    };
    if blocked {
        let page =
            "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1>Der Server der Kanzlei ist nicht erreichbar.</body></html>";
        return (StatusCode::BAD_GATEWAY, Html(page)).into_response();
    }
    if !authorised {
        let mut response = error(StatusCode::UNAUTHORIZED, "Das Zugriffstoken ist ungültig oder abgelaufen.");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        return response;
    }
    next.run(request).await
}

fn original_path(request: &Request) -> &str {
    request.extensions().get::<axum::extract::OriginalUri>().map_or_else(|| request.uri(), |original| &original.0).path()
}

fn is_blocked(store: &Store, path: &str) -> bool {
    let behaviour = &store.behaviour;
    behaviour.office_server_off
        || (path.starts_with("/relay/") && behaviour.connector)
        || (path.starts_with("/connector/") && !behaviour.connector)
}

fn bearer(request: &Request) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

#[derive(Deserialize)]
struct DiscoveryQuery {
    #[serde(rename = "Kanzlei", default)]
    kanzlei: String,
}

async fn discover(State(shared): State<Shared>, Query(query): Query<DiscoveryQuery>) -> Response {
    if query.kanzlei != shared.credentials.kanzlei {
        let text = super::behaviour::Refusal::NotRegistered.text();
        return (StatusCode::NOT_FOUND, text).into_response();
    }
    let url = &shared.public_url;
    let connector = shared.store().behaviour.connector;
    Json(json!({
        "relayUrl": format!("{url}relay/"),
        "connectorUrl": connector.then(|| format!("{url}connector/")),
        "securityGateway": **url,
    }))
    .into_response()
}

#[derive(Deserialize)]
struct EmployeeQuery {
    aktiv: Option<bool>,
}

async fn employees(State(shared): State<Shared>, Query(query): Query<EmployeeQuery>) -> Response {
    let store = shared.store();
    let rows: Vec<Value> = store
        .employees
        .iter()
        .filter(|employee| {
            query.aktiv.is_none_or(|wanted| {
                let active = employee.get("aktiv").and_then(Value::as_bool);
                active.unwrap_or(true) == wanted
            })
        })
        .map(|employee| wire::spell(employee.clone(), &store.behaviour))
        .collect();
    Json(rows).into_response()
}

#[derive(Deserialize)]
struct AppointmentQuery {
    frnr: Option<i64>,
    kuerzel: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

async fn appointments(
    State(shared): State<Shared>,
    query: Result<Query<AppointmentQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else {
        return error(StatusCode::BAD_REQUEST, "Die Nummer ist ungültig.");
    };
    let store = shared.store();
    if let Some(number) = query.frnr {
        return look_up(&store, number);
    }
    let moment = |text: &Option<String>| text.as_deref().and_then(wire::read_moment);
    let (Some(kuerzel), Some(from), Some(to)) = (&query.kuerzel, moment(&query.from), moment(&query.to)) else {
        return error(StatusCode::BAD_REQUEST, "Die Angaben 'kuerzel', 'from' und 'to' sind erforderlich.");
    };
    Json(store.list(kuerzel, from, to)).into_response()
}

fn look_up(store: &Store, number: i64) -> Response {
    let Some(fields) = store.appointments.get(&number) else {
        return match store.behaviour.missing_answer {
            MissingAnswer::NotFound => Refused::Missing(number).into_response(),
            MissingAnswer::Null => Json(Value::Null).into_response(),
            MissingAnswer::EmptyList => Json(json!([])).into_response(),
        };
    };
    let shown = wire::render(fields, &store.behaviour, false);
    if store.behaviour.single_as_array { Json(json!([shown])).into_response() } else { Json(shown).into_response() }
}

#[derive(Deserialize)]
struct NumberQuery {
    frnr: i64,
}

fn read_object(body: &Bytes) -> Result<Object, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused::Invalid("Die Anfrage enthält kein gültiges JSON-Objekt.".to_owned()))
}

async fn create(State(shared): State<Shared>, body: Bytes) -> Result<Response, Refused> {
    let sent = read_object(&body)?;
    let mut store = shared.store();
    let number = store.create(&sent)?;
    shared.traffic.count_write("termine.create");
    let answer = match store.behaviour.create_answer {
        CreateAnswer::Number => Value::from(number),
        CreateAnswer::Text => Value::from(number.to_string()),
        CreateAnswer::Object => wire::render(&store.appointments[&number], &store.behaviour, false),
    };
    Ok(Json(answer).into_response())
}

async fn update(State(shared): State<Shared>, Query(query): Query<NumberQuery>, body: Bytes) -> Result<Response, Refused> {
    let sent = read_object(&body)?;
    shared.store().replace(query.frnr, &sent)?;
    shared.traffic.count_write("termine.update");
    Ok(Json(query.frnr).into_response())
}

async fn remove(State(shared): State<Shared>, Query(query): Query<NumberQuery>) -> Result<StatusCode, Refused> {
    shared.store().delete(query.frnr)?;
    shared.traffic.count_write("termine.delete");
    Ok(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_is_closed_where_a_connector_is() {
        let mut store = Store::default();
        assert!(!is_blocked(&store, "/relay/api/v1/advonet/Termine"));
        assert!(is_blocked(&store, "/connector/api/v1/advonet/Termine"));
        store.behaviour.connector = true;
        assert!(is_blocked(&store, "/relay/api/v1/advonet/Termine"));
        assert!(!is_blocked(&store, "/connector/api/v1/advonet/Termine"));
        assert!(!is_blocked(&store, "/api/v1/advonet/Termine"));
    }
}
