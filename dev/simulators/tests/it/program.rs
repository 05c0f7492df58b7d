use std::{
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

use advosync_testkit::{Signal, signal, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_advosync-simulator");

/// Ends the program where a test fails before it did.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
    }
}

fn both(folder: &Path) -> Running {
    let child = Command::new(PROGRAM)
        .args(["both", "--advoware-bind", "127.0.0.1:0", "--google-bind", "127.0.0.1:0", "--appointments", "300"])
        .arg("--service-account")
        .arg(folder.join("account.json"))
        .arg("--env-file")
        .arg(folder.join("env"))
        .stdout(Stdio::null())
        .spawn()
        .expect("a program");
    Running(child)
}

fn healthcheck(urls: &[&str]) -> ExitStatus {
    let mut command = Command::new(PROGRAM);
    command.arg("healthcheck").args(urls).stdout(Stdio::null());
    command.status().expect("a program")
}

#[tokio::test]
async fn both_run_until_they_are_asked_to_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut running = both(folder.path());
    let file = folder.path().join("env");
    wait_until("the environment is written", async || file.exists()).await;
    let text = std::fs::read_to_string(file).expect("a file");
    let variable = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        value.unwrap_or_else(|| panic!("no {name}")).to_owned()
    };
    let advoware = variable("ADVOWARE_CONFIGURATOR_URL").replace("AdvonetConfigurator/api/Url", "");
    let google = variable("GOOGLE_CALENDAR_API_BASE_URL").replace("calendar/v3/", "");
    assert!(healthcheck(&[&advoware, &google]).success());
    let account = std::fs::read_to_string(variable("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH")).expect("a file");
    let account: serde_json::Value = serde_json::from_str(&account).expect("JSON");
    assert_eq!(account["token_uri"], format!("{google}token"));
    signal(running.0.id(), Signal::Term).expect("a signal");
    assert!(running.0.wait().expect("an end").success());
    assert!(!healthcheck(&[&advoware]).success());
}

#[test]
fn help_names_every_command() {
    let output = Command::new(PROGRAM).arg("--help").output().expect("a program");
    let text = String::from_utf8(output.stdout).expect("text");
    for command in ["advoware", "google", "both", "healthcheck"] {
        assert!(text.contains(command), "{command}");
    }
}
