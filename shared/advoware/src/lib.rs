//! Advoware's REST API: discovery, the fleet's shared token, employees and appointments.
//!
//! The client holds no policy. It repeats what is safe to repeat, never takes a web page or half a body for
//! data, and tells what Advoware's German refusals mean.
mod answer;
mod client;
mod concurrency;
mod discovery;
mod employees;
mod error;
mod refusal;
mod session;
mod settings;
mod signature;
mod termine;
mod token;
mod wire;

pub use client::{AdvowareClient, Dependencies};
pub use concurrency::{Busy, Concurrency, LocalConcurrency, Permit};
pub use discovery::BaseUrls;
pub use employees::{Employee, Employees};
pub use error::SetupError;
pub use refusal::Refusal;
pub use settings::{AdvowareSettings, Credentials};
pub use token::{MemoryTokenStore, RefreshLock, SharedToken, StoreAway, TokenStore};
