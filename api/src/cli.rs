//! The command line.

use std::net::SocketAddr;

use clap::{Parser, Subcommand};

/// Serves triggers, runs, dead letters, Google's push notifications and the dashboard over HTTP.
///
/// Configured by its environment and a `.env` file.
#[derive(Debug, Parser)]
#[command(name = "api", version)]
pub struct Cli {
    /// What to do; without it, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What else the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Asks a running api whether it is alive; for container health checks.
    Healthcheck {
        /// Where it listens (API_BIND).
        #[arg(long, env = "API_BIND", default_value = "127.0.0.1:3000")]
        bind: SocketAddr,
    },
    /// Prints the OpenAPI description.
    Openapi,
}
