//! What the programs of a real fleet show under `/metrics`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use advosync_testkit::wait_until_within;

use crate::secrecy::assert_no_word;
use crate::stage::{LONGEST, Stage};

/// Series that every program shows from its start, at 0.
const AT_ZERO: [&str; 25] = [
    r#"advosync_job_attempts_total{kind="employee",outcome="done"}"#,
    r#"advosync_job_attempts_total{kind="employee",outcome="retried"}"#,
    r#"advosync_job_attempts_total{kind="employee",outcome="handed_back"}"#,
    r#"advosync_job_attempts_total{kind="all",outcome="dead"}"#,
    r#"advosync_jobs{state="waiting"}"#,
    r#"advosync_jobs{state="delayed"}"#,
    r#"advosync_jobs{state="leased"}"#,
    r#"advosync_jobs{state="dead"}"#,
    "advosync_lease_takeovers_total",
    "advosync_leases_lost_total",
    "advosync_job_ends_refused_total",
    r#"advosync_run_duration_seconds_count{kind="employee",status="failed"}"#,
    "advosync_plan_operations_count",
    r#"advosync_operations_total{side="google",operation="delete",outcome="applied"}"#,
    r#"advosync_remote_refusals_total{upstream="google",refused="quota"}"#,
    r#"advosync_remote_tokens_issued_total{upstream="advoware"}"#,
    r#"advosync_quota_wait_seconds_count{upstream="google"}"#,
    r#"advosync_drift_appointments{kind="missing"}"#,
    r#"advosync_conflicts_total{field="time"}"#,
    "advosync_held_employees",
    "advosync_skipped_employees",
    "advosync_push_channels",
    r#"advosync_scheduler_firings_total{outcome="made_up"}"#,
    r#"advosync_push_notifications_total{outcome="refused"}"#,
    r#"advosync_telemetry_spans_total{outcome="dropped"}"#,
];

type Series = BTreeMap<String, f64>;

fn series(page: &str) -> Series {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap()).map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

/// The sum of the series whose name and labels begin so; none where there is none.
fn sum(series: &Series, beginning: &str) -> Option<f64> {
    let found: Vec<f64> = series.iter().filter(|(name, _)| name.starts_with(beginning)).map(|(_, value)| *value).collect();
    (!found.is_empty()).then(|| found.iter().sum())
}

fn assert_positive(program: &str, series: &Series, beginnings: &[&str]) {
    for beginning in beginnings {
        let sum = sum(series, beginning);
        assert!(sum.is_some_and(|sum| sum > 0.0), "{beginning} of the {program}: {sum:?}");
    }
}

fn assert_well_named(page: &str) {
    let Ok(mut promtool) =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()
    else {
        eprintln!("SKIPPED: no promtool here, so nobody checks the names of metrics");
        return;
    };
    promtool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_shows_what_it_does() {
    let mut stage = Stage::set(4, 80).await.with("CALENDAR_SYNC_POLL", "1h").with("PUBLIC_BASE_URL", "http://127.0.0.1:9/");
    stage.start_all().await;
    for (program, page) in stage.pages().await {
        let series = series(&page);
        for name in AT_ZERO {
            assert_eq!(series.get(name), Some(&0.0), "{name} of the {program}");
        }
    }
    stage.sync("ALL").await;
    stage.settled().await;
    wait_until_within(LONGEST, "spans are exported", async || {
        let exported = r#"advosync_telemetry_spans_total{outcome="exported"}"#;
        stage.pages().await.iter().any(|(program, page)| *program == "worker" && series(page)[exported] > 0.0)
    })
    .await;
    let pages = stage.pages().await;
    let mut of_workers = Series::new();
    for (program, page) in &pages {
        assert_well_named(page);
        assert_no_word(&stage, page);
        let series = series(page);
        let of_all = [
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
            "process_open_fds",
            "advosync_build_info{",
            "advosync_redis_up",
            "advosync_workers",
            "advosync_worker_slots",
            "advosync_job_claims_total",
            "advosync_employee_last_success_timestamp_seconds{",
            "advosync_push_channels",
            "advosync_push_channel_expiry_timestamp_seconds",
        ];
        assert_positive(program, &series, &of_all);
        // Nothing waits, so nothing has waited since a moment.
        assert_eq!(sum(&series, "advosync_oldest_waiting_timestamp_seconds"), None);
        match *program {
            "scheduler" => assert_positive(
                program,
                &series,
                &[
                    "advosync_scheduler_leader",
                    "advosync_scheduler_next_firing_timestamp_seconds{",
                    "advosync_scheduler_interval_seconds",
                ],
            ),
            "api" => {
                let quota = [r#"advosync_quota_tokens{bucket="google"}"#, r#"advosync_quota_tokens{bucket="advoware"}"#];
                assert_positive(program, &series, &quota);
                let served =
                    r#"advosync_http_request_duration_seconds_count{method="POST",route="/advoware/calendar/sync",status="202"}"#;
                assert_positive(program, &series, &[served]);
            }
            _ => series.into_iter().for_each(|(name, value)| *of_workers.entry(name).or_default() += value),
        }
    }
    let of_both = [
        r#"advosync_job_attempts_total{kind="all",outcome="done"}"#,
        r#"advosync_job_attempts_total{kind="employee",outcome="done"}"#,
        r#"advosync_job_wait_seconds_count{priority="normal"}"#,
        r#"advosync_run_duration_seconds_count{kind="employee",status="succeeded"}"#,
        "advosync_plan_operations_sum",
        r#"advosync_operations_total{side="google",operation="create",outcome="applied"}"#,
        r#"advosync_remote_requests_total{upstream="advoware","#,
        r#"advosync_remote_requests_total{upstream="google","#,
        r#"advosync_remote_call_duration_seconds_count{upstream="google","#,
        r#"advosync_remote_tokens_issued_total{upstream="google"}"#,
        r#"advosync_remote_tokens_issued_total{upstream="advoware"}"#,
        r#"advosync_quota_tokens{bucket="google"}"#,
    ];
    assert_positive("workers", &of_workers, &of_both);
    let seen = sum(&of_workers, "advosync_remote_requests_total{").unwrap();
    assert_eq!(seen, f64::from(u32::try_from(stage.requests()).unwrap()), "requests, as both systems counted them");
    stage.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_shown_since_when() {
    let mut stage = Stage::set(1, 10).await;
    stage.start("api").await;
    stage.trigger("ALL").await;
    let (_, page) = stage.pages().await.remove(0);
    let series = series(&page);
    assert_eq!(series[r#"advosync_jobs{state="waiting"}"#], 1.0);
    assert!(series["advosync_oldest_waiting_timestamp_seconds"] > 1.6e9);
    stage.start("worker").await;
    stage.settled().await;
    stage.stop_all().await;
}
