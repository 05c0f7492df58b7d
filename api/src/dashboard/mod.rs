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
mod views;

use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, map_response_with_state};
use axum::routing::{get, post};

use crate::app::App;
use crate::router::deadline;

pub(crate) use failure::show_failure;
pub(crate) use language::Language;
pub(crate) use sign_in::sign_in_page;

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
        .route("/ui/drift", get(drift::page))
        .route("/ui/appointments/{frnr}", get(appointment::by_number))
        .route("/ui/events/{event_id}", get(appointment::by_event))
        .route("/ui/search", get(appointment::search))
        .route("/ui/sign-out", post(sign_in::sign_out))
        .route("/ui/dead-letters", post(actions::deal_with_letters))
        .layer(from_fn(|request, next| deadline(QUICK, request, next)));
    let slow = Router::new()
        .route("/", get(overview::page))
        .route("/ui/employees", get(employees::page))
        .route("/ui/employees/{kuerzel}", get(employee::page))
        .route("/ui/employees/{kuerzel}/plan", get(plan::page))
        .route("/ui/employees/{kuerzel}/release", post(actions::release))
        .route("/ui/sync", post(actions::sync))
        .layer(from_fn(|request, next| deadline(SLOW, request, next)));
    quick.merge(slow).layer(map_response_with_state(app.clone(), show_failure))
}

/// The door, and the files that every page needs.
pub(crate) fn open() -> Router<App> {
    Router::new().route("/ui/sign-in", get(sign_in::page).post(sign_in::sign_in)).merge(assets::router())
}
