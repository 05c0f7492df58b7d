//! The OpenAPI description.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, SecurityRequirement};
use utoipa::{Modify, OpenApi as _};

use crate::app::App;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Advosync",
        description = "Keeps appointments in Advoware and in Google Calendar equal.\n\nEvery error is `application/problem+json` with a `type` that stays as it is.",
    ),
    modifiers(&Security),
    tags(
        (name = "runs", description = "Ask for a run and follow it"),
        (name = "employees", description = "How each employee's calendar stands"),
        (name = "queue", description = "Jobs, workers and dead letters"),
        (name = "journal", description = "Who wrote what"),
    ),
)]
struct Description;

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
