//! The api program.

fn main() -> std::process::ExitCode {
    advosync_api::main()
}
