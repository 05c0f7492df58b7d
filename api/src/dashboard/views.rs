//! Rows that several pages show.

use advosync_queue::{RunRecord, RunStatus};
use advosync_state::JournalEntry;

use super::moments::Moment;
use super::page::Page;
use super::state::run_tone;
use crate::rest::Counts;

/// One run in a list.
pub(crate) struct RunRow {
    pub(crate) run_id: String,
    pub(crate) kuerzel: String,
    pub(crate) status: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) queued_at: Option<Moment>,
    pub(crate) took: Option<String>,
    pub(crate) written: u64,
    pub(crate) conflicts: u64,
    pub(crate) errors: u64,
    pub(crate) origin: &'static str,
    pub(crate) requested_by: String,
    pub(crate) error: Option<String>,
    pub(crate) jobs: Option<(u64, u64)>,
}

impl RunRow {
    pub(crate) fn new(run: &RunRecord, page: &Page) -> Self {
        let counts = Counts::of(run);
        let written = counts.google.total() + counts.advoware.total();
        let error = run.error.as_ref().filter(|_| run.status != RunStatus::Succeeded);
        Self {
            run_id: run.run_id.clone(),
            kuerzel: run.key.clone(),
            status: run.status.as_str(),
            tone: run_tone(run.status),
            queued_at: page.clock.maybe(&run.queued_at),
            took: took(run, page),
            written,
            conflicts: counts.conflicts,
            errors: counts.errors,
            origin: run.origin.as_str(),
            requested_by: run.requested_by.clone().unwrap_or_default(),
            error: error.map(|(_, code)| code.clone()),
            jobs: (run.kind == "all").then_some((run.jobs.done, run.jobs.total)),
        }
    }

    pub(crate) fn is_all(&self) -> bool {
        self.jobs.is_some()
    }
}

/// How long a run took, or has taken so far.
fn took(run: &RunRecord, page: &Page) -> Option<String> {
    let began = run.started_at.or(run.queued_at.filter(|_| run.kind == "all"))?;
    let end = run.finished_at.unwrap_or_else(|| page.clock.now());
    Some(page.clock.duration(end - began))
}

/// One remote write in a list.
pub(crate) struct WriteRow {
    pub(crate) at: Moment,
    pub(crate) done: bool,
    pub(crate) run_id: String,
    pub(crate) kuerzel: String,
    pub(crate) side: &'static str,
    pub(crate) verb: &'static str,
    pub(crate) frnr: Option<i64>,
    pub(crate) event_id: Option<String>,
    pub(crate) fields: Vec<String>,
    pub(crate) reason: String,
    pub(crate) who: String,
}

impl WriteRow {
    pub(crate) fn new(entry: &JournalEntry, page: &Page) -> Self {
        Self {
            at: page.clock.moment(&entry.at),
            done: entry.done_at.is_some(),
            run_id: entry.run_id.clone(),
            kuerzel: entry.kuerzel.clone(),
            side: crate::words::side(entry.side),
            verb: crate::words::verb(entry.verb),
            frnr: entry.frnr,
            event_id: entry.event_id.clone(),
            fields: field_names(&entry.fields, page),
            reason: page.t.code("reason", &word(&entry.reason)),
            who: entry.who.clone(),
        }
    }
}

/// Names of fields in the page's language.
pub(crate) fn field_names(fields: &[String], page: &Page) -> Vec<String> {
    fields.iter().map(|field| page.t.code("field", field)).collect()
}

/// The word by which the engine's enumerations go over the wire.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
