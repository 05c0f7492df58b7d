//! The api: triggers, runs, dead letters, push notifications and the live feed over HTTP.

mod access;
mod app;
mod cli;
mod clock;
mod comparison;
mod dashboard;
mod extract;
mod feed;
mod history;
mod in_process;
mod limits;
mod observe;
mod problem;
mod program;
mod rest;
mod router;
mod run;
mod shutdown;
mod standing;
mod story;
mod words;

pub use app::App;
pub use cli::{Cli, Command};
pub use in_process::InProcess;
pub use program::main;
pub use rest::openapi;
pub use run::{Api, run};
