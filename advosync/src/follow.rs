//! Following a run to its end.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::backend::{Backend, path};
use crate::output;

const PAUSE: Duration = Duration::from_millis(250);

/// Waits until the run has ended, telling where it is; its last record, with its report.
pub(crate) async fn follow(backend: &Backend, run_id: &str) -> anyhow::Result<Value> {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}")?);
    let mut last = String::new();
    loop {
        let mut run = backend.get(&path(&["runs", run_id], &[])).await?;
        let report = backend.get(&path(&["runs", run_id, "report"], &[])).await?;
        let status = run["status"].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| run["jobs"][name].as_u64().unwrap_or(0);
        let phase = report["phase"].as_str().unwrap_or_default();
        let (done, total) = steps(phase).unwrap_or((number("done"), number("total")));
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(format!("{status} {}", phase.split(' ').next().unwrap_or_default()));
        let line = format!("{status} {phase} {}/{}", number("done"), number("total"));
        if bar.is_hidden() && line != last {
            eprintln!("{line}");
            last = line;
        }
        if matches!(status.as_str(), "succeeded" | "partial" | "held" | "failed") {
            bar.finish_and_clear();
            run["report"] = report;
            return Ok(run);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How many writes are done, of how many.
fn steps(phase: &str) -> Option<(u64, u64)> {
    let (done, total) = phase.strip_prefix("apply ")?.split_once('/')?;
    Some((done.parse().ok()?, total.parse().ok()?))
}

/// Says how a run ended, and what to do where it is not well.
pub(crate) fn tell(run: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kuerzel, status, run_id) = (text(&run["kuerzel"]), text(&run["status"]), text(&run["run_id"]));
    output::say!("{kuerzel}: {} (run {run_id})", output::status(&status));
    output::say!("{}", describe_counts(&run["counts"]));
    let report = &run["report"];
    if status != "succeeded" && report["error_class"].is_string() {
        output::say!("last error: {} ({})", text(&report["error_code"]), text(&report["error_class"]));
    }
    for note in report["report"]["report"]["notes"].as_array().into_iter().flatten() {
        output::say!("  {}", output::note(note));
    }
    let remedy = match status.as_str() {
        "held" => {
            format!("Look at what is held with `advosync release {kuerzel} --list`; let it go with `advosync release {kuerzel}`.")
        }
        "partial" if kuerzel != "ALL" => "The next run tries again what is listed above.".to_owned(),
        "failed" => "`advosync dead-letters list` shows what was given up; `advosync doctor` finds the cause.".to_owned(),
        "partial" => "`advosync status` shows whose calendar is not right.".to_owned(),
        _ => return,
    };
    output::say!("→ {remedy}");
}

fn describe_counts(counts: &Value) -> String {
    let of = |side: &str| {
        let number = |name: &str| counts[side][name].as_u64().unwrap_or(0);
        format!("{side}: {} created, {} updated, {} deleted", number("created"), number("updated"), number("deleted"))
    };
    let number = |name: &str| counts[name].as_u64().unwrap_or(0);
    let rest = format!("{} unchanged, {} conflicts, {} errors", number("unchanged"), number("conflicts"), number("errors"));
    format!("{} · {} · {rest}", of("google"), of("advoware"))
}

/// The exit code for the worst of these runs.
pub(crate) fn code(runs: &[Value]) -> ExitCode {
    let is = |status: &str| runs.iter().any(|run| run["status"] == status);
    if is("failed") {
        ExitCode::FAILURE
    } else if is("held") || is("partial") {
        ExitCode::from(output::UNSETTLED)
    } else {
        ExitCode::SUCCESS
    }
}
