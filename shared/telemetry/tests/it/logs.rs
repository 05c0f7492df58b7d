//! Lines as they come out of a process.

use std::io::Read as _;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::child::{printed, run, start};

#[test]
fn a_line_is_one_object_with_its_trace() {
    // Off a terminal, JSON is the default; ids are there without any receiver.
    let (output, _) = run("story", &[]);
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let line: Value = text.lines().filter_map(|line| serde_json::from_str(line).ok()).next().expect(&text);
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "triggered");
    assert_eq!(line["service.name"], "advosync-test");
    assert_eq!((&line["kuerzel"], &line["jobs"]), (&Value::from("PB"), &Value::from(3)));
    assert_eq!(line["trace_id"], printed(&output, "trace_id").as_str());
    assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(printed(&output, "exemplar"), "false", "a trace that is kept nowhere is no exemplar");
    assert!(!text.contains("not in a trace"), "debug lines need RUST_LOG");
}

#[test]
fn the_filter_is_obeyed_by_module() {
    let (output, _) = run("story", &[("RUST_LOG", "warn,it=debug"), ("LOG_FORMAT", "text")]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("DEBUG it::child: not in a trace trace_id="), "{text}");
}

#[test]
fn a_log_that_nobody_reads_holds_nothing_up() {
    let mut child = start("chatter", &[]);
    let mut stdout = child.stdout.take().unwrap();
    // Its standard error is a pipe that stays full.
    let _unread = child.stderr.take().unwrap();
    let begin = Instant::now();
    let mut text = String::new();
    stdout.read_to_string(&mut text).unwrap();
    assert!(text.contains("done=yes"), "{text}");
    assert!(child.wait().unwrap().success());
    assert!(begin.elapsed() < Duration::from_secs(6), "{:?}", begin.elapsed());
}

#[test]
fn a_panic_tells_its_place_and_nothing_else() {
    for format in ["json", "text"] {
        let variables =
            [("CONFIDENTIAL", "Mandant Geheim"), ("LOG_FORMAT", format), ("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")];
        let (output, _) = run("panics", &variables);
        assert_eq!(printed(&output, "survived"), "yes");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.matches("panicked").count(), 2, "{text}");
        assert_eq!(text.matches("tests/it/child.rs:").count(), 2, "{text}");
        assert!(!text.contains("Geheim") && !text.contains("parse"), "{text}");
    }
}
