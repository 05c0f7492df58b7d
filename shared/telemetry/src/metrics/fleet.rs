//! The state of the whole fleet, which every process reads from Redis and shows alike.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// The most employees that have a series of their own.
const MOST_EMPLOYEES: usize = 1000;

/// Jobs by state, in the whole fleet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// In a stream, claimed by nobody.
    pub waiting: u64,
    /// Behind the running job of their key.
    pub parked: u64,
    /// Due later.
    pub delayed: u64,
    /// Being run.
    pub leased: u64,
    /// Dead letters.
    pub dead: u64,
}

/// What the fleet has counted since Redis was filled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueTotals {
    /// Jobs claimed.
    pub claims: u64,
    /// Jobs taken over from dead workers.
    pub takeovers: u64,
    /// Leases lost while their job ran.
    pub lost_leases: u64,
    /// Ends of jobs refused for a stale fencing token.
    pub refused_ends: u64,
    /// Dead letters deleted for being too many or too old.
    pub trimmed_dead_letters: u64,
    /// Entries handed back since they are of a newer version.
    pub newer_entries: u64,
    /// Entries that could not be read.
    pub garbage: u64,
}

/// What can be told of Redis itself; `None` where CONFIG and INFO are forbidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RedisHealth {
    /// Whether it writes its data to disk and the last write went well.
    pub persistent: Option<bool>,
    /// Whether it may evict keys when it is full.
    pub may_evict: Option<bool>,
    /// Keys evicted since its start.
    pub evicted_keys: Option<u64>,
    /// Memory in use, in bytes.
    pub used_memory: Option<u64>,
}

/// One look at the fleet. Moments are Unix seconds by Redis's clock.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FleetSnapshot {
    /// Jobs by state.
    pub jobs: JobCounts,
    /// What was counted.
    pub totals: QueueTotals,
    /// Since when the longest waiting job waits.
    pub oldest_waiting: Option<f64>,
    /// Workers that are alive.
    pub workers: u64,
    /// Jobs that they can run at a time, all together.
    pub slots: u64,
    /// Jobs that they run now.
    pub busy_slots: u64,
    /// Employees whose deletions wait for a person.
    pub held: u64,
    /// Keys that cron and poll skip, since their worker died too often.
    pub skipped: u64,
    /// By Kürzel, when the employee was last found or made equal on both sides.
    pub last_success: BTreeMap<String, f64>,
    /// By `missing`, `extra` and `different`, appointments that differ by the last drift reports.
    pub drift: BTreeMap<&'static str, u64>,
    /// By name of the bucket, requests that the fleet's quota still allows now.
    pub quota_tokens: BTreeMap<String, f64>,
    /// Push channels that are open.
    pub channels: u64,
    /// When the first of them ends.
    pub channel_expiry: Option<f64>,
    /// Redis itself.
    pub redis: RedisHealth,
}

/// Shows the latest snapshot.
#[derive(Debug, Default)]
pub(crate) struct FleetCollector(Mutex<Option<FleetSnapshot>>);

impl FleetCollector {
    pub(crate) fn set(&self, snapshot: Option<FleetSnapshot>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }
}

impl Collector for FleetCollector {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let snapshot = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut page = Page(encoder);
        page.gauge("redis_up", "1 where the fleet's state can be read from Redis", Some(truth(snapshot.is_some())))?;
        snapshot.map_or(Ok(()), |snapshot| page.fleet(&snapshot))
    }
}

struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn fleet(&mut self, fleet: &FleetSnapshot) -> Result<(), std::fmt::Error> {
        let JobCounts { waiting, parked, delayed, leased, dead } = fleet.jobs;
        let states = [("waiting", waiting), ("parked", parked), ("delayed", delayed), ("leased", leased), ("dead", dead)];
        self.family("jobs", "Jobs of the fleet by state", "state", states.map(|(state, jobs)| (state, number(jobs))))?;
        let help = "Since when the longest waiting job waits; not there where none waits";
        self.gauge("oldest_waiting_timestamp_seconds", help, fleet.oldest_waiting)?;
        self.gauge("workers", "Workers that are alive", Some(number(fleet.workers)))?;
        self.gauge("worker_slots", "Jobs that all workers can run at a time", Some(number(fleet.slots)))?;
        self.gauge("worker_slots_busy", "Jobs that all workers run now", Some(number(fleet.busy_slots)))?;
        self.totals(fleet.totals)?;
        self.gauge("held_employees", "Employees whose deletions wait for a person", Some(number(fleet.held)))?;
        let help = "Employees that cron and poll skip, since their worker died too often";
        self.gauge("skipped_employees", help, Some(number(fleet.skipped)))?;
        self.employees(fleet)?;
        let drift = ["missing", "extra", "different"].map(|kind| (kind, number(fleet.drift.get(kind).copied().unwrap_or(0))));
        self.family("drift_appointments", "Appointments that differ by the last drift reports", "kind", drift)?;
        let tokens = fleet.quota_tokens.iter().map(|(bucket, tokens)| (bucket.as_str(), *tokens));
        self.family("quota_tokens", "Requests that the fleet's quota still allows now", "bucket", tokens)?;
        self.gauge("push_channels", "Push channels that are open", Some(number(fleet.channels)))?;
        let help = "When the first of the push channels ends";
        self.gauge("push_channel_expiry_timestamp_seconds", help, fleet.channel_expiry)?;
        self.redis(fleet.redis)
    }

    fn totals(&mut self, totals: QueueTotals) -> Result<(), std::fmt::Error> {
        self.counter("job_claims", "Jobs claimed by all workers", totals.claims)?;
        self.counter("lease_takeovers", "Jobs taken over from dead workers", totals.takeovers)?;
        self.counter("leases_lost", "Leases lost while their job ran", totals.lost_leases)?;
        self.counter("job_ends_refused", "Ends of jobs refused for a stale fencing token", totals.refused_ends)?;
        let help = "Dead letters deleted for being too many or too old";
        self.counter("dead_letters_trimmed", help, totals.trimmed_dead_letters)?;
        let help = "Entries handed back since they are of a newer version";
        self.counter("newer_entries", help, totals.newer_entries)?;
        self.counter("unreadable_entries", "Entries that could not be read", totals.garbage)
    }

    fn employees(&mut self, fleet: &FleetSnapshot) -> Result<(), std::fmt::Error> {
        // The oldest are the ones to look at, so they keep their series where there are too many.
        let mut employees: Vec<(&str, f64)> = fleet.last_success.iter().map(|(kuerzel, at)| (kuerzel.as_str(), *at)).collect();
        employees.sort_by(|one, other| one.1.total_cmp(&other.1));
        let hidden = employees.len().saturating_sub(MOST_EMPLOYEES);
        employees.truncate(MOST_EMPLOYEES);
        let help = "When the employee was last found or made equal on both sides";
        self.family("employee_last_success_timestamp_seconds", help, "kuerzel", employees)?;
        let help = "Employees without a series of their own, since there are too many";
        self.gauge("employees_hidden", help, Some(number(hidden as u64)))
    }

    fn redis(&mut self, redis: RedisHealth) -> Result<(), std::fmt::Error> {
        let help = "1 where Redis writes its data to disk and the last write went well";
        self.gauge("redis_persistent", help, redis.persistent.map(truth))?;
        let help = "1 where Redis may evict keys when it is full";
        self.gauge("redis_may_evict", help, redis.may_evict.map(truth))?;
        self.gauge("redis_evicted_keys", "Keys evicted since Redis started", redis.evicted_keys.map(number))?;
        self.gauge("redis_used_memory_bytes", "Memory that Redis uses, in bytes", redis.used_memory.map(number))
    }

    fn counter(&mut self, name: &str, help: &str, count: u64) -> Result<(), std::fmt::Error> {
        ConstCounter::new(count).encode(self.0.encode_descriptor(name, help, None, MetricType::Counter)?)
    }

    fn gauge(&mut self, name: &str, help: &str, value: Option<f64>) -> Result<(), std::fmt::Error> {
        value.map_or(Ok(()), |value| {
            ConstGauge::new(value).encode(self.0.encode_descriptor(name, help, None, MetricType::Gauge)?)
        })
    }

    fn family<'s>(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        series: impl IntoIterator<Item = (&'s str, f64)>,
    ) -> Result<(), std::fmt::Error> {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        series.into_iter().try_for_each(|(name, value)| ConstGauge::new(value).encode(family.encode_family(&[(label, name)])?))
    }
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}
