//! The scheduler program.

fn main() -> std::process::ExitCode {
    advosync_scheduler::main()
}
