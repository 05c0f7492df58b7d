//! The plan: what one run would write, and why. Synchronous, total, without I/O and without a clock.
//!
//! [`plan`] looks at both sides, the mirror and whatever look-ups have been answered, and returns plain
//! data. Where a decision needs evidence that is not there, the plan names it in [`Plan::needs`] and leaves
//! the item alone; the loader answers and plans again. The executor has no choices left.

mod adopt;
mod draft;
mod guard;
mod links;
mod merge;
mod pairs;
mod series;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fingerprint::{Base, Fingerprints, KeyRing};
use crate::form::{Appointment, Field, FieldSet, Unreadable};
use crate::google;
use crate::identity::{Deployment, Scope};
use crate::mirror::{Items, differs_from};
use crate::ports::{FrNr, Side};

pub use merge::{Merge, Since, merge};
pub use series::{Agreement, Creation, OccurrenceMerge, SeriesOperation, SeriesTexts, Slot, Stands, Tend};

/// How one employee is synchronised. Settings only: the same for every run until a person changes them.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The employee.
    pub kuerzel: String,
    /// Deployment and employee: the namespace of event ids.
    pub scope: Scope,
    /// Fingerprint keys, the writing one first.
    pub keys: KeyRing,
    /// Who wins where both sides changed a field differently.
    pub conflict: Side,
    /// Whether a changed appointment survives its deletion on the other side.
    pub keep_changed: bool,
    /// Deletions on one side within 24 hours above which a person has to agree.
    pub max_deletes: usize,
    /// Whether Google shows times only.
    pub anonymise: bool,
    /// How long a creation without an answer is only looked for, in milliseconds.
    pub claim_patience_ms: i64,
}

impl Policy {
    /// The installation it belongs to.
    pub fn deployment(&self) -> &Deployment {
        self.scope.deployment()
    }
}

/// One appointment of Advoware's, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    /// Its number.
    pub frnr: FrNr,
    /// Whose it is, where the row says so.
    pub anwalt: Option<String>,
    /// Its standard form.
    pub form: Appointment,
    /// Fingerprints of the form under the current key.
    pub fields: Fingerprints,
    /// Fingerprints of what Google shows of it.
    pub shown: Fingerprints,
}

impl Ours {
    /// Computes the fingerprints of an appointment.
    pub fn new(frnr: FrNr, anwalt: Option<String>, form: Appointment, policy: &Policy) -> Self {
        let key = policy.keys.current();
        let fields = key.fields(&form);
        let as_is = !policy.anonymise && crate::note::is_held_as_is(&form.text, &form.notiz);
        let shown = if as_is { fields } else { key.fields(&google::shown(&form, policy.anonymise)) };
        Self { frnr, anwalt, form, fields, shown }
    }

    /// Whether Google can hold only the beginning of `field`.
    pub fn is_cut(&self, field: Field) -> bool {
        match field {
            Field::Text => crate::note::is_title_cut(&self.form.text),
            Field::Notiz => crate::note::is_cut(&self.form.notiz),
            Field::Time | Field::Ort | Field::Private | Field::Recurrence => false,
        }
    }

    /// What changed here since `base`; `None` where its key is unknown.
    pub fn changed_since(&self, base: &Base, keys: &KeyRing) -> Option<FieldSet> {
        differs_from(base, &base.advoware, &self.form, &self.fields, keys)
    }
}

/// The days that are synchronised, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub first: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
}

impl Window {
    /// Whether anything between the two days lies in it; no last day means endless.
    pub fn overlaps(&self, days: (NaiveDate, Option<NaiveDate>)) -> bool {
        days.0 <= self.last && days.1.is_none_or(|last| last >= self.first)
    }
}

/// What a look-up by number found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is no such appointment.
    Gone,
    /// There is; whoever's, wherever in time.
    Found(Box<Ours>),
    /// There is one that can't be read.
    Unreadable(Unreadable),
}

/// What became of an event id in another calendar of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// Unknown there.
    Nowhere,
    /// Alive there, but last settled in another calendar: a person dragged it there.
    Arrived,
    /// Alive and at home there.
    Settled,
    /// Deleted there by a person, or moved away.
    Tombstone,
    /// Deleted there by us.
    Marked,
}

