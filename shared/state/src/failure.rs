//! Redis's errors in the engine's words.

use advosync_queue::link::LinkError;
use advosync_sync::ports::{Failure, FailureKind};

/// A step in Redis that failed: nothing was sent to either side on account of it.
#[must_use]
pub fn failure(error: LinkError) -> Failure {
    match error {
        LinkError::StaleLease => Failure::not_done(FailureKind::LeaseLost, "redis.stale-lease"),
        other => Failure::not_done(FailureKind::Unavailable, format!("redis.{}", other.code().replace(' ', "-"))),
    }
}
