//! Commands that only look.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::backend::{Backend, path};
use crate::output::{self, cell, row};

/// What the api lists on a page at most.
const PAGE: usize = 200;

fn items<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().map_or(&[], Vec::as_slice)
}

/// Prints `answer` as JSON, or the list in it as a table of these columns.
fn list(answer: &Value, name: &str, columns: &[(&str, &str)], json: bool) -> ExitCode {
    if json {
        output::json(answer);
        return ExitCode::SUCCESS;
    }
    let (heads, members): (Vec<&str>, Vec<&str>) = columns.iter().copied().unzip();
    let mut table = output::table(&heads);
    for item in items(answer, name) {
        table.add_row(row(item, &members));
    }
    output::say!("{table}");
    ExitCode::SUCCESS
}

pub(super) async fn plan(backend: &Backend, kuerzel: &str, json: bool) -> anyhow::Result<ExitCode> {
    let plan = backend.get(&path(&["employees", kuerzel, "plan"], &[])).await?;
    let nothing = items(&plan, "operations").is_empty();
    if nothing && !json {
        output::say!("{kuerzel}: both sides are equal, nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    let columns = [
        ("side", "side"),
        ("operation", "operation"),
        ("frNr", "frNr"),
        ("event", "event_id"),
        ("fields", "fields"),
        ("reason", "reason"),
    ];
    list(&plan, "operations", &columns, json);
    Ok(if nothing { ExitCode::SUCCESS } else { ExitCode::from(output::UNSETTLED) })
}

pub(super) async fn status(backend: &Backend, json: bool) -> anyhow::Result<ExitCode> {
    let queue = backend.get("queue").await?;
    let workers = backend.get("workers").await?;
    let employees = backend.get("employees").await?;
    if json {
        output::json(&json!({
            "queue": queue, "workers": workers["workers"], "employees": employees["employees"], "left_out": employees["left_out"],
        }));
        return Ok(ExitCode::SUCCESS);
    }
    let number = |name: &str| queue[name].as_u64().unwrap_or(0);
    output::say!(
        "queue: {} waiting ({} urgent), {} parked, {} delayed, {} leased, {} dead · oldest waits {:.1} s",
        number("waiting"),
        number("waiting_urgent"),
        number("parked"),
        number("delayed"),
        number("leased"),
        number("dead"),
        queue["oldest_waiting_seconds"].as_f64().unwrap_or(0.0),
    );
    let alive: Vec<&Value> = items(&workers, "workers").iter().filter(|worker| worker["alive"] == true).collect();
    let slots: u64 = alive.iter().filter_map(|worker| worker["slots"].as_u64()).sum();
    let firing = queue["next_firing_at"].as_str().map_or_else(|| "none planned".to_owned(), |_| cell(&queue["next_firing_at"]));
    output::say!("workers: {} with {slots} slots · scheduler: next firing {firing}", alive.len());
    let columns = [
        ("employee", "kuerzel"),
        ("last success", "last_success_at"),
        ("last checked", "last_checked_at"),
        ("last run", "last_run.status"),
        ("appointments", "appointments"),
        ("conflicts", "conflicts"),
        ("errors", "errors"),
        ("held", "held"),
    ];
    Ok(list(&employees, "employees", &columns, false))
}

pub(super) async fn workers(backend: &Backend, json: bool) -> anyhow::Result<ExitCode> {
    let mut answer = backend.get("workers").await?;
    if !json {
        for worker in answer["workers"].as_array_mut().into_iter().flatten() {
            let keys: Vec<Value> = items(worker, "jobs").iter().map(|job| job["kuerzel"].clone()).collect();
            worker["in_hand"] = keys.into();
        }
    }
    let columns = [
        ("worker", "id"),
        ("host", "host"),
        ("version", "version"),
        ("since", "since"),
        ("slots", "slots"),
        ("in hand", "in_hand"),
        ("alive", "alive"),
    ];
    Ok(list(&answer, "workers", &columns, json))
}

pub(super) async fn calendars(backend: &Backend, json: bool) -> anyhow::Result<ExitCode> {
    let answer = backend.get("calendars").await?;
    let columns = [("employee", "kuerzel"), ("name", "name"), ("calendar", "id"), ("reports", "reports")];
    Ok(list(&answer, "calendars", &columns, json))
}

/// What is held for a person's decision.
pub(super) async fn held(backend: &Backend, kuerzel: &str, json: bool) -> anyhow::Result<ExitCode> {
    let employee = backend.get(&path(&["employees", kuerzel], &[])).await?;
    let held = json!({ "kuerzel": kuerzel, "held_items": employee["held_items"] });
    if !json && items(&held, "held_items").is_empty() {
        output::say!("nothing is held for {kuerzel}");
        return Ok(ExitCode::SUCCESS);
    }
    let columns = [("side", "side"), ("operation", "operation"), ("frNr", "frNr"), ("event", "event_id"), ("since", "since")];
    Ok(list(&held, "held_items", &columns, json))
}

pub(super) async fn journal(
    backend: &Backend,
    query: [(&str, Option<String>); 3],
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    // The api takes one filter.
    let filter = query.into_iter().find(|(_, value)| value.is_some());
    let (mut entries, mut cursor) = (Vec::new(), None);
    while entries.len() < limit {
        let page = (limit - entries.len()).min(PAGE);
        let query: Vec<_> = filter.iter().cloned().chain([("limit", Some(page.to_string())), ("cursor", cursor)]).collect();
        let answer = backend.get(&path(&["journal"], &query)).await?;
        entries.extend_from_slice(items(&answer, "entries"));
        cursor = answer["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let columns = [
        ("when", "at"),
        ("employee", "kuerzel"),
        ("side", "side"),
        ("did", "verb"),
        ("frNr", "frNr"),
        ("fields", "fields"),
        ("why", "reason"),
        ("who", "who"),
        ("run", "run_id"),
    ];
    Ok(list(&json!({ "entries": entries, "next": cursor }), "entries", &columns, json))
}