/// Everything a plan is made from.
#[derive(Debug)]
pub struct Situation<'a> {
    /// Settings.
    pub policy: &'a Policy,
    /// The days that count.
    pub window: Window,
    /// Redis's time, in milliseconds since 1970.
    pub now_ms: i64,
    /// The appointments that Advoware lists, by number; those that can't be read with their fault.
    pub advoware: &'a BTreeMap<FrNr, Result<Ours, Unreadable>>,
    /// Google's side: the whole mirror.
    pub google: &'a Items,
    /// Look-ups by number that were answered in this run.
    pub looked_up: &'a BTreeMap<FrNr, Answer>,
    /// Whether another look-up by number gave a whole appointment in this run.
    pub probe: bool,
    /// What other calendars of ours know of an event id, by (event id, Kürzel).
    pub elsewhere: &'a BTreeMap<(String, String), Elsewhere>,
    /// Whether the appointment has had an event in that colleague's calendar since it was deleted in this one.
    pub homes: &'a BTreeMap<(FrNr, String), bool>,
    /// The other employees whose calendars are ours.
    pub colleagues: &'a BTreeSet<String>,
    /// Deletions of the last 24 hours, on Advoware's and on Google's side.
    pub recent_deletions: (usize, usize),
    /// What earlier runs have deleted, with the number of its appointment: alive, a person took it out of the bin.
    pub buried: &'a BTreeMap<String, FrNr>,
    /// What a person has released.
    pub released: &'a BTreeSet<HeldItem>,
    /// How many pairs were linked before the run, where it plans for the second time.
    pub linked_before: Option<usize>,
}

impl Situation<'_> {
    /// The appointment, listed or looked up.
    pub fn ours(&self, frnr: FrNr) -> Option<&Ours> {
        match (self.advoware.get(&frnr), self.looked_up.get(&frnr)) {
            (Some(row), _) => row.as_ref().ok(),
            (None, Some(Answer::Found(ours))) => Some(ours),
            _ => None,
        }
    }
}

/// Evidence that a decision waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Look the appointment up by number.
    Lookup(FrNr),
    /// Look any other number up that should exist.
    Probe,
    /// Ask whether the appointment has had an event in a colleague's calendar since.
    Home {
        /// The appointment.
        frnr: FrNr,
        /// Whose calendar.
        kuerzel: String,
        /// When its event here was deleted, in milliseconds since 1970, where that is known.
        since_ms: Option<i64>,
    },
    /// Ask for an event id in a colleague's calendar.
    Elsewhere {
        /// The event.
        event_id: String,
        /// Whose calendar.
        kuerzel: String,
    },
}

/// Why an operation is in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Advoware has an appointment that Google has not.
    NewInAdvoware,
    /// Google has an event that Advoware has not.
    NewInGoogle,
    /// Fields changed on one side or on both.
    Changed,
    /// Both sides changed the same field differently; the policy decided.
    Conflict,
    /// The base can't be read; equal fields are agreed anew, different ones go by policy.
    BaseUnknown,
    /// Equal on both sides and not linked yet.
    Adopted,
    /// A creation that was begun before is found to have been done.
    ClaimAdopted,
    /// Deleted in Advoware, unchanged in Google.
    GoneInAdvoware,
    /// Deleted in Google, unchanged in Advoware.
    GoneInGoogle,
    /// Deleted on the other side, but changed here since: it comes back there.
    ChangeBeatsDelete,
    /// Gone on one side without evidence of who deleted it: it comes back.
    ComesBack,
    /// Advoware shows it under another employee.
    MovedInAdvoware,
    /// A person dragged the event into another calendar.
    MovedInGoogle,
    /// Another event stands for the same appointment, and this one says nothing else.
    Duplicate,
    /// An occurrence of a series that Advoware can't hold as a series.
    Occurrence,
    /// A series that Advoware can't hold any more becomes single appointments.
    SeriesSplit,
    /// A person had the previous state restored.
    Undone,
}

/// One thing to do. Plain data; the executor only carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Insert an event for an appointment.
    CreateEvent {
        /// The appointment.
        frnr: FrNr,
        /// The generation of its id.
        generation: u32,
        /// Why.
        reason: Reason,
    },
    /// Make a linked (or to be linked) pair equal: Advoware first, then Google with the new base.
    Merge {
        /// The appointment.
        frnr: FrNr,
        /// The event.
        event_id: String,
        /// The event's version that the decision was made on.
        etag: String,
        /// What to write where.
        merge: Merge,
        /// The generation that the event counts as from now on.
        generation: Option<u32>,
        /// Why.
        reason: Reason,
    },
    /// Link an event to the appointment that its claim turns out to have made, with the claim as the base. What
    /// changed since is merged in the next round: before the link, the appointment must not be touched.
    Link {
        /// The appointment.
        frnr: FrNr,
        /// The event.
        event_id: String,
        /// The event's version that the decision was made on.
        etag: String,
    },
    /// Claim an event, create its appointment, link the two.
    CreateTermin {
        /// The event.
        event_id: String,
        /// Its version that the decision was made on.
        etag: String,
        /// The number that it was linked to before.
        replaces: Option<FrNr>,
        /// Why.
        reason: Reason,
    },
    /// Mark an event and delete it.
    DeleteEvent {
        /// The appointment it stood for.
        frnr: FrNr,
        /// The event.
        event_id: String,
        /// Its version that the decision was made on.
        etag: String,
        /// Why.
        reason: Reason,
    },
    /// Delete an appointment.
    DeleteTermin {
        /// The appointment.
        frnr: FrNr,
        /// The event whose deletion is the evidence.
        event_id: String,
        /// Why.
        reason: Reason,
    },
    /// Make the appointment another employee's, as a person did with its event.
    ChangeOwner {
        /// The appointment.
        frnr: FrNr,
        /// The event.
        event_id: String,
        /// Whose it becomes.
        to: String,
    },
    /// The appointment is another employee's now, or another event stands for it: carry over what Google changed,
    /// wake that employee's run, then mark the event and delete it here.
    MoveAway {
        /// The appointment.
        frnr: FrNr,
        /// The event.
        event_id: String,
        /// Its version that the decision was made on.
        etag: String,
        /// What Google changed since the base.
        to_advoware: FieldSet,
        /// Whose it is now, where that has changed.
        to: Option<String>,
    },
    /// Something about a series whose occurrences are single appointments.
    Series(SeriesOperation),
}

