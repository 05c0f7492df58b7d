//! The scheduler: fires what is due, once fleet-wide, however many schedulers run.

mod cli;
mod clock;
mod notices;
mod program;
mod renewals;
mod run;
mod scheduler;

pub use cli::{Cli, Command};
pub use clock::{due, next_after};
pub use notices::Notifier;
pub use program::main;
pub use run::run;
pub use scheduler::Scheduler;
