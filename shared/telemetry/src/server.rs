//! The span of a request that comes in.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::{parent_and_link, semconv};

/// Middleware that puts each request into a span: a child of the caller's where it sent a `traceparent`.
///
/// Put it on a router by `route_layer(axum::middleware::from_fn(trace_requests))`, so that the route is known.
pub async fn trace_requests(request: Request, next: Next) -> Response {
    let method = request.method().as_str().to_owned();
    let span = semconv::server_span(&method);
    if let Some(traceparent) = request.headers().get("traceparent").and_then(|value| value.to_str().ok()) {
        parent_and_link(&span, traceparent);
    }
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        semconv::matched(&span, &method, route.as_str());
    }
    let response = next.run(request).instrument(span.clone()).await;
    semconv::answered(&span, response.status().as_u16());
    response
}
