//! What a plan says about a series whose occurrences are single appointments: plain data.

use chrono::NaiveDateTime;

use crate::fingerprint::Fingerprint;
use crate::form::{FieldSet, Span};
use crate::plan::{Merge, Reason};
use crate::ports::FrNr;

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
