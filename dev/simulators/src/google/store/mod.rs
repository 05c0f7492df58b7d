//! What the simulated Google holds: calendars, their events and access rules, and channels.

mod calendar;
mod event;
mod project;
mod recurrence;
mod span;

pub(super) use calendar::Calendar;
pub use calendar::{AclRule, Role};
pub(crate) use event::Event;
pub(super) use project::Project;
pub use project::{CalendarSnapshot, ChannelSnapshot, GoogleSnapshot};
use recurrence::Recurrence;
pub(crate) use span::Moment;
use span::Span;

/// A JSON object.
pub(super) type Object = serde_json::Map<String, serde_json::Value>;

/// The text of a member; empty if it is missing or something else.
pub(super) fn text_of<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(serde_json::Value::as_str).unwrap_or_default()
}
