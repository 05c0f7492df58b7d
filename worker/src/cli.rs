//! The command line.

use std::net::SocketAddr;

use clap::{Parser, Subcommand};

/// Claims jobs from the queue and keeps Advoware and Google Calendar equal, one employee at a time.
///
/// Any number may run; each is configured by its environment and a `.env` file.
#[derive(Debug, Parser)]
#[command(name = "worker", version)]
pub struct Cli {
    /// What to do; without it, work.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What else the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Asks a running worker whether it is alive; for container health checks.
    Healthcheck {
        /// Where its health is served (HEALTH_BIND).
        #[arg(long, env = "HEALTH_BIND", default_value = "127.0.0.1:8080")]
        bind: SocketAddr,
    },
}
