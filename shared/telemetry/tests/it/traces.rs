//! Spans as a receiver gets them, and receivers that don't.

use std::net::TcpListener;
use std::time::Duration;

use advosync_testkit::{OtlpReceiver, attribute};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};

use crate::child::{printed, run};

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

#[test]
fn a_trigger_is_one_trace_that_reads_like_a_story() {
    let receiver = OtlpReceiver::start().unwrap();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.address()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=firm"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=other"),
        ("RUST_LOG", "trace"),
    ];
    let (output, elapsed) = run("story", &variables);
    assert!(output.status.success() && elapsed < Duration::from_secs(6), "{output:?} after {elapsed:?}");
    let spans = receiver.spans();
    let mut names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "GET calendars/{calendarId}/events",
        "POST",
        "POST /advoware/calendar/sync",
        "process jobs:employee",
        "process jobs:employee",
        "send jobs:employee",
    ];
    assert_eq!(names, expected);

    let request = named(&spans, "POST /advoware/calendar/sync")[0];
    let send = named(&spans, "send jobs:employee")[0];
    let attempt = |number: &str| {
        let processed = named(&spans, "process jobs:employee");
        *processed.iter().find(|span| attribute(&span.attributes, "advosync.attempt").unwrap() == number).unwrap()
    };
    let (first, retry) = (attempt("1"), attempt("2"));
    let call = named(&spans, "GET calendars/{calendarId}/events")[0];
    let joined = named(&spans, "POST")[0];

    assert_eq!(hex(&request.trace_id), printed(&output, "trace_id"));
    for (span, parent) in [(send, request), (first, send), (call, first)] {
        assert_eq!((&span.parent_span_id, &span.trace_id), (&parent.span_id, &parent.trace_id), "{}", span.name);
    }
    assert!(request.parent_span_id.is_empty() && retry.parent_span_id.is_empty());
    assert_ne!(retry.trace_id, first.trace_id);
    for (span, linked) in [(first, send), (retry, send), (joined, first)] {
        let links: Vec<_> = span.links.iter().map(|link| (&link.trace_id, &link.span_id)).collect();
        assert_eq!(links, [(&linked.trace_id, &linked.span_id)], "{}", span.name);
    }
    let kinds = [(request, SpanKind::Server), (send, SpanKind::Producer), (first, SpanKind::Consumer), (call, SpanKind::Client)];
    for (span, kind) in kinds {
        assert_eq!(span.kind(), kind, "{}", span.name);
    }
    assert_eq!(printed(&output, "exemplar"), "true");
    assert_call(call);
    assert_resource(&receiver);
}

fn assert_call(call: &Span) {
    assert_eq!(attribute(&call.attributes, "error.type").as_deref(), Some("503"));
    assert_eq!(call.status.as_ref().unwrap().code(), StatusCode::Error);
}

fn assert_resource(receiver: &OtlpReceiver) {
    let (resource, _) = receiver.spans_of_services().remove(0);
    let expected = [
        ("service.name", "advosync-test"),
        ("service.namespace", "advosync"),
        ("service.version", "1.2.3"),
        ("deployment.environment.name", "test"),
        ("telemetry.sdk.language", "rust"),
    ];
    for (name, value) in expected {
        assert_eq!(attribute(&resource, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(receiver.header("x-tenant").unwrap(), "firm");
}

#[test]
fn spans_that_find_a_receiver_are_counted_as_exported_or_dropped() {
    let receiver = OtlpReceiver::start().unwrap();
    let (output, _) = run("many", &[("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.address())]);
    let [exported, failed, dropped] = ["exported", "failed", "dropped"].map(|name| number(&printed(&output, name)));
    assert_eq!((exported + dropped, failed), (20_000, 0));
    assert_eq!(receiver.spans().len() as u64, exported);
}

#[test]
fn a_dead_receiver_holds_nothing_up() {
    let (output, elapsed) = run("many", &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")]);
    assert!(output.status.success() && elapsed < Duration::from_secs(6), "{elapsed:?}");
    assert!(number(&printed(&output, "work_ms")) < 2000);
    assert_eq!(number(&printed(&output, "exported")), 0);
    assert!(number(&printed(&output, "failed")) > 0);
    let warnings = String::from_utf8_lossy(&output.stderr).lines().filter(|line| line.contains("can't be exported")).count();
    assert_eq!(warnings, 1, "a failure that lasts is logged once");
}

#[test]
fn a_receiver_that_never_answers_holds_nothing_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()), ("OTEL_BSP_MAX_QUEUE_SIZE", "1000")];
    let (output, elapsed) = run("many", &variables);
    assert!(output.status.success() && elapsed < Duration::from_secs(6), "{elapsed:?}");
    assert!(number(&printed(&output, "work_ms")) < 2000);
    assert_eq!(number(&printed(&output, "exported")), 0);
    assert!(number(&printed(&output, "dropped")) >= 18_000);
    assert_eq!(printed(&output, "shown_dropped"), printed(&output, "dropped"));
}

#[test]
fn a_share_of_traces_can_be_kept() {
    let receiver = OtlpReceiver::start().unwrap();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.address()),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "20000"),
    ];
    run("many", &variables);
    let kept = receiver.spans().len();
    assert!((1500..2500).contains(&kept), "{kept} of 20000");
}

fn number(text: &str) -> u64 {
    text.parse().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
