//! Chaos for the queue: real worker processes are killed, paused, drained and cut off from a real redis-server that
//! is itself killed, emptied and paused, while triggers come in. At the end everything that was promised is checked.

mod fleet;
mod judge;
mod ledger;
mod mischief;
mod proxy;
mod run;
mod triggers;
mod worker;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// Kills, pauses, starves and cuts off a fleet of queue workers, and checks what the queue promised.
///
/// Ends with 0 if every promise was kept, with 1 and what was broken otherwise.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Mischief for this long.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,
    /// Worker processes.
    #[arg(long, default_value_t = 3)]
    workers: usize,
    /// Keys that are asked for.
    #[arg(long, default_value_t = 40)]
    keys: usize,
    /// Replays the mischief of an earlier run, as far as processes can be replayed.
    #[arg(long)]
    seed: Option<u64>,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// One of the workers (started by the program itself).
    #[command(hide = true)]
    Worker {
        /// Where Redis is.
        url: String,
        /// Where to write down what was done.
        ledger: PathBuf,
        /// Keys that a fan-out reaches.
        keys: usize,
    },
}

/// Broken promises shown at most.
const SHOWN: usize = 20;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.role {
        Some(Role::Worker { url, ledger, keys }) => worker::work(&url, &ledger, keys).await,
        None => {
            let seed = cli.seed.unwrap_or_else(rand::random);
            let plan = run::Plan { lasting: Duration::from_secs(cli.seconds), workers: cli.workers, keys: cli.keys, seed };
            let verdict = run::run(&plan).await?;
            println!("{}", verdict.table());
            if verdict.broken().is_empty() {
                return Ok(());
            }
            for fault in verdict.broken().iter().take(SHOWN) {
                println!("BROKEN {fault}");
            }
            println!("{} promises broken", verdict.broken().len());
            println!("Replay: chaos --seconds {} --workers {} --keys {} --seed {seed}", cli.seconds, cli.workers, cli.keys);
            std::process::exit(1);
        }
    }
}
