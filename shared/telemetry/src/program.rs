//! A program from its settings to its exit status.

use std::fmt::Display;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use advosync_config::{Faults, Settings, TelemetryConfig};
use tokio_util::sync::CancellationToken;

use crate::Metrics;

/// How long tasks that were left over may take to end.
const LONGEST_END: Duration = Duration::from_secs(1);

/// Runs the service `name`: settings, telemetry, and `work` until a signal asks it to end.
///
/// Exits with 0 after a clean end, with 2 and one line a fault on bad settings, else with 1.
pub fn run_program<C, W>(name: &str, version: &'static str, telemetry: fn(&C) -> &TelemetryConfig, work: W) -> ExitCode
where
    C: Settings,
    W: AsyncFnOnce(&C, Arc<Metrics>, CancellationToken) -> anyhow::Result<()>,
{
    let config = match C::load() {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("{faults}");
            return ExitCode::from(Faults::EXIT_CODE);
        }
    };
    let run = || -> anyhow::Result<()> {
        let service = format!("advosync-{name}");
        let telemetry = crate::init(&service, version, telemetry(&config))?;
        let metrics = Arc::new(Metrics::new(&service, version, telemetry.span_counters()));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async { work(&config, metrics, crate::shutdown_signal()?).await })?;
        runtime.shutdown_timeout(LONGEST_END);
        drop(telemetry);
        Ok(())
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(format_args!("{name}: {error:#}")),
    }
}

/// Asks the program that listens on `bind` whether it is alive.
#[must_use]
pub fn run_healthcheck(bind: SocketAddr) -> ExitCode {
    match crate::healthcheck(bind, "/healthz") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error),
    }
}

fn failed(why: impl Display) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
