//! Logs and traces of a process, from its start to its exit.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use advosync_config::{LogFormat, OtlpConfig, TelemetryConfig};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use secrecy::ExposeSecret as _;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::export::{BoundedProcessor, CountingExporter};
use crate::logging::{JsonFormat, TextFormat};
use crate::{SpanCounters, panics, semconv};

/// The longest that an exit waits for the last spans; with the log's own flush it stays below 5 s.
const LONGEST_FLUSH: Duration = Duration::from_secs(4);

/// Nobody wants to read these unless they ask for them: failed exports are logged once, when they begin.
const QUIET: &str = "opentelemetry=off,opentelemetry_sdk=off,opentelemetry-otlp=off";

/// Logs and traces could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// `RUST_LOG` can't be read.
    #[error("unreadable log filter")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The exporter can't be built.
    #[error("no exporter for traces")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// It was done before in this process.
    #[error("logs and traces are set up already")]
    Twice(#[from] TryInitError),
}

/// Keeps logs and traces alive; when dropped, what is left of them is sent, within 5 s.
#[must_use = "logs and traces end when this is dropped"]
pub struct Telemetry {
    provider: SdkTracerProvider,
    counters: Arc<SpanCounters>,
    instance_id: String,
    _log: WorkerGuard,
}

impl Telemetry {
    /// Counts of exported and lost spans.
    #[must_use]
    pub fn span_counters(&self) -> Arc<SpanCounters> {
        Arc::clone(&self.counters)
    }

    /// This process's identity in telemetry (`service.instance.id`), new at every start.
    #[must_use]
    pub fn instance_id(&self) -> &str {
        &self.instance_id
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let provider = self.provider.clone();
        // A thread of its own, since a runtime's only thread must not wait for its own work.
        let flush = std::thread::spawn(move || provider.shutdown_with_timeout(LONGEST_FLUSH));
        // A failure is in the counters, and nobody is left to be told.
        let _ = flush.join();
    }
}

/// Sets up logs and traces of this process. `service` is the full name, such as `advosync-worker`.
///
/// Spans get ids even where no receiver is configured, so that log lines and runs can be told apart.
/// Logs go to standard error by a thread of their own that drops lines rather than hold anything up. Of a panic
/// they tell the place, never the message.
///
/// # Errors
/// An unreadable filter, an exporter that can't be built, or a second call.
pub fn init(service: &str, version: &str, config: &TelemetryConfig) -> Result<Telemetry, InitError> {
    // The exporter's TLS needs a provider; a program may have installed the same one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let instance_id = uuid::Uuid::new_v4().to_string();
    let counters = Arc::<SpanCounters>::default();
    let resource = |otlp: Option<&OtlpConfig>| build_resource(service, version, &instance_id, otlp);
    let provider = match &config.otlp {
        Some(otlp) => exporting_provider(otlp, resource(Some(otlp)), &counters)?,
        None => SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).with_resource(resource(None)).build(),
    };
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("advosync"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        // Only our own spans: the exporter's and the clients' own would feed themselves.
        .with_filter(Targets::new().with_target("advosync", LevelFilter::INFO));
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log_filter))?;
    let (writer, log) = tracing_appender::non_blocking(std::io::stderr());
    tracing_subscriber::registry().with(traces).with(log_layer(service, config.log_format, writer, filter)).try_init()?;
    panics::log_places_only();
    Ok(Telemetry { provider, counters, instance_id, _log: log })
}

type Traced = tracing_subscriber::layer::Layered<
    tracing_subscriber::filter::Filtered<
        tracing_opentelemetry::OpenTelemetryLayer<Registry, opentelemetry_sdk::trace::SdkTracer>,
        Targets,
        Registry,
    >,
    Registry,
>;

fn log_layer(
    service: &str,
    format: Option<LogFormat>,
    writer: NonBlocking,
    filter: EnvFilter,
) -> Box<dyn Layer<Traced> + Send + Sync> {
    let terminal = std::io::stderr().is_terminal();
    let default = if terminal { LogFormat::Text } else { LogFormat::Json };
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(terminal);
    match format.unwrap_or(default) {
        LogFormat::Text => lines.event_format(TextFormat).with_filter(filter).boxed(),
        LogFormat::Json => lines.event_format(JsonFormat { service: service.to_owned() }).with_filter(filter).boxed(),
    }
}

fn exporting_provider(
    otlp: &OtlpConfig,
    resource: Resource,
    counters: &Arc<SpanCounters>,
) -> Result<SdkTracerProvider, InitError> {
    let headers: HashMap<String, String> =
        otlp.headers.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect();
    // The blocking client has a runtime of its own: the batch processor's thread has none.
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(otlp.endpoint.as_str())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(otlp.timeout)
        .with_headers(headers)
        .build()?;
    let batches = BatchConfigBuilder::default()
        // Ours is the bound that counts; one more keeps theirs from being met.
        .with_max_queue_size(otlp.max_queue_size + 1)
        .with_max_export_batch_size(otlp.max_batch_size)
        .with_scheduled_delay(otlp.schedule_delay)
        .build();
    let exporter = CountingExporter::new(exporter, Arc::clone(counters));
    let batching = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
    let processor = BoundedProcessor::new(batching, Arc::clone(counters), otlp.max_queue_size);
    let builder = SdkTracerProvider::builder().with_resource(resource).with_span_processor(processor);
    let root = Sampler::TraceIdRatioBased(otlp.sampler.ratio);
    Ok(if otlp.sampler.parent_based {
        builder.with_sampler(Sampler::parent_based(root)).build()
    } else {
        builder.with_sampler(root).build()
    })
}

fn build_resource(service: &str, version: &str, instance_id: &str, otlp: Option<&OtlpConfig>) -> Resource {
    let configured = otlp.map(|otlp| otlp.resource.as_slice()).unwrap_or_default();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes([
            KeyValue::new("service.namespace", "advosync"),
            KeyValue::new("host.name", host.trim().to_owned()),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ])
        .with_attributes(configured.iter().map(|(name, value)| KeyValue::new(name.clone(), value.clone())))
        // What others know a service by can't be configured away.
        .with_attributes([
            KeyValue::new(semconv::SERVICE_NAME, service.to_owned()),
            KeyValue::new("service.version", version.to_owned()),
            KeyValue::new("service.instance.id", instance_id.to_owned()),
        ])
        .build()
}
