//! Runs the simulators as a program of their own.

mod program;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use program::{Cli, Command, compare_running, healthcheck, run};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    match Cli::parse().command {
        Command::Advoware(options) => run(&options, true, false).await,
        Command::Google(options) => run(&options, false, true).await,
        Command::Both(options) => run(&options, true, true).await,
        Command::Compare { advoware, google } => compare_running(&advoware, &google).await,
        Command::Healthcheck { urls } => Ok(healthcheck(&urls).await),
    }
}
