//! Calls to Advoware and to Google.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{
    CircuitState, Refusal, Request, Upstream, UpstreamCircuit, UpstreamName, UpstreamOperation, UpstreamRefusal,
};
use super::{Metrics, Timing, observe};

/// One request to an upstream, done or failed.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Who was called.
    pub upstream: Upstream,
    /// What for, such as `events.list`.
    pub operation: &'static str,
    /// `2xx` to `5xx`, or `timeout`, `connection`, `body` where no whole answer came.
    pub status: &'static str,
    /// Whether it repeats a call that was sent before.
    pub resend: bool,
    /// From the first byte sent to the last one read, repeats included.
    pub duration: Duration,
}

#[derive(Debug)]
pub(crate) struct RemoteMetrics {
    requests: Family<Request, Counter>,
    duration: Family<UpstreamOperation, Timing, fn() -> Timing>,
    quota_wait: Family<UpstreamName, Timing, fn() -> Timing>,
    refusals: Family<UpstreamRefusal, Counter>,
    circuit: Family<UpstreamCircuit, Gauge>,
    tokens_issued: Family<UpstreamName, Counter>,
}

fn call_timing() -> Timing {
    Timing::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0].into_iter())
}

fn wait_timing() -> Timing {
    Timing::new([0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0].into_iter())
}

impl RemoteMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let remote = Self {
            requests: Family::default(),
            duration: Family::new_with_constructor(call_timing),
            quota_wait: Family::new_with_constructor(wait_timing),
            refusals: Family::default(),
            circuit: Family::default(),
            tokens_issued: Family::default(),
        };
        remote.start_at_zero();
        let help = "Requests by upstream, operation, status and whether they were repeats";
        registry.register("remote_requests", help, remote.requests.clone());
        let help = "Duration of calls, repeats included";
        registry.register_with_unit("remote_call_duration", help, Unit::Seconds, remote.duration.clone());
        let help = "Time that calls waited for the fleet's quota";
        registry.register_with_unit("quota_wait", help, Unit::Seconds, remote.quota_wait.clone());
        let help = "Refusals of credentials and for quota";
        registry.register("remote_refusals", help, remote.refusals.clone());
        let help = "State of the circuit breaker: 1 for the one that holds";
        registry.register("remote_circuit", help, remote.circuit.clone());
        registry.register("remote_tokens_issued", "Access tokens asked for", remote.tokens_issued.clone());
        remote
    }

    fn start_at_zero(&self) {
        for upstream in Upstream::ALL.iter().copied() {
            drop(self.quota_wait.get_or_create(&UpstreamName { upstream }));
            drop(self.tokens_issued.get_or_create(&UpstreamName { upstream }));
            for refused in Refusal::ALL.iter().copied() {
                drop(self.refusals.get_or_create(&UpstreamRefusal { upstream, refused }));
            }
            self.set_circuit(upstream, CircuitState::Closed);
        }
    }

    fn set_circuit(&self, upstream: Upstream, now: CircuitState) {
        for state in CircuitState::ALL.iter().copied() {
            self.circuit.get_or_create(&UpstreamCircuit { upstream, state }).set(i64::from(state == now));
        }
    }
}

impl Metrics {
    /// A call was made.
    pub fn called(&self, call: Call) {
        let Call { upstream, operation, status, resend, duration } = call;
        let retry = if resend { "true" } else { "false" };
        self.remote.requests.get_or_create(&Request { upstream, operation, status, retry }).inc();
        observe(&self.remote.duration.get_or_create(&UpstreamOperation { upstream, operation }), duration);
    }

    /// A call waited for the fleet's quota.
    pub fn quota_waited(&self, upstream: Upstream, waited: Duration) {
        observe(&self.remote.quota_wait.get_or_create(&UpstreamName { upstream }), waited);
    }

    /// An upstream refused our credentials, or more requests for now.
    pub fn refused(&self, upstream: Upstream, refused: Refusal) {
        self.remote.refusals.get_or_create(&UpstreamRefusal { upstream, refused }).inc();
    }

    /// The circuit breaker before an upstream changed its state.
    pub fn set_circuit(&self, upstream: Upstream, state: CircuitState) {
        self.remote.set_circuit(upstream, state);
    }

    /// A new access token was asked for.
    pub fn token_issued(&self, upstream: Upstream) {
        self.remote.tokens_issued.get_or_create(&UpstreamName { upstream }).inc();
    }
}
