//! Scheduler, workers and api as real processes, between both simulators and over a real Redis.

mod exporter;
mod follow_ups;
mod metrics;
mod secrecy;
mod stage;
mod story;
mod trace;
