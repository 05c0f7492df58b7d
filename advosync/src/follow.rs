//! Following a run to its end.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::backend::Backend;

const PAUSE: Duration = Duration::from_millis(250);

/// Waits until the run has ended, telling where it is; its last record.
pub(crate) async fn follow(backend: &Backend, run_id: &str) -> anyhow::Result<Value> {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}")?);
    let mut last = String::new();
    loop {
        let run = backend.run(run_id).await?;
        let status = run["status"].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| run["jobs"][name].as_u64().unwrap_or(0);
        bar.set_length(number("total"));
        bar.set_position(number("done"));
        let phase = run["phase"].as_str().unwrap_or_default();
        let line = format!("{status} {phase} {}/{}", number("done"), number("total"));
        bar.set_message(format!("{status} {phase}"));
        if bar.is_hidden() && line != last {
            eprintln!("{line}");
            last = line;
        }
        if matches!(status.as_str(), "succeeded" | "partial" | "held" | "failed") {
            bar.finish_and_clear();
            return Ok(run);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
