//! The worker program.

fn main() -> std::process::ExitCode {
    advosync_worker::main()
}
