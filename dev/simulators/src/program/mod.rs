//! The program's arguments and what it does with them.

mod healthcheck;
mod options;
mod run;

pub(crate) use healthcheck::healthcheck;
pub(crate) use options::{Cli, Command, Options};
pub(crate) use run::run;
