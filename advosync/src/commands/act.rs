//! Commands that ask for work, and follow it.

use std::io::IsTerminal;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::backend::{Backend, path};
use crate::follow::{code, follow, tell};
use crate::output;

pub(super) async fn sync(backend: &Backend, kuerzel: &str, no_wait: bool, json: bool) -> anyhow::Result<ExitCode> {
    let asked = backend.post("advoware/calendar/sync", Some(json!({ "kuerzel": kuerzel }))).await?;
    follow_all(backend, &asked, &[run_id(&asked)], no_wait, json).await
}

pub(super) async fn release(backend: &Backend, kuerzel: &str, no_wait: bool, json: bool) -> anyhow::Result<ExitCode> {
    let released = backend.post(&path(&["employees", kuerzel, "release"], &[]), None).await?;
    decided(backend, kuerzel, (&released, "released"), no_wait, json).await
}

/// Brings back what held deletions would remove.
pub(super) async fn restore(backend: &Backend, kuerzel: &str, no_wait: bool, json: bool) -> anyhow::Result<ExitCode> {
    let employee = backend.get(&path(&["employees", kuerzel], &[])).await?;
    let mut items = employee["held_items"].clone();
    for item in items.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        item.remove("since");
    }
    let request = json!({ "items": items });
    let restored = backend.post(&path(&["employees", kuerzel, "restore"], &[]), Some(request)).await?;
    decided(backend, kuerzel, (&restored, "restored"), no_wait, json).await
}

/// Follows the run that carries a decision out, where there was anything to decide.
async fn decided(
    backend: &Backend,
    kuerzel: &str,
    (answer, how): (&Value, &str),
    no_wait: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    if answer["run_id"].is_null() {
        if json {
            output::json(answer);
        } else {
            output::say!("nothing is held for {kuerzel}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    if !json {
        output::say!("{} items {how}", answer[how].as_array().map_or(0, Vec::len));
    }
    follow_all(backend, answer, &[run_id(answer)], no_wait, json).await
}

/// Shows what an undo would do.
pub(super) async fn undo_plan(backend: &Backend, run: &str, json: bool) -> anyhow::Result<ExitCode> {
    let plan = backend.get(&path(&["runs", run, "undo"], &[])).await?;
    if json {
        output::json(&plan);
        return Ok(ExitCode::SUCCESS);
    }
    let employees = plan["employees"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if employees.is_empty() {
        output::say!("run {run} wrote nothing, or longer than 30 days ago");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::table(&["employee", "side", "would", "frNr", "event", "fields", "stays, because"]);
    for employee in employees {
        for item in employee["items"].as_array().into_iter().flatten() {
            let mut cells = vec![output::cell(&employee["kuerzel"])];
            cells.extend(output::row(item, &["side", "operation", "frNr", "event_id", "fields", "obstacle"]));
            table.add_row(cells);
        }
    }
    output::say!("{table}");
    if let Some(warning) = deletions(&plan) {
        output::say!("{warning}");
    }
    Ok(ExitCode::SUCCESS)
}

/// What an undo would delete: what the run made, and then what that was made from.
fn deletions(plan: &Value) -> Option<String> {
    let items = |employee: &Value| employee["items"].as_array().cloned().unwrap_or_default();
    let all = plan["employees"].as_array().into_iter().flatten().flat_map(items);
    match all.filter(|item| item["operation"] == "delete").count() {
        0 => None,
        count => Some(format!(
            "{count} of these appointments will be deleted, and then on the other side as well, where they come from."
        )),
    }
}

/// Takes a run back; at a terminal a person has to agree to deletions.
pub(super) async fn undo(backend: &Backend, run: &str, yes: bool, no_wait: bool, json: bool) -> anyhow::Result<ExitCode> {
    if !yes && std::io::stdin().is_terminal() {
        let plan = backend.get(&path(&["runs", run, "undo"], &[])).await?;
        if let Some(warning) = deletions(&plan) {
            eprint!("{warning} Go on? [y/N] ");
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer)?;
            if !answer.trim().eq_ignore_ascii_case("y") {
                eprintln!("nothing was done; `--dry-run` shows it item by item");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    let asked = backend.post(&path(&["runs", run, "undo"], &[]), None).await?;
    let runs: Vec<String> = asked["runs"].as_array().into_iter().flatten().map(run_id).collect();
    follow_all(backend, &asked, &runs, no_wait, json).await
}

fn run_id(asked: &Value) -> String {
    asked["run_id"].as_str().unwrap_or_default().to_owned()
}

/// Follows runs to their end, unless the person does not want to wait.
async fn follow_all(backend: &Backend, asked: &Value, runs: &[String], no_wait: bool, json: bool) -> anyhow::Result<ExitCode> {
    if no_wait {
        if json {
            output::json(asked);
        } else {
            runs.iter().for_each(|run| output::say!("{run}"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut ended = Vec::with_capacity(runs.len());
    for run in runs {
        let run = follow(backend, run).await?;
        if !json {
            tell(&run);
        }
        ended.push(run);
    }
    if json {
        match ended.as_slice() {
            [one] => output::json(one),
            all => output::json(&all),
        }
    }
    Ok(code(&ended))
}
