//! A fleet of workers between both simulators, over real HTTP and a real Redis.

mod faults;
mod losses;
mod processes;
mod rules;
mod stage;
mod undo;
