//! What health checks and metrics ask of the fleet.

use std::collections::BTreeMap;

use advosync_queue::{Queue, Stats};
use advosync_state::{Channels, FleetConcurrency, FleetQuota, Held, Reports, State};
use advosync_telemetry::{FleetSnapshot, JobCounts, NotReady, Probe, QueueTotals, RedisHealth};
use futures::future::BoxFuture;

use crate::Fleet;

/// Reads the fleet's state from Redis, for `/readyz` and `/metrics`.
#[derive(Clone)]
pub struct FleetProbe {
    queue: Queue,
    state: State,
    shares: Option<(FleetConcurrency, FleetQuota)>,
}

impl FleetProbe {
    /// Of this queue, by a program that calls neither system.
    #[must_use]
    pub fn new(queue: &Queue) -> Self {
        Self { queue: queue.clone(), state: State::new(queue.redis().clone(), queue.keys().clone()), shares: None }
    }

    /// Of this fleet.
    #[must_use]
    pub fn of(fleet: &Fleet) -> Self {
        Self { shares: Some(fleet.shares()), ..Self::new(fleet.queue()) }
    }

    async fn snapshot(&self) -> Option<FleetSnapshot> {
        let stats = self.queue.stats().await.ok()?;
        let workers = self.queue.workers().await.ok()?;
        let alive = || workers.iter().filter(|worker| worker.alive);
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
            totals: totals(&stats),
            workers: alive().count() as u64,
            slots: alive().map(|worker| worker.slots as u64).sum(),
            busy_slots: alive().map(|worker| worker.jobs.len() as u64).sum(),
            redis: self.redis_health().await.unwrap_or_default(),
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
            quota_tokens: self.quota_tokens().await?,
        })
    }

    /// What is left of the fleet's shares, by name; nothing where this program does not know how large they are.
    async fn quota_tokens(&self) -> Option<BTreeMap<String, f64>> {
        let Some((places, quota)) = &self.shares else { return Some(BTreeMap::new()) };
        let free = u32::try_from(places.left().await.ok()?).unwrap_or(u32::MAX);
        let left = quota.left().await.ok()?;
        Some(BTreeMap::from([("advoware".to_owned(), free.into()), ("google".to_owned(), left)]))
    }

    /// What Redis says of itself; nothing where it does not say it.
    async fn redis_health(&self) -> Option<RedisHealth> {
        let info: String = self.queue.redis().run(&advosync_queue::redis::cmd("INFO")).await.ok()?;
        let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let number = |name: &str| field(name).and_then(|value| value.parse::<u64>().ok());
        let snapshots =
            field("rdb_last_bgsave_status").is_some_and(|status| status == "ok") && number("rdb_last_save_time") > Some(0);
        Some(RedisHealth {
            persistent: field("aof_enabled").map(|aof| {
                if aof == "1" { field("aof_last_write_status") == Some("ok") } else { snapshots && number("rdb_saves") > Some(0) }
            }),
            may_evict: field("maxmemory_policy").map(|policy| policy != "noeviction"),
            evicted_keys: number("evicted_keys"),
            used_memory: number("used_memory"),
        })
    }
}

fn totals(stats: &Stats) -> QueueTotals {
    let count = |name: &str| stats.counters.get(name).copied().unwrap_or(0);
    QueueTotals {
        claims: count("claims"),
        takeovers: count("takeovers"),
        lost_leases: count("lost_leases"),
        refused_ends: count("stale_ends"),
        trimmed_dead_letters: count("dead_trimmed"),
        newer_entries: count("newer_handed_back"),
        garbage: count("garbage"),
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
