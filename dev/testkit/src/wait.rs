//! Waiting for a condition, never for luck.

use std::time::{Duration, Instant};

/// Waits until the condition holds, 10 s at most.
///
/// # Panics
/// When it does not hold by then; the text says what was waited for.
pub async fn wait_until<F: AsyncFnMut() -> bool>(what: &str, condition: F) {
    wait_until_within(Duration::from_secs(10), what, condition).await;
}

/// Waits until the condition holds, for `deadline` at most.
///
/// # Panics
/// When it does not hold by then; the text says what was waited for.
pub async fn wait_until_within<F: AsyncFnMut() -> bool>(deadline: Duration, what: &str, mut condition: F) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
