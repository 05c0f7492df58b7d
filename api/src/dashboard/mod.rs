//! The dashboard: pages made on the server, live where scripts are on.

mod actions;
mod appointment;
mod assets;
mod attention;
mod chart;
mod drift;
mod employee;
mod employees;
mod failure;
mod flow;
mod journal;
mod language;
mod moments;
mod overview;
mod page;
mod plan;
mod queue;
mod run;
mod runs;
mod sign_in;
mod state;
mod subject;
mod texts;
mod undo;
mod views;

use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::app::App;
use crate::problem::Problem;
use crate::router::deadline;

use failure::show_failure;
pub(crate) use language::Language;
use page::Page;

/// A page that needs Redis alone answers within 5 s, come what may.
const QUICK: Duration = Duration::from_millis(4_500);
/// One that asks Advoware or Google too.
const SLOW: Duration = Duration::from_secs(60);

/// Whether a path shows a page to a person.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/" || path.starts_with("/ui/")
}

/// Pages and actions for whoever has signed in.
pub(crate) fn guarded(app: &App) -> Router<App> {
    let quick = Router::new()
        .route("/ui/runs", get(runs::page))
        .route("/ui/runs/{run_id}", get(run::page))
        .route("/ui/journal", get(journal::page))
        .route("/ui/queue", get(queue::page))
        .route("/ui/search", get(appointment::search))
        .route("/ui/sign-out", post(sign_in::sign_out))
        .route("/ui/dead-letters", post(actions::deal_with_letters))
        .layer(from_fn(|request, next| deadline(QUICK, request, next)));
    let slow = Router::new()
        .route("/", get(overview::page))
        .route("/ui/employees", get(employees::page))
        .route("/ui/appointments/{frnr}", get(appointment::by_number))
        .route("/ui/events/{event_id}", get(appointment::by_event))
        .route("/ui/employees/{kuerzel}", get(employee::page))
        .route("/ui/employees/{kuerzel}/plan", get(plan::page))
        .route("/ui/employees/{kuerzel}/release", post(actions::release))
        .route("/ui/sync", post(actions::sync))
        .route("/ui/runs/{run_id}/undo", get(undo::page).post(undo::undo))
        .route("/ui/drift", get(drift::page).post(actions::compare))
        .layer(from_fn(|request, next| deadline(SLOW, request, next)));
    quick.merge(slow).layer(map_response_with_state(app.clone(), show_failure))
}

/// The door, and the files that every page needs.
pub(crate) fn open() -> Router<App> {
    Router::new().route("/ui/sign-in", get(sign_in::page).post(sign_in::sign_in)).merge(assets::router())
}

/// Answers whoever may not come in: a person at a page with the door, everybody else with the problem.
pub(crate) async fn refuse(app: App, request: Request, problem: Problem) -> Response {
    if !is_page(request.uri().path()) {
        return problem.into_response();
    }
    let (mut parts, _) = request.into_parts();
    let Ok(page) = Page::from_request_parts(&mut parts, &app).await;
    if problem.status() != StatusCode::UNAUTHORIZED {
        return show_failure(State(app), page, problem.into_response()).await;
    }
    let challenge = problem.into_response().headers_mut().remove(header::WWW_AUTHENTICATE);
    let mut door = sign_in::sign_in_page(page);
    door.headers_mut().extend(challenge.map(|challenge| (header::WWW_AUTHENTICATE, challenge)));
    door
}

/// Keeps the language that a link to this very page chooses, and shows the page in it.
pub(crate) async fn choose_language(State(app): State<App>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let chosen = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang");
    let chosen = chosen.and_then(|(_, code)| Language::parse(&code));
    let Some(language) = chosen.filter(|_| request.method() == Method::GET && is_page(request.uri().path())) else {
        return next.run(request).await;
    };
    let (mut parts, _) = request.into_parts();
    let Ok(page) = Page::from_request_parts(&mut parts, &app).await;
    ([(header::SET_COOKIE, language.set_cookie())], Redirect::to(&page.here)).into_response()
}
