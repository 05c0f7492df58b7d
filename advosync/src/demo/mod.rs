//! The demonstration: a law firm's calendars become equal, through the real queue, workers and HTTP.

mod children;
mod firm;
mod secrecy;
mod story;
mod watch;

use std::process::ExitCode;

use crate::cli::DemoOptions;

/// Plays the demonstration; 0 only if both sides are equal in the end.
pub(crate) async fn run(options: &DemoOptions) -> ExitCode {
    match story::play(options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("\ndemo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
