//! What becomes of spans.

use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Registry;

use crate::SpanCounters;

#[derive(Debug)]
struct SpanCollector(Arc<SpanCounters>);

pub(crate) fn register(registry: &mut Registry, spans: Arc<SpanCounters>) {
    registry.register_collector(Box::new(SpanCollector(spans)));
}

impl Collector for SpanCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let help = "Spans by what became of them";
        let mut family = encoder.encode_descriptor("telemetry_spans", help, None, MetricType::Counter)?;
        let outcomes = [("exported", self.0.exported()), ("failed", self.0.failed()), ("dropped", self.0.dropped())];
        for (outcome, count) in outcomes {
            ConstCounter::new(count).encode(family.encode_family(&[("outcome", outcome)])?)?;
        }
        Ok(())
    }
}
