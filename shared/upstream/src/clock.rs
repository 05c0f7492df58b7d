//! The clients' only look at the wall clock.
use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// The current time, for what travels to other machines (signatures, expiries).
#[must_use]
pub fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
