//! The `advosync` tool.

fn main() -> std::process::ExitCode {
    advosync::main()
}
