//! A simulated Advoware: discovery, security gateway and the appointment API.

mod api;
mod behaviour;
mod control;
mod credentials;
mod edit;
mod gateway;
mod simulator;
mod store;
mod wire;

pub use behaviour::{AdvowareBehaviour, CreateAnswer, DateForm, ExpiryForm, JsonCase, MissingAnswer, Refusal, RefusalForm};
pub use credentials::AdvowareCredentials;
pub use edit::{AdvowareEdit, EditError};
pub use simulator::{AdvowareConfig, AdvowareSimulator};
pub(crate) use store::last_change;
pub use store::{AdvowareSnapshot, RawRow};
