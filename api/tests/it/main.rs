//! The api as its clients see it, on a real Redis, simulated upstreams and a real worker.

mod access;
mod dead_letters;
mod employees;
mod events;
mod description;
mod notifications;
mod outages;
mod program;
mod runs;
mod support;
