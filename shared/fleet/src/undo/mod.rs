//! Taking a run back: looked at first, asked for by a person, carried out by the employee's next run.
//!
//! Like a release, an undo is a request in Redis and an urgent run. The run carries out what waits under its
//! own lease before it synchronises, so that the other side follows at once, and forgets the request only
//! then: whenever a worker dies, the next attempt takes up where it stopped.

mod carry_out;
mod look;
mod restore;

use advosync_queue::link::LinkError;
use advosync_queue::{Origin, QueueError, Trigger, Triggered};
use advosync_state::{Filter, UndoRequests};
use advosync_sync::plan::Reason;
use advosync_sync::ports::{FrNr, Verb};
use advosync_sync::undo::{Obstacle, Target};

use crate::Fleet;

pub use look::{UndoItem, UndoLook, changed_at};

/// A run that can't be taken back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The journal has no write of that run.
    #[error("the run wrote nothing, or longer than 30 days ago")]
    Nothing,
    /// The journal keeps no contents.
    #[error("the journal keeps no contents: set CALENDAR_SYNC_KEY")]
    NoContents,
    /// Redis is away.
    #[error("redis is away")]
    Link(#[from] LinkError),
    /// The request stands, and the next run will carry it out; that run could not be asked for.
    #[error("the run can't be asked for")]
    Queue(#[from] QueueError),
}

/// The word for an obstacle, as it stands in reports and goes over the wire.
#[must_use]
pub fn obstacle_word(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::ChangedSince => "changed-since",
        Obstacle::GoneSince => "gone-since",
        Obstacle::NoContents => "no-contents",
        Obstacle::LivesOn => "lives-on",
    }
}

impl Fleet {
    /// What waits to be taken back.
    #[must_use]
    pub fn undo_requests(&self) -> UndoRequests {
        UndoRequests::new(self.state())
    }

    /// Asks for everything that the run wrote, or for `items` of it, to be taken back: for an `ALL`, of each of its
    /// employees. Gives the runs that will do so, by Kürzel. Asking again changes nothing.
    ///
    /// # Errors
    /// See [`UndoError`].
    pub async fn undo(&self, run_id: &str, items: Option<&[Target]>, who: &str) -> Result<Vec<(String, Triggered)>, UndoError> {
        let items: Option<Vec<String>> = items.map(|items| items.iter().map(target_word).collect());
        let parts = self.undo_parts(run_id).await?;
        if parts.is_empty() {
            return Err(UndoError::Nothing);
        }
        if !self.journal().keeps_contents() {
            return Err(UndoError::NoContents);
        }
        for (kuerzel, run_id) in &parts {
            self.undo_requests().ask(kuerzel, run_id, items.as_deref(), who).await?;
        }
        let mut asked = Vec::with_capacity(parts.len());
        for (kuerzel, _) in parts {
            let trigger = Trigger { requested_by: Some(who.to_owned()), ..Trigger::new(&kuerzel, Origin::Person) };
            let triggered = self.trigger(trigger).await?;
            asked.push((kuerzel, triggered));
        }
        Ok(asked)
    }

    /// The runs that wrote on a run's behalf, with whose they are: itself, or the jobs of an `ALL`.
    async fn undo_parts(&self, run_id: &str) -> Result<Vec<(String, String)>, UndoError> {
        let jobs = self.queue().run_jobs(run_id).await?;
        let mut runs: Vec<String> = if jobs.is_empty() { vec![run_id.to_owned()] } else { jobs.into_values().collect() };
        runs.sort();
        let mut parts = Vec::new();
        for run_id in runs {
            let first = self.journal().page(Filter::Run(&run_id), None, 1).await?.entries;
            parts.extend(first.into_iter().map(|entry| (entry.kuerzel, run_id.clone())));
        }
        parts.sort();
        Ok(parts)
    }
}

/// The word for an item, such as `google:abc` or `advoware:4711`.
#[must_use]
pub fn target_word(target: &Target) -> String {
    match target {
        Target::Termin(frnr) => format!("advoware:{frnr}"),
        Target::Event(id) => format!("google:{id}"),
    }
}

/// The item that a word of [`target_word`] names.
#[must_use]
pub fn parse_target(word: &str) -> Option<Target> {
    match word.split_once(':')? {
        ("advoware", frnr) => frnr.parse().ok().map(Target::Termin),
        ("google", id) if !id.is_empty() => Some(Target::Event(id.to_owned())),
        _ => None,
    }
}

/// The numbers and ids that a target goes by.
fn ids(target: &Target) -> (Option<FrNr>, Option<&str>) {
    match target {
        Target::Termin(frnr) => (Some(*frnr), None),
        Target::Event(id) => (None, Some(id)),
    }
}

/// Whether an entry was written by an undo that brought something back in Advoware.
fn brought_back(entry: &advosync_state::JournalEntry) -> bool {
    entry.reason == Reason::Undone && entry.verb == Verb::Create && entry.side == advosync_sync::ports::Side::Advoware
}
