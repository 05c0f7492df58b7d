//! A simulated Google Calendar v3 with its token endpoint.

mod acl;
mod behaviour;
mod body;
mod calendars;
mod caller;
mod control;
mod edit;
mod error;
mod events;
mod oauth;
mod paging;
mod partial;
mod push;
mod quota;
mod service_account;
mod simulator;
mod store;

pub use behaviour::{GoogleBehaviour, QuotaRefusal, QuotaSettings, Tombstones, UsageLimit};
pub use edit::GoogleEdit;
pub use service_account::ServiceAccount;
pub use simulator::{GoogleConfig, GoogleSimulator};
pub use store::{AclRule, CalendarSnapshot, ChannelSnapshot, GoogleSnapshot, Role};

pub(crate) use store::{Event, Moment};
