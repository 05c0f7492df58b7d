//! Trace contexts that travel in job entries and headers as a W3C `traceparent`.

use std::fmt::Write as _;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The `traceparent` of a span, to be sent along with what it causes; `None` where the span is disabled.
#[must_use]
pub fn traceparent_of(span: &Span) -> Option<String> {
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| {
        let (trace, span, flags) = (context.trace_id(), context.span_id(), context.trace_flags().to_u8() & 1);
        format!("00-{trace}-{span}-{flags:02x}")
    })
}

/// The `traceparent` of the current span.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    traceparent_of(&Span::current())
}

/// The current span's trace id, 32 hex digits.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    let context = Context::current();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id().to_string())
}

/// The current span's trace id, where its trace is exported: others lead nowhere.
pub(crate) fn sampled_trace_id() -> Option<String> {
    let context = Context::current();
    let context = context.span().span_context().clone();
    context.is_sampled().then(|| context.trace_id().to_string())
}

/// The trace id in a `traceparent`, 32 hex digits; `None` where the text is no valid one.
#[must_use]
pub fn trace_id_of(traceparent: &str) -> Option<String> {
    parse(traceparent).map(|context| context.trace_id().to_string())
}

/// Makes `span` a child of a remote span and links it as well, so that a service graph has its edge.
///
/// Call it before the span is entered. A `traceparent` that can't be read changes nothing.
pub fn parent_and_link(span: &Span, traceparent: &str) {
    if let Some(remote) = parse(traceparent) {
        // Fails only where the span is filtered away or was entered: then it keeps the parent it has.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote.clone()));
        span.add_link(remote);
    }
}

/// Makes `span` the root of a new trace with links to earlier ones: a redelivery, a retry, a requeue.
///
/// Call it before the span is entered. What can't be read among `traceparents` is left out.
pub fn start_new_trace<'a>(span: &Span, traceparents: impl IntoIterator<Item = &'a str>) {
    let _ = span.set_parent(Context::new());
    for traceparent in traceparents {
        link(span, traceparent);
    }
}

/// Links `span` to another one, such as a trigger to the job that it joined.
pub fn link(span: &Span, traceparent: &str) {
    if let Some(other) = parse(traceparent) {
        span.add_link(other);
    }
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let version = hex(version, 2).filter(|version| *version != 0xff)?;
    // Later versions may append parts, this one has four.
    if version == 0 && parts.next().is_some() {
        return None;
    }
    let trace = TraceId::from_bytes(u128::from_str_radix(only_hex(trace, 32)?, 16).ok()?.to_be_bytes());
    let span = SpanId::from_bytes(hex(span, 16)?.to_be_bytes());
    let sampled = TraceFlags::new(u8::try_from(hex(flags, 2)?).ok()? & 1);
    let context = SpanContext::new(trace, span, sampled, true, TraceState::default());
    context.is_valid().then_some(context)
}

fn hex(text: &str, length: usize) -> Option<u64> {
    u64::from_str_radix(only_hex(text, length)?, 16).ok()
}

fn only_hex(text: &str, length: usize) -> Option<&str> {
    let fits = text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    fits.then_some(text)
}

/// Appends the current trace and span id to a log line, where there are any.
pub(crate) fn write_ids(line: &mut String, mut write: impl FnMut(&mut String, &str, &str)) {
    let context = Context::current();
    let context = context.span().span_context().clone();
    if context.is_valid() {
        let mut id = String::with_capacity(32);
        let _ = write!(id, "{}", context.trace_id());
        write(line, "trace_id", &id);
        id.clear();
        let _ = write!(id, "{}", context.span_id());
        write(line, "span_id", &id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_id_is_read_from_a_traceparent() {
        assert_eq!(trace_id_of(GOOD).as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert!(parse(GOOD).unwrap().is_sampled());
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(trace_id_of(text), None, "{text}");
        }
    }
}
