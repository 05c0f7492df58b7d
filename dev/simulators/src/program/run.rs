use std::process::ExitCode;

use advosync_simulators::{
    AdvowareConfig, AdvowareSimulator, Fault, FaultRule, Firm, FirmConfig, GoogleConfig, GoogleSimulator, today_in_berlin,
};
use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::Options;

/// Runs the simulators until the program is asked to end.
pub(crate) async fn run(options: &Options, advoware: bool, google: bool) -> anyhow::Result<ExitCode> {
    let firm = Firm::generate(&FirmConfig {
        seed: options.seed,
        employees: options.employees,
        appointments: options.appointments,
        difficult_series: !options.easy_series,
        ..FirmConfig::new(today_in_berlin())
    });
    let mut variables = Vec::new();
    let mut running_advoware = None;
    if advoware {
        let simulator = start_advoware(options, &firm).await?;
        variables.extend(simulator.environment());
        running_advoware = Some(simulator);
    }
    let mut running_google = None;
    if google {
        let simulator = start_google(options, &firm).await?;
        variables.extend(simulator.environment());
        running_google = Some(simulator);
    }
    if let Some(path) = &options.env_file {
        let lines: String = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        std::fs::write(path, lines).with_context(|| format!("cannot write {}", path.display()))?;
    }
    wait_for_signal().await?;
    if let Some(simulator) = running_advoware {
        simulator.shutdown().await;
    }
    if let Some(simulator) = running_google {
        simulator.shutdown().await;
    }
    Ok(ExitCode::SUCCESS)
}

fn latency(options: &Options) -> Option<FaultRule> {
    (options.latency_ms > 0).then(|| FaultRule::new(Fault::Latency { ms: options.latency_ms, jitter_ms: 0 }))
}

async fn start_advoware(options: &Options, firm: &Firm) -> anyhow::Result<AdvowareSimulator> {
    let config = AdvowareConfig {
        bind: options.advoware_bind,
        public_url: options.advoware_url.clone(),
        employees: firm.employees.clone(),
        appointments: firm.appointments.clone(),
        seed: options.seed,
        ..AdvowareConfig::default()
    };
    let simulator =
        AdvowareSimulator::start(config).await.with_context(|| format!("cannot start on {}", options.advoware_bind))?;
    if let Some(rule) = latency(options) {
        simulator.inject(rule)?;
    }
    tracing::info!(address = %simulator.address(), url = simulator.url(), "Advoware runs");
    Ok(simulator)
}

async fn start_google(options: &Options, firm: &Firm) -> anyhow::Result<GoogleSimulator> {
    let config = GoogleConfig {
        bind: options.google_bind,
        public_url: options.google_url.clone(),
        service_account_path: Some(options.service_account.clone()),
        delegated_users: options.delegated_users.clone(),
        calendars: firm.calendars.clone(),
        seed: options.seed,
        ..GoogleConfig::default()
    };
    let simulator = GoogleSimulator::start(config).await.with_context(|| format!("cannot start on {}", options.google_bind))?;
    if let Some(rule) = latency(options) {
        simulator.inject(rule)?;
    }
    tracing::info!(address = %simulator.address(), url = simulator.url(), "Google Calendar runs");
    Ok(simulator)
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}
