//! Processes of their own, since logs and traces are set up once in a process.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use advosync_config::{Settings as _, TelemetryConfig};
use advosync_telemetry::{
    JobKind, Metrics, RunStatus, current_trace_id, current_traceparent, init, link, parent_and_link, semconv, shutdown_signal,
    start_new_trace, traceparent_of,
};
use tracing::Instrument as _;
use tracing::field::Empty;

const TASK: &str = "TELEMETRY_TEST_TASK";

/// Starts a task as a process with these variables.
pub(crate) fn start(task: &str, variables: &[(&str, &str)]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child::task", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(TASK, task)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs a task to its end; gives what it printed and how long it took.
pub(crate) fn run(task: &str, variables: &[(&str, &str)]) -> (Output, Duration) {
    let start = Instant::now();
    let output = self::start(task, variables).wait_with_output().unwrap();
    (output, start.elapsed())
}

/// What a task printed after `name=`.
pub(crate) fn printed(output: &Output, name: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
}

/// The other half of the tests; by itself it does nothing.
#[test]
#[ignore = "run by the other tests as a process of its own"]
fn task() {
    // The test harness leaves a line open.
    println!();
    match std::env::var(TASK).as_deref() {
        Ok("story") => story(),
        Ok("many") => many(),
        Ok("chatter") => chatter(),
        Ok("signals") => signals(),
        Ok("panics") => panics(),
        _ => {}
    }
}

/// A trigger by HTTP, its job, a retry and a joined trigger, on a runtime with one thread.
#[tokio::main(flavor = "current_thread")]
async fn story() {
    let telemetry = init("advosync-test", "1.2.3", &TelemetryConfig::load().unwrap()).unwrap();
    let request = semconv::server_span("POST");
    semconv::matched(&request, "POST", "/advoware/calendar/sync");
    let sent = async {
        let send = semconv::send_span("jobs:employee", "run-1", Some("PB"));
        tracing::info!(kuerzel = "PB", jobs = 3, "triggered");
        println!("trace_id={}", current_trace_id().unwrap());
        async { current_traceparent().unwrap() }.instrument(send).await
    }
    .instrument(request.clone())
    .await;
    semconv::answered(&request, 202);
    drop(request);

    let job = |attempt| {
        let (stream, group) = ("jobs:employee", "workers");
        semconv::process_span(semconv::Processed {
            stream,
            group,
            job_id: "job-1",
            run_id: "run-1",
            kuerzel: Some("PB"),
            attempt,
        })
    };
    let first = job(1);
    parent_and_link(&first, &sent);
    call(&first);
    let retry = job(2);
    start_new_trace(&retry, [sent.as_str(), "nonsense"]);
    let metrics = Metrics::new("advosync-test", "1.2.3", telemetry.span_counters());
    first.in_scope(|| metrics.run_ended(JobKind::Employee, RunStatus::Succeeded, Duration::from_millis(300)));
    println!("exemplar={}", metrics.open_metrics_text().contains("# {trace_id=\""));
    let joined = semconv::server_span("POST");
    link(&joined, &traceparent_of(&first).unwrap());
    for span in [retry, joined, first] {
        span.in_scope(|| tracing::debug!("not in a trace"));
    }
    // Neither the spans of other crates nor those of a finer level are ours.
    tracing::info_span!(target: "hyper", "foreign").in_scope(|| ());
    tracing::debug_span!("fine").in_scope(|| ());
    drop(telemetry);
}

fn call(parent: &tracing::Span) {
    let name = "GET calendars/{calendarId}/events";
    let span = tracing::info_span!(target: "advosync_test", parent: parent, "http.client", otel.name = name, otel.kind = "client", error.type = Empty, otel.status_code = Empty);
    semconv::failed(&span, "503");
}

/// More spans than the queue has room for.
fn many() {
    let telemetry = init("advosync-test", "1.2.3", &TelemetryConfig::load().unwrap()).unwrap();
    let counters = telemetry.span_counters();
    let metrics = Metrics::new("advosync-test", "1.2.3", telemetry.span_counters());
    let start = Instant::now();
    for _ in 0..20_000 {
        tracing::info_span!(target: "advosync_test", "step").in_scope(|| ());
    }
    println!("work_ms={}", start.elapsed().as_millis());
    drop(telemetry);
    println!("exported={}\nfailed={}\ndropped={}", counters.exported(), counters.failed(), counters.dropped());
    let page = metrics.prometheus_text();
    let shown = page.lines().find_map(|line| line.strip_prefix("advosync_telemetry_spans_total{outcome=\"dropped\"} "));
    println!("shown_dropped={}", shown.unwrap());
}

/// Far more lines than a pipe holds that nobody reads.
fn chatter() {
    let telemetry = init("advosync-test", "1.2.3", &TelemetryConfig::load().unwrap()).unwrap();
    for line in 0..20_000 {
        tracing::info!(line, "a line that nobody reads");
    }
    println!("done=yes");
    drop(telemetry);
}

/// Panics that quote what was being worked on, in a task and in a thread.
#[tokio::main]
async fn panics() {
    let telemetry = init("advosync-test", "1.2.3", &TelemetryConfig::load().unwrap()).unwrap();
    let text = std::env::var("CONFIDENTIAL").unwrap();
    let quoted = text.clone();
    let task = tokio::spawn(async move { panic!("cannot parse {quoted}") });
    assert!(task.await.unwrap_err().is_panic());
    let thread = std::thread::spawn(move || assert_eq!(text, "", "cannot parse {text}"));
    assert!(thread.join().is_err());
    println!("survived=yes");
    drop(telemetry);
}

#[tokio::main(flavor = "current_thread")]
async fn signals() {
    let shutdown = shutdown_signal().unwrap();
    println!("ready=yes");
    shutdown.cancelled().await;
    println!("stopping=yes");
    if std::env::var_os("DRAIN_FOR_EVER").is_some() {
        std::future::pending::<()>().await;
    }
}
