//! The tool that a person uses: look, trigger, release, mend, and the demonstration.

mod api;
mod backend;
mod cli;
mod commands;
mod demo;
mod direct;
mod doctor;
mod follow;
mod output;
mod program;

pub use cli::Cli;
pub use commands::run;
pub use program::main;
