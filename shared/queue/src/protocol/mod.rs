//! The steps of the protocol, one call each, for runtimes other than [`crate::Consumer`].
//!
//! Each call is one script and so one atomic step. Whoever claims must renew (or end within the
//! lease), and must begin no write that the lease does not outlive.

mod claim;
mod finish;

pub use claim::{ClaimRequest, Claimed, ClaimedJob, Lease, WaitFrom};
pub use finish::{JobEnd, Recorded};
