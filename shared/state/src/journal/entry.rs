//! One entry, as it is stored and as it is read.

use advosync_sync::plan::Reason;
use advosync_sync::ports::{FrNr, Object, Side, Verb, Write};
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{SealKey, Who};

/// The part of an entry that is known before its write, in its stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recorded {
    run_id: String,
    kuerzel: String,
    side: Side,
    verb: Verb,
    #[serde(rename = "frNr", default, skip_serializing_if = "Option::is_none")]
    pub(super) frnr: Option<FrNr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    fields: Vec<String>,
    reason: Reason,
    who: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Recorded {
    pub(super) fn new(write: &Write<'_>, kuerzel: &str, who: &Who, key: &SealKey) -> Self {
        Self {
            run_id: who.run_id.clone(),
            kuerzel: kuerzel.to_owned(),
            side: write.side,
            verb: write.verb,
            frnr: write.frnr,
            event_id: write.event_id.map(str::to_owned),
            fields: write.fields.names().into_iter().map(str::to_owned).collect(),
            reason: write.reason,
            who: who.actor.clone(),
            before: write.before.map(|object| fingerprint(key, object)),
            after: write.after.map(|object| fingerprint(key, object)),
        }
    }

    pub(super) fn read(
        self,
        id: String,
        at: DateTime<Utc>,
        end: Option<(DateTime<Utc>, Option<FrNr>)>,
        sealed: bool,
    ) -> JournalEntry {
        JournalEntry {
            id,
            at,
            done_at: end.map(|(at, _)| at),
            run_id: self.run_id,
            kuerzel: self.kuerzel,
            side: self.side,
            verb: self.verb,
            frnr: end.and_then(|(_, frnr)| frnr).or(self.frnr),
            event_id: self.event_id,
            fields: self.fields,
            reason: self.reason,
            who: self.who,
            before: self.before,
            after: self.after,
            has_contents: sealed,
        }
    }
}

/// Names a whole object without telling anything of it.
pub(super) fn fingerprint(key: &SealKey, object: &Object) -> String {
    HEXLOWER.encode(&key.mac(&serde_json::to_vec(object).unwrap_or_default())[..8])
}

/// One remote write of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalEntry {
    /// Names it.
    pub id: String,
    /// When it was about to be made, by Redis's clock.
    pub at: DateTime<Utc>,
    /// When it was known to be done. `None`: it failed, or its answer was lost.
    pub done_at: Option<DateTime<Utc>>,
    /// The run that made it.
    pub run_id: String,
    /// Whose appointment it was.
    pub kuerzel: String,
    /// The side written to.
    pub side: Side,
    /// What was done.
    pub verb: Verb,
    /// The appointment, where its number is known.
    #[serde(rename = "frNr")]
    pub frnr: Option<FrNr>,
    /// The event, where there is one.
    pub event_id: Option<String>,
    /// The fields written.
    pub fields: Vec<String>,
    /// Why.
    pub reason: Reason,
    /// Who asked for the run.
    pub who: String,
    /// Keyed fingerprint of the whole object before.
    pub before: Option<String>,
    /// Keyed fingerprint of the whole object as it was sent.
    pub after: Option<String>,
    /// Whether both objects are kept, sealed.
    pub has_contents: bool,
}

/// Some entries, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalPage {
    /// The entries.
    pub entries: Vec<JournalEntry>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}
