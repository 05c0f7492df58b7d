//! The program itself: arguments, settings, telemetry, and the run.

use std::process::ExitCode;
use std::sync::Arc;

use crate::{Cli, Command};
use advosync_config::{Program, Settings, WorkerProgram};
use advosync_telemetry::Metrics;
use clap::{CommandFactory, FromArgMatches};

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let command = Cli::command().after_long_help(advosync_config::help(Program::Worker));
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    if let Some(Command::Healthcheck { bind }) = cli.command {
        return match advosync_telemetry::healthcheck(bind, "/healthz") {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let config = match WorkerProgram::load() {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("{faults}");
            return ExitCode::from(2);
        }
    };
    match work(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(config: &WorkerProgram) -> anyhow::Result<()> {
    let telemetry = advosync_telemetry::init("advosync-worker", env!("CARGO_PKG_VERSION"), &config.telemetry)?;
    let metrics = Arc::new(Metrics::new("advosync-worker", env!("CARGO_PKG_VERSION"), telemetry.span_counters()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let shutdown = advosync_telemetry::shutdown_signal()?;
        crate::run(config, metrics, shutdown).await
    })?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    drop(telemetry);
    Ok(())
}
