//! The queue against a real redis-server.

mod basic;
mod coalescing;
mod conformance;
mod dead_letters;
mod drain;
mod fan_out;
mod feed;
mod garbage;
mod housekeeping;
mod leases;
mod overview;
mod priority;
mod schedule;
mod secured;
mod support;
mod takeover;
mod trouble;
