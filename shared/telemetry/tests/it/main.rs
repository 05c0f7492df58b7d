//! Telemetry as a process has it: receivers, dead receivers, signals and pages.

mod child;
mod health;
mod logs;
mod metrics;
mod receiver;
mod signals;
mod traces;
