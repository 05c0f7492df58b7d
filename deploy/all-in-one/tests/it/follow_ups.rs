//! What is done again is a story of its own, linked to the first.

use advosync_simulators::{Fault, FaultRule};
use advosync_testkit::wait_until_within;
use reqwest::StatusCode;
use serde_json::json;

use crate::stage::{LONGEST, Stage, text};
use crate::trace::Seen;

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_and_a_requeue_begin_traces_that_are_linked_to_the_old() {
    let mut stage = Stage::set(1, 20).await.with("WORKER_MAX_ATTEMPTS", "2");
    let kuerzel = text(&serde_json::to_value(&stage.advoware.state().employees[0]).unwrap(), "kuerzel");
    stage.start("worker").await;
    stage.start("api").await;
    let refusal = Fault::Status { status: 500, page: Default::default(), reason: None, retry_after: None, after_work: false };
    stage.google.inject(FaultRule::new(refusal).on("calendar/v3")).unwrap();
    let (_, run_id) = stage.trigger(&kuerzel).await;
    let failed = stage.ended(&run_id).await;
    assert_eq!((&failed["status"], &failed["attempt"]), (&json!("failed"), &json!(2)));
    stage.google.clear_faults();
    let letter = text(&stage.get("/dead-letters").await["dead_letters"][0], "id");
    let (status, asked) = stage.post(&format!("/dead-letters/{letter}/requeue"), &json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let requeued = stage.ended(&text(&asked, "run_id")).await;
    assert_eq!(requeued["status"], "succeeded");
    stage.settled().await;
    stage.stop_all().await;

    let traces = stage.traces();
    let first = traces.trace(&text(&failed, "trace_id"));
    first.assert_whole();
    let send = first.named("send jobs:employee:urgent");
    let attempt = first.named("process jobs:employee:urgent");
    assert_eq!(attempt.only().attribute("advosync.attempt").as_deref(), Some("1"));
    assert!(attempt.only().attribute("error.type").is_some());

    let retry = traces.filtered(|seen| seen.attribute("advosync.attempt").as_deref() == Some("2"));
    assert!(retry.only().is_root() && retry.only().is_linked_to(send.only()));
    assert_ne!(retry.only().trace_id(), first.0[0].trace_id());

    let again = traces.trace(&text(&requeued, "trace_id"));
    again.assert_whole();
    assert_eq!(again.filtered(Seen::is_root).only().span.name, "POST /dead-letters/{id}/requeue");
    assert!(again.named("send jobs:employee:urgent").only().is_linked_to(send.only()));
    assert_eq!(again.named("process jobs:employee:urgent").0.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_over_begins_a_trace_that_is_linked_to_the_old() {
    let mut stage = Stage::set(1, 60).await;
    let kuerzel = text(&serde_json::to_value(&stage.advoware.state().employees[0]).unwrap(), "kuerzel");
    stage.start("worker").await;
    stage.start("api").await;
    stage.google.inject(FaultRule::new(Fault::Latency { ms: 30, jitter_ms: 0 }).on("calendar/v3")).unwrap();
    let (_, run_id) = stage.trigger(&kuerzel).await;
    wait_until_within(LONGEST, "the work begins", async || stage.google.counters().total_writes() > 3).await;
    stage.take("worker").kill();
    stage.google.clear_faults();
    stage.start("worker").await;
    let run = stage.ended(&run_id).await;
    assert_eq!((&run["status"], &run["attempt"]), (&json!("succeeded"), &json!(2)));
    stage.settled().await;
    stage.stop_all().await;

    let traces = stage.traces();
    let send = traces.trace(&text(&run, "trace_id")).named("send jobs:employee:urgent");
    let second = traces.named("process jobs:employee:urgent");
    assert_eq!(second.only().attribute("advosync.attempt").as_deref(), Some("2"), "the first died with its worker");
    assert!(second.only().is_root() && second.only().is_linked_to(send.only()));
    traces.trace(&second.only().trace_id()).assert_rooted();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_joins_is_linked_to_what_it_joined() {
    let mut stage = Stage::set(1, 10).await;
    let kuerzel = text(&serde_json::to_value(&stage.advoware.state().employees[0]).unwrap(), "kuerzel");
    stage.start("api").await;
    let (status, run_id) = stage.trigger(&kuerzel).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(stage.trigger(&kuerzel).await, (StatusCode::OK, run_id.clone()));
    let (status, all) = stage.trigger("ALL").await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(stage.trigger("ALL").await, (StatusCode::OK, all.clone()));
    stage.start("worker").await;
    let run = stage.ended(&run_id).await;
    let all = stage.ended(&all).await;
    stage.settled().await;
    stage.stop_all().await;

    let traces = stage.traces();
    let trace = traces.trace(&text(&run, "trace_id"));
    trace.assert_whole();
    for (name, run) in [("send jobs:employee:urgent", &run), ("send jobs:all", &all)] {
        let (first, joined): (Vec<_>, Vec<_>) =
            traces.named(name).0.into_iter().partition(|seen| seen.trace_id() == text(run, "trace_id"));
        assert_eq!((first.len(), joined.len()), (1, 1), "{name}");
        assert!(joined[0].is_linked_to(&first[0]), "{name}");
        assert!(first[0].links().is_empty());
    }
}
