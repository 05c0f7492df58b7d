//! What the scheduler does.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Metrics;
use super::labels::{Outcome, Schedule};

type FloatGauge = Gauge<f64, std::sync::atomic::AtomicU64>;

#[derive(Debug)]
pub(crate) struct SchedulerMetrics {
    leads: Gauge,
    firings: Family<Outcome, Counter>,
    next: Family<Schedule, FloatGauge>,
    interval: FloatGauge,
}

impl SchedulerMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let scheduler = Self {
            leads: Gauge::default(),
            firings: Family::default(),
            next: Family::default(),
            interval: FloatGauge::default(),
        };
        for outcome in ["fired", "made_up", "already_fired", "failed"] {
            drop(scheduler.firings.get_or_create(&Outcome { outcome }));
        }
        registry.register("scheduler_leader", "1 where this process leads the schedulers", scheduler.leads.clone());
        let help = "Firings of schedules by outcome";
        registry.register("scheduler_firings", help, scheduler.firings.clone());
        let help = "When each schedule fires next";
        registry.register_with_unit("scheduler_next_firing_timestamp", help, Unit::Seconds, scheduler.next.clone());
        let help = "Time within which everyone should be looked at by now; 0 where this process does not lead";
        registry.register_with_unit("scheduler_interval", help, Unit::Seconds, scheduler.interval.clone());
        scheduler
    }
}

impl Metrics {
    /// Whether this process leads the schedulers; one that does not shows no firings to come.
    pub fn set_leads(&self, leads: bool) {
        self.scheduler.leads.set(i64::from(leads));
        if !leads {
            self.scheduler.next.clear();
            self.scheduler.interval.set(0.0);
        }
    }

    /// A schedule (a cron expression, or `poll`) fires next at this moment, in Unix seconds.
    pub fn set_next_firing(&self, schedule: &str, at: f64) {
        self.scheduler.next.get_or_create(&Schedule { schedule: schedule.to_owned() }).set(at);
    }

    /// Everyone should be looked at within this time.
    pub fn set_interval(&self, interval: Duration) {
        self.scheduler.interval.set(interval.as_secs_f64());
    }

    /// A schedule fired; `made_up` for one that was missed before.
    pub fn fired(&self, made_up: bool) {
        self.firing(if made_up { "made_up" } else { "fired" });
    }

    /// A schedule had been fired by another scheduler.
    pub fn already_fired(&self) {
        self.firing("already_fired");
    }

    /// A schedule could not be fired.
    pub fn firing_failed(&self) {
        self.firing("failed");
    }

    fn firing(&self, outcome: &'static str) {
        self.scheduler.firings.get_or_create(&Outcome { outcome }).inc();
    }
}
