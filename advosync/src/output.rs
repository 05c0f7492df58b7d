//! What a person sees.

use std::io::Write;

use comfy_table::{ContentArrangement, Table, presets};
use console::style;
use serde::Serialize;
use serde_json::Value;

/// The exit code for: not equal, held or partial.
pub(crate) const UNSETTLED: u8 = 3;

/// A table with a head line.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled).set_header(head);
    table
}

/// Prints a line; where nobody reads on (`| head`), the tool ends quietly.
macro_rules! say {
    ($($arg:tt)*) => {
        $crate::output::line(format_args!($($arg)*))
    };
}
pub(crate) use say;

pub(crate) fn line(text: std::fmt::Arguments<'_>) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints a value as JSON.
pub(crate) fn json<T: Serialize>(value: &T) {
    say!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// A JSON value for people: a moment to the second, lists by commas, nothing for null.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => moment(text).unwrap_or_else(|| text.clone()),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The cells of an object's members; one that is missing at every level is empty.
pub(crate) fn row(object: &Value, members: &[&str]) -> Vec<String> {
    members.iter().map(|member| cell(member.split('.').fold(object, |value, name| &value[name]))).collect()
}

fn moment(text: &str) -> Option<String> {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(at.to_utc().format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// The word for a state, coloured on a terminal.
pub(crate) fn status(word: &str) -> String {
    let styled = match word {
        "succeeded" | "ok" | "good" | "equal" => style(word).green(),
        "partial" | "held" | "warning" | "differs" => style(word).yellow(),
        "failed" | "error" | "BAD" => style(word).red().bold(),
        _ => style(word),
    };
    styled.to_string()
}

/// A note of a report in one line.
pub(crate) fn note(note: &Value) -> String {
    let mut parts = vec![cell(&note["kind"])];
    parts.extend(note["detail"].as_array().map(|_| cell(&note["detail"])));
    parts.extend(note["frNr"].as_i64().map(|number| format!("appointment {number}")));
    parts.extend(note["event_id"].as_str().map(|id| format!("event {id}")));
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_for_people() {
        let object = serde_json::json!({"at": "2026-05-04T10:00:00.5Z", "list": ["a", "b"], "none": null, "deep": {"n": 3}});
        assert_eq!(row(&object, &["at", "list", "none", "deep.n", "deep.x.y"]), ["2026-05-04 10:00:00 UTC", "a, b", "", "3", ""]);
    }
}
