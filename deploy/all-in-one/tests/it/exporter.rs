//! Whoever should receive traces is dead, or never answers.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use advosync_testkit::wait_until_within;

use crate::stage::{LONGEST, Stage};

/// What a program may take to end, its traces included.
const LONGEST_END: Duration = Duration::from_secs(6);

/// A sync while traces go to `address`: how long it took, how many spans were lost of all programs', and how long the
/// slowest program took to end.
async fn sync_with(address: Option<&str>) -> (Duration, u64, Duration) {
    let mut stage = Stage::set(4, 120).await.with("OTEL_BSP_MAX_QUEUE_SIZE", "100");
    if let Some(address) = address {
        stage = stage.with("OTEL_EXPORTER_OTLP_ENDPOINT", address);
    }
    stage.start_all().await;
    let began = Instant::now();
    stage.sync("ALL").await;
    let took = began.elapsed();
    if address.is_some() {
        wait_until_within(LONGEST, "the loss is counted", async || lost(&stage).await > 0).await;
    }
    let lost = lost(&stage).await;
    (took, lost, stage.stop_all().await)
}

async fn lost(stage: &Stage) -> u64 {
    let pages = stage.pages().await;
    let lines = pages.iter().flat_map(|(_, page)| page.lines());
    lines
        .filter(|line| line.starts_with("advosync_telemetry_spans_total{") && !line.contains("exported"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_receiver_and_a_silent_one_hold_nothing_up() {
    let (usual, ..) = sync_with(None).await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for address in ["http://127.0.0.1:9", silent.as_str()] {
        let (took, lost, end) = sync_with(Some(address)).await;
        // Were the run to wait for room among the hundred spans, each hundred would cost it the ten seconds of an export.
        assert!(took < usual * 5 + Duration::from_secs(20), "{took:?} rather than {usual:?} with {address}");
        assert!(lost > 0);
        assert!(end < LONGEST_END, "{end:?} with {address}");
    }
}
