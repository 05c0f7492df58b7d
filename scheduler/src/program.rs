//! The program itself: arguments, settings, telemetry, and the run.

use std::process::ExitCode;
use std::sync::Arc;

use crate::{Cli, Command};
use advosync_config::{Program, SchedulerProgram, Settings};
use advosync_telemetry::Metrics;
use clap::{CommandFactory, FromArgMatches};

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let command = Cli::command().after_long_help(advosync_config::help(Program::Scheduler));
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
    let config = match SchedulerProgram::load() {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("{faults}");
            return ExitCode::from(2);
        }
    };
    match schedule(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scheduler: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn schedule(config: &SchedulerProgram) -> anyhow::Result<()> {
    let telemetry = advosync_telemetry::init("advosync-scheduler", env!("CARGO_PKG_VERSION"), &config.telemetry)?;
    let metrics = Arc::new(Metrics::new("advosync-scheduler", env!("CARGO_PKG_VERSION"), telemetry.span_counters()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let shutdown = advosync_telemetry::shutdown_signal()?;
        crate::run(config, metrics, shutdown).await
    })?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    drop(telemetry);
    Ok(())
}
