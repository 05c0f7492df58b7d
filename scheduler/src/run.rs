//! A scheduler's life.

use std::sync::Arc;
use std::time::Duration;

use advosync_config::SchedulerProgram;
use advosync_fleet::{FleetProbe, queue_settings, redis_settings};
use advosync_queue::Queue;
use advosync_queue::link::Redis;
use advosync_telemetry::{Health, Heartbeat, Metrics};
use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::{Notifier, Scheduler};

/// A loop that has not turned for so long is taken to be stuck.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Wait before Redis is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// Schedules until `shutdown`.
///
/// # Errors
/// Where the certificate authority can't be read, or the health server or a way to notify can't be set up.
pub async fn run(config: &SchedulerProgram, metrics: Arc<Metrics>, shutdown: CancellationToken) -> anyhow::Result<()> {
    let redis = Redis::new(redis_settings(&config.redis)).context("REDIS_TLS_CA can't be read")?;
    let queue = Queue::new(redis, queue_settings(&config.redis, &config.worker));
    let heartbeat = Heartbeat::new(LONGEST_PAUSE);
    let probe = Arc::new(FleetProbe::new(&queue));
    let health = Health { metrics: Arc::clone(&metrics), heartbeat: heartbeat.clone(), probe };
    advosync_telemetry::serve(config.health.bind, health).await.context("HEALTH_BIND can't be listened on")?;
    let notifier = Notifier::new(&queue, &config.notify)?;
    let telling = notifier.map(|notifier| {
        let shutdown = shutdown.clone();
        tokio::spawn(async move { notifier.run(&shutdown).await })
    });
    let mut scheduler = Scheduler::new(queue, config.schedule.clone(), metrics);
    tracing::info!(schedules = config.schedule.crons.len(), poll = ?config.schedule.poll, "the scheduler is ready");
    loop {
        heartbeat.beat();
        let pause = match scheduler.look().await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, "nothing can be fired now");
                RETRY
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    scheduler.resign().await;
    if let Some(telling) = telling {
        telling.abort();
    }
    tracing::info!("the scheduler has stopped");
    Ok(())
}
