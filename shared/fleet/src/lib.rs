//! The fleet put together: the queue, both systems and what Redis remembers, as the jobs use them.
//!
//! Every program builds one [`Fleet`] from its settings. Workers run [`Jobs`] on it; the api and the tool
//! look and trigger through it.

mod adapters;
mod calendars;
mod connect;
mod employee;
mod employees;
mod fan_out;
mod fleet;
mod jobs;
mod look;
mod outcome;
mod probe;
mod push;
mod triggers;
mod undo;
mod upstreams;

pub use connect::{queue_settings, redis_settings};
pub use employees::{Employees, UnknownEmployee};
pub use fleet::{BuildError, Fleet, Settings};
pub use jobs::Jobs;
pub use look::Look;
pub use probe::FleetProbe;
pub use push::{Notification, channel_token};
pub use triggers::ReleaseError;
pub use undo::{UndoError, UndoItem, UndoLook, changed_at, obstacle_word, parse_target, target_word};
