//! The form of a log line: text for a person, one JSON object for a machine.

use std::fmt;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::trace::write_ids;

/// `time LEVEL target: message name=value … trace_id=…`, coloured on a terminal.
pub(crate) struct TextFormat;

impl<S, N> FormatEvent<S, N> for TextFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let time = now();
        if writer.has_ansi_escapes() {
            let colour = colour_of(*metadata.level());
            let (level, target) = (metadata.level(), metadata.target());
            write!(writer, "\u{1b}[2m{time}\u{1b}[0m \u{1b}[{colour}m{level:>5}\u{1b}[0m \u{1b}[2m{target}:\u{1b}[0m ")?;
        } else {
            write!(writer, "{time} {:>5} {}: ", metadata.level(), metadata.target())?;
        }
        ctx.format_fields(writer.by_ref(), event)?;
        let mut ids = String::new();
        write_ids(&mut ids, |line, name, id| {
            line.push(' ');
            line.push_str(name);
            line.push('=');
            line.push_str(id);
        });
        writeln!(writer, "{ids}")
    }
}

/// One object: `timestamp`, `level`, `target`, `message`, the event's fields, `trace_id` and `span_id`.
pub(crate) struct JsonFormat {
    pub(crate) service: String,
}

impl<S, N> FormatEvent<S, N> for JsonFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = JsonFields(Map::new());
        event.record(&mut fields);
        let mut line = String::from("{");
        push(&mut line, "timestamp", &Value::String(now()));
        push(&mut line, "level", &Value::from(event.metadata().level().as_str()));
        push(&mut line, "service.name", &Value::from(self.service.as_str()));
        push(&mut line, "target", &Value::from(event.metadata().target()));
        write_ids(&mut line, |line, name, id| push(line, name, &Value::from(id)));
        for (name, value) in &fields.0 {
            push(&mut line, name, value);
        }
        line.push('}');
        writeln!(writer, "{line}")
    }
}

fn push(line: &mut String, name: &str, value: &Value) {
    if line.len() > 1 {
        line.push(',');
    }
    line.push_str(&Value::from(name).to_string());
    line.push(':');
    line.push_str(&value.to_string());
}

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn colour_of(level: Level) -> u8 {
    match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        Level::DEBUG => 34,
        Level::TRACE => 35,
    }
}

struct JsonFields(Map<String, Value>);

impl Visit for JsonFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), Value::String(format!("{value:?}")));
    }
}
