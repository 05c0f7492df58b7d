//! What `/metrics` shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use advosync_telemetry::{
    Call, CircuitState, FleetSnapshot, JobCounts, JobKind, JobOutcome, Metrics, OperationKind, QueueTotals, RedisHealth, Refusal,
    RemoteSide, RunStatus, SpanCounters, Upstream,
};

fn fresh() -> Metrics {
    Metrics::new("advosync-test", "1.2.3", Arc::<SpanCounters>::default())
}

/// The value of a series, given as it stands in the page.
fn value(page: &str, series: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn known_series_start_at_zero() {
    let page = fresh().prometheus_text();
    for series in [
        "advosync_job_attempts_total{kind=\"all\",outcome=\"dead\"}",
        "advosync_job_attempts_total{kind=\"employee\",outcome=\"done\"}",
        "advosync_run_duration_seconds_count{kind=\"employee\",status=\"held\"}",
        "advosync_operations_total{side=\"google\",operation=\"delete\",outcome=\"failed\"}",
        "advosync_conflicts_total{field=\"time\"}",
        "advosync_remote_refusals_total{upstream=\"google\",refused=\"quota\"}",
        "advosync_remote_circuit{upstream=\"advoware\",state=\"open\"}",
        "advosync_quota_wait_seconds_count{upstream=\"google\"}",
        "advosync_scheduler_leader",
        "advosync_scheduler_firings_total{outcome=\"fired\"}",
        "advosync_push_notifications_total{outcome=\"accepted\"}",
        "advosync_telemetry_spans_total{outcome=\"dropped\"}",
        "advosync_redis_up",
    ] {
        assert_eq!(value(&page, series), Some(0.0), "{series} in\n{page}");
    }
    assert_eq!(value(&page, "advosync_build_info{service=\"advosync-test\",version=\"1.2.3\"}"), Some(1.0));
}

#[test]
fn the_process_is_shown() {
    let page = fresh().prometheus_text();
    let shown = |series| value(&page, series).unwrap_or_else(|| panic!("no {series}"));
    assert!(shown("process_start_time_seconds") > 1.6e9);
    assert!(shown("process_resident_memory_bytes") > 1e5);
    assert!(shown("process_open_fds") >= 3.0 && shown("process_threads") >= 1.0);
    assert!(shown("process_cpu_seconds_total") >= 0.0);
}

#[test]
fn what_happens_is_counted() {
    let metrics = fresh();
    metrics.job_claimed(true, Duration::from_millis(3));
    metrics.attempt_ended(JobKind::Employee, JobOutcome::Done);
    metrics.run_ended(JobKind::Employee, RunStatus::Partial, Duration::from_millis(300));
    metrics.planned(7);
    metrics.operated(RemoteSide::Google, OperationKind::Create, 5, 1);
    metrics.conflict("text");
    metrics.conflict("a text of a client");
    let duration = Duration::from_millis(80);
    for resend in [false, true, true] {
        metrics.called(Call { upstream: Upstream::Google, operation: "events.list", status: "2xx", resend, duration });
    }
    metrics.refused(Upstream::Advoware, Refusal::Credentials);
    metrics.set_circuit(Upstream::Advoware, CircuitState::Open);
    metrics.served("GET", "/runs/{run_id}", 200, duration);
    let page = metrics.prometheus_text();
    let expected = [
        ("advosync_job_wait_seconds_bucket{priority=\"urgent\",le=\"0.005\"}", 1.0),
        ("advosync_job_attempts_total{kind=\"employee\",outcome=\"done\"}", 1.0),
        ("advosync_run_duration_seconds_bucket{kind=\"employee\",status=\"partial\",le=\"0.5\"}", 1.0),
        ("advosync_plan_operations_sum", 7.0),
        ("advosync_operations_total{side=\"google\",operation=\"create\",outcome=\"applied\"}", 5.0),
        ("advosync_conflicts_total{field=\"text\"}", 1.0),
        ("advosync_conflicts_total{field=\"other\"}", 1.0),
        ("advosync_remote_requests_total{upstream=\"google\",operation=\"events.list\",status=\"2xx\",retry=\"true\"}", 2.0),
        ("advosync_remote_requests_total{upstream=\"google\",operation=\"events.list\",status=\"2xx\",retry=\"false\"}", 1.0),
        ("advosync_remote_refusals_total{upstream=\"advoware\",refused=\"credentials\"}", 1.0),
        ("advosync_remote_circuit{upstream=\"advoware\",state=\"open\"}", 1.0),
        ("advosync_remote_circuit{upstream=\"advoware\",state=\"closed\"}", 0.0),
        ("advosync_http_request_duration_seconds_count{method=\"GET\",route=\"/runs/{run_id}\",status=\"200\"}", 1.0),
    ];
    for (series, expected) in expected {
        assert_eq!(value(&page, series), Some(expected), "{series} in\n{page}");
    }
    assert!(!page.contains("client"), "an unknown field's name must not become a label");
}

#[test]
fn the_fleet_is_shown_as_redis_has_it() {
    let metrics = fresh();
    metrics.set_fleet(Some(FleetSnapshot {
        jobs: JobCounts { waiting: 3, dead: 1, ..JobCounts::default() },
        totals: QueueTotals { takeovers: 4, ..QueueTotals::default() },
        oldest_waiting: Some(1_770_000_000.5),
        last_success: BTreeMap::from([("PB".to_owned(), 1_770_000_001.0)]),
        drift: BTreeMap::from([("missing", 2)]),
        quota_tokens: BTreeMap::from([("project".to_owned(), 9_000.0)]),
        redis: RedisHealth { may_evict: Some(true), ..RedisHealth::default() },
        ..FleetSnapshot::default()
    }));
    let page = metrics.prometheus_text();
    let expected = [
        ("advosync_redis_up", 1.0),
        ("advosync_jobs{state=\"waiting\"}", 3.0),
        ("advosync_jobs{state=\"delayed\"}", 0.0),
        ("advosync_lease_takeovers_total", 4.0),
        ("advosync_leases_lost_total", 0.0),
        ("advosync_oldest_waiting_timestamp_seconds", 1_770_000_000.5),
        ("advosync_employee_last_success_timestamp_seconds{kuerzel=\"PB\"}", 1_770_000_001.0),
        ("advosync_drift_appointments{kind=\"missing\"}", 2.0),
        ("advosync_drift_appointments{kind=\"extra\"}", 0.0),
        ("advosync_quota_tokens{bucket=\"project\"}", 9_000.0),
        ("advosync_redis_may_evict", 1.0),
    ];
    for (series, expected) in expected {
        assert_eq!(value(&page, series), Some(expected), "{series} in\n{page}");
    }
    assert!(!page.contains("advosync_redis_persistent "), "what can't be told is not shown");
    metrics.set_fleet(None);
    assert!(!metrics.prometheus_text().contains("advosync_jobs{"), "an old state must not look like the present one");
}

#[test]
fn employees_have_a_bounded_number_of_series() {
    let metrics = fresh();
    let last_success = (0..1500).map(|number| (format!("E{number}"), f64::from(number))).collect();
    metrics.set_fleet(Some(FleetSnapshot { last_success, ..FleetSnapshot::default() }));
    let page = metrics.prometheus_text();
    let series = page.lines().filter(|line| line.starts_with("advosync_employee_last_success_timestamp_seconds{")).count();
    assert_eq!(series, 1000);
    assert!(page.contains("kuerzel=\"E0\"") && !page.contains("kuerzel=\"E1499\""), "the oldest are shown");
    assert_eq!(value(&page, "advosync_employees_hidden"), Some(500.0));
}

#[test]
fn a_scheduler_that_leads_no_more_shows_no_firings() {
    let metrics = fresh();
    metrics.set_leads(true);
    metrics.set_next_firing("poll", 1_770_000_000.0);
    metrics.set_interval(Duration::from_secs(300));
    let series = "advosync_scheduler_next_firing_timestamp_seconds{schedule=\"poll\"}";
    assert_eq!(value(&metrics.prometheus_text(), series), Some(1_770_000_000.0));
    metrics.set_leads(false);
    let page = metrics.prometheus_text();
    assert_eq!((value(&page, series), value(&page, "advosync_scheduler_interval_seconds")), (None, Some(0.0)));
}

#[test]
fn every_family_has_help_and_type() {
    let metrics = fresh();
    metrics.set_fleet(Some(FleetSnapshot::default()));
    let page = metrics.prometheus_text();
    let families: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(families.len() > 40, "{families:?}");
    for family in &families {
        assert!(page.contains(&format!("# HELP {family} ")), "{family}");
        assert_eq!(families.iter().filter(|other| *other == family).count(), 1, "{family} is there twice");
    }
}
