//! Path, query and body, with our own words for what can't be read.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};

/// Like [`axum::extract::Path`].
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(crate) struct Path<T>(pub(crate) T);

/// Like [`axum::extract::Query`].
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(crate) struct Query<T>(pub(crate) T);

/// A JSON body, whatever its content type says; an empty one, or `null`, is the default.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        // A path that can't be read names nothing.
        tracing::debug!(%rejection, "unreadable path");
        Self::not_found("thing")
    }
}

impl From<QueryRejection> for Problem {
    fn from(_: QueryRejection) -> Self {
        Self::bad_request("The query can't be read; /openapi.json lists the parameters and their values.")
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            Self::new(Kind::TooLarge, "The body is longer than the api reads.")
        } else {
            Self::bad_request("The body did not come whole.")
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await?;
        let given = bytes.trim_ascii();
        let text = if given.is_empty() || given == b"null" { b"{}".as_slice() } else { given };
        // The parser's words could repeat a value of the body: only the place is told.
        serde_json::from_slice(text).map(Self).map_err(|error| {
            Problem::bad_request(format!(
                "The body is not the JSON that is expected (line {}, column {}).",
                error.line(),
                error.column()
            ))
        })
    }
}
