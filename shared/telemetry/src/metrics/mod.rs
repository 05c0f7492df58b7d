//! What `/metrics` shows.
//!
//! Every series that can be known beforehand is there from the start, with 0. Times are moments in
//! Unix seconds, never ages, so that they stay right between two scrapes.

mod fleet;
mod labels;
mod process;
mod queue;
mod remote;
mod runs;
mod scheduler;
mod server;
mod traces;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use fleet::{FleetSnapshot, JobCounts, QueueTotals, RedisHealth};
pub use labels::{CircuitState, JobKind, JobOutcome, OperationKind, Refusal, RemoteSide, RunStatus, Upstream};
pub use remote::Call;

use crate::SpanCounters;
use fleet::FleetCollector;
use queue::QueueMetrics;
use remote::RemoteMetrics;
use runs::RunMetrics;
use scheduler::SchedulerMetrics;
use server::ServerMetrics;

/// A trace to look at, on a histogram's bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct TraceLabel {
    trace_id: String,
}

type Timing = HistogramWithExemplars<TraceLabel>;

/// The metrics of a program.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    fleet: Arc<FleetCollector>,
    queue: QueueMetrics,
    runs: RunMetrics,
    remote: RemoteMetrics,
    scheduler: SchedulerMetrics,
    server: ServerMetrics,
}

impl Metrics {
    /// All families, at 0. `service` is the full name, such as `advosync-worker`.
    #[must_use]
    pub fn new(service: &str, version: &str, spans: Arc<SpanCounters>) -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry);
        let ours = registry.sub_registry_with_prefix("advosync");
        let build = vec![("service".to_owned(), service.to_owned()), ("version".to_owned(), version.to_owned())];
        ours.register("build", "Which program this is", Info::new(build));
        traces::register(ours, spans);
        let fleet = Arc::<FleetCollector>::default();
        ours.register_collector(Box::new(Arc::clone(&fleet)));
        let queue = QueueMetrics::register(ours);
        let runs = RunMetrics::register(ours);
        let remote = RemoteMetrics::register(ours);
        let scheduler = SchedulerMetrics::register(ours);
        let server = ServerMetrics::register(ours);
        Self { registry, fleet, queue, runs, remote, scheduler, server }
    }

    /// Replaces what is shown of the fleet; `None` shows nothing of it but that Redis is away.
    pub fn set_fleet(&self, snapshot: Option<FleetSnapshot>) {
        self.fleet.set(snapshot);
    }

    /// Everything in Prometheus's text format.
    #[must_use]
    pub fn prometheus_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = prometheus_client::encoding::prometheus_text::encode(&mut text, &self.registry);
        text
    }

    /// Everything in the OpenMetrics format, with exemplars.
    #[must_use]
    pub fn open_metrics_text(&self) -> String {
        let mut text = String::new();
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

/// Observes a duration, with the current trace as its exemplar, where that is kept.
fn observe(timing: &Timing, duration: Duration) {
    let exemplar = crate::trace::sampled_trace_id().map(|trace_id| TraceLabel { trace_id });
    timing.observe(duration.as_secs_f64(), exemplar, None);
}
