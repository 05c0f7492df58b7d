//! Settings of logs and traces, by the OpenTelemetry standard's variables.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::reader::web_url;
use crate::{Reader, Settings};

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// Which traces are kept at their root; a child follows its parent where `parent_based`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampler {
    /// Whether a parent's decision is obeyed.
    pub parent_based: bool,
    /// Share of traces kept otherwise, from 0 to 1.
    pub ratio: f64,
}

/// Where traces go.
#[derive(Debug, Clone)]
pub struct OtlpConfig {
    /// The whole address, path included.
    pub endpoint: Url,
    /// Sent with every export; values may be secret.
    pub headers: Vec<(String, SecretString)>,
    /// Time-out of one export.
    pub timeout: Duration,
    /// Which traces are kept.
    pub sampler: Sampler,
    /// Added to the resource.
    pub resource: Vec<(String, String)>,
    /// Longest wait of a span before its export.
    pub schedule_delay: Duration,
    /// Spans that wait for export; more are dropped.
    pub max_queue_size: usize,
    /// Spans in one export.
    pub max_batch_size: usize,
}

/// Logs and traces of a program.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// `None` means text on a terminal, else JSON.
    pub log_format: Option<LogFormat>,
    /// Directives in the form of `RUST_LOG`.
    pub log_filter: String,
    /// Traces; `None` turns them off.
    pub otlp: Option<OtlpConfig>,
}

impl Settings for TelemetryConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let log_format = reader.parsed("LOG_FORMAT", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        });
        let log_filter = reader.parsed("RUST_LOG", "directives such as info,advosync_queue=debug", |text| {
            text.parse::<EnvFilter>().is_ok().then(|| text.to_owned())
        });
        Self { log_format, log_filter: log_filter.unwrap_or_default(), otlp: read_otlp(reader) }
    }
}

fn read_otlp(reader: &mut Reader<'_>) -> Option<OtlpConfig> {
    let disabled = reader.flag("OTEL_SDK_DISABLED");
    let exporter = reader.parsed("OTEL_TRACES_EXPORTER", "otlp or none", |text| match text {
        "otlp" => Some(true),
        "none" => Some(false),
        _ => None,
    });
    let endpoint = read_endpoint(reader)?;
    read_protocol(reader);
    let max_queue_size = reader.number("OTEL_BSP_MAX_QUEUE_SIZE", 1..=1_000_000);
    let otlp = OtlpConfig {
        endpoint,
        headers: read_headers(reader),
        timeout: read_export_timeout(reader),
        sampler: read_sampler(reader),
        resource: read_resource(reader),
        schedule_delay: Duration::from_millis(reader.number("OTEL_BSP_SCHEDULE_DELAY", 1..=60_000)),
        max_queue_size,
        max_batch_size: reader.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1..=1_000_000).min(max_queue_size),
    };
    (!disabled && exporter == Some(true)).then_some(otlp)
}

fn read_endpoint(reader: &mut Reader<'_>) -> Option<Url> {
    let for_traces = reader.parsed("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "an http or https address", web_url);
    let general = reader.optional_base_url("OTEL_EXPORTER_OTLP_ENDPOINT");
    for_traces.or_else(|| general.and_then(|base| base.join("v1/traces").ok()))
}

fn read_protocol(reader: &mut Reader<'_>) {
    for name in ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] {
        reader.parsed(name, "http/protobuf, the only protocol that is spoken", |text| (text == "http/protobuf").then_some(()));
    }
}

fn read_export_timeout(reader: &mut Reader<'_>) -> Duration {
    let general: u64 = reader.number("OTEL_EXPORTER_OTLP_TIMEOUT", 1..=600_000);
    let for_traces = reader.parsed("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "a whole number of milliseconds", |text| {
        text.parse().ok().filter(|timeout| *timeout > 0)
    });
    Duration::from_millis(for_traces.unwrap_or(general))
}

fn read_headers(reader: &mut Reader<'_>) -> Vec<(String, SecretString)> {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
    let given = names.into_iter().find_map(|name| reader.optional_secret(name).map(|headers| (name, headers)));
    let Some((name, headers)) = given else {
        return Vec::new();
    };
    let pairs = pairs(headers.expose_secret());
    if pairs.is_none() {
        reader.fault(name, "name=value,name=value");
    }
    pairs.unwrap_or_default().into_iter().map(|(name, value)| (name, SecretString::from(value))).collect()
}

fn read_resource(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    reader.parsed("OTEL_RESOURCE_ATTRIBUTES", "name=value,name=value", pairs).unwrap_or_default()
}

fn read_sampler(reader: &mut Reader<'_>) -> Sampler {
    let should = "a share of traces from 0 to 1";
    let share =
        reader.parsed("OTEL_TRACES_SAMPLER_ARG", should, |text| text.parse().ok().filter(|share| (0.0..=1.0).contains(share)));
    let should = "always_on, always_off or traceidratio, or one of them after parentbased_";
    let sampler = reader.parsed("OTEL_TRACES_SAMPLER", should, |text| {
        let (parent_based, kind) = text.strip_prefix("parentbased_").map_or((false, text), |kind| (true, kind));
        let ratio = match kind {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => share.unwrap_or(1.0),
            _ => return None,
        };
        Some(Sampler { parent_based, ratio })
    });
    sampler.unwrap_or(Sampler { parent_based: true, ratio: 1.0 })
}

/// Reads `name=value,name=value`, with values percent-encoded as the standard says.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    text.split(',').filter(|pair| !pair.trim().is_empty()).map(pair).collect()
}

fn pair(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    // A form's decoder reads `+` as a blank; in this list it is itself.
    let encoded = format!("v={}", value.trim().replace('+', "%2B").replace('&', "%26"));
    let (_, value) = url::form_urlencoded::parse(encoded.as_bytes()).next()?;
    (!name.is_empty()).then(|| (name.to_owned(), value.into_owned()))
}
