//! What health checks and metrics ask of the fleet.

use std::collections::BTreeMap;

use advosync_queue::Queue;
use advosync_state::{Channels, Held, Reports, State};
use advosync_telemetry::{FleetSnapshot, JobCounts, NotReady, Probe};
use futures::future::BoxFuture;

/// Reads the fleet's state from Redis, for `/readyz` and `/metrics`.
#[derive(Clone)]
pub struct FleetProbe {
    queue: Queue,
    state: State,
}

impl FleetProbe {
    /// Of this queue.
    #[must_use]
    pub fn new(queue: &Queue) -> Self {
        Self { queue: queue.clone(), state: State::new(queue.redis().clone(), queue.keys().clone()) }
    }

    async fn snapshot(&self) -> Option<FleetSnapshot> {
        let stats = self.queue.stats().await.ok()?;
        let workers = self.queue.workers().await.ok()?;
        let now_ms = self.queue.redis().time_ms().await.ok()?;
        let employees = advosync_state::EmployeeLists::new(&self.state).get().await.ok()?;
        let employees = employees.map(|list| list.kuerzel).unwrap_or_default();
        let last = self.queue.last_runs(&employees).await.ok()?;
        let seconds = |ms: u64| std::time::Duration::from_millis(ms).as_secs_f64();
        let last_success = employees
            .into_iter()
            .zip(last)
            .filter_map(|(kuerzel, last)| Some((kuerzel, seconds(last.succeeded_at_ms?))))
            .collect();
        let channels = Channels::new(&self.state).all().await.ok()?;
        let drift = Reports::new(&self.state).drift().await.ok()?;
        let total = |of: fn(&advosync_state::Drift) -> usize| drift.values().map(of).sum::<usize>() as u64;
        Some(FleetSnapshot {
            jobs: JobCounts {
                waiting: stats.waiting,
                parked: stats.parked,
                delayed: stats.delayed,
                leased: stats.leased,
                dead: stats.dead,
            },
            oldest_waiting: (stats.waiting > 0).then(|| seconds(now_ms.saturating_sub(stats.oldest_waiting_ms))),
            workers: workers.len() as u64,
            slots: workers.iter().map(|worker| worker.slots as u64).sum(),
            held: Held::new(&self.state).held_all().await.ok()?.len() as u64,
            skipped: stats.poisoned,
            last_success,
            drift: BTreeMap::from([
                ("missing", total(|drift| drift.missing)),
                ("extra", total(|drift| drift.extra)),
                ("different", total(|drift| drift.different)),
            ]),
            channels: channels.len() as u64,
            channel_expiry: channels.values().filter_map(|channel| channel.expires_at).min().map(|end| {
                #[expect(clippy::cast_precision_loss, reason = "a time in seconds is far below 2^52")]
                let seconds = end.timestamp() as f64;
                seconds
            }),
            ..FleetSnapshot::default()
        })
    }
}

impl Probe for FleetProbe {
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
        Box::pin(async {
            self.queue.redis().time_ms().await.map(drop).map_err(|error| NotReady(format!("redis: {}", error.code())))
        })
    }

    fn fleet(&self) -> BoxFuture<'_, Option<FleetSnapshot>> {
        Box::pin(self.snapshot())
    }
}
