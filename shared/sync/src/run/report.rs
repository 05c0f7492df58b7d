//! What a run did, and what a plan would do: ids, counts and reasons, never a content.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::load::Loaded;
use crate::form::{Field, FieldSet, Unreadable};
use crate::plan::{HeldItem, Need, Note, NoteKind, Operation, Plan, Reason, SeriesOperation, Tend};
use crate::ports::{FrNr, Side, Verb};

/// Writes on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SideCounts {
    /// Items made.
    pub created: usize,
    /// Items changed.
    pub updated: usize,
    /// Items deleted.
    pub deleted: usize,
}

/// What a run did, in numbers. Writes of a link or base alone don't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// In Google.
    pub google: SideCounts,
    /// In Advoware.
    pub advoware: SideCounts,
    /// Pairs on which both sides agreed from the start.
    pub unchanged: usize,
    /// Fields that were changed on both sides, differently.
    pub conflicts: usize,
    /// Items that could not be synchronised.
    pub errors: usize,
}

impl Counts {
    pub(super) fn count(&mut self, side: Side, verb: Verb) {
        let side = match side {
            Side::Google => &mut self.google,
            Side::Advoware => &mut self.advoware,
        };
        match verb {
            Verb::Create => side.created += 1,
            Verb::Update => side.updated += 1,
            Verb::Delete => side.deleted += 1,
        }
    }

    /// Whether anything was written.
    pub fn wrote(&self) -> bool {
        self.google != SideCounts::default() || self.advoware != SideCounts::default()
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Both sides are equal.
    Succeeded,
    /// Single items could not be synchronised; they are tried again.
    Partial,
    /// Something waits for a person.
    Held,
}

/// The outcome of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// In numbers.
    pub counts: Counts,
    /// What a person should know.
    pub notes: BTreeSet<Note>,
    /// What waits for a person.
    pub held: Vec<HeldItem>,
    /// Whether items kept changing under the run's hands.
    pub unsettled: bool,
    /// Operations that were planned, all rounds together.
    pub planned: usize,
    /// Linked pairs and what stands alone on each side at the end of loading.
    pub appointments: usize,
    #[serde(skip)]
    pub(super) wait_until_ms: Option<i64>,
}

impl Report {
    /// How the run ended.
    pub fn status(&self) -> Status {
        if !self.held.is_empty() {
            Status::Held
        } else if self.unsettled || self.counts.errors > 0 {
            Status::Partial
        } else {
            Status::Succeeded
        }
    }

    /// Starts a round: what a plan says of errors is true only of the last one.
    pub(super) fn begin_round(&mut self, loaded: &Loaded, plan: &Plan) {
        if self.appointments == 0 {
            self.counts.unchanged = plan.unchanged;
        }
        self.appointments = loaded.advoware.len();
        self.planned += plan.operations.len();
        self.notes.retain(|note| !note.kind.is_error());
        self.notes.extend(plan.notes.iter().cloned());
        if loaded.nameless > 0 {
            let detail = vec![Unreadable::Id.to_string()];
            self.notes.insert(Note { kind: NoteKind::UnreadableInAdvoware, frnr: None, event_id: None, detail });
        }
        self.notes.extend(loaded.unanswered.iter().map(|(need, code)| unanswered(need, code)));
        self.held.clone_from(&plan.held);
        self.counts.conflicts =
            self.notes.iter().filter(|note| note.kind == NoteKind::Conflict).map(|note| note.detail.len()).sum();
        // Rows without a number share one note.
        self.counts.errors = loaded.nameless.saturating_sub(1) + self.notes.iter().filter(|note| note.kind.is_error()).count();
    }

    pub(super) fn fail(&mut self, frnr: Option<FrNr>, event_id: Option<&str>, code: String) {
        let note = Note { kind: NoteKind::Failed, frnr, event_id: event_id.map(str::to_owned), detail: vec![code] };
        if self.notes.insert(note) {
            self.counts.errors += 1;
        }
    }
}

/// A question that could not be answered.
fn unanswered(need: &Need, code: &str) -> Note {
    let (frnr, event_id) = match need {
        Need::Lookup(frnr) => (Some(*frnr), None),
        Need::Home { frnr, .. } => (Some(*frnr), None),
        Need::Probe => (None, None),
        Need::Elsewhere { event_id, .. } => (None, Some(event_id.clone())),
    };
    Note { kind: NoteKind::Failed, frnr, event_id, detail: vec![code.to_owned()] }
}

/// One write that a plan would make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedOperation {
    /// The side written to.
    pub side: Side,
    /// What would be done.
    pub operation: Verb,
    /// The appointment, where it has a number yet.
    #[serde(rename = "frNr")]
    pub frnr: Option<FrNr>,
    /// The event, where it exists or its id is known.
    pub event_id: Option<String>,
    /// The fields that would change.
    pub fields: Vec<String>,
    /// Why.
    pub reason: Reason,
}

