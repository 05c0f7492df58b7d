//! The api's life.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use advosync_config::{ApiProgram, PushConfig};
use advosync_fleet::{Fleet, FleetProbe, Settings};
use advosync_telemetry::{Health, Heartbeat, Metrics};
use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::limits::Limits;
use crate::router::router;
use crate::{App, shutdown};

/// A loop that has not turned for so long is taken to be stuck.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An api that listens and is about to serve.
pub struct Api {
    app: App,
    listener: TcpListener,
    health: Health,
    grace: Duration,
}

impl Api {
    /// Sets everything up; Redis, Advoware and Google being away is no error.
    ///
    /// # Errors
    /// Where a client can't be set up, or the address can't be listened on.
    pub async fn bind(config: &ApiProgram, metrics: Arc<Metrics>, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let push = PushConfig { public_base_url: config.api.public_base_url.clone() };
        let settings = Settings {
            advoware: &config.advoware,
            google: &config.google,
            redis: &config.redis,
            sync: &config.sync,
            worker: &config.worker,
            push: &push,
        };
        let fleet = Fleet::build(settings, &metrics).await?;
        let probe = Arc::new(FleetProbe::of(&fleet));
        let health = Health { metrics, heartbeat: Heartbeat::new(LONGEST_PAUSE), probe };
        let listener = TcpListener::bind(config.api.bind).await.context("API_BIND can't be listened on")?;
        let app = App::new(&config.api, &config.schedule, fleet, shutdown);
        Ok(Self { app, listener, health, grace: config.worker.shutdown_grace })
    }

    /// The address that was really taken.
    ///
    /// # Errors
    /// Where the system can't tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the shutdown, then drains.
    ///
    /// # Errors
    /// Where the listener breaks.
    pub async fn serve(self) -> std::io::Result<()> {
        let limits = Limits::new();
        let router = router(&self.app, self.health.clone(), limits.clone());
        let heartbeat = self.health.heartbeat;
        let beat = async {
            loop {
                heartbeat.beat();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        // The feed ends with the shutdown, the two others with the drain.
        let background = async { tokio::join!(beat, limits.tidy(), self.app.follow()) };
        let serving = shutdown::serve(self.listener, router, self.app.shutdown().clone(), self.grace);
        tokio::select! {
            served = serving => served,
            _ = background => Ok(()),
        }
    }
}

/// Serves until `shutdown`, then drains.
///
/// # Errors
/// See [`Api::bind`] and [`Api::serve`].
pub async fn run(config: &ApiProgram, metrics: Arc<Metrics>, shutdown: CancellationToken) -> anyhow::Result<()> {
    let api = Api::bind(config, metrics, shutdown).await?;
    let address = api.address()?;
    if config.api.tokens.is_empty() {
        tracing::warn!("no API_TOKENS: everybody on this machine may trigger, release and read");
    }
    tracing::info!(server.address = %address.ip(), server.port = address.port(), "the api is served at http://{address}");
    api.serve().await.context("the api can't be served any more")?;
    tracing::info!("the api has drained");
    Ok(())
}
