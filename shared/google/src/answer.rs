//! What an answer's status and reason say before its data is read.
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure, FailureKind};
use advosync_upstream::{Reply, Setback};
use serde::Deserialize;

use crate::denial::Denial;
use crate::error::{failure, unreadable};
use crate::wire::{self, ErrorAnswer};

/// A limit on the use of calendars lasts for hours.
const USE_LIMIT_WAIT: Duration = Duration::from_hours(1);

/// How a call wants its refusals understood.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) operation: &'static str,
    /// It may be repeated even where it may have been carried out.
    pub(crate) freely: bool,
    /// It concerns one event only: a 403 for no general reason is that event's, and the run goes on.
    pub(crate) one_event: bool,
    /// It makes or shares calendars: such limits are met by slowing down, whatever reason they give.
    pub(crate) slow_kind: bool,
}

/// Lets through a success and the statuses that mean something to the call itself (400, 404, 409, 410, 412).
pub(crate) fn check(reply: &Reply, manner: Manner) -> Result<(), Setback> {
    let Manner { operation, freely, .. } = manner;
    let status = reply.status.as_u16();
    let unavailable = |what: String| Setback {
        failure: Failure {
            retry_after: reply.retry_after,
            ..failure(FailureKind::Unavailable, Certainty::Unknown, operation, what)
        },
        again: freely,
    };
    if reply.is_html() {
        return Err(unavailable(format!("{status} html")));
    }
    match status {
        200..=299 | 400 | 404 | 409 | 410 | 412 => Ok(()),
        401 => Err(Setback::last(Denial::Unauthorized.failure(operation))),
        403 => Err(forbidden(reply, manner)),
        429 => Err(rate_limited(reply, operation, status)),
        500.. if error(reply).has(&wire::RATE_LIMITED) => Err(rate_limited(reply, operation, status)),
        300..=399 | 408 | 500.. => Err(unavailable(status.to_string())),
        _ => Err(Setback::last(failure(FailureKind::Refused, Certainty::NotDone, operation, status))),
    }
}

/// Whether a failure is Google's, not our own, word on the quota.
pub(crate) fn is_rate_limit(setback: &Setback) -> bool {
    setback.again && setback.failure.kind == FailureKind::Quota
}

fn forbidden(reply: &Reply, manner: Manner) -> Setback {
    let operation = manner.operation;
    let error = error(reply);
    if error.has(&wire::RATE_LIMITED) || (manner.slow_kind && error.has(&wire::USE_LIMITED)) {
        return rate_limited(reply, operation, 403);
    }
    if error.has(&wire::USE_LIMITED) {
        let wait = reply.retry_after.unwrap_or(USE_LIMIT_WAIT);
        return Setback::last(Failure {
            retry_after: Some(wait),
            ..failure(FailureKind::Quota, Certainty::NotDone, operation, "use limit")
        });
    }
    if error.has(&wire::API_DISABLED) {
        return Setback::last(Denial::ApiDisabled.failure(operation));
    }
    if error.has(&wire::SCOPE_MISSING) {
        return Setback::last(Denial::InsufficientScope.failure(operation));
    }
    if manner.one_event && !error.has(&wire::ROLE_MISSING) && error.is_reasoned() {
        return Setback::last(failure(FailureKind::Refused, Certainty::NotDone, operation, 403));
    }
    // Google always gives a reason; without one, somebody else on the way has answered, perhaps only once.
    Setback { again: !error.is_reasoned(), failure: Denial::Forbidden.failure(operation) }
}

fn rate_limited(reply: &Reply, operation: &str, status: u16) -> Setback {
    Setback {
        failure: Failure { retry_after: reply.retry_after, ..failure(FailureKind::Quota, Certainty::NotDone, operation, status) },
        again: true,
    }
}

fn error(reply: &Reply) -> ErrorAnswer {
    reply.json().unwrap_or_default()
}

/// The body of a success; any other status is a refusal.
pub(crate) fn json<T: for<'a> Deserialize<'a>>(reply: &Reply, operation: &str) -> Result<T, Failure> {
    success(reply, operation)?;
    reply.json().map_err(|_| unreadable(operation))
}

/// A success without a body that matters; any other status is a refusal.
pub(crate) fn success(reply: &Reply, operation: &str) -> Result<(), Failure> {
    if reply.status.is_success() {
        Ok(())
    } else {
        Err(failure(FailureKind::Refused, Certainty::NotDone, operation, reply.status.as_u16()))
    }
}

/// A call on a calendar: 404 means that the calendar is not there.
pub(crate) fn on_calendar(reply: &Reply, operation: &str) -> Result<(), Failure> {
    if reply.status.as_u16() == 404 {
        Err(failure(FailureKind::CalendarMissing, Certainty::NotDone, operation, 404))
    } else {
        success(reply, operation)
    }
}
