//! Export of spans that counts what becomes of each and never holds anything up.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};

/// What became of the sampled spans of this process.
#[derive(Debug, Default)]
pub struct SpanCounters {
    exported: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    waiting: AtomicUsize,
}

impl SpanCounters {
    /// Spans that a receiver took.
    pub fn exported(&self) -> u64 {
        self.exported.load(Ordering::Relaxed)
    }

    /// Spans that were lost because an export failed.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Spans that were lost because too many waited for export.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Hands spans to a batch processor as long as its queue has room; counts the others.
pub(crate) struct BoundedProcessor {
    inner: BatchSpanProcessor,
    counters: Arc<SpanCounters>,
    room: usize,
}

impl BoundedProcessor {
    pub(crate) fn new(inner: BatchSpanProcessor, counters: Arc<SpanCounters>, room: usize) -> Self {
        Self { inner, counters, room }
    }
}

impl fmt::Debug for BoundedProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedProcessor").field("room", &self.room).finish_non_exhaustive()
    }
}

impl SpanProcessor for BoundedProcessor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if self.counters.waiting.fetch_add(1, Ordering::AcqRel) < self.room {
            self.inner.on_end(span);
        } else {
            self.counters.waiting.fetch_sub(1, Ordering::AcqRel);
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts what an exporter achieves and logs when that changes.
#[derive(Debug)]
pub(crate) struct CountingExporter<E> {
    inner: E,
    counters: Arc<SpanCounters>,
    failing: AtomicBool,
}

impl<E> CountingExporter<E> {
    pub(crate) fn new(inner: E, counters: Arc<SpanCounters>) -> Self {
        Self { inner, counters, failing: AtomicBool::new(false) }
    }

    fn note(&self, spans: u64, result: &OTelSdkResult) {
        let counter = if result.is_ok() { &self.counters.exported } else { &self.counters.failed };
        counter.fetch_add(spans, Ordering::Relaxed);
        let failed_before = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match (failed_before, result) {
            (false, Err(error)) => {
                tracing::warn!(%error, "traces can't be exported, they are lost until it works again")
            }
            (true, Ok(())) => tracing::info!("traces are exported again"),
            _ => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        self.counters.waiting.fetch_sub(count, Ordering::AcqRel);
        let result = self.inner.export(batch).await;
        self.note(count as u64, &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
