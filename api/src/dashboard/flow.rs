//! The path of the work, with how much is at each place.

use advosync_queue::{SchedulerInfo, Stats, WorkerInfo};

use super::moments::Moment;
use super::page::Page;
use crate::standing::moment;

/// What is where on the path cron → all → employee.
pub(crate) struct Flow {
    pub(crate) next_firing: Option<Moment>,
    pub(crate) open_fan_outs: u64,
    pub(crate) waiting: u64,
    pub(crate) urgent: u64,
    pub(crate) oldest: Option<String>,
    pub(crate) delayed: u64,
    pub(crate) parked: u64,
    pub(crate) leased: u64,
    pub(crate) slots: usize,
    pub(crate) workers: usize,
    pub(crate) done: u64,
    pub(crate) dead: u64,
}

impl Flow {
    pub(crate) fn new(stats: &Stats, workers: &[WorkerInfo], scheduler: &SchedulerInfo, page: &Page) -> Self {
        let alive = workers.iter().filter(|worker| worker.alive);
        let counted = |name: &str| stats.counters.get(name).copied().unwrap_or(0);
        let oldest = chrono::TimeDelta::milliseconds(i64::try_from(stats.oldest_waiting_ms).unwrap_or(0));
        Self {
            next_firing: page.clock.maybe(&scheduler.next_firing_ms.and_then(moment)),
            open_fan_outs: stats.open_fan_outs,
            waiting: stats.waiting,
            urgent: stats.waiting_urgent,
            oldest: (stats.waiting > 0).then(|| page.clock.duration(oldest)),
            delayed: stats.delayed,
            parked: stats.parked,
            leased: stats.leased,
            slots: alive.clone().map(|worker| worker.slots).sum(),
            workers: alive.count(),
            done: ["done_succeeded", "done_partial", "done_held"].into_iter().map(counted).sum(),
            dead: stats.dead,
        }
    }
}
