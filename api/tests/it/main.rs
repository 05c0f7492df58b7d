//! The api as its clients see it, on a real Redis, simulated upstreams and a real worker.

mod access;
mod browser;
mod contract;
mod dashboard;
mod dead_letters;
mod description;
mod employees;
mod events;
mod notifications;
mod outages;
mod program;
mod runs;
mod size;
mod support;
mod undo;
