//! From settings to the clients of both systems, with what the fleet shares between them.

use std::sync::Arc;

use advosync_advoware::{AdvowareClient, AdvowareSettings, Credentials};
use advosync_config::{AdvowareConfig, GoogleConfig};
use advosync_google::{GoogleClient, GoogleSettings, ServiceAccount};
use advosync_state::{FleetConcurrency, FleetQuota, FleetToken, QuotaLimits, State};
use advosync_telemetry::{Call, Metrics, Refusal, Upstream};
use advosync_upstream::{Exchanged, Observer, Timeouts};
use secrecy::ExposeSecret;

use crate::BuildError;

/// Counts each exchange with either system.
struct Counting(Arc<Metrics>);

impl Observer for Counting {
    fn on_call(&self, exchanged: &Exchanged) {
        let upstream = if exchanged.upstream == "google" { Upstream::Google } else { Upstream::Advoware };
        let (operation, status) = (exchanged.operation, exchanged.outcome);
        let resend = exchanged.resend > 0;
        self.0.called(Call { upstream, operation, status, resend, duration: exchanged.duration });
        if operation == "token" && status == "2xx" {
            self.0.token_issued(upstream);
        }
        if !exchanged.waited.is_zero() {
            self.0.quota_waited(upstream, exchanged.waited);
        }
        // A 401 is mended by the next token, or ends the run and is counted there.
        if exchanged.status == Some(429) {
            self.0.refused(upstream, Refusal::Quota);
        }
    }
}

/// The places before Advoware that the whole fleet shares.
pub(crate) fn places(config: &AdvowareConfig, state: &State) -> FleetConcurrency {
    FleetConcurrency::new(state, usize::try_from(config.max_concurrency).unwrap_or(usize::MAX))
}

/// Google's quota that the whole fleet shares.
pub(crate) fn quota(config: &GoogleConfig, state: &State) -> FleetQuota {
    FleetQuota::new(state, QuotaLimits::per_minute(config.requests_per_minute, config.requests_per_minute_per_project))
}

/// The client for Advoware.
pub(crate) fn advoware(
    config: &AdvowareConfig,
    places: &FleetConcurrency,
    state: &State,
    metrics: &Arc<Metrics>,
) -> Result<AdvowareClient, BuildError> {
    let number = |number: i64| u32::try_from(number).unwrap_or_default();
    let credentials = Credentials {
        product_id: number(config.product_id),
        app_id: config.app_id.clone(),
        api_key: config.api_key.clone(),
        kanzlei: config.kanzlei.clone(),
        database: config.database.clone(),
        user: config.user.clone(),
        role: number(config.role),
        password: config.password.clone(),
    };
    let settings = AdvowareSettings {
        api_base: config.api_base_url.clone(),
        security_base: config.security_base_url.clone(),
        token_lifetime: config.token_lifetime,
        timeouts: Timeouts::within(config.timeout),
        ..AdvowareSettings::new(credentials, config.configurator_url.clone())
    };
    let dependencies = advosync_advoware::Dependencies {
        tokens: Arc::new(FleetToken::new(state, &config.api_key, &config.password)),
        concurrency: Arc::new(places.clone()),
        observer: Arc::new(Counting(Arc::clone(metrics))),
    };
    AdvowareClient::new(settings, dependencies).map_err(BuildError::Advoware)
}

/// The client for Google.
pub(crate) async fn google(
    config: &GoogleConfig,
    quota: &FleetQuota,
    metrics: &Arc<Metrics>,
) -> Result<GoogleClient, BuildError> {
    let account = ServiceAccount::parse(config.service_account.json.expose_secret()).map_err(BuildError::Google)?;
    let account = account.acting_as(config.subject.clone());
    let settings = GoogleSettings {
        timeouts: Timeouts::within(config.call_timeout),
        ..GoogleSettings::new(account, config.api_base_url.clone())
    };
    let dependencies =
        advosync_google::Dependencies { quota: Arc::new(quota.clone()), observer: Arc::new(Counting(Arc::clone(metrics))) };
    GoogleClient::new(settings, dependencies).await.map_err(BuildError::Google)
}
