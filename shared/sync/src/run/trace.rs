//! The spans of a run. Names hold no ids; attributes hold numbers, counts and reasons, never a content.

use tracing::field::Empty;
use tracing::{Span, info_span};

use super::Counts;
use crate::plan::Plan;
use crate::ports::FrNr;

/// Operations of one round that have a span of their own; later ones share one, so that a trace stays readable.
pub(super) const OWN_SPANS: usize = 200;

/// A step of a run: `load advoware`, `load google`, `plan` or `apply`.
pub(super) fn step(name: &'static str) -> Span {
    info_span!(
        "step",
        otel.name = name,
        otel.kind = "internal",
        advosync.count = Empty,
        advosync.plan.unchanged = Empty,
        advosync.plan.held = Empty,
        advosync.plan.conflicts = Empty,
    )
}

/// Notes on the span of the step `plan` what came out of it.
pub(super) fn planned(span: &Span, plan: &Plan, counts: &Counts) {
    span.record("advosync.count", plan.operations.len());
    span.record("advosync.plan.unchanged", plan.unchanged);
    span.record("advosync.plan.held", plan.held.len());
    span.record("advosync.plan.conflicts", counts.conflicts);
}

/// One operation; `index` counts those of its round.
pub(super) fn operation(kind: &'static str, frnr: Option<FrNr>, index: usize) -> Span {
    if index >= OWN_SPANS {
        return Span::none();
    }
    info_span!(
        "operation",
        otel.name = kind,
        otel.kind = "internal",
        otel.status_code = Empty,
        advosync.operation = kind,
        advosync.frnr = frnr,
        advosync.count = 1,
        error.type = Empty,
    )
}

/// What the operations beyond [`OWN_SPANS`] share.
pub(super) fn rest(count: usize) {
    if count > 0 {
        info_span!("operation", otel.name = "further operations", otel.kind = "internal", advosync.count = count).in_scope(|| ());
    }
}

/// Marks an operation as failed, with its code; one without a span of its own gets one.
pub(super) fn failed(span: &Span, kind: &'static str, code: &str) {
    let span = if span.is_none() { operation(kind, None, 0) } else { span.clone() };
    span.record("otel.status_code", "ERROR");
    span.record("error.type", code);
}
