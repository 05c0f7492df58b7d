//! The program itself: arguments, settings, telemetry, and the run.

use std::process::ExitCode;

use advosync_config::{Program, WorkerProgram};
use advosync_telemetry::{run_healthcheck, run_program};
use clap::{CommandFactory, FromArgMatches};

use crate::{Cli, Command};

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let command = Cli::command().after_long_help(advosync_config::help(Program::Worker));
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    match cli.command {
        Some(Command::Healthcheck { bind }) => run_healthcheck(bind),
        None => run_program("worker", env!("CARGO_PKG_VERSION"), |config: &WorkerProgram| &config.telemetry, crate::run),
    }
}
