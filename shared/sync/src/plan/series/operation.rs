//! What a plan says about a series whose occurrences are single appointments: plain data.

use chrono::{NaiveDate, NaiveDateTime};

use crate::fingerprint::Fingerprint;
use crate::form::{FieldSet, Span};
use crate::plan::{Merge, Reason};
use crate::ports::{FrNr, Side};

/// One occurrence of a series, as Google shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its name: its start by the rule, in Berlin wall-clock time.
    pub original: NaiveDateTime,
    /// Google's id of the instance.
    pub instance_id: String,
    /// How it stands there.
    pub stands: Stands,
}

/// How an occurrence stands in Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// As its series has it, at this time.
    WithItsSeries(Span),
    /// For itself: somebody moved or changed it.
    ForItself {
        /// Its version that the decision was made on.
        etag: String,
    },
}

/// One thing to do about a series whose occurrences are single appointments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesOperation {
    /// See to everything that only its links have to tell of.
    Tend(Tend),
    /// Cancel one occurrence.
    Cancel {
        /// The appointment it stood for.
        frnr: FrNr,
        /// The series.
        master: String,
        /// The occurrence.
        slot: Slot,
        /// What Google changed since it was linked, to be carried over first.
        to_advoware: FieldSet,
        /// Whose the appointment is now, where that has changed.
        to: Option<String>,
        /// Why.
        reason: Reason,
    },
    /// Write fields of a series that is about to be split to one of its occurrences that stand for themselves.
    Change {
        /// The series in Advoware.
        frnr: FrNr,
        /// The occurrence.
        slot: Slot,
        /// The fields.
        fields: FieldSet,
    },
    /// Delete single appointments: one act of a person's, so it counts once.
    DeleteSingles {
        /// The occurrence that was cancelled, or the series that was deleted or shortened.
        event_id: String,
        /// The appointments.
        singles: Vec<FrNr>,
        /// Why.
        reason: Reason,
    },
    /// End a series in Advoware whose occurrences became single appointments.
    End {
        /// The series in Advoware.
        frnr: FrNr,
        /// Its event.
        event_id: String,
        /// Its last day; `None`: it began later, and is deleted.
        until: Option<NaiveDate>,
        /// Occurrences that must have been linked before.
        once_linked: Vec<NaiveDateTime>,
    },
}

impl SeriesOperation {
    /// What it does, for traces.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tend(_) => "tend series",
            Self::Cancel { .. } => "cancel occurrence",
            Self::Change { .. } => "change occurrence",
            Self::DeleteSingles { .. } => "delete singles",
            Self::End { .. } => "end series",
        }
    }

    /// What it is about: the appointment and the event.
    pub fn subject(&self) -> (Option<FrNr>, &str) {
        match self {
            Self::Tend(tend) => (None, &tend.event_id),
            Self::Cancel { frnr, slot, .. } | Self::Change { frnr, slot, .. } => (Some(*frnr), &slot.instance_id),
            Self::DeleteSingles { event_id, singles, .. } => (singles.first().copied().filter(|_| singles.len() == 1), event_id),
            Self::End { frnr, event_id, .. } => (Some(*frnr), event_id),
        }
    }

    /// The side on which it deletes, for the guard. That a split series makes way for its single appointments is no
    /// deletion.
    pub fn deletes_on(&self) -> Option<Side> {
        match self {
            Self::Cancel { reason: Reason::GoneInAdvoware, .. } => Some(Side::Google),
            Self::DeleteSingles { .. } => Some(Side::Advoware),
            Self::Tend(_) | Self::Cancel { .. } | Self::Change { .. } | Self::End { .. } => None,
        }
    }
}

/// Everything to do for one series, linked in as few writes of the series as possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tend {
    /// The series.
    pub event_id: String,
    /// Its version that the decision was made on.
    pub etag: String,
    /// Links whose occurrence has another name since the rule was changed: old and new.
    pub rename: Vec<(NaiveDateTime, NaiveDateTime)>,
    /// Links to give up.
    pub unlink: Vec<NaiveDateTime>,
    /// Occurrences and appointments that are equal and not known to be, or made by a creation that was begun.
    pub agree: Vec<Agreement>,
    /// Occurrences to make equal to their appointments.
    pub merge: Vec<OccurrenceMerge>,
    /// Appointments to create.
    pub create: Vec<Creation>,
    /// The series in Advoware that the occurrences are split from: its object is their model.
    pub whole: Option<FrNr>,
    /// The series in Advoware has ended, or is gone: it is not this event's any more.
    pub let_go: bool,
    /// What the series' texts become in Google.
    pub texts: Option<SeriesTexts>,
    /// An appointment of this series that tells the texts which Google doesn't show.
    pub like: Option<FrNr>,
    /// Whether everything is decided anew after this.
    pub again: bool,
}

impl Tend {
    /// Whether there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        let Self { rename, unlink, agree, merge, create, let_go, texts, .. } = self;
        rename.is_empty()
            && unlink.is_empty()
            && agree.is_empty()
            && merge.is_empty()
            && create.is_empty()
            && !let_go
            && texts.is_none()
    }
}

/// An occurrence that is equal on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The occurrence's name.
    pub original: NaiveDateTime,
    /// The appointment.
    pub frnr: FrNr,
    /// What both sides agree on, as Google shows it.
    pub agreed: Fingerprint,
}

/// An occurrence that differs from its appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccurrenceMerge {
    /// The occurrence.
    pub slot: Slot,
    /// The appointment.
    pub frnr: FrNr,
    /// What to write where.
    pub merge: Merge,
    /// The outcome, as Google is to show it.
    pub target: Fingerprint,
    /// Why.
    pub reason: Reason,
}

/// An occurrence that becomes a single appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The occurrence.
    pub slot: Slot,
    /// Fields in which the occurrence differs from its series.
    pub own: FieldSet,
    /// Why.
    pub reason: Reason,
}

/// What a series' texts become in Google.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesTexts {
    /// Anonymised.
    Anonymous,
    /// Those of this appointment, where they were anonymised before.
    Of(FrNr),
}

impl SeriesTexts {
    /// The appointment whose texts they become.
    pub fn of(self) -> Option<FrNr> {
        match self {
            Self::Anonymous => None,
            Self::Of(frnr) => Some(frnr),
        }
    }
}
