//! The api: triggers, runs, dead letters, push notifications and the live feed over HTTP.

mod access;
mod app;
mod cli;
mod extract;
mod feed;
mod limits;
mod observe;
mod problem;
mod rest;
mod router;
mod run;
mod shutdown;
mod standing;
mod words;

pub use app::App;
pub use cli::{Cli, Command};
pub use rest::openapi;
pub use run::{Api, run};
