//! The worker: claims jobs, holds a lease on each employee, and synchronises.

mod cli;
mod run;

pub use cli::{Cli, Command};
pub use run::run;
