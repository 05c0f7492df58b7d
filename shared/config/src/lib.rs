//! Settings of every program, read from the environment and an optional `.env` file.
//!
//! Each concern is a struct that implements [`Settings`]; each program is a struct of the concerns it
//! needs. Reading never stops at the first fault: all of them come back together as [`Faults`], one
//! line each. [`VARIABLES`] is the one place that holds names, defaults and their explanations.

mod advosync;
mod advoware;
mod api;
mod fault;
mod google;
mod health;
mod keys;
mod notify;
mod poll_hours;
mod programs;
mod reader;
mod readers;
mod redis;
mod schedule;
mod settings;
mod source;
mod sync;
mod telemetry;
mod variables;
mod worker;

pub use advosync::{AdvosyncConfig, RemoteApi};
pub use advoware::AdvowareConfig;
pub use api::{ApiConfig, ApiToken, Role};
pub use fault::{Fault, Faults};
pub use google::{GoogleConfig, ServiceAccount};
pub use health::HealthConfig;
pub use keys::{DerivedKey, SyncKeys};
pub use notify::{MailConfig, NotifyConfig};
pub use poll_hours::{PollHours, UnreadablePollHours};
pub use programs::{ApiProgram, DirectTool, Program, PushConfig, SchedulerProgram, WorkerProgram};
pub use reader::Reader;
pub use readers::CalendarReaders;
pub use redis::{RedisConfig, RedisTarget};
pub use schedule::{CronExpression, ScheduleConfig};
pub use settings::Settings;
pub use source::{EnvSource, MapSource, Source};
pub use sync::{ConflictPolicy, DeleteConflictPolicy, SyncConfig};
pub use telemetry::{LogFormat, OtlpConfig, Sampler, TelemetryConfig};
pub use variables::{Fallback, VARIABLES, Variable, help};
pub use worker::WorkerConfig;
