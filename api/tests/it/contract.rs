//! The api against its own description, by schemathesis: no request makes it fail, and every answer is described.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use advosync_simulators::AdvowareEdit;
use tokio::process::Command;

use super::support::{Plan, World};

/// What every answer has to pass.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth,use_after_free";

/// Where the programs are; none where this machine has no Python or no way to its packages.
async fn tools() -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev/contract-tools");
    let made = Command::new(script).stdin(Stdio::null()).output().await.ok()?;
    if made.status.success() {
        return Some(PathBuf::from(String::from_utf8(made.stdout).ok()?.trim()));
    }
    println!("SKIPPED: schemathesis can't be had: {}", String::from_utf8_lossy(&made.stderr));
    None
}

/// A firm with something behind every endpoint: runs, conflicts, held deletions and dead letters.
async fn lively() -> World {
    let plan = Plan { appointments: 60, ..Plan::default() }
        .with("CALENDAR_SYNC_MAX_DELETES", "0")
        .with("WORKER_MAX_ATTEMPTS", "1")
        .with_worker();
    let world = World::start(plan).await;
    world.run("ALL").await;
    let kuerzel = world.kuerzel();
    world.advoware.edit(AdvowareEdit::Delete { fr_nr: world.appointments(&kuerzel)[0] }).unwrap();
    world.run(&kuerzel).await;
    world.break_advoware();
    world.run(&kuerzel).await;
    world.advoware.clear_faults();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_makes_it_fail_and_every_answer_is_described() {
    let Some(tools) = tools().await else { return };
    let world = lively().await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(tools.join("schemathesis"));
    command.args(["run", &world.url("/openapi.json"), "--header", "Authorization:Bearer operator-secret", "--checks", CHECKS]);
    // The live feed never ends by itself; its test reads it. One thread: Python 3.11 counts the depth of its parser
    // over all threads and fails at random with several.
    command.args(["--exclude-path", "/events", "--max-examples", "8", "--seed", "1", "--workers", "1", "--no-color"]);
    command.args(["--continue-on-failure", "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off"]);
    let said = command.current_dir(folder.path()).stdin(Stdio::null()).output().await.unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}\n{}", String::from_utf8_lossy(&said.stderr));
}
