use std::{process::ExitCode, time::Duration};

/// Succeeds where each simulator answers within three seconds.
pub(crate) async fn healthcheck(urls: &[String]) -> ExitCode {
    // The provider may be installed already; either way there is one afterwards.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    for url in urls {
        let target = format!("{}/_control/health", url.trim_end_matches('/'));
        let answer = client.get(&target).timeout(Duration::from_secs(3)).send().await;
        if !answer.is_ok_and(|answer| answer.status().is_success()) {
            tracing::error!(url = target, "no answer");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
