//! The program itself: arguments, settings, telemetry, and the run.

use std::process::ExitCode;

use crate::Cli;
use advosync_config::Program;
use clap::{CommandFactory, FromArgMatches};

/// Runs the program with the arguments and the environment of this process.
pub fn main() -> ExitCode {
    let command = Cli::command().after_long_help(advosync_config::help(Program::Advosync));
    let cli = Cli::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("advosync: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(crate::run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    code
}
