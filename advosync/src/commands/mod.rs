//! Carrying a command out.

mod act;
mod compare;
mod dead_letters;
mod explain;
mod health;
mod look;

use std::process::ExitCode;

use clap::CommandFactory;

use crate::backend::{Backend, NoBackend};
use crate::cli::{Cli, Command, QueueAction};
use crate::demo;
use crate::doctor::examine;

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
        return Ok(health::show(&findings, cli.json));
    }
    let (backend, json) = (&Backend::connect().await?, cli.json);
    let done = match &cli.command {
        Command::Plan { kuerzel } => look::plan(backend, kuerzel, json).await,
        Command::Sync { kuerzel, no_wait } => act::sync(backend, kuerzel, *no_wait, json).await,
        Command::Status => look::status(backend, json).await,
        Command::Workers => look::workers(backend, json).await,
        Command::DeadLetters { action } => dead_letters::run(backend, action, json).await,
        Command::Release { kuerzel, list: true, .. } => look::held(backend, kuerzel, json).await,
        Command::Release { kuerzel, restore: true, no_wait, .. } => act::restore(backend, kuerzel, *no_wait, json).await,
        Command::Release { kuerzel, no_wait, .. } => act::release(backend, kuerzel, *no_wait, json).await,
        Command::Calendars => look::calendars(backend, json).await,
        Command::Journal { kuerzel, run, frnr, limit } => {
            let query = [("run_id", run.clone()), ("frNr", frnr.map(|frnr| frnr.to_string())), ("kuerzel", kuerzel.clone())];
            look::journal(backend, query, *limit, json).await
        }
        Command::Undo { run_id, dry_run: true, .. } => act::undo_plan(backend, run_id, json).await,
        Command::Undo { run_id, yes, no_wait, .. } => act::undo(backend, run_id, *yes, *no_wait, json).await,
        Command::Drift { kuerzel } => compare::drift(backend, kuerzel, json).await,
        Command::Explain { kuerzel, what } => explain::explain(backend, kuerzel, what, json).await,
        Command::Queue { action: QueueAction::Doctor } => health::queue(backend, json).await,
        Command::Demo(_) | Command::Doctor | Command::Completions { .. } => unreachable!("carried out before"),
    };
    done.map_err(NoBackend::Other)
}
