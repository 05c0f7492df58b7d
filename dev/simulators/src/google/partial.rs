//! The middleware for the `fields` parameter.

use axum::{
    body::Body,
    extract::{Query, Request},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use serde::Deserialize;

use super::{error::GoogleError, events::select_fields};

#[derive(Deserialize)]
struct FieldsQuery {
    fields: Option<String>,
}

/// Reduces a good answer to the members that were asked for.
pub(super) async fn select(request: Request, next: Next) -> Response {
    let fields = Query::<FieldsQuery>::try_from_uri(request.uri()).ok().and_then(|Query(query)| query.fields);
    let response = next.run(request).await;
    match fields {
        Some(selector) if response.status().is_success() => reduce(response, &selector).await,
        _ => response,
    }
}

async fn reduce(response: Response, selector: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(collected) = body.collect().await else {
        return GoogleError::parse_error().into_response();
    };
    let bytes = collected.to_bytes();
    let Ok(answer) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let Some(selected) = select_fields(answer, selector) else {
        return GoogleError::bad_request("invalidParameter", "Invalid field selection").into_response();
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(selected.to_string()))
}
