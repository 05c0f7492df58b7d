//! Google Calendar: events with preconditions, calendars, sharing and push channels, within the quotas.
//!
//! The client holds no policy. It repeats what is safe to repeat, waits for the fleet's quota, and tells what
//! Google's refusals mean. Events travel as they come over the wire; calendars, rules and channels have the
//! types of `google-calendar3`.
mod answer;
mod calendars;
mod channels;
mod client;
mod denial;
mod error;
mod events;
mod quota;
mod rights;
mod settings;
mod sharing;
mod token;
mod wire;

pub use channels::{Watch, Watched};
pub use client::{Dependencies, GoogleClient};
pub use denial::Denial;
pub use error::SetupError;
pub use google_calendar3::api::{AclRule, AclRuleScope, Calendar, CalendarListEntry, Channel};
pub use quota::{Ask, Kind, NoQuota, Quota, QuotaError};
pub use rights::Right;
pub use settings::{GoogleSettings, ServiceAccount};
pub use sharing::{Grant, Grantee, Role, Sharing};