impl Operation {
    /// Number and event id of what it is about, as far as they exist.
    pub fn subject(&self) -> (Option<FrNr>, Option<&str>) {
        match self {
            Self::CreateEvent { frnr, .. } => (Some(*frnr), None),
            Self::CreateTermin { event_id, .. } => (None, Some(event_id)),
            Self::Series(operation) => {
                let (frnr, event_id) = operation.subject();
                (frnr, Some(event_id))
            }
            Self::Merge { frnr, event_id, .. }
            | Self::Link { frnr, event_id, .. }
            | Self::DeleteEvent { frnr, event_id, .. }
            | Self::DeleteTermin { frnr, event_id, .. }
            | Self::ChangeOwner { frnr, event_id, .. }
            | Self::MoveAway { frnr, event_id, .. } => (Some(*frnr), Some(event_id)),
        }
    }
}

/// Something a person should know that is no write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The appointment.
    #[serde(rename = "frNr", skip_serializing_if = "Option::is_none")]
    pub frnr: Option<FrNr>,
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The fields concerned, or a fault's name: never a content.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub detail: Vec<String>,
}

/// What kind of thing a [`Note`] reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// An item of Advoware's can't be read; it stays as it is.
    UnreadableInAdvoware,
    /// An item of Google's can't be read; it stays as it is.
    UnreadableInGoogle,
    /// A remote call for this item failed; it is tried again next time.
    Failed,
    /// Both sides changed the same field differently.
    Conflict,
    /// It came back on the side where it was gone.
    CameBack,
    /// It is not listed, and whether it is gone could not be proven.
    NoEvidence,
    /// Two live events claim the same appointment; the other one is left alone.
    DoubleLink,
    /// A series that can't be carried over; it stays on its side.
    UnsupportedSeries,
    /// Something that a person wanted taken back stays as it is.
    NotUndone,
}

impl NoteKind {
    /// Whether the item could not be synchronised, so that the run is only partial.
    pub fn is_error(self) -> bool {
        matches!(
            self,
            Self::UnreadableInAdvoware | Self::UnreadableInGoogle | Self::Failed | Self::DoubleLink | Self::UnsupportedSeries
        )
    }
}

/// A deletion or creation that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldItem {
    /// The side that would be written.
    pub side: Side,
    /// `delete`, or `create` where both sides would be filled with each other.
    pub operation: HeldOperation,
    /// The appointment, where it has a number yet.
    #[serde(rename = "frNr", skip_serializing_if = "Option::is_none")]
    pub frnr: Option<FrNr>,
    /// The event, where it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
}

/// What is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeldOperation {
    /// A deletion.
    Delete,
    /// A creation.
    Create,
}

/// What one run would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What to do, in this order.
    pub operations: Vec<Operation>,
    /// What is missing to decide the rest.
    pub needs: BTreeSet<Need>,
    /// What a person should know.
    pub notes: Vec<Note>,
    /// What waits for a person.
    pub held: Vec<HeldItem>,
    /// Tombstones that are dealt with: the mirror may forget them.
    pub forget: Vec<String>,
    /// Pairs on which both sides agree.
    pub unchanged: usize,
    /// Pairs that are linked.
    pub linked: usize,
    /// The moment (Redis's time, milliseconds) from which on a creation without an answer may be repeated.
    pub wait_until_ms: Option<i64>,
}

/// Decides everything that can be decided from `situation`.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let mut draft = draft::Draft::new(situation);
    let mut links = links::links(situation);
    let mut loose = pairs::plan_links(&mut draft, &links);
    series::plan_series(&mut draft, &mut links, &mut loose);
    adopt::plan_loose(&mut draft, &mut loose);
    draft.plan.linked = links.linked;
    guard::hold(draft)
}
