//! One scheduler: leads or stands by, and fires what is due.

use std::sync::Arc;
use std::time::Duration;

use advosync_config::ScheduleConfig;
use advosync_queue::{Firing, Origin, Queue, QueueError, Trigger};
use advosync_telemetry::Metrics;
use advosync_telemetry::semconv::{send_span, sent};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use tracing::Instrument;
use uuid::Uuid;

use crate::clock::{due, next_after};
use crate::renewals::Renewals;

/// How long a leader that is not heard of still leads.
const LEAD: Duration = Duration::from_secs(10);
/// Longest wait between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Names the poll among the schedules.
const POLL: &str = "poll";
/// The poll takes at most one part in so many of Advoware's time.
const POLL_SHARE: u64 = 10;
/// A firing that is so late was made up for.
const LATE: TimeDelta = TimeDelta::minutes(1);

/// One of any number of schedulers.
#[derive(Debug)]
pub struct Scheduler {
    queue: Queue,
    schedule: ScheduleConfig,
    metrics: Arc<Metrics>,
    renewals: Renewals,
    owner: String,
    next: Option<DateTime<Utc>>,
}

impl Scheduler {
    /// A scheduler with a fresh identity.
    #[must_use]
    pub fn new(queue: Queue, schedule: ScheduleConfig, metrics: Arc<Metrics>) -> Self {
        metrics.set_interval(schedule.poll.unwrap_or(Duration::from_hours(24)));
        let renewals = Renewals::new(&queue);
        Self { queue, schedule, metrics, renewals, owner: format!("s-{}", Uuid::now_v7().simple()), next: None }
    }

    /// Takes or keeps the lead, and fires what is due. Says when to look again.
    ///
    /// # Errors
    /// Where Redis is away: nothing was missed, the next look makes up for it.
    pub async fn look(&mut self) -> Result<Duration, QueueError> {
        let now = self.now().await?;
        let next_ms = self.next.and_then(|next| u64::try_from(next.timestamp_millis()).ok());
        let leads = self.queue.lead(&self.owner, LEAD, next_ms).await?;
        self.metrics.set_leads(leads);
        if !leads {
            return Ok(LOOK);
        }
        let mut next = None;
        for cron in self.schedule.crons.clone() {
            let last = self.queue.last_firing(&cron.text).await?;
            match last.and_then(moment) {
                // A first start makes up for nothing.
                None => self.queue.begin_schedule(&cron.text, millis(now)).await?,
                Some(last) => {
                    if let Some(planned) = due(&cron.cron, last, now) {
                        self.fire(&cron.text, planned, now, Origin::Cron).await?;
                    }
                }
            }
            let upcoming = next_after(&cron.cron, now);
            next = earlier(next, upcoming);
            self.tell_next(&cron.text, upcoming);
        }
        let poll = self.look_at_poll(now).await?;
        self.renewals.look(now).await?;
        next = earlier(next, poll);
        self.next = next;
        let wait = next.and_then(|next| (next - now).to_std().ok()).unwrap_or(LOOK);
        Ok(wait.clamp(Duration::from_millis(10), LOOK))
    }

    /// Gives the lead up, so that another takes it at once.
    pub async fn resign(&self) {
        if let Err(error) = self.queue.resign(&self.owner).await {
            tracing::debug!(%error, "the lead runs out by itself");
        }
        self.metrics.set_leads(false);
    }

    /// Fires the poll where it is due; says when it will be.
    async fn look_at_poll(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, QueueError> {
        let local = now.with_timezone(&Berlin).naive_local();
        let Some(interval) = self.schedule.poll_interval_at(local) else { return Ok(None) };
        let Some(last) = self.queue.last_firing(POLL).await?.and_then(moment) else {
            self.queue.begin_schedule(POLL, millis(now)).await?;
            return Ok(Some(now + interval));
        };
        // Advoware may be an office's own server: it is given ten times the time that the last look took.
        let rested = self
            .queue
            .last_all(Origin::Poll)
            .await?
            .and_then(|all| moment(all.queued_at_ms.saturating_add(all.took_ms().saturating_mul(POLL_SHARE))));
        let planned = rested.map_or(last + interval, |rested| rested.max(last + interval));
        if planned > now {
            self.tell_next(POLL, Some(planned));
            return Ok(Some(planned));
        }
        // However many were missed, the next is counted from now.
        let late = now - planned > TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX);
        let planned = if late { now } else { planned };
        self.fire(POLL, planned, now, Origin::Poll).await?;
        self.tell_next(POLL, Some(planned + interval));
        Ok(Some(planned + interval))
    }

    async fn fire(&self, schedule: &str, planned: DateTime<Utc>, now: DateTime<Utc>, origin: Origin) -> Result<(), QueueError> {
        let span = tracing::info_span!("fire", otel.name = "fire schedule", otel.kind = "internal", advosync.schedule = schedule);
        let sending = span.in_scope(|| send_span("jobs:all", "", None));
        let mut trigger = Trigger::new(self.queue.settings().all_key.clone(), origin);
        trigger.traceparent = advosync_telemetry::traceparent_of(&sending);
        let firing = self.queue.fire(schedule, millis(planned), &trigger).instrument(sending.clone()).await;
        match firing {
            Ok(Firing::Fired(triggered)) => {
                sent(&sending, &triggered.run_id, &triggered.follows);
                let made_up = now - planned > LATE;
                self.metrics.fired(made_up);
                tracing::info!(schedule, planned = %planned.to_rfc3339(), run_id = triggered.run_id, made_up, "fired");
                Ok(())
            }
            Ok(Firing::AlreadyFired) => {
                self.metrics.already_fired();
                Ok(())
            }
            Err(error) => {
                self.metrics.firing_failed();
                Err(error)
            }
        }
    }

    fn tell_next(&self, schedule: &str, at: Option<DateTime<Utc>>) {
        if let Some(at) = at {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
            self.metrics.set_next_firing(schedule, at.timestamp_millis() as f64 / 1000.0);
        }
    }

    async fn now(&self) -> Result<DateTime<Utc>, QueueError> {
        let ms = self.queue.redis().time_ms().await?;
        Ok(moment(ms).unwrap_or_default())
    }
}

fn earlier(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    one.into_iter().chain(other).min()
}

fn moment(ms: u64) -> Option<DateTime<Utc>> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis)
}

fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}
