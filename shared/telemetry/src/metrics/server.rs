//! Requests that come in.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{Outcome, ServedRequest};
use super::{Metrics, Timing, observe};

#[derive(Debug)]
pub(crate) struct ServerMetrics {
    duration: Family<ServedRequest, Timing, fn() -> Timing>,
    notifications: Family<Outcome, Counter>,
    listeners: Gauge,
}

fn request_timing() -> Timing {
    Timing::new([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0].into_iter())
}

impl ServerMetrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let server = Self {
            duration: Family::new_with_constructor(request_timing),
            notifications: Family::default(),
            listeners: Gauge::default(),
        };
        for outcome in ["accepted", "refused"] {
            drop(server.notifications.get_or_create(&Outcome { outcome }));
        }
        let help = "Duration of requests by method, route and status";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, server.duration.clone());
        let help = "Push notifications from Google by outcome";
        registry.register("push_notifications", help, server.notifications.clone());
        registry.register("event_listeners", "Open connections of the live feed", server.listeners.clone());
        server
    }
}

impl Metrics {
    /// A request was answered. `route` is the template that matched, never the path itself.
    pub fn served(&self, method: &str, route: &str, status: u16, duration: Duration) {
        let request = ServedRequest { method: method.to_owned(), route: route.to_owned(), status };
        observe(&self.server.duration.get_or_create(&request), duration);
    }

    /// A push notification came from Google, or from somebody who only says so.
    pub fn notified(&self, accepted: bool) {
        let outcome = if accepted { "accepted" } else { "refused" };
        self.server.notifications.get_or_create(&Outcome { outcome }).inc();
    }

    /// Connections of the live feed were opened (positive) or closed (negative).
    pub fn listeners_changed(&self, by: i64) {
        self.server.listeners.inc_by(by);
    }
}
