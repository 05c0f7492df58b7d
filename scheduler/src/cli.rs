//! The command line.

use std::net::SocketAddr;

use clap::{Parser, Subcommand};

/// Fires the daily synchronisations and the frequent poll, in Berlin time.
///
/// Any number may run: one leads, and each planned time fires once. Configured by the environment and a `.env` file.
#[derive(Debug, Parser)]
#[command(name = "scheduler", version)]
pub struct Cli {
    /// What to do; without it, schedule.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What else the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Asks a running scheduler whether it is alive; for container health checks.
    Healthcheck {
        /// Where its health is served (HEALTH_BIND).
        #[arg(long, env = "HEALTH_BIND", default_value = "127.0.0.1:8080")]
        bind: SocketAddr,
    },
}
