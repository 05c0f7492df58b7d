//! Everything that is served, and what every request goes through.

use std::any::Any;
use std::net::SocketAddr;
use std::time::Duration;

use advosync_telemetry::{Health, health_router, metrics_router, trace_requests};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Extension, FromRequest, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::ServiceBuilderExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::MakeRequestUuid;

use crate::access::guard;
use crate::app::App;
use crate::dashboard;
use crate::limits::Limits;
use crate::observe::observe;
use crate::problem::{Kind, Problem};
use crate::rest;

/// The longest body that is read, in bytes; a release of many held items is the longest there is.
const LONGEST_BODY: usize = 256 * 1024;

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// What a page of ours may load: its own files, and nothing from elsewhere.
const CONTENT_SECURITY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// The whole api.
pub(crate) fn router(app: &App, health: Health, limits: Limits) -> Router {
    let (guarded, _) = rest::guarded().split_for_parts();
    let (open, _) = rest::open().split_for_parts();
    let guarded = guarded
        .merge(rest::describe())
        .merge(dashboard::guarded(app))
        .merge(metrics_router(health.clone()).with_state(()))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(from_fn_with_state(app.clone(), guard));
    let limited = guarded
        .merge(open.merge(dashboard::open()).method_not_allowed_fallback(method_not_allowed))
        .layer(from_fn_with_state(app.clone(), dashboard::choose_language))
        .layer(from_fn_with_state(limits.clone(), limit))
        .layer(Extension(limits))
        .layer(from_fn(take_in))
        .with_state(app.clone());
    limited.merge(health_router(health)).layer(
        tower::ServiceBuilder::new()
            .set_x_request_id(MakeRequestUuid)
            .propagate_x_request_id()
            .layer(from_fn(harden))
            .layer(from_fn_with_state(app.clone(), observe))
            .layer(from_fn(trace_requests))
            .layer(CompressionLayer::new())
            .layer(CatchPanicLayer::custom(panicked))
            .layer(DefaultBodyLimit::max(LONGEST_BODY)),
    )
}

async fn not_found() -> Problem {
    Problem::not_found("page")
}

async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "The Allow header names the methods that this path knows.")
}

/// Reads a request's body before anything is decided: a refusal that left it unread would end the connection, and with
/// it whatever else the client sends over it.
async fn take_in(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let whole = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    match tokio::time::timeout(BODY_PATIENCE, whole).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(rejection)) => Problem::from(rejection).into_response(),
        Err(_) => Problem::bad_request("The body did not arrive in time.").into_response(),
    }
}

/// Ends an answer that takes too long.
pub(crate) async fn deadline(patience: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Problem::new(Kind::TimedOut, "Redis, Advoware or Google did not answer in time. Ask again soon.").into_response()
        }
    }
}

async fn limit(
    State(limits): State<Limits>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if limits.admits(peer.ip()) {
        return next.run(request).await;
    }
    Problem::new(Kind::TooManyRequests, "More requests came from this address than are served. Slow down.")
        .after_seconds(1)
        .into_response()
}

/// Headers that keep browsers from doing more with an answer than showing it.
async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    // A panic's text may hold anything: it goes to standard error by the panic hook, not into the answer.
    let is_text = panic.is::<String>() || panic.is::<&str>();
    tracing::error!(is_text, "a request ended in a panic");
    Problem::new(Kind::Internal, "This is a mistake of ours; the log says more.").into_response()
}
