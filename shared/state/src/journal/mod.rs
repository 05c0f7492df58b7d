//! Who changed what, and when: every remote write of a run, for 30 days.
//!
//! An entry is a hash: `entry` (ids, names of fields, keyed fingerprints), `at`, `done` once the write was
//! done, `frnr` where that made a number known, `contents` sealed, where there is a key for them. Sorted sets
//! by time find it: all entries, and those of a run, an employee, an appointment, an event.

mod contents;
mod entry;
mod read;

use std::sync::Arc;
use std::time::Duration;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use advosync_sync::ports::{FrNr, Write};
use uuid::Uuid;

use crate::run_store::json;
use crate::{SealKey, State, Who};

pub use contents::{Contents, ContentsError};
use entry::Recorded;
pub use entry::{JournalEntry, JournalPage};
pub use read::Filter;

const LIFE: Duration = Duration::from_hours(30 * 24);

/// What the journal's secrets are made with.
#[derive(Debug, Clone)]
pub struct JournalKeys {
    /// For the fingerprints of what was written.
    pub fingerprint: SealKey,
    /// For the contents: the first seals, all open. Without any, no contents are kept.
    pub contents: Vec<SealKey>,
}

/// The journal of the whole fleet. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    state: State,
    keys: Arc<JournalKeys>,
}

impl Journal {
    /// A journal with these keys.
    #[must_use]
    pub fn new(state: &State, keys: JournalKeys) -> Self {
        Self { state: state.clone(), keys: Arc::new(keys) }
    }

    /// Whether it keeps contents, so that runs can be undone.
    #[must_use]
    pub fn keeps_contents(&self) -> bool {
        !self.keys.contents.is_empty()
    }

    /// Notes a write that is about to be made; returns the entry's id.
    pub(crate) async fn begin(&self, lease: &LeaseGuard, who: &Who, write: &Write<'_>) -> Result<String, LinkError> {
        let id = Uuid::now_v7().simple().to_string();
        let kuerzel = lease.key();
        let recorded = Recorded::new(write, kuerzel, who, &self.keys.fingerprint);
        let sealed = match self.keys.contents.first() {
            Some(key) => contents::seal(key, &id, write),
            None => Vec::new(),
        };
        let mut keys = vec![self.entry_key(&id)];
        let filters = [
            Some(Filter::All),
            Some(Filter::Run(&who.run_id)),
            Some(Filter::Employee(kuerzel)),
            write.frnr.map(Filter::Appointment),
            write.event_id.map(Filter::Event),
        ];
        keys.extend(filters.iter().flatten().map(|filter| self.index_key(*filter)));
        let script = &self.state.scripts().begin_entry;
        let mut call = self.state.fenced(script, lease, &keys.iter().map(String::as_str).collect::<Vec<_>>());
        call.arg(&id).arg(LIFE.as_millis() as u64).arg(json(&recorded)).arg(sealed);
        self.state.run::<i64>(script, &call).await?;
        Ok(id)
    }

    /// Notes that the write was done, with the number that it made known.
    pub(crate) async fn settle(&self, lease: &LeaseGuard, id: &str, frnr: Option<FrNr>) -> Result<(), LinkError> {
        let mut keys = vec![self.entry_key(id)];
        keys.extend(frnr.map(|frnr| self.index_key(Filter::Appointment(frnr))));
        let script = &self.state.scripts().settle_entry;
        let mut call = self.state.fenced(script, lease, &keys.iter().map(String::as_str).collect::<Vec<_>>());
        call.arg(id).arg(LIFE.as_millis() as u64).arg(frnr.map(|frnr| frnr.to_string()).unwrap_or_default());
        self.state.run::<i64>(script, &call).await.map(drop)
    }

    fn entry_key(&self, id: &str) -> String {
        self.state.key_of("journal:entry", id)
    }

    fn index_key(&self, filter: Filter<'_>) -> String {
        match filter {
            Filter::All => self.state.key("journal"),
            Filter::Run(run_id) => self.state.key_of("journal:run", run_id),
            Filter::Employee(kuerzel) => self.state.key_of("journal:employee", kuerzel),
            Filter::Appointment(frnr) => self.state.key_of("journal:appointment", &frnr.to_string()),
            Filter::Event(event_id) => self.state.key_of("journal:event", event_id),
        }
    }
}
