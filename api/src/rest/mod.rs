//! The endpoints, and their description.

mod appointments;
mod dead_letters;
mod description;
mod drift;
mod employees;
mod events;
mod journal;
mod notifications;
mod paging;
mod plan;
mod queue;
mod release;
mod runs;
mod sync;
mod undo;

use std::time::Duration;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use dead_letters::is_id as is_dead_letter;
pub(crate) use description::describe;
pub use description::openapi;
pub(crate) use release::{bring_back, let_go};
pub(crate) use runs::{Counts, record};
pub(crate) use sync::ask_for_run;
pub(crate) use undo::{take_back, targets};

use crate::app::App;
use crate::router::deadline;

/// An endpoint that needs Redis alone answers within 5 s, come what may.
const QUICK: Duration = Duration::from_millis(4_500);
/// One that asks Advoware or Google too.
const SLOW: Duration = Duration::from_secs(60);

/// The endpoints that need a token.
pub(crate) fn guarded() -> OpenApiRouter<App> {
    let quick = OpenApiRouter::new()
        .routes(routes!(runs::list))
        .routes(routes!(runs::show))
        .routes(routes!(runs::report))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::show, dead_letters::remove))
        .routes(routes!(dead_letters::requeue))
        .routes(routes!(release::release))
        .routes(routes!(release::restore))
        .routes(routes!(queue::stats))
        .routes(routes!(queue::workers))
        .routes(routes!(queue::doctor))
        .routes(routes!(employees::calendars))
        .routes(routes!(journal::list))
        .routes(routes!(drift::list))
        .layer(axum::middleware::from_fn(|request, next| deadline(QUICK, request, next)));
    let slow = OpenApiRouter::new()
        .routes(routes!(sync::trigger))
        .routes(routes!(employees::list))
        .routes(routes!(employees::show))
        .routes(routes!(plan::plan))
        .routes(routes!(undo::plan, undo::undo))
        .routes(routes!(drift::compare))
        .routes(routes!(appointments::story))
        .routes(routes!(appointments::event))
        .routes(routes!(dead_letters::requeue_all))
        .routes(routes!(dead_letters::remove_all))
        .layer(axum::middleware::from_fn(|request, next| deadline(SLOW, request, next)));
    let endless = OpenApiRouter::new().routes(routes!(events::events));
    OpenApiRouter::with_openapi(description::base()).merge(quick).merge(slow).merge(endless)
}

/// The endpoints that prove otherwise whom they come from.
pub(crate) fn open() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(notifications::notified))
}
