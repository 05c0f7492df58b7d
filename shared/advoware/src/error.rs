//! Faults of the configuration that only the client can see, and the engine's failures in short.
use advosync_sync::ports::{Certainty, Failure, FailureKind};

pub(crate) const UPSTREAM: &str = "advoware";

/// The client cannot be built from its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The API key signs nothing.
    #[error("ADVOWARE_API_KEY is not base64")]
    ApiKey,
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] advosync_upstream::SetupError),
}

/// A failure under the code `advoware.{operation}: {what}`.
pub(crate) fn failure(kind: FailureKind, certainty: Certainty, operation: &str, what: impl std::fmt::Display) -> Failure {
    Failure { kind, certainty, retry_after: None, code: format!("{UPSTREAM}.{operation}: {what}") }
}
