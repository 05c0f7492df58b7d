//! The program itself.

use std::process::{Command, Stdio};

use advosync_testkit::{Signal, signal, wait_until};

use super::support::{Plan, World};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    command.env_clear().stdin(Stdio::null()).current_dir(std::env::temp_dir());
    command
}

#[test]
fn a_bad_configuration_ends_it_with_all_faults() {
    let output = program().env("API_BIND", "0.0.0.0:3000").env("REDIS_PORT", "x").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let faults = String::from_utf8(output.stderr).unwrap();
    for name in ["API_BIND", "REDIS_PORT", "ADVOWARE_PASSWORD", "GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH"] {
        assert!(faults.lines().any(|line| line.starts_with(&format!("{name}:"))), "{name} in {faults}");
    }
}

#[test]
fn it_explains_itself() {
    let help = String::from_utf8(program().arg("--help").output().unwrap().stdout).unwrap();
    assert!(help.contains("API_TOKENS") && help.contains("healthcheck"), "{help}");
    let version = program().arg("--version").output().unwrap();
    assert!(version.status.success());
    let description = program().arg("openapi").output().unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&description.stdout).unwrap()["openapi"].is_string());
}

#[tokio::test]
async fn it_serves_until_sigterm_and_then_ends_with_0() {
    let world = World::start(Plan::default()).await;
    let port = advosync_testkit::free_port().unwrap();
    let bind = format!("127.0.0.1:{port}");
    let variables = world.variables.iter().cloned().chain([("API_BIND".to_owned(), bind.clone())]);
    let mut child = program().envs(variables).stderr(Stdio::null()).spawn().unwrap();
    wait_until("it is healthy", async || {
        program().args(["healthcheck", "--bind", &bind]).stderr(Stdio::null()).status().unwrap().success()
    })
    .await;
    signal(child.id(), Signal::Term).unwrap();
    let mut status = None;
    wait_until("it ends", async || {
        status = child.try_wait().unwrap();
        status.is_some()
    })
    .await;
    assert_eq!(status.and_then(|status| status.code()), Some(0));
}
