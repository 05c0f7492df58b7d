//! Everything that a program needs to work with the fleet.

use std::sync::Arc;
use std::time::Duration;

use advosync_advoware::AdvowareClient;
use advosync_config::{AdvowareConfig, GoogleConfig, PushConfig, RedisConfig, SyncConfig, WorkerConfig};
use advosync_google::GoogleClient;
use advosync_queue::Queue;
use advosync_queue::link::Redis;
use advosync_state::{
    Calendars, Channels, EmployeeLists, FleetConcurrency, FleetQuota, Held, Journal, JournalKeys, Reports, SealKey, State,
};
use advosync_telemetry::Metrics;

use crate::{connect, upstreams};

/// The settings that a fleet is built from.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// Advoware.
    pub advoware: &'a AdvowareConfig,
    /// Google Calendar.
    pub google: &'a GoogleConfig,
    /// Redis.
    pub redis: &'a RedisConfig,
    /// The synchronisation.
    pub sync: &'a SyncConfig,
    /// The queue.
    pub worker: &'a WorkerConfig,
    /// Push notifications.
    pub push: &'a PushConfig,
}

/// A fleet that could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Redis's certificate authority can't be read.
    #[error("REDIS_TLS_CA can't be read")]
    Redis(#[source] std::io::Error),
    /// The client for Advoware.
    #[error("the client for Advoware can't be set up")]
    Advoware(#[source] advosync_advoware::SetupError),
    /// The client for Google.
    #[error("the client for Google Calendar can't be set up")]
    Google(#[source] advosync_google::SetupError),
}

/// The queue, both systems, and what Redis remembers. Cheap to clone.
#[derive(Clone)]
pub struct Fleet {
    inner: Arc<Inner>,
}

struct Inner {
    queue: Queue,
    state: State,
    advoware: AdvowareClient,
    google: GoogleClient,
    places: FleetConcurrency,
    quota: FleetQuota,
    sync: SyncConfig,
    push: PushConfig,
    owner: Option<String>,
    advoware_time_out: Duration,
    google_time_out: Duration,
    journal: Journal,
    metrics: Arc<Metrics>,
}

impl Fleet {
    /// Puts a fleet together; asks nobody anything yet.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub async fn build(settings: Settings<'_>, metrics: &Arc<Metrics>) -> Result<Self, BuildError> {
        let redis = Redis::new(connect::redis_settings(settings.redis)).map_err(BuildError::Redis)?;
        let queue = Queue::new(redis.clone(), connect::queue_settings(settings.redis, settings.worker));
        let state = State::new(redis, queue.keys().clone());
        let seal = |key: &advosync_config::DerivedKey| SealKey::new(key.id(), *key.expose());
        let keys = &settings.sync.keys;
        let journal = JournalKeys { fingerprint: seal(&keys.fingerprint[0]), contents: keys.journal.iter().map(seal).collect() };
        let (places, quota) = (upstreams::places(settings.advoware, &state), upstreams::quota(settings.google, &state));
        let inner = Inner {
            advoware: upstreams::advoware(settings.advoware, &places, &state, metrics)?,
            google: upstreams::google(settings.google, &quota, metrics).await?,
            places,
            quota,
            journal: Journal::new(&state, journal),
            sync: settings.sync.clone(),
            push: settings.push.clone(),
            owner: settings.google.owner.clone(),
            advoware_time_out: settings.advoware.timeout,
            google_time_out: settings.google.call_timeout,
            metrics: Arc::clone(metrics),
            queue,
            state,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.inner.queue
    }

    /// The client for Advoware.
    #[must_use]
    pub fn advoware(&self) -> &AdvowareClient {
        &self.inner.advoware
    }

    /// The client for Google.
    #[must_use]
    pub fn google(&self) -> &GoogleClient {
        &self.inner.google
    }

    /// What all processes share of both systems: places before Advoware, and Google's quota.
    pub(crate) fn shares(&self) -> (FleetConcurrency, FleetQuota) {
        (self.inner.places.clone(), self.inner.quota.clone())
    }

    /// The settings of the synchronisation.
    #[must_use]
    pub fn sync(&self) -> &SyncConfig {
        &self.inner.sync
    }

    /// Who wrote what.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    /// What this process counts.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.inner.metrics
    }

    /// What waits for a person.
    #[must_use]
    pub fn held(&self) -> Held {
        Held::new(&self.inner.state)
    }

    /// Last reports.
    #[must_use]
    pub fn reports(&self) -> Reports {
        Reports::new(&self.inner.state)
    }

    /// Which calendar is whose.
    #[must_use]
    pub fn calendars(&self) -> Calendars {
        Calendars::new(&self.inner.state)
    }

    /// Push channels.
    #[must_use]
    pub fn channels(&self) -> Channels {
        Channels::new(&self.inner.state)
    }

    pub(crate) fn employee_lists(&self) -> EmployeeLists {
        EmployeeLists::new(&self.inner.state)
    }

    /// The handle to what Redis remembers beside the queue.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.inner.state
    }

    pub(crate) fn push(&self) -> &PushConfig {
        &self.inner.push
    }

    pub(crate) fn owner(&self) -> Option<&str> {
        self.inner.owner.as_deref()
    }

    /// How long a request to Advoware, and one to Google, may take.
    pub(crate) fn time_outs(&self) -> (Duration, Duration) {
        (self.inner.advoware_time_out, self.inner.google_time_out)
    }
}
