//! The program itself: arguments, settings, telemetry, and the run.

use std::process::ExitCode;
use std::sync::Arc;

use crate::{Cli, Command};
use advosync_config::{ApiProgram, Faults, Program, Settings};
use advosync_telemetry::Metrics;
use clap::{CommandFactory, FromArgMatches};

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let command = Cli::command().after_long_help(advosync_config::help(Program::Api));
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    match cli.command {
        Some(Command::Healthcheck { bind }) => return healthcheck(bind),
        Some(Command::Openapi) => {
            println!("{}", crate::openapi());
            return ExitCode::SUCCESS;
        }
        None => {}
    }
    let config = match ApiProgram::load() {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("{faults}");
            return ExitCode::from(Faults::EXIT_CODE);
        }
    };
    match serve(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("api: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn healthcheck(bind: std::net::SocketAddr) -> ExitCode {
    match advosync_telemetry::healthcheck(bind, "/healthz") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(config: &ApiProgram) -> anyhow::Result<()> {
    let telemetry = advosync_telemetry::init("advosync-api", env!("CARGO_PKG_VERSION"), &config.telemetry)?;
    let metrics = Arc::new(Metrics::new("advosync-api", env!("CARGO_PKG_VERSION"), telemetry.span_counters()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let shutdown = advosync_telemetry::shutdown_signal()?;
        crate::run(config, metrics, shutdown).await
    })?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    drop(telemetry);
    Ok(())
}
