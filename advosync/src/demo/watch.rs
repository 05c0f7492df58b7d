//! Watching runs, and adding up what they did.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::firm::Stage;
use crate::output;

const PAUSE: Duration = Duration::from_millis(200);
/// Longer than any demonstration takes.
const LONGEST: Duration = Duration::from_secs(300);
/// How long a busy machine's api is asked again.
const API_PATIENCE: Duration = Duration::from_secs(30);
/// Lines instead of a bar: one in this time.
const LINE_PAUSE: Duration = Duration::from_secs(1);

/// Triggers everybody's synchronisation and shows it to its end. `midway` is called once some employees are done.
pub(crate) async fn sync_all(stage: &mut Stage, title: &str, mut midway: Option<usize>) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let accepted = stage.api.post("advoware/calendar/sync", Some(serde_json::json!({ "kuerzel": "ALL" }))).await?;
    let run_id = accepted["run_id"].as_str().context("the api named no run")?.to_owned();
    let bar = ProgressBar::new(0);
    let terminal = std::io::stdout().is_terminal();
    bar.set_draw_target(if terminal { ProgressDrawTarget::stdout() } else { ProgressDrawTarget::hidden() });
    bar.set_style(ProgressStyle::with_template("  {spinner} {bar:32} {pos}/{len} employees  {msg}")?);
    let mut told = Instant::now() - LINE_PAUSE;
    loop {
        let run = patiently(stage, &format!("runs/{run_id}")).await?;
        let number = |name: &str| run["jobs"][name].as_u64().unwrap_or(0);
        let (done, total, writes) = (number("done"), number("total"), stage.writes());
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(format!("{writes} writes"));
        let status = run["status"].as_str().unwrap_or_default();
        let ended = !matches!(status, "queued" | "running");
        if !terminal && (told.elapsed() >= LINE_PAUSE || ended) {
            println!("  {title}: {status}, {done}/{total} employees, {writes} writes, {:.1} s", began.elapsed().as_secs_f64());
            told = Instant::now();
        }
        if ended {
            bar.finish_and_clear();
            if status != "succeeded" {
                show_trouble(stage).await?;
                bail!("{title} ended as {status}");
            }
            return Ok(began.elapsed());
        }
        if midway.is_some_and(|after| writes as usize >= after) {
            midway = None;
            let mut victim = stage.workers.remove(0);
            victim.kill().await?;
            println!("  ✗ {} killed with SIGKILL in the middle of its work", victim.name);
        }
        stage.check()?;
        if began.elapsed() > LONGEST {
            bail!("{title} did not end within {} s", LONGEST.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks the api, again for a while where it is too busy to answer.
async fn patiently(stage: &Stage, path: &str) -> anyhow::Result<Value> {
    let deadline = Instant::now() + API_PATIENCE;
    loop {
        match stage.api.get(path).await {
            Err(_) if Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
            answer => return answer,
        }
    }
}

/// Waits until pushes and polls have carried everything over; whether both sides are equal.
pub(crate) async fn wait_for_equality(stage: &Stage, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while !stage.differences().is_empty() {
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
    true
}

async fn all_runs(stage: &Stage) -> anyhow::Result<Vec<Value>> {
    let mut runs = Vec::new();
    let mut path = "runs?kind=employee&limit=200".to_owned();
    loop {
        let page = patiently(stage, &path).await?;
        let items = page["runs"].as_array().or_else(|| page["items"].as_array()).cloned().unwrap_or_default();
        runs.extend(items);
        match page["next"].as_str().or_else(|| page["next_cursor"].as_str()) {
            Some(next) => path = format!("runs?kind=employee&limit=200&cursor={next}"),
            None => return Ok(runs),
        }
    }
}

/// Runs that ended badly, for the person who wonders why.
async fn show_trouble(stage: &Stage) -> anyhow::Result<()> {
    for run in all_runs(stage).await? {
        if run["status"] != "succeeded" {
            println!(
                "  {} {} {}",
                run["kuerzel"],
                run["status"],
                run.get("report").or_else(|| run.get("error")).unwrap_or(&Value::Null)
            );
        }
    }
    println!("  the programs' logs: {}", stage.logs().display());
    Ok(())
}

/// Counts by employee, over all runs since `since` (RFC 3339).
pub(crate) async fn table(stage: &Stage, since: &chrono::DateTime<chrono::Utc>) -> anyhow::Result<String> {
    let mut people: BTreeMap<String, [u64; 8]> = BTreeMap::new();
    for run in all_runs(stage).await? {
        let queued: Option<chrono::DateTime<chrono::Utc>> = run["queued_at"].as_str().and_then(|at| at.parse().ok());
        if queued.is_none_or(|at| at < *since) {
            continue;
        }
        let row = people.entry(run["kuerzel"].as_str().unwrap_or_default().to_owned()).or_default();
        let counts = &run["counts"];
        let of = |side: &str, name: &str| counts[side][name].as_u64().unwrap_or(0);
        let numbers = ["created", "updated", "deleted"].map(|name| of("google", name)).into_iter();
        let numbers = numbers.chain(["created", "updated", "deleted"].map(|name| of("advoware", name)));
        for (sum, number) in row.iter_mut().zip(numbers) {
            *sum += number;
        }
        row[6] = row[6].max(counts["unchanged"].as_u64().unwrap_or(0));
        row[7] += counts["conflicts"].as_u64().unwrap_or(0);
    }
    let mut table = output::table(&["employee", "Google +", "~", "−", "Advoware +", "~", "−", "unchanged", "conflicts"]);
    let mut total = [0; 8];
    for (kuerzel, row) in &people {
        table.add_row(std::iter::once(kuerzel.clone()).chain(row.iter().map(u64::to_string)));
        total.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
    }
    table.add_row(std::iter::once("all".to_owned()).chain(total.iter().map(u64::to_string)));
    Ok(table.to_string())
}
