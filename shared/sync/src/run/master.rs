//! A series' event while its links are being written.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::write::Standing;
use crate::fingerprint::{Fingerprint, KeyId};
use crate::form::{Appointment, Field, Recurrence, Span};
use crate::google::{self, Event};
use crate::identity::{Marks, Scope};
use crate::plan::{Ours, Policy, SeriesTexts, Tend};
use crate::ports::{FrNr, Object};
use crate::series::{Entries, Entry, pack, unpack};

/// A series' event, and what its links are to be.
pub(super) struct Master {
    pub(super) event_id: String,
    pub(super) etag: String,
    /// As it stands in Google.
    server: Object,
    /// As it is to be, save for our marks.
    object: Object,
    form: Appointment,
    marks: Marks,
    key: KeyId,
    anonymised: bool,
    entries: Entries,
    /// When the creation of those without a number was begun.
    begun_ms: Option<i64>,
    /// The links as they stand in Google.
    standing: Entries,
    /// What this operation has created.
    made: BTreeMap<NaiveDateTime, (FrNr, Appointment)>,
    /// Whether everything that was to be created was created.
    pub(super) is_complete: bool,
}

impl Master {
    pub(super) fn new(standing: Standing, policy: &Policy) -> Self {
        let Standing { object, event, form } = standing;
        let marks = event.marks.unwrap_or_default();
        let entries = unpack(&marks.occurrences);
        Self {
            event_id: event.id,
            etag: event.etag,
            server: object.clone(),
            object,
            form,
            key: policy.keys.current().id().clone(),
            anonymised: policy.anonymise,
            standing: entries.clone(),
            entries,
            begun_ms: marks.begun_ms,
            marks,
            made: BTreeMap::new(),
            is_complete: false,
        }
    }

    /// The occurrence that nobody touched, at `span`.
    pub(super) fn occurrence(&self, span: Span) -> Appointment {
        Appointment { time: span, recurrence: Recurrence::None, ..self.form.clone() }
    }

    /// Notes the links that need no other write.
    pub(super) fn relink(&mut self, tend: &Tend) {
        for (old, new) in &tend.rename {
            if let Some(entry) = self.entries.remove(old) {
                self.entries.insert(*new, entry);
            }
        }
        for original in &tend.unlink {
            self.entries.remove(original);
        }
        for agreement in &tend.agree {
            self.agree(agreement.original, agreement.frnr, agreement.agreed, None);
        }
        // A series that Advoware holds as a whole keeps its number until that has ended.
        self.marks.frnr = tend.whole.filter(|_| !tend.let_go);
        if self.marks.frnr.is_none() {
            self.marks.base = None;
        } else {
            self.begun_ms.get_or_insert(0);
        }
    }

    /// Both sides agree on an occurrence.
    pub(super) fn agree(&mut self, original: NaiveDateTime, frnr: FrNr, agreed: Fingerprint, shown: Option<Fingerprint>) {
        self.put(original, Some(frnr), agreed, shown);
    }

    fn put(&mut self, original: NaiveDateTime, frnr: Option<FrNr>, agreed: Fingerprint, shown: Option<Fingerprint>) {
        let (key, anonymised) = (self.key.clone(), self.anonymised);
        self.entries.insert(original, Entry { frnr, key, anonymised, agreed, shown });
    }

    /// An occurrence is about to be created.
    pub(super) fn claim(&mut self, at_ms: i64, original: NaiveDateTime, whole: Fingerprint) {
        self.begun_ms = Some(at_ms);
        self.put(original, None, whole, None);
    }

    /// Occurrences that were not created after all.
    pub(super) fn unclaim(&mut self, originals: &mut dyn Iterator<Item = NaiveDateTime>) {
        for original in originals {
            if self.entries.get(&original).is_some_and(|entry| entry.frnr.is_none()) {
                self.entries.remove(&original);
            }
        }
    }

    /// An appointment was created.
    pub(super) fn made(
        &mut self,
        original: NaiveDateTime,
        frnr: FrNr,
        form: &Appointment,
        agreed: Fingerprint,
        shown: Option<Fingerprint>,
    ) {
        self.made.insert(original, (frnr, form.clone()));
        self.put(original, Some(frnr), agreed, shown);
    }

    /// Whether it is being split, and each of these has an appointment.
    pub(super) fn links(&self, originals: &[NaiveDateTime]) -> bool {
        self.marks.is_spread()
            && originals.iter().all(|original| self.standing.get(original).is_some_and(|entry| entry.frnr.is_some()))
    }

    /// The series shows other texts from now on: those of `like`, or none.
    pub(super) fn retell(&mut self, texts: SeriesTexts, like: Option<&Ours>) {
        match (texts, like) {
            (SeriesTexts::Anonymous, _) => google::overlay(&mut self.object, &self.form, Field::TEXTS, true),
            (SeriesTexts::Of(_), Some(ours)) => google::overlay(&mut self.object, &ours.form, Field::TEXTS, false),
            (SeriesTexts::Of(_), None) => {}
        }
    }

    /// The event as it stands in Google.
    pub(super) fn server(&self) -> &Object {
        &self.server
    }

    /// The event as it is to be written; `None` where it says all this already.
    pub(super) fn to_write(&self, scope: &Scope) -> Option<Object> {
        let is_begun = self.marks.frnr.is_some() || self.entries.values().any(|entry| entry.frnr.is_none());
        let marks = Marks {
            claim: None,
            gone: false,
            occurrences: pack(&self.entries),
            begun_ms: self.begun_ms.filter(|_| is_begun),
            ..self.marks.clone()
        };
        let mut object = self.object.clone();
        marks.write(&mut object, &self.event_id, scope);
        (object != self.server).then_some(object)
    }

    /// The event was written, and stands like this.
    pub(super) fn written(&mut self, object: Object, event: Event) {
        self.standing.clone_from(&self.entries);
        self.etag = event.etag;
        self.server.clone_from(&object);
        self.object = object;
    }

    /// Somebody changed the event meanwhile: the links are noted on it as it is now. What another worker has linked
    /// counts; returned is what was created beside that.
    pub(super) fn rebase(&mut self, object: Object, event: Event) -> Vec<(FrNr, Appointment)> {
        let marks = event.marks.unwrap_or_default();
        let fresh = unpack(&marks.occurrences);
        let mut surplus = Vec::new();
        if fresh != self.standing {
            let own = std::mem::replace(&mut self.entries, fresh.clone());
            for (original, (frnr, form)) in &self.made {
                match (fresh.get(original).and_then(|entry| entry.frnr), own.get(original)) {
                    (Some(linked), _) if linked == *frnr => {}
                    (Some(_), _) => surplus.push((*frnr, form.clone())),
                    (None, Some(entry)) => {
                        self.entries.insert(*original, entry.clone());
                    }
                    (None, None) => {}
                }
            }
            self.made.retain(|_, (frnr, _)| surplus.iter().all(|(other, _)| other != frnr));
        }
        self.begun_ms = marks.begun_ms;
        self.standing = fresh;
        self.etag = event.etag;
        self.server.clone_from(&object);
        self.object = object;
        surplus
    }
}
