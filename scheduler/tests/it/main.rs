//! The scheduler as it acts on a real Redis.

mod firing;
mod notices;
