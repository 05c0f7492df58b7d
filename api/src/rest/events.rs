//! The live feed.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use advosync_telemetry::Metrics;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};

use crate::access::Actor;
use crate::app::App;
use crate::feed::{EventId, Item};
use crate::problem::{Kind, Problem, ProblemBody};

/// Listeners of one process at most.
const MOST_LISTENERS: usize = 1_000;
/// How often a quiet feed shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How soon a browser connects again.
const RECONNECT: Duration = Duration::from_secs(2);

static LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// Counts a listener as long as it lives.
struct Listening(Arc<Metrics>);

impl Listening {
    fn begin(metrics: &Arc<Metrics>) -> Option<Self> {
        let admit = |count| (count < MOST_LISTENERS).then_some(count + 1);
        LISTENERS.fetch_update(Ordering::AcqRel, Ordering::Acquire, admit).ok()?;
        metrics.listeners_changed(1);
        Some(Self(Arc::clone(metrics)))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENERS.fetch_sub(1, Ordering::AcqRel);
        self.0.listeners_changed(-1);
    }
}

/// Sends each visible change of a run as it happens.
///
/// Each event's data names `run_id`, `kuerzel`, `kind`, `status`, `phase` and `counts`. Its id resumes the feed by
/// `Last-Event-ID`; an event called `missed` says that some in between are no longer kept.
#[utoipa::path(
    get, path = "/events", tag = "runs",
    params(("Last-Event-ID" = Option<String>, Header, description = "Goes on after this event")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Too many listen already"),
    ),
)]
pub(crate) async fn events(State(app): State<App>, _: Actor, headers: HeaderMap) -> Result<Response, Problem> {
    let listening = Listening::begin(app.fleet().metrics())
        .ok_or_else(|| Problem::new(Kind::TooManyListeners, "As many as can be served listen already. Try again soon."))?;
    let after = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(EventId::parse);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    let mut response = Sse::new(stream(&app, after, listening)).keep_alive(keep_alive).into_response();
    // Proxies would hold the events back otherwise.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn stream(app: &App, after: Option<EventId>, listening: Listening) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let hello = Event::default().comment("listening").retry(RECONNECT);
    let events = app.feed().listen(after).flat_map(futures::stream::iter).map(move |item| {
        let _ = &listening;
        match item {
            Item::Event(entry) => Event::default().id(entry.id.to_string()).data(&*entry.json),
            Item::Missed => Event::default().event("missed").data("{}"),
        }
    });
    let end = app.shutdown().clone().cancelled_owned();
    futures::stream::once(async { hello }).chain(events).take_until(end).map(Ok)
}
