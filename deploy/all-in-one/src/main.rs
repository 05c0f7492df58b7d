//! Every program in one executable, for images: the name that it is called by says which one it is.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    let name = Path::new(&called).file_name().unwrap_or_default().to_string_lossy();
    match name.as_ref() {
        "scheduler" => advosync_scheduler::main(),
        "worker" => advosync_worker::main(),
        "api" => advosync_api::main(),
        "advosync" => advosync::main(),
        other => {
            eprintln!("call it by the name of a program, scheduler, worker, api or advosync, not {other}");
            ExitCode::from(2)
        }
    }
}
