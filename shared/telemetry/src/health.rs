//! `/healthz`, `/readyz` and `/metrics`.
//!
//! Alive means that the program's own loop still turns; whether Redis answers is no part of it, since
//! a restart mends no Redis. Ready means that the program can do its work now.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{FleetSnapshot, Metrics};

/// The longest that an answer waits for Redis.
const LONGEST_PROBE: Duration = Duration::from_secs(2);

/// Why a program can't do its work now, in a few words without any name or text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotReady(pub String);

/// What only the program itself can tell about its health.
pub trait Probe: Send + Sync + 'static {
    /// Whether the program can do its work now.
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>>;

    /// What the fleet looks like in Redis, for `/metrics`; `None` where it can't be told.
    fn fleet(&self) -> BoxFuture<'_, Option<FleetSnapshot>> {
        Box::pin(async { None })
    }
}

/// Shows that a loop still turns.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    start: Instant,
    last_ms: Arc<AtomicU64>,
    longest_pause: Duration,
}

impl Heartbeat {
    /// A heart that counts as dead after so long a pause; it beats now for the first time.
    #[must_use]
    pub fn new(longest_pause: Duration) -> Self {
        Self { start: Instant::now(), last_ms: Arc::default(), longest_pause }
    }

    /// Notes that the loop came round.
    pub fn beat(&self) {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(elapsed, Ordering::Relaxed);
    }

    /// How long ago the last beat was.
    #[must_use]
    pub fn pause(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.last_ms.load(Ordering::Relaxed)))
    }

    /// Whether the last beat is recent enough.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.pause() <= self.longest_pause
    }
}

/// Everything that the three pages show.
#[derive(Clone)]
pub struct Health {
    /// The program's metrics.
    pub metrics: Arc<Metrics>,
    /// The program's main loop.
    pub heartbeat: Heartbeat,
    /// What only the program can tell.
    pub probe: Arc<dyn Probe>,
}

/// `/healthz` and `/readyz`.
pub fn health_router(health: Health) -> Router {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).with_state(health)
}

/// `/metrics`: OpenMetrics with exemplars for those who ask for it, else Prometheus's text format.
pub fn metrics_router(health: Health) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(health)
}

/// Serves all three pages on `bind` until the process ends, so that a long drain can be watched too;
/// gives the address that was really taken.
///
/// # Errors
/// The address can't be listened on.
pub async fn serve(bind: SocketAddr, health: Health) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(bind).await?;
    let address = listener.local_addr()?;
    tracing::info!(
        server.address = %address.ip(),
        server.port = address.port(),
        "health and metrics are served at http://{address}"
    );
    let router = health_router(health.clone()).merge(metrics_router(health));
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "health is served no more");
        }
    });
    Ok((address, serving))
}

async fn healthz(State(health): State<Health>) -> Response {
    if health.heartbeat.is_alive() {
        (StatusCode::OK, "ok\n").into_response()
    } else {
        let pause = health.heartbeat.pause().as_secs();
        (StatusCode::SERVICE_UNAVAILABLE, format!("no heartbeat for {pause} s\n")).into_response()
    }
}

async fn readyz(State(health): State<Health>) -> Response {
    let ready = timeout(LONGEST_PROBE, health.probe.ready())
        .await
        .unwrap_or_else(|_| Err(NotReady("no answer from redis within 2 s".to_owned())));
    match ready {
        Ok(()) => (StatusCode::OK, "ready\n").into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    let fleet = timeout(LONGEST_PROBE, health.probe.fleet()).await.unwrap_or_default();
    health.metrics.set_fleet(fleet);
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let (content_type, text) = if accepts.contains("application/openmetrics-text") {
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", health.metrics.open_metrics_text())
    } else {
        (prometheus_client::encoding::prometheus_text::CONTENT_TYPE, health.metrics.prometheus_text())
    };
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}
