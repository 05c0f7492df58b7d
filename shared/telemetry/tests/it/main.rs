//! Telemetry as a process has it: receivers, dead receivers, signals and pages.

mod child;
mod health;
mod logs;
mod metrics;
mod signals;
mod traces;
