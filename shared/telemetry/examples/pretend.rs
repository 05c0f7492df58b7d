//! Serves the metrics of a pretended fleet, to check dashboards and alert rules without a real one.
//!
//! `cargo run -p advosync-telemetry --example pretend -- 127.0.0.1:9464`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use advosync_telemetry::{
    Call, FleetSnapshot, Health, Heartbeat, JobCounts, JobKind, JobOutcome, Metrics, NotReady, OperationKind, Probe, QueueTotals,
    RedisHealth, Refusal, RemoteSide, RunStatus, SpanCounters, Upstream, serve,
};
use futures::future::BoxFuture;

struct Pretended;

impl Probe for Pretended {
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
        Box::pin(async { Ok(()) })
    }

    fn fleet(&self) -> BoxFuture<'_, Option<FleetSnapshot>> {
        Box::pin(async { Some(fleet(now())) })
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn fleet(now: f64) -> FleetSnapshot {
    FleetSnapshot {
        jobs: JobCounts { waiting: 3, parked: 1, delayed: 2, leased: 8, dead: 0 },
        totals: QueueTotals { claims: (now * 10.0) as u64 % 1_000_000, ..QueueTotals::default() },
        oldest_waiting: Some(now - 4.0),
        workers: 2,
        slots: 16,
        busy_slots: 8,
        held: 0,
        skipped: 0,
        last_success: ["PB", "AI", "SB"].into_iter().map(|kuerzel| (kuerzel.to_owned(), now - 30.0)).collect(),
        drift: BTreeMap::new(),
        quota_tokens: [("google", 9_000.0), ("advoware", 4.0)].map(|(name, left)| (name.to_owned(), left)).into(),
        channels: 3,
        channel_expiry: Some(now + 500_000.0),
        redis: RedisHealth {
            persistent: Some(true),
            may_evict: Some(false),
            evicted_keys: Some(0),
            used_memory: Some(3_000_000),
        },
    }
}

/// One run of one employee.
fn run(metrics: &Metrics) {
    metrics.job_claimed(true, Duration::from_millis(3));
    metrics.job_claimed(false, Duration::from_millis(90));
    let duration = Duration::from_millis(40);
    for (upstream, operation) in [(Upstream::Advoware, "termine.list"), (Upstream::Google, "events.list")] {
        metrics.called(Call { upstream, operation, status: "2xx", resend: true, duration });
        metrics.quota_waited(upstream, Duration::from_millis(5));
        metrics.token_issued(upstream);
    }
    metrics.refused(Upstream::Google, Refusal::Quota);
    metrics.planned(2);
    metrics.operated(RemoteSide::Google, OperationKind::Create, 2, 0);
    metrics.conflict("time");
    metrics.run_ended(JobKind::Employee, RunStatus::Succeeded, Duration::from_millis(300));
    metrics.attempt_ended(JobKind::Employee, JobOutcome::Done);
    metrics.served("POST", "/advoware/calendar/sync", 202, duration);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bind = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned()).parse()?;
    let metrics = Arc::new(Metrics::new("advosync-worker", env!("CARGO_PKG_VERSION"), Arc::<SpanCounters>::default()));
    metrics.set_leads(true);
    metrics.set_interval(Duration::from_secs(300));
    metrics.set_next_firing("poll", now() + 120.0);
    let heartbeat = Heartbeat::new(Duration::from_secs(60));
    let health = Health { metrics: Arc::clone(&metrics), heartbeat, probe: Arc::new(Pretended) };
    let (address, _serving) = serve(bind, health).await?;
    println!("http://{address}/metrics");
    loop {
        run(&metrics);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
