//! What an answer's status and form say before its data is read.
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure, FailureKind};
use advosync_upstream::{Reply, Setback};
use serde::Deserialize;

use crate::error::failure;
use crate::refusal::Refusal;

/// Refusals are short; a longer text is something else.
const REFUSAL_BYTES: usize = 16 << 10;

/// Lets through what can be data (2xx) or evidence (404), neither of them a web page.
///
/// `freely`: the request may be repeated even where it may have been carried out.
pub(crate) fn check(reply: &Reply, operation: &str, freely: bool) -> Result<(), Setback> {
    if let Some(refusal) = refusal(reply) {
        let certainty = if reply.is_html() { Certainty::Unknown } else { Certainty::NotDone };
        return Err(Setback::last(Failure { certainty, ..refusal.failure(operation) }));
    }
    let status = reply.status.as_u16();
    let (kind, certainty, again) = match status {
        _ if reply.is_html() => (FailureKind::Unavailable, Certainty::Unknown, freely),
        200..=299 | 404 => return Ok(()),
        // A relay on a bad day says 403 too; only one that stays is a person's business.
        401 => (FailureKind::Denied, Certainty::NotDone, false),
        403 => (FailureKind::Denied, Certainty::NotDone, true),
        429 => (FailureKind::Quota, Certainty::NotDone, true),
        300..=399 | 408 | 500.. => (FailureKind::Unavailable, Certainty::Unknown, freely),
        _ => (FailureKind::Refused, Certainty::NotDone, false),
    };
    let what = if reply.is_html() { format!("{status} html") } else { status.to_string() };
    Err(Setback { failure: Failure { retry_after: retry_after(reply), ..failure(kind, certainty, operation, what) }, again })
}

fn retry_after(reply: &Reply) -> Option<Duration> {
    reply.retry_after.filter(|_| reply.status.is_client_error() || reply.status.is_server_error())
}

/// The refusal in an answer that is no data, whatever its status.
fn refusal(reply: &Reply) -> Option<Refusal> {
    if reply.len() > REFUSAL_BYTES {
        return None;
    }
    let text = reply.text();
    let body = text.trim_start();
    if reply.status.is_success() && body.starts_with(['{', '[']) {
        return None;
    }
    // A page may quote anything; only the harmless refusal is believed.
    Refusal::in_text(body).filter(|refusal| !reply.is_page() || !refusal.is_final())
}

/// The body of a success as JSON; anything else is no data.
pub(crate) fn json<T: for<'a> Deserialize<'a>>(reply: &Reply, operation: &str) -> Result<T, Failure> {
    if reply.status.as_u16() == 404 {
        return Err(failure(FailureKind::Refused, Certainty::NotDone, operation, 404));
    }
    reply.json().map_err(|_| unreadable(operation))
}

/// An answer that cannot be read: cut short, or something else altogether.
pub(crate) fn unreadable(operation: &str) -> Failure {
    failure(FailureKind::Unavailable, Certainty::Unknown, operation, "unreadable answer")
}
