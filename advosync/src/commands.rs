//! Carrying a command out.

use std::process::ExitCode;

use advosync_queue::DeadFilter;
use advosync_state::Filter;
use clap::CommandFactory;
use serde_json::Value;

use crate::backend::{Backend, NoBackend};
use crate::cli::{Cli, Command, DeadLetterAction, DeadLetterSelection};
use crate::doctor::{Verdict, examine};
use crate::follow::follow;
use crate::{demo, output};

/// Not equal, held or partial.
const UNSETTLED: u8 = 3;

/// Runs the tool; its exit code.
pub async fn run(cli: Cli) -> ExitCode {
    match &cli.command {
        Command::Demo(options) => demo::run(options).await,
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "advosync", &mut std::io::stdout());
            ExitCode::SUCCESS
        }
        _ => match connected(&cli).await {
            Ok(code) => code,
            Err(NoBackend::Config(faults)) => {
                eprintln!("{faults}");
                ExitCode::from(2)
            }
            Err(NoBackend::Other(error)) => {
                eprintln!("advosync: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

async fn connected(cli: &Cli) -> Result<ExitCode, NoBackend> {
    if matches!(cli.command, Command::Doctor) {
        let findings = examine(&Backend::direct().await?).await;
        return Ok(show_findings(&findings, cli.json));
    }
    let backend = Backend::connect().await?;
    let done = match &cli.command {
        Command::Plan { kuerzel } => plan(&backend, kuerzel, cli.json).await,
        Command::Sync { kuerzel, no_wait } => sync(&backend, kuerzel, *no_wait, cli.json).await,
        Command::Status => status(&backend, cli.json).await,
        Command::Workers => workers(&backend, cli.json).await,
        Command::DeadLetters { action } => dead_letters(&backend, action, cli.json).await,
        Command::Release { kuerzel, list } => release(&backend, kuerzel, *list, cli.json).await,
        Command::Calendars => calendars(&backend, cli.json).await,
        Command::Journal { kuerzel, run, frnr, limit } => {
            let filter = match (run, frnr, kuerzel) {
                (Some(run), _, _) => Filter::Run(run),
                (_, Some(frnr), _) => Filter::Appointment(*frnr),
                (_, _, Some(kuerzel)) => Filter::Employee(kuerzel),
                _ => Filter::All,
            };
            journal(&backend, filter, *limit, cli.json).await
        }
        Command::Demo(_) | Command::Doctor | Command::Completions { .. } => unreachable!("carried out before"),
    };
    done.map_err(NoBackend::Other)
}

fn show_findings(findings: &[crate::doctor::Finding], json: bool) -> ExitCode {
    if json {
        output::json(&findings);
    } else {
        for finding in findings {
            let sign = match finding.verdict {
                Verdict::Good => "ok     ",
                Verdict::Warning => "warning",
                Verdict::Bad => "BAD    ",
            };
            println!("{sign}  {}: {}", finding.what, finding.detail);
            if let Some((en, de)) = &finding.remedy {
                println!("           → {en}\n           → {de}");
            }
        }
    }
    if findings.iter().any(|finding| finding.verdict == Verdict::Bad) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn plan(backend: &Backend, kuerzel: &str, json: bool) -> anyhow::Result<ExitCode> {
    let plan = backend.plan(kuerzel).await?;
    let operations = plan["operations"].as_array().cloned().unwrap_or_default();
    if json {
        output::json(&plan);
    } else if operations.is_empty() {
        println!("{kuerzel}: both sides are equal, nothing to do");
    } else {
        let mut table = output::table(&["side", "operation", "frNr", "event", "fields", "reason"]);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace("null", "");
        for operation in &operations {
            let fields = operation["fields"].as_array().cloned().unwrap_or_default();
            let fields: Vec<String> = fields.iter().map(text).collect();
            table.add_row([
                text(&operation["side"]),
                text(&operation["operation"]),
                text(&operation["frNr"]),
                text(&operation["event_id"]),
                fields.join(", "),
                text(&operation["reason"]),
            ]);
        }
        println!("{table}");
    }
    Ok(if operations.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(UNSETTLED) })
}

async fn sync(backend: &Backend, kuerzel: &str, no_wait: bool, json: bool) -> anyhow::Result<ExitCode> {
    let accepted = backend.trigger(kuerzel).await?;
    let run_id = accepted["run_id"].as_str().unwrap_or_default().to_owned();
    if no_wait {
        if json {
            output::json(&accepted)
        } else {
            println!("{run_id}")
        }
        return Ok(ExitCode::SUCCESS);
    }
    let run = follow(backend, &run_id).await?;
    if json {
        output::json(&run);
    } else {
        println!("{kuerzel}: {} (run {run_id})", run["status"].as_str().unwrap_or_default());
        println!("{}", describe_counts(&run["counts"]));
        if let Some(error) = run.get("error").filter(|error| !error.is_null()) {
            println!("last error: {} ({})", error["class"], error["code"]);
        }
    }
    Ok(match run["status"].as_str() {
        Some("succeeded") => ExitCode::SUCCESS,
        Some("failed") => ExitCode::FAILURE,
        _ => ExitCode::from(UNSETTLED),
    })
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

async fn status(backend: &Backend, json: bool) -> anyhow::Result<ExitCode> {
    let direct = backend.directly()?;
    let queue = direct.fleet.queue();
    let (stats, scheduler) = (queue.stats().await?, queue.scheduler().await?);
    let workers = queue.workers().await?;
    let employees: Vec<String> =
        direct.fleet.known_employees().await?.map(|known| known.synchronised.into_iter().collect()).unwrap_or_default();
    let last = queue.last_runs(&employees).await?;
    let held = direct.fleet.held().held_all().await?;
    if json {
        let people: Vec<Value> = employees
            .iter()
            .zip(&last)
            .map(|(kuerzel, last)| {
                serde_json::json!({
                    "kuerzel": kuerzel, "last_success": output::time(last.succeeded_at_ms), "last_checked": output::time(last.checked_at_ms),
                    "status": last.status, "held": held.get(kuerzel).map_or(0, Vec::len),
                })
            })
            .collect();
        output::json(
            &serde_json::json!({ "queue": stats, "workers": workers, "next_firing": output::time(scheduler.next_firing_ms), "employees": people }),
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "queue: {} waiting ({} urgent), {} parked, {} delayed, {} leased, {} dead · oldest waits {:.1} s",
        stats.waiting,
        stats.waiting_urgent,
        stats.parked,
        stats.delayed,
        stats.leased,
        stats.dead,
        stats.oldest_waiting_ms as f64 / 1000.0
    );
    println!(
        "workers: {} with {} slots · scheduler: next firing {}",
        workers.iter().filter(|worker| worker.alive).count(),
        workers.iter().map(|worker| worker.slots).sum::<usize>(),
        output::time(scheduler.next_firing_ms)
    );
    let mut table = output::table(&["employee", "last success", "last checked", "status", "held"]);
    for (kuerzel, last) in employees.iter().zip(&last) {
        table.add_row([
            kuerzel.clone(),
            output::time(last.succeeded_at_ms),
            output::time(last.checked_at_ms),
            last.status.map_or_else(String::new, |status| status.as_str().to_owned()),
            held.get(kuerzel).map_or(0, Vec::len).to_string(),
        ]);
    }
    println!("{table}");
    Ok(ExitCode::SUCCESS)
}

async fn workers(backend: &Backend, json: bool) -> anyhow::Result<ExitCode> {
    let workers = backend.directly()?.fleet.queue().workers().await?;
    if json {
        output::json(&workers);
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::table(&["worker", "host", "version", "since", "slots", "in hand", "alive"]);
    for worker in &workers {
        let keys: Vec<&str> = worker.jobs.iter().map(|job| job.key.as_str()).collect();
        table.add_row([
            worker.id.clone(),
            worker.host.clone(),
            worker.version.clone(),
            output::time(Some(worker.since_ms)),
            worker.slots.to_string(),
            keys.join(" "),
            worker.alive.to_string(),
        ]);
    }
    println!("{table}");
    Ok(ExitCode::SUCCESS)
}

fn filter(selection: &DeadLetterSelection) -> DeadFilter {
    DeadFilter { key: selection.kuerzel.clone(), class: selection.class.clone(), reason: None }
}

async fn dead_letters(backend: &Backend, action: &DeadLetterAction, json: bool) -> anyhow::Result<ExitCode> {
    let queue = backend.directly()?.fleet.queue();
    match action {
        DeadLetterAction::List(selection) => {
            let page = queue.dead_letters(&filter(selection), None, 200).await?;
            if json {
                output::json(&page.items);
                return Ok(ExitCode::SUCCESS);
            }
            let mut table = output::table(&["id", "kind", "employee", "reason", "class", "code", "attempt", "died"]);
            for letter in &page.items {
                let died = output::time(Some(letter.died_at_ms()));
                table.add_row([
                    &letter.id,
                    &letter.kind,
                    &letter.key,
                    &letter.reason,
                    &letter.class,
                    &letter.code,
                    &letter.attempt.to_string(),
                    &died,
                ]);
            }
            println!("{table}");
        }
        DeadLetterAction::Show { id } => match queue.dead_letter(id).await? {
            Some(letter) => output::json(&letter),
            None => anyhow::bail!("there is no dead letter {id}"),
        },
        DeadLetterAction::Requeue { id: Some(id), .. } => {
            let triggered = queue.requeue_dead(id, Some("advosync")).await?;
            println!("{}", triggered.run_id);
        }
        DeadLetterAction::Drop { id: Some(id), .. } => queue.drop_dead(id).await?,
        DeadLetterAction::Requeue { id: None, selection } | DeadLetterAction::Drop { id: None, selection } => {
            if !selection.all && selection.kuerzel.is_none() && selection.class.is_none() {
                anyhow::bail!("name an id, or --kuerzel, --class or --all");
            }
            let requeue = matches!(action, DeadLetterAction::Requeue { .. });
            let mut count = 0_usize;
            loop {
                let page = queue.dead_letters(&filter(selection), None, 200).await?;
                if page.items.is_empty() {
                    break;
                }
                for letter in &page.items {
                    if requeue {
                        queue.requeue_dead(&letter.id, Some("advosync")).await.map(drop)?
                    } else {
                        queue.drop_dead(&letter.id).await?
                    }
                    count += 1;
                }
            }
            println!("{count} dead letters {}", if requeue { "requeued" } else { "dropped" });
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn release(backend: &Backend, kuerzel: &str, list: bool, json: bool) -> anyhow::Result<ExitCode> {
    if list {
        let held = backend.directly()?.fleet.held().held(kuerzel).await?;
        output::json(&held);
        return Ok(ExitCode::SUCCESS);
    }
    let released = backend.release(kuerzel).await?;
    if json {
        output::json(&released);
    } else {
        let count = released["released"].as_array().map_or(0, Vec::len);
        match released["run_id"].as_str() {
            Some(run_id) => println!("{count} items released; run {run_id} carries them out"),
            None => println!("nothing is held for {kuerzel}"),
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn calendars(backend: &Backend, json: bool) -> anyhow::Result<ExitCode> {
    let directory = backend.directly()?.fleet.calendar_directory().await?;
    if json {
        output::json(&directory);
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::table(&["employee", "name", "calendar", "reports"]);
    for (kuerzel, record) in &directory {
        table.add_row([kuerzel.clone(), record.name.clone(), record.id.clone(), record.reports.join(", ")]);
    }
    println!("{table}");
    Ok(ExitCode::SUCCESS)
}

async fn journal(backend: &Backend, filter: Filter<'_>, limit: usize, json: bool) -> anyhow::Result<ExitCode> {
    let page = backend.directly()?.fleet.journal().page(filter, None, limit).await?;
    if json {
        output::json(&page.entries);
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &page.entries {
        println!("{}", serde_json::to_string(entry).unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}
