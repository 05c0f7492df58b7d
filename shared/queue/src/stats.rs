//! Figures for dashboards and alarms, all from Redis.

use std::collections::{BTreeMap, HashMap};

use redis::{FromRedisValue, Value};
use serde::Serialize;

use crate::{Queue, QueueError};

/// What there is now, and what was counted since Redis was filled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Jobs in the streams that nobody has claimed.
    pub waiting: u64,
    /// Of these, urgent ones.
    pub waiting_urgent: u64,
    /// Jobs behind their key's holder.
    pub parked: u64,
    /// Jobs due later.
    pub delayed: u64,
    /// Claimed entries, dead workers' among them.
    pub leased: u64,
    /// Dead letters.
    pub dead: u64,
    /// Keys that cron and polls leave alone.
    pub poisoned: u64,
    /// Unfinished fan-outs.
    pub open_fan_outs: u64,
    /// Age of the oldest waiting job, in ms.
    pub oldest_waiting_ms: u64,
    /// Counters by name: `claims`, `takeovers`, `lost_leases`, `stale_ends`, `done_succeeded`,
    /// `done_partial`, `done_held`, `done_failed`, `retried`, `handed_back`, `dead`, `garbage` and more.
    pub counters: BTreeMap<String, u64>,
}

type Entries = Vec<(String, HashMap<String, String>)>;

/// Lengths of the three streams; parked, delayed, dead, poisoned, open fan-outs; Redis's time; counters.
type Figures = (u64, u64, u64, u64, u64, u64, u64, u64, (u64, u64), BTreeMap<String, u64>);

impl Queue {
    /// Reads all figures in two round trips.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn stats(&self) -> Result<Stats, QueueError> {
        let keys = self.keys();
        let streams = [(keys.all(), "fanout"), (keys.urgent(), "workers"), (keys.mass(), "workers")];
        let mut pipeline = redis::pipe();
        for (stream, _) in streams {
            pipeline.cmd("XLEN").arg(stream);
        }
        pipeline.cmd("HLEN").arg(keys.parked());
        pipeline.cmd("ZCARD").arg(keys.delayed());
        pipeline.cmd("XLEN").arg(keys.dead());
        pipeline.cmd("HLEN").arg(keys.poison());
        pipeline.cmd("SCARD").arg(keys.named("runs:open"));
        pipeline.cmd("TIME");
        pipeline.cmd("HGETALL").arg(keys.counters());
        let figures: Figures = self.redis().pipe(&pipeline).await?;
        let (all, urgent, mass, parked, delayed, dead, poisoned, open_fan_outs, time, counters) = figures;
        let mut stats = Stats { parked, delayed, dead, poisoned, open_fan_outs, counters, ..Stats::default() };
        let now_ms = time.0 * 1000 + time.1 / 1000;
        for ((stream, group), length) in streams.into_iter().zip([all, urgent, mass]) {
            // A stream nobody has touched yet has no group; nothing of it is claimed then.
            let (pending, delivered) = self.group(stream, group).await?;
            let waiting = length.saturating_sub(pending);
            stats.leased += pending;
            stats.waiting += waiting;
            if stream == keys.urgent() {
                stats.waiting_urgent = waiting;
            }
            if waiting > 0 {
                let age = self.oldest_age(stream, &delivered, now_ms).await?;
                stats.oldest_waiting_ms = stats.oldest_waiting_ms.max(age);
            }
        }
        Ok(stats)
    }

    /// Pending entries of a group and the last id it was given.
    async fn group(&self, stream: &str, group: &str) -> Result<(u64, String), QueueError> {
        let groups = self.groups_of(stream).await?;
        Ok(groups.iter().find(|found| text(found, "name") == group).map_or_else(
            || (0, "0-0".to_owned()),
            |found| (text(found, "pending").parse().unwrap_or(0), text(found, "last-delivered-id")),
        ))
    }

    pub(crate) async fn has_group(&self, stream: &str, group: &str) -> Result<bool, QueueError> {
        Ok(self.groups_of(stream).await?.iter().any(|found| text(found, "name") == group))
    }

    async fn groups_of(&self, stream: &str) -> Result<Vec<HashMap<String, Value>>, QueueError> {
        let exists: bool = self.redis().run(redis::cmd("EXISTS").arg(stream)).await?;
        if !exists {
            return Ok(Vec::new());
        }
        Ok(self.redis().run(redis::cmd("XINFO").arg("GROUPS").arg(stream)).await?)
    }

    async fn oldest_age(&self, stream: &str, delivered: &str, now_ms: u64) -> Result<u64, QueueError> {
        let mut range = redis::cmd("XRANGE");
        range.arg(stream).arg(format!("({delivered}")).arg("+").arg("COUNT").arg(1);
        let entries: Entries = self.redis().run(&range).await?;
        Ok(entries.first().map_or(0, |(id, fields)| {
            let entry_ms = id.split('-').next().and_then(|ms| ms.parse().ok()).unwrap_or(now_ms);
            let asked_ms = fields.get("enqueued_at").and_then(|ms| ms.parse().ok()).unwrap_or(entry_ms);
            now_ms.saturating_sub(asked_ms)
        }))
    }
}

fn text(group: &HashMap<String, Value>, name: &str) -> String {
    group.get(name).and_then(|value| String::from_redis_value_ref(value).ok()).unwrap_or_default()
}
