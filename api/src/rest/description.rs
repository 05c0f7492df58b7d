//! The OpenAPI description.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, SecurityRequirement};
use utoipa::{Modify, OpenApi as _};

use crate::app::App;
use crate::problem::ProblemBody;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Advosync",
        description = "Keeps appointments in Advoware and in Google Calendar equal.\n\nEvery error is `application/problem+json` with a `type` that stays as it is.",
    ),
    modifiers(&Security),
    paths(healthz, readyz, metrics, describe_itself),
    tags(
        (name = "runs", description = "Ask for a run and follow it"),
        (name = "employees", description = "How each employee's calendar stands"),
        (name = "queue", description = "Jobs, workers and dead letters"),
        (name = "journal", description = "Who wrote what"),
        (name = "watch", description = "How this program is doing, in plain text"),
    ),
)]
struct Description;

/// Whether the program's loop turns. Restarting it helps where it does not.
#[utoipa::path(
    get, path = "/healthz", tag = "watch", security(()),
    responses((status = 200, body = String, content_type = "text/plain", description = "It does")),
)]
#[expect(dead_code, reason = "served by the telemetry, described here")]
fn healthz() {}

/// Whether it can work now.
#[utoipa::path(
    get, path = "/readyz", tag = "watch", security(()),
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "It can"),
        (status = 503, body = String, content_type = "text/plain", description = "Not without Redis; the text says why"),
    ),
)]
#[expect(dead_code, reason = "served by the telemetry, described here")]
fn readyz() {}

/// Figures for Prometheus: its text format, or OpenMetrics for those who ask for it.
#[utoipa::path(
    get, path = "/metrics", tag = "watch",
    responses(
        (status = 200, body = String, content_type = "text/plain", description = "The figures"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
    ),
)]
#[expect(dead_code, reason = "served by the telemetry, described here")]
fn metrics() {}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "watch",
    responses(
        (status = 200, body = serde_json::Value, description = "OpenAPI 3.1"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
    ),
)]
#[expect(dead_code, reason = "a constant of the process")]
fn describe_itself() {}

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A secret of API_TOKENS")).build();
        let components = openapi.components.get_or_insert_with(Components::new);
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        openapi.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

/// What the endpoints add theirs to.
pub(crate) fn base() -> OpenApi {
    Description::openapi()
}

/// The description of all endpoints, as JSON.
#[must_use]
pub fn openapi() -> String {
    let mut description = super::guarded().into_openapi();
    description.merge(super::open().into_openapi());
    description.to_pretty_json().unwrap_or_default()
}

/// Serves the description.
pub(crate) fn describe() -> Router<App> {
    let json: &'static str = openapi().leak();
    Router::new().route("/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], json)))
}
