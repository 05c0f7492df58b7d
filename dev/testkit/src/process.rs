//! Signals to processes that a test started.

use std::process::Command;

use anyhow::{Context, ensure};

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ends the process at once.
    Kill,
    /// Asks it to end.
    Term,
    /// Pauses it.
    Stop,
    /// Wakes it.
    Cont,
}

/// Sends a signal to one process by its id.
///
/// # Errors
/// When there is no such process.
pub fn signal(process: u32, signal: Signal) -> anyhow::Result<()> {
    let name = match signal {
        Signal::Kill => "-KILL",
        Signal::Term => "-TERM",
        Signal::Stop => "-STOP",
        Signal::Cont => "-CONT",
    };
    let status = Command::new("kill").arg(name).arg(process.to_string()).status().context("kill cannot be run")?;
    ensure!(status.success(), "no process {process}");
    Ok(())
}
