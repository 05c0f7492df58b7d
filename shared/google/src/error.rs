//! Faults of the configuration that only the client can see, and the engine's failures in short.
use advosync_sync::ports::{Certainty, Failure, FailureKind};

pub(crate) const UPSTREAM: &str = "google";

/// The client cannot be built from its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The service account's file cannot be read.
    #[error("the service account's file cannot be read")]
    Unreadable(#[source] std::io::Error),
    /// The file is there, but it is no service account's; what it holds is not shown.
    #[error("this is no service account's JSON: {0}")]
    NoServiceAccount(&'static str),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] advosync_upstream::SetupError),
}

/// A failure under the code `google.{operation}: {what}`.
pub(crate) fn failure(kind: FailureKind, certainty: Certainty, operation: &str, what: impl std::fmt::Display) -> Failure {
    Failure { kind, certainty, retry_after: None, code: format!("{UPSTREAM}.{operation}: {what}") }
}

/// An answer that cannot be read: cut short, or something else altogether.
pub(crate) fn unreadable(operation: &str) -> Failure {
    failure(FailureKind::Unavailable, Certainty::Unknown, operation, "unreadable answer")
}
