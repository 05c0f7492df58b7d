//! The table of variables agrees with what the programs read.

use std::cell::RefCell;
use std::collections::BTreeSet;

use advosync_config::{
    AdvosyncConfig, ApiProgram, DirectTool, Faults, MapSource, Program, SchedulerProgram, Settings, Source, TelemetryConfig,
    VARIABLES, WorkerProgram, help,
};

use crate::Fixture;

/// Notes which variables are asked for.
struct Spy {
    source: MapSource,
    asked: RefCell<BTreeSet<String>>,
}

impl Source for Spy {
    fn get(&self, name: &str) -> Option<String> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.source.get(name)
    }
}

fn asked(read: impl FnOnce(&dyn Source) -> Result<(), Faults>) -> BTreeSet<String> {
    // Groups that are read only where another variable is set.
    let fixture = Fixture::new();
    let source = fixture.worker().with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1");
    let spy = Spy { source, asked: RefCell::default() };
    let _ = read(&spy);
    spy.asked.into_inner().into_iter().filter(|name| !name.ends_with("_FILE")).collect()
}

fn listed(program: Program) -> BTreeSet<String> {
    let read = VARIABLES.iter().filter(|variable| variable.programs.contains(&program));
    read.map(|variable| variable.name.to_owned()).collect()
}

#[test]
fn each_program_reads_what_its_help_lists() {
    let read_tool = |source: &dyn Source| {
        let _ = AdvosyncConfig::from_source(source);
        let _ = TelemetryConfig::from_source(source);
        DirectTool::from_source(source).map(drop)
    };
    let programs = [
        (Program::Scheduler, asked(|source| SchedulerProgram::from_source(source).map(drop))),
        (Program::Worker, asked(|source| WorkerProgram::from_source(source).map(drop))),
        (Program::Api, asked(|source| ApiProgram::from_source(source).map(drop))),
        (Program::Advosync, asked(read_tool)),
    ];
    for (program, asked) in programs {
        assert_eq!(asked, listed(program), "{program:?}");
    }
}

#[test]
fn names_are_there_once_and_documented() {
    let names: BTreeSet<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(names.len(), VARIABLES.len());
    assert!(VARIABLES.iter().all(|variable| !variable.doc.is_empty()));
}

#[test]
fn help_names_defaults_and_marks_secrets() {
    let text = help(Program::Worker);
    assert!(text.contains("WORKER_LEASE_SECONDS [default: 60]"), "{text}");
    assert!(text.contains("ADVOWARE_PASSWORD* [required]"), "{text}");
    assert!(!text.contains("API_TOKENS"), "{text}");
}
