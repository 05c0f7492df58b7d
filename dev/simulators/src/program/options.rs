use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// Simulators of Advoware and Google Calendar for demonstrations and tests.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the simulated Advoware.
    Advoware(Options),
    /// Run the simulated Google Calendar.
    Google(Options),
    /// Run both.
    Both(Options),
    /// Tell what running simulators show differently; exit 1 if anything.
    Compare {
        /// Base URL of the simulated Advoware.
        advoware: String,
        /// Base URL of the simulated Google Calendar.
        google: String,
    },
    /// Ask running simulators whether they answer; exit 1 if not.
    Healthcheck {
        /// Base URLs of the simulators, such as http://127.0.0.1:4801/.
        #[arg(required = true)]
        urls: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where the simulated Advoware listens.
    #[arg(long, env = "SIMULATOR_ADVOWARE_BIND", default_value = "127.0.0.1:4801")]
    pub(crate) advoware_bind: SocketAddr,
    /// Where the simulated Google Calendar listens.
    #[arg(long, env = "SIMULATOR_GOOGLE_BIND", default_value = "127.0.0.1:4802")]
    pub(crate) google_bind: SocketAddr,
    /// Base URL of the simulated Advoware as others reach it.
    #[arg(long, env = "SIMULATOR_ADVOWARE_URL")]
    pub(crate) advoware_url: Option<String>,
    /// Base URL of the simulated Google Calendar as others reach it.
    #[arg(long, env = "SIMULATOR_GOOGLE_URL")]
    pub(crate) google_url: Option<String>,
    /// Where the service-account file is written.
    #[arg(long, env = "SIMULATOR_SERVICE_ACCOUNT_PATH", default_value = "service-account.json")]
    pub(crate) service_account: PathBuf,
    /// Write the environment variables that point a program at the simulators into this file.
    #[arg(long)]
    pub(crate) env_file: Option<PathBuf>,
    /// Users whom the service account may stand in for, separated by commas.
    #[arg(long, value_delimiter = ',')]
    pub(crate) delegated_users: Vec<String>,
    /// Let each answer wait so many milliseconds.
    #[arg(long, default_value_t = 0)]
    pub(crate) latency_ms: u64,
    /// The seed of the generated firm.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// How many employees the firm has, at most 12.
    #[arg(long, default_value_t = 12)]
    pub(crate) employees: usize,
    /// How many appointments the firm has.
    #[arg(long, default_value_t = 2_500)]
    pub(crate) appointments: usize,
    /// Leave out series in Google whose rules Advoware cannot hold.
    #[arg(long)]
    pub(crate) easy_series: bool,
}
