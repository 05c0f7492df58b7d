//! The program's arguments and what it does with them.

mod compare;
mod healthcheck;
mod options;
mod run;

pub(crate) use compare::compare_running;
pub(crate) use healthcheck::healthcheck;
pub(crate) use options::{Cli, Command, Options};
pub(crate) use run::run;
