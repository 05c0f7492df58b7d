//! The first signal drains, the second ends.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, Command};

use crate::child::start;

fn wait_for(lines: &mut BufReader<ChildStdout>, text: &str) {
    let mut line = String::new();
    while !line.starts_with(text) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the process ended before {text}");
    }
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn the_first_signal_asks_for_an_end() {
    for signal in ["-TERM", "-INT"] {
        let mut child = start("signals", &[]);
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        wait_for(&mut lines, "ready=");
        send(signal, &child);
        wait_for(&mut lines, "stopping=");
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn the_second_signal_ends_at_once() {
    let mut child = start("signals", &[("DRAIN_FOR_EVER", "1")]);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    wait_for(&mut lines, "ready=");
    send("-TERM", &child);
    wait_for(&mut lines, "stopping=");
    send("-TERM", &child);
    let status = child.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(143), None));
}
