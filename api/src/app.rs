//! What every handler works with.

use std::sync::Arc;
use std::time::Duration;

use advosync_config::{ApiConfig, ScheduleConfig};
use advosync_fleet::Fleet;
use advosync_queue::Queue;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::clock::RedisClock;
use crate::feed::Feed;
use crate::history::History;
use crate::problem::{Kind, Problem};

/// How long a handler waits for Redis; with what comes before and after, an answer takes less than 5 s.
pub(crate) const REDIS_PATIENCE: Duration = Duration::from_millis(4000);
/// How long a handler waits for Advoware's list of employees.
pub(crate) const ADVOWARE_PATIENCE: Duration = Duration::from_secs(15);

/// Everything that handlers share. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    fleet: Fleet,
    access: Access,
    feed: Feed,
    history: History,
    clock: RedisClock,
    config: ApiConfig,
    schedule: ScheduleConfig,
    shutdown: CancellationToken,
}

impl App {
    /// On this fleet. The live feed begins once [`App::follow`] runs.
    #[must_use]
    pub fn new(config: &ApiConfig, schedule: &ScheduleConfig, fleet: Fleet, shutdown: CancellationToken) -> Self {
        let inner = Inner {
            fleet,
            access: Access::new(config),
            feed: Feed::new(),
            history: History::default(),
            clock: RedisClock::new(),
            config: config.clone(),
            schedule: schedule.clone(),
            shutdown,
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn fleet(&self) -> &Fleet {
        &self.inner.fleet
    }

    pub(crate) fn queue(&self) -> &Queue {
        self.inner.fleet.queue()
    }

    pub(crate) fn access(&self) -> &Access {
        &self.inner.access
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.inner.feed
    }

    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.inner.shutdown
    }

    /// Redis's time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    pub(crate) fn history(&self) -> &History {
        &self.inner.history
    }

    /// When everybody is looked at.
    pub(crate) fn schedule(&self) -> &ScheduleConfig {
        &self.inner.schedule
    }

    /// The address of a trace, where a template is set.
    pub(crate) fn trace_url(&self, trace_id: &str) -> Option<String> {
        self.inner.config.trace_url(trace_id)
    }

    /// Reads the live feed and what the pages draw, and compares both sides every night, until the api stops.
    pub async fn follow(&self) {
        let inner = &self.inner;
        tokio::join!(
            inner.feed.follow(self.queue(), &inner.clock, &inner.shutdown),
            inner.history.follow(self.queue(), &inner.clock, &inner.shutdown),
            self.compare_nightly(),
        );
    }

    /// Awaits what needs Redis alone, but not for longer than a client should wait.
    pub(crate) async fn ask<T, E>(&self, answer: impl Future<Output = Result<T, E>>) -> Result<T, Problem>
    where
        Problem: From<E>,
    {
        match tokio::time::timeout(REDIS_PATIENCE, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Problem::redis_away("deadline")),
        }
    }

    /// Whether `kuerzel` is synchronised: by the kept list, and by Advoware for whoever is not in it.
    pub(crate) async fn check_employee(&self, kuerzel: &str) -> Result<(), Problem> {
        let known = self.ask(self.fleet().known_employees()).await?;
        if known.is_some_and(|known| known.synchronised.contains(kuerzel)) {
            return Ok(());
        }
        match tokio::time::timeout(ADVOWARE_PATIENCE, self.fleet().check_employee(kuerzel)).await {
            Ok(checked) => Ok(checked?),
            Err(_) => Err(Problem::new(Kind::AdvowareAway, "Advoware did not list its employees in time. Ask again soon.")),
        }
    }
}
