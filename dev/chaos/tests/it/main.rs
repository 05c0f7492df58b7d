//! The short form: a few seconds of mischief, then every promise is checked.

use std::process::Command;

#[test]
fn every_promise_is_kept_through_some_seconds_of_mischief() {
    let output = Command::new(env!("CARGO_BIN_EXE_chaos")).args(["--seconds", "15"]).output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
}
