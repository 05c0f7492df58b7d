//! The fleet's memory against a real redis-server.

mod concurrency;
mod held;
mod journal;
mod quota;
mod records;
mod secrecy;
mod store;
mod support;
mod token;
