//! A plan in the making.

use super::series::Exceptions;
use super::{Elsewhere, Need, Note, NoteKind, Operation, Plan, Situation};
use crate::form::FieldSet;
use crate::ports::FrNr;

/// Collects operations, needs and notes.
pub(super) struct Draft<'a> {
    pub(super) situation: &'a Situation<'a>,
    /// Occurrences of series that stand for themselves.
    pub(super) exceptions: Exceptions<'a>,
    pub(super) plan: Plan,
}

impl<'a> Draft<'a> {
    pub(super) fn new(situation: &'a Situation<'a>) -> Self {
        let mut draft = Self { situation, exceptions: Exceptions::new(situation), plan: Plan::default() };
        for (frnr, row) in situation.advoware {
            if let Err(fault) = row {
                draft.note(NoteKind::UnreadableInAdvoware, Some(*frnr), None, vec![fault.to_string()]);
            }
        }
        draft
    }

    pub(super) fn push(&mut self, operation: Operation) {
        self.plan.operations.push(operation);
    }

    pub(super) fn need(&mut self, need: Need) {
        self.plan.needs.insert(need);
    }

    pub(super) fn forget(&mut self, event_id: &str) {
        self.plan.forget.push(event_id.to_owned());
    }

    pub(super) fn note(&mut self, kind: NoteKind, frnr: Option<FrNr>, event_id: Option<&str>, detail: Vec<String>) {
        self.plan.notes.push(Note { kind, frnr, event_id: event_id.map(str::to_owned), detail });
    }

    pub(super) fn note_fields(&mut self, kind: NoteKind, frnr: FrNr, event_id: &str, fields: FieldSet) {
        self.note(kind, Some(frnr), Some(event_id), fields.names().into_iter().map(str::to_owned).collect());
    }

    /// Nothing may be repeated before `due`.
    pub(super) fn wait_until(&mut self, due: i64) {
        self.plan.wait_until_ms = Some(self.plan.wait_until_ms.map_or(due, |other| other.min(due)));
    }

    /// A colleague in whose calendar `event_id` is one of `wanted`.
    pub(super) fn found_elsewhere(&self, event_id: &str, wanted: &[Elsewhere]) -> Option<String> {
        let elsewhere = &self.situation.elsewhere;
        let is_wanted = |kuerzel: &&String| {
            elsewhere.get(&(event_id.to_owned(), (*kuerzel).clone())).is_some_and(|found| wanted.contains(found))
        };
        self.situation.colleagues.iter().find(is_wanted).cloned()
    }

    /// Asks whether `frnr` has had an event in another calendar since `since_ms`; `None` while that isn't answered.
    pub(super) fn lived_elsewhere(&mut self, frnr: FrNr, since_ms: Option<i64>) -> Option<bool> {
        let situation = self.situation;
        let mut lived = Some(false);
        for kuerzel in situation.colleagues {
            match situation.homes.get(&(frnr, kuerzel.clone())) {
                None => {
                    lived = None;
                    self.need(Need::Home { frnr, kuerzel: kuerzel.clone(), since_ms });
                }
                Some(here) => lived = lived.map(|elsewhere| elsewhere || *here),
            }
        }
        lived
    }

    /// The colleagues whose answer about `event_id` is still missing; asks for them.
    pub(super) fn ask_colleagues(&mut self, event_id: &str) -> bool {
        let situation = self.situation;
        let mut complete = true;
        for kuerzel in situation.colleagues {
            if !situation.elsewhere.contains_key(&(event_id.to_owned(), kuerzel.clone())) {
                complete = false;
                self.need(Need::Elsewhere { event_id: event_id.to_owned(), kuerzel: kuerzel.clone() });
            }
        }
        complete
    }
}
