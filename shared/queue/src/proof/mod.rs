//! The protocol, interleaved in every order against a real redis-server.
//!
//! Every transition is one script, so a schedule of steps of two workers, an enqueuer and "the
//! lease expires now" is all that concurrency can do. After each step the guarantees are
//! checked on a snapshot of everything in Redis; a schedule that breaks one prints itself.

mod check;
mod explore;
mod histories;
mod planted;
mod schedules;
mod snapshot;
mod world;
