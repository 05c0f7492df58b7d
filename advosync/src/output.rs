//! What a person sees.

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// A table with a head line.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled).set_header(head);
    table
}

/// Prints a value as JSON.
pub(crate) fn json<T: Serialize>(value: &T) {
    println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// A time for people, from milliseconds since 1970.
pub(crate) fn time(ms: Option<u64>) -> String {
    let at = ms.and_then(|ms| i64::try_from(ms).ok()).and_then(chrono::DateTime::from_timestamp_millis);
    at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}
