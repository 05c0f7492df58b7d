//! A worker's life.

use std::sync::Arc;
use std::time::Duration;

use advosync_config::WorkerProgram;
use advosync_fleet::{Fleet, FleetProbe, Jobs, Settings};
use advosync_queue::{Consumer, ConsumerSettings};
use advosync_telemetry::{Health, Heartbeat, Metrics};
use anyhow::Context;
use tokio_util::sync::CancellationToken;

/// A loop that has not turned for so long is taken to be stuck.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Works until `shutdown`, then drains.
///
/// # Errors
/// Where a client or the health server can't be set up. Redis, Advoware and Google being away is no error.
pub async fn run(config: &WorkerProgram, metrics: Arc<Metrics>, shutdown: CancellationToken) -> anyhow::Result<()> {
    let settings = Settings {
        advoware: &config.advoware,
        google: &config.google,
        redis: &config.redis,
        sync: &config.sync,
        worker: &config.worker,
        push: &config.push,
    };
    let fleet = Fleet::build(settings, &metrics).await?;
    let heartbeat = Heartbeat::new(LONGEST_PAUSE);
    let probe = Arc::new(FleetProbe::of(&fleet));
    let health = Health { metrics: Arc::clone(&metrics), heartbeat: heartbeat.clone(), probe };
    advosync_telemetry::serve(config.health.bind, health).await.context("HEALTH_BIND can't be listened on")?;
    let beating = tokio::spawn(async move {
        loop {
            heartbeat.beat();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let consumer = Consumer::new(
        fleet.queue().clone(),
        ConsumerSettings {
            slots: config.worker.concurrency,
            host: host(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            grace: config.worker.shutdown_grace,
        },
    );
    tracing::info!(worker = consumer.id(), slots = config.worker.concurrency, "the worker is ready");
    consumer.run(Jobs::new(fleet), shutdown).await.context("the lease renewal can't be started")?;
    beating.abort();
    tracing::info!(worker = consumer.id(), "the worker has drained");
    Ok(())
}

fn host() -> String {
    std::env::var("HOSTNAME").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| {
        std::fs::read_to_string("/etc/hostname").map(|name| name.trim().to_owned()).unwrap_or_else(|_| "unknown".to_owned())
    })
}
