//! What a scheduler needs: a lead, and firings that happen once.

use std::{collections::HashMap, time::Duration};

use crate::{
    Queue, QueueError, Trigger, Triggered,
    trigger::{add_request, read_triggered},
};

/// What became of a firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Firing {
    /// It fired now.
    Fired(Triggered),
    /// This planned time, or a later one of the schedule, fired before.
    AlreadyFired,
}

/// What is known of the scheduler; times in ms since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchedulerInfo {
    /// Who led last.
    pub leader: Option<String>,
    /// When the leader was last seen.
    pub seen_at_ms: Option<u64>,
    /// When the next firing is planned.
    pub next_firing_ms: Option<u64>,
}

impl Queue {
    fn firings_key(&self) -> String {
        self.keys().named("firings")
    }

    fn leader_key(&self) -> String {
        self.keys().named("scheduler:leader")
    }

    fn scheduler_key(&self) -> String {
        self.keys().named("scheduler")
    }

    /// Takes or keeps the lead for `ttl`; answers whether `owner` leads. Also notes the next
    /// planned firing (ms since 1970) for people to see.
    ///
    /// # Errors
    /// What Redis says; whoever gets no answer does not lead.
    pub async fn lead(&self, owner: &str, ttl: Duration, next_firing_ms: Option<u64>) -> Result<bool, QueueError> {
        let script = &self.scripts().lead;
        let mut call = self.call_with(script, &[&self.leader_key(), &self.scheduler_key()]);
        call.arg(owner).arg(ttl.as_millis() as u64).arg(next_firing_ms.map(|ms| ms.to_string()).unwrap_or_default());
        let leads: u64 = self.redis().script(script, &call).await?;
        Ok(leads == 1)
    }

    /// Gives up the lead, if `owner` has it.
    ///
    /// # Errors
    /// What Redis says; the lead then runs out by itself.
    pub async fn resign(&self, owner: &str) -> Result<(), QueueError> {
        self.lead(owner, Duration::ZERO, None).await.map(|_| ())
    }

    /// Fires a schedule for its planned time (ms since 1970): notes it and triggers, in one step,
    /// once fleet-wide.
    ///
    /// # Errors
    /// What Redis says; asking again fires once all the same.
    pub async fn fire(&self, schedule: &str, planned_ms: u64, trigger: &Trigger) -> Result<Firing, QueueError> {
        let script = &self.scripts().fire;
        let mut call = self.call_with(script, &[&self.firings_key()]);
        call.arg(schedule).arg(planned_ms);
        add_request(&mut call, trigger);
        let answer: Vec<String> = self.redis().script(script, &call).await?;
        Ok(if answer.is_empty() { Firing::AlreadyFired } else { Firing::Fired(read_triggered(&answer)) })
    }

    /// The planned time (ms since 1970) of the schedule's last firing; none without any record.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn last_firing(&self, schedule: &str) -> Result<Option<u64>, QueueError> {
        let mut get = redis::cmd("HGET");
        get.arg(self.firings_key()).arg(schedule);
        Ok(self.redis().run(&get).await?)
    }

    /// Notes that a schedule counts as fired up to a planned time (ms since 1970) without firing:
    /// a first start makes up for nothing.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn begin_schedule(&self, schedule: &str, planned_ms: u64) -> Result<(), QueueError> {
        let mut set = redis::cmd("HSETNX");
        set.arg(self.firings_key()).arg(schedule).arg(planned_ms);
        let _: u64 = self.redis().run(&set).await?;
        Ok(())
    }

    /// Leader and next firing, as last noted.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn scheduler(&self) -> Result<SchedulerInfo, QueueError> {
        let mut get = redis::cmd("HGETALL");
        get.arg(self.scheduler_key());
        let fields: HashMap<String, String> = self.redis().run(&get).await?;
        let number = |name: &str| fields.get(name).and_then(|value| value.parse().ok());
        Ok(SchedulerInfo {
            leader: fields.get("leader").cloned(),
            seen_at_ms: number("seen_at"),
            next_firing_ms: number("next_firing"),
        })
    }
}
