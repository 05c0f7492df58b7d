//! One trigger is one trace that reads like a story.

use std::collections::BTreeSet;

use advosync_simulators::{Firm, FirmConfig, today_in_berlin};
use advosync_testkit::wait_until_within;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::secrecy::assert_nothing_confidential;
use crate::stage::{LONGEST, Stage, text};
use crate::trace::{Seen, Traces};

/// Operations of a run that have a span of their own.
const OWN_SPANS: usize = 200;

fn calls(traces: &Traces) -> Traces {
    traces.of_kind(SpanKind::Client).filtered(|seen| seen.attribute("url.template").is_some())
}

fn count(seen: &Seen) -> usize {
    seen.attribute("advosync.count").unwrap().parse().unwrap()
}

/// What every trace of an `ALL` has, below its root.
fn assert_all(trace: &Traces, employees: usize) {
    trace.assert_whole();
    let fan_out = trace.named("process jobs:all");
    assert!(fan_out.only().is_child_of(trace.named("send jobs:all").only()));
    let sends = trace.named("send jobs:employee");
    assert_eq!(sends.0.len(), employees, "a send an employee: {:?}", trace.outline());
    assert!(sends.0.iter().all(|send| send.is_child_of(fan_out.only()) && send.span.kind() == SpanKind::Producer));
    let work = trace.named("process jobs:employee");
    assert_eq!(work.0.len(), employees, "{:?}", trace.outline());
    for seen in &work.0 {
        let send = sends.filtered(|send| seen.is_child_of(send));
        assert_eq!(send.only().attribute("advosync.kuerzel"), seen.attribute("advosync.kuerzel"));
        for step in ["load advoware", "load google", "plan", "apply"] {
            let steps = trace.named(step).filtered(|step| step.is_child_of(seen));
            assert!(!steps.0.is_empty(), "no {step}: {:?}", trace.outline());
        }
    }
    for call in &calls(trace).0 {
        let full = call.attribute("url.full").unwrap();
        assert!(full.starts_with("http://127.0.0.1:") && full.ends_with(&call.attribute("url.template").unwrap()), "{full}");
        assert!(call.attribute("server.port").is_some() && call.attribute("http.request.method").is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posted_all_is_one_trace_from_the_request_to_the_last_call() {
    let mut stage = Stage::set(6, 500).await;
    stage.start_all().await;
    let run = stage.sync("ALL").await;
    stage.settled().await;
    stage.stop_all().await;

    let traces = stage.traces();
    let trace = traces.trace(&text(&run, "trace_id"));
    let employees = run["jobs"]["total"].as_u64().unwrap();
    assert_all(&trace, usize::try_from(employees).unwrap());
    let root = trace.filtered(Seen::is_root);
    assert_eq!((root.only().span.name.as_str(), root.only().span.kind()), ("POST /advoware/calendar/sync", SpanKind::Server));
    // The api hands it to the workers by the queue alone: whoever takes part is named.
    let services = ["advosync-api", "advosync-worker"].map(str::to_owned);
    assert_eq!(trace.services(), BTreeSet::from(services));
    assert_eq!(calls(&traces).0.len() as u64, stage.requests(), "calls, and requests that both systems counted");
    let elsewhere = traces.filtered(|seen| seen.service() == "advosync-worker" && seen.trace_id() != root.only().trace_id());
    assert!(elsewhere.0.is_empty(), "{:?}", elsewhere.outline());
    assert!(trace.0.len() < 20_000, "{}", trace.0.len());
    assert_nothing_confidential(&stage, &traces);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fired_all_begins_in_the_scheduler() {
    let mut stage = Stage::set(3, 60).await.with("CALENDAR_SYNC_POLL", "1s");
    stage.start_all().await;
    let page = stage.take("scheduler");
    wait_until_within(LONGEST, "the poll has fired and all is carried over", async || {
        let polled = stage.page(&page).await.contains("advosync_scheduler_firings_total{outcome=\"fired\"} 0\n");
        !polled && stage.google.state().calendars.len() >= 3
    })
    .await;
    let mut scheduler = page;
    scheduler.stop().await;
    stage.settled().await;
    stage.stop_all().await;

    let traces = stage.traces();
    let firings = traces.named("fire schedule");
    assert!(!firings.0.is_empty());
    for firing in &firings.0 {
        assert!(firing.is_root());
        assert_eq!(
            (firing.service().as_str(), firing.attribute("advosync.schedule").as_deref()),
            ("advosync-scheduler", Some("poll"))
        );
        let trace = traces.trace(&firing.trace_id());
        let services = ["advosync-scheduler", "advosync-worker"].map(str::to_owned);
        assert_eq!(trace.services(), BTreeSet::from(services), "{:?}", trace.outline());
        assert_all(&trace, 3);
    }
    assert_eq!(calls(&traces).0.len() as u64, stage.requests());
    assert_nothing_confidential(&stage, &traces);
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_beyond_two_hundred_share_a_span_with_their_number() {
    let firm = FirmConfig { employees: 1, appointments: 500, ..FirmConfig::new(today_in_berlin()) };
    let mut stage = Stage::of(Firm { calendars: Default::default(), ..Firm::generate(&firm) }).await;
    stage.start_all().await;
    let run = stage.sync("ALL").await;
    stage.settled().await;
    stage.stop_all().await;

    let trace = stage.traces().trace(&text(&run, "trace_id"));
    for apply in &trace.named("apply").0 {
        let operations = trace.filtered(|seen| seen.is_child_of(apply) && seen.attribute("advosync.count").is_some());
        let (shared, own): (Vec<_>, Vec<_>) = operations.0.iter().partition(|seen| seen.span.name == "further operations");
        assert!(own.len() <= OWN_SPANS, "{}", own.len());
        assert!(shared.len() <= 1);
        assert_eq!(shared.is_empty(), own.len() < OWN_SPANS, "{} of their own", own.len());
    }
    let done: usize = trace
        .0
        .iter()
        .filter(|seen| seen.attribute("advosync.count").is_some())
        .filter(|seen| seen.span.name != "plan")
        .map(count)
        .sum();
    let created = run["counts"]["google"]["created"].as_u64().unwrap();
    assert!(created > OWN_SPANS as u64, "{run}");
    assert!(done as u64 >= created, "{done} of {run}");
    assert!(!trace.named("further operations").0.is_empty());
}