/// The writes that `plan` would make; those of a link or base alone are left out.
pub fn planned(plan: &Plan, scope: &crate::identity::Scope) -> Vec<PlannedOperation> {
    let mut out = Vec::new();
    let mut push = |side, operation, frnr, event_id: Option<String>, fields: FieldSet, reason| {
        let fields = fields.names().into_iter().map(str::to_owned).collect();
        out.push(PlannedOperation { side, operation, frnr, event_id, fields, reason });
    };
    for operation in &plan.operations {
        match operation {
            Operation::CreateEvent { frnr, generation, reason } => {
                push(Side::Google, Verb::Create, Some(*frnr), Some(scope.event_id(*frnr, *generation)), FieldSet::ALL, *reason);
            }
            Operation::Merge { frnr, event_id, merge, reason, .. } => {
                for (side, fields) in [(Side::Advoware, merge.to_advoware), (Side::Google, merge.to_google)] {
                    if !fields.is_empty() {
                        push(side, Verb::Update, Some(*frnr), Some(event_id.clone()), fields, *reason);
                    }
                }
            }
            Operation::Link { .. } => {}
            Operation::CreateTermin { event_id, replaces, reason, .. } => {
                push(Side::Advoware, Verb::Create, *replaces, Some(event_id.clone()), FieldSet::ALL, *reason);
            }
            Operation::DeleteEvent { frnr, event_id, reason, .. } => {
                push(Side::Google, Verb::Delete, Some(*frnr), Some(event_id.clone()), FieldSet::NONE, *reason);
            }
            Operation::DeleteTermin { frnr, event_id, reason } => {
                push(Side::Advoware, Verb::Delete, Some(*frnr), Some(event_id.clone()), FieldSet::NONE, *reason);
            }
            Operation::ChangeOwner { frnr, event_id, .. } => {
                push(Side::Advoware, Verb::Update, Some(*frnr), Some(event_id.clone()), FieldSet::NONE, Reason::MovedInGoogle);
            }
            Operation::MoveAway { frnr, event_id, to_advoware, to, .. } => {
                let reason = if to.is_some() { Reason::MovedInAdvoware } else { Reason::Duplicate };
                if !to_advoware.is_empty() {
                    push(Side::Advoware, Verb::Update, Some(*frnr), Some(event_id.clone()), *to_advoware, Reason::Changed);
                }
                push(Side::Google, Verb::Delete, Some(*frnr), Some(event_id.clone()), FieldSet::NONE, reason);
            }
            Operation::Series(operation) => planned_series(operation, &mut push),
        }
    }
    out
}

/// What is told of one write: side, verb, appointment, event, fields, reason.
type Push<'a> = dyn FnMut(Side, Verb, Option<FrNr>, Option<String>, FieldSet, Reason) + 'a;

/// The writes of one operation about a series whose occurrences are single appointments.
fn planned_series(operation: &SeriesOperation, push: &mut Push<'_>) {
    match operation {
        SeriesOperation::Tend(tend) => planned_occurrences(tend, push),
        SeriesOperation::Cancel { frnr, slot, to_advoware, reason, .. } => {
            if !to_advoware.is_empty() {
                push(Side::Advoware, Verb::Update, Some(*frnr), Some(slot.instance_id.clone()), *to_advoware, Reason::Changed);
            }
            push(Side::Google, Verb::Delete, Some(*frnr), Some(slot.instance_id.clone()), FieldSet::NONE, *reason);
        }
        SeriesOperation::Change { frnr, slot, fields } => {
            push(Side::Google, Verb::Update, Some(*frnr), Some(slot.instance_id.clone()), *fields, Reason::SeriesSplit);
        }
        SeriesOperation::DeleteSingles { event_id, singles, reason } => {
            for frnr in singles {
                push(Side::Advoware, Verb::Delete, Some(*frnr), Some(event_id.clone()), FieldSet::NONE, *reason);
            }
        }
        SeriesOperation::End { frnr, event_id, until, .. } => {
            let (verb, fields) = match until {
                Some(_) => (Verb::Update, [Field::Recurrence].into_iter().collect()),
                None => (Verb::Delete, FieldSet::NONE),
            };
            push(Side::Advoware, verb, Some(*frnr), Some(event_id.clone()), fields, Reason::SeriesSplit);
        }
    }
}

/// The writes that a plan would make for one series whose occurrences are single appointments.
fn planned_occurrences(tend: &Tend, push: &mut Push<'_>) {
    if tend.texts.is_some() {
        push(Side::Google, Verb::Update, None, Some(tend.event_id.clone()), Field::TEXTS, Reason::Changed);
    }
    for one in &tend.merge {
        for (side, fields) in [(Side::Advoware, one.merge.to_advoware), (Side::Google, one.merge.to_google)] {
            if !fields.is_empty() {
                push(side, Verb::Update, Some(one.frnr), Some(one.slot.instance_id.clone()), fields, one.reason);
            }
        }
    }
    for one in &tend.create {
        push(Side::Advoware, Verb::Create, None, Some(one.slot.instance_id.clone()), FieldSet::ALL, one.reason);
    }
}

/// The fields that anonymising replaces, for the write that links an event born in Google.
pub(super) fn texts_of(anonymise: bool) -> FieldSet {
    if anonymise { Field::TEXTS } else { FieldSet::NONE }
}
