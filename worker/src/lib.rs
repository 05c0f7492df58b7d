//! The worker: claims jobs, holds a lease on each employee, and synchronises.

mod cli;
mod program;
mod run;

pub use cli::{Cli, Command};
pub use program::main;
pub use run::run;
