//! The three pages, and the check of a container.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use advosync_telemetry::{
    FleetSnapshot, Health, HealthcheckError, Heartbeat, Metrics, NotReady, Probe, SpanCounters, healthcheck, serve,
};
use futures::future::BoxFuture;

#[derive(Default)]
struct Redis {
    away: AtomicBool,
    hangs: AtomicBool,
}

impl Probe for Redis {
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
        Box::pin(async {
            if self.hangs.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            if self.away.load(Ordering::Relaxed) { Err(NotReady("redis is away".to_owned())) } else { Ok(()) }
        })
    }

    fn fleet(&self) -> BoxFuture<'_, Option<FleetSnapshot>> {
        Box::pin(async { (!self.away.load(Ordering::Relaxed)).then(FleetSnapshot::default) })
    }
}

async fn server(longest_pause: Duration) -> (SocketAddr, Arc<Redis>, Heartbeat) {
    let redis = Arc::<Redis>::default();
    let heartbeat = Heartbeat::new(longest_pause);
    let metrics = Arc::new(Metrics::new("advosync-test", "1.2.3", Arc::<SpanCounters>::default()));
    let probe: Arc<dyn Probe> = redis.clone();
    let health = Health { metrics, heartbeat: heartbeat.clone(), probe };
    let (address, _) = serve("127.0.0.1:0".parse().unwrap(), health).await.unwrap();
    (address, redis, heartbeat)
}

async fn get(address: SocketAddr, path: &str, accept: &str) -> (u16, String, String) {
    // A client is built with TLS, whether it is used or not.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().get(format!("http://{address}{path}")).header("accept", accept);
    let response = request.send().await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), content_type, response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_follows_redis_and_alive_does_not() {
    let (address, redis, _) = server(Duration::from_secs(60)).await;
    assert_eq!(get(address, "/readyz", "*/*").await.0, 200);
    redis.away.store(true, Ordering::Relaxed);
    let (status, _, text) = get(address, "/readyz", "*/*").await;
    assert_eq!((status, text.as_str()), (503, "redis is away\n"));
    assert_eq!(get(address, "/healthz", "*/*").await.0, 200);
    assert!(get(address, "/metrics", "*/*").await.2.contains("\nadvosync_redis_up 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_is_not_waited_for() {
    let (address, redis, _) = server(Duration::from_secs(60)).await;
    redis.hangs.store(true, Ordering::Relaxed);
    let start = Instant::now();
    assert_eq!(get(address, "/readyz", "*/*").await.0, 503);
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn alive_follows_the_heartbeat() {
    let (address, _, heartbeat) = server(Duration::from_millis(200)).await;
    let deadline = Instant::now() + Duration::from_secs(5);
    while heartbeat.is_alive() {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(get(address, "/healthz", "*/*").await.0, 503);
    let checked = tokio::task::spawn_blocking(move || healthcheck(address, "/healthz")).await.unwrap();
    assert!(matches!(checked, Err(HealthcheckError::Unhealthy { status, .. }) if status == "503"));
    heartbeat.beat();
    assert!(heartbeat.is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_format_of_metrics_is_negotiated() {
    let (address, ..) = server(Duration::from_secs(60)).await;
    let (_, content_type, text) = get(address, "/metrics", "*/*").await;
    assert!(content_type.starts_with("text/plain; version=0.0.4"), "{content_type}");
    assert!(!text.contains("# EOF"));
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    let (_, content_type, text) = get(address, "/metrics", accept).await;
    assert!(content_type.starts_with("application/openmetrics-text"), "{content_type}");
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_checks_itself() {
    let (address, ..) = server(Duration::from_secs(60)).await;
    let everywhere = SocketAddr::from(([0, 0, 0, 0], address.port()));
    let check = |address, path| tokio::task::spawn_blocking(move || healthcheck(address, path));
    assert!(check(everywhere, "/healthz").await.unwrap().is_ok());
    assert!(check(address, "/nowhere").await.unwrap().is_err());
    let unknown = check(SocketAddr::from(([127, 0, 0, 1], 0)), "/healthz").await.unwrap();
    assert!(matches!(unknown, Err(HealthcheckError::NoPort)));
    let nobody = check(SocketAddr::from(([127, 0, 0, 1], 9)), "/healthz").await.unwrap();
    assert!(matches!(nobody, Err(HealthcheckError::Unreachable { .. })));
}
