//! What every simulated server does with a request beside answering it: count it, and spoil it
//! where a fault was ordered.

mod control;
mod counters;
mod faults;
mod layer;

pub(crate) use control::control_routes;
pub use counters::Counters;
pub use faults::{ErrorPage, Fault, FaultRule};
pub(crate) use layer::{Traffic, observe};
