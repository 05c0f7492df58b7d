//! Logs, traces, metrics, health and signals of every program.
//!
//! [`init`] sets up logs and traces for the life of a process; [`Metrics`] is what `/metrics` shows.
//! What is recorded holds ids, counts and status codes, never a name, a text or a token.

mod export;
mod health;
mod healthcheck;
mod init;
mod logging;
mod metrics;
mod panics;
mod program;
pub mod semconv;
mod server;
mod signals;
mod trace;

pub use export::SpanCounters;
pub use health::{Health, Heartbeat, NotReady, Probe, health_router, metrics_router, serve};
pub use healthcheck::{HealthcheckError, healthcheck};
pub use init::{InitError, Telemetry, init};
pub use metrics::{
    Call, CircuitState, FleetSnapshot, JobCounts, JobKind, JobOutcome, Metrics, OperationKind, QueueTotals, RedisHealth, Refusal,
    RemoteSide, RunStatus, Upstream,
};
pub use program::{run_healthcheck, run_program};
pub use server::trace_requests;
pub use signals::shutdown_signal;
pub use trace::{current_trace_id, current_traceparent, link, parent_and_link, start_new_trace, trace_id_of, traceparent_of};
