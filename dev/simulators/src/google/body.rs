use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;

use super::error::GoogleError;

/// A JSON body whose faults are told in Google's form.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = GoogleError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| GoogleError::parse_error())?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| GoogleError::parse_error())
    }
}
