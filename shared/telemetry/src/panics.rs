//! Panics in the log: where they happened, never what they say.

use std::panic;

/// From here on a panic is a log line with its place in the source. Its message may quote what a job was working
/// on, so nobody gets to see it.
pub(crate) fn log_places_only() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location = place, "panicked");
    }));
}
