//! The single writes: permitted by the lease, journalled, conditional on what was read.

use std::collections::{BTreeMap, BTreeSet};

use super::load::Loaded;
use super::report::Report;
use super::{Ports, Task};
use crate::advoware::{Termin, read_object};
use crate::fingerprint::Base;
use crate::form::{Appointment, FieldSet};
use crate::google::{Event, read_event, shown};
use crate::identity::Marks;
use crate::mirror::{Item, Items, observe};
use crate::plan::{Ours, Reason};
use crate::ports::{Advoware, Conditional, Failure, FailureKind, FrNr, Google, Lease, Lookup, Object, Side, Store, Verb, Write};

/// What was found out while writing; the next round starts from it.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// Events behind a 409 that no list showed.
    pub(super) events: Items,
    /// Appointments that were listed otherwise (the first) than their number showed them (the second).
    pub(super) termine: BTreeMap<FrNr, (Ours, Ours)>,
    /// Single appointments of series that were deleted.
    pub(super) deleted: BTreeSet<FrNr>,
}

/// Carries out the operations of one round.
pub(super) struct Writer<'a, A, G, S, L> {
    pub(super) ports: Ports<'a, A, G, S, L>,
    pub(super) task: &'a Task,
    pub(super) loaded: &'a Loaded,
    pub(super) report: &'a mut Report,
    pub(super) learned: &'a mut Learned,
    /// Something changed under our hands: look again.
    pub(super) again: bool,
}

/// An event as it stands, and how it reads.
pub(super) struct Standing {
    pub(super) object: Object,
    pub(super) event: Event,
    pub(super) form: Appointment,
}

impl<A: Advoware, G: Google, S: Store, L: Lease> Writer<'_, A, G, S, L> {
    /// Refuses a write that the lease would not outlive.
    pub(super) fn permit(&self, side: Side) -> Result<(), Failure> {
        let time_out = match side {
            Side::Advoware => self.task.advoware_time_out,
            Side::Google => self.task.google_time_out,
        };
        if self.ports.lease.outlives(time_out) { Ok(()) } else { Err(Failure::not_done(FailureKind::LeaseLost, "lease.lost")) }
    }

    /// What this employee's calendar shows of `form`.
    pub(super) fn shown(&self, form: &Appointment) -> Appointment {
        shown(form, self.task.policy.anonymise)
    }

    /// The base for a pair of which Advoware has `ours` and Google shows `theirs`.
    pub(super) fn base(&self, ours: &Appointment, theirs: &Appointment) -> Base {
        let key = self.task.policy.keys.current();
        Base {
            key: key.id().clone(),
            advoware: key.fields(ours),
            google: key.fields(theirs),
            anonymised: self.task.policy.anonymise,
        }
    }

    /// The event in full, if it is still the version that the plan was made from.
    pub(super) async fn standing(&mut self, event_id: &str, etag: &str) -> Result<Option<Standing>, Failure> {
        let listed = self.loaded.raw.get(event_id).and_then(|raw| serde_json::from_str::<Object>(raw.get()).ok());
        let listed = listed.filter(|object| object.get("etag").and_then(|etag| etag.as_str()) == Some(etag));
        let object = match listed {
            Some(object) => Some(object),
            None => self.ports.google.get(&self.task.calendar, event_id).await?,
        };
        let standing = object.and_then(|object| {
            let event = self.read(&object)?;
            let form = event.form.clone().ok()?;
            (event.etag == etag && !event.cancelled).then_some(Standing { object, event, form })
        });
        self.again |= standing.is_none();
        Ok(standing)
    }

    pub(super) fn read(&self, object: &Object) -> Option<Event> {
        read_event(object, &self.task.calendar, self.task.policy.deployment()).ok()
    }

    /// The same for links, marks and the base alone, which nobody counts but the journal.
    pub(super) async fn put_marks(
        &mut self,
        event_id: &str,
        etag: &str,
        object: &Object,
        (frnr, reason): (Option<FrNr>, Reason),
    ) -> Result<Option<Object>, Failure> {
        let write = Write {
            side: Side::Google,
            verb: Verb::Update,
            frnr,
            event_id: Some(event_id),
            fields: FieldSet::NONE,
            reason,
            before: None,
            after: None,
        };
        let entry = self.ports.store.begin(&write).await?;
        let answer = self.put_event(event_id, etag, object).await?;
        if answer.is_some() {
            self.ports.store.settle(&entry, frnr).await?;
        }
        Ok(answer)
    }

    /// Updates an event where it is still `etag`; the event as it then stands, or `None` where it changed.
    pub(super) async fn put_event(&mut self, event_id: &str, etag: &str, object: &Object) -> Result<Option<Object>, Failure> {
        self.permit(Side::Google)?;
        match self.ports.google.update(&self.task.calendar, event_id, etag, object).await? {
            Conditional::Done(object) => Ok(Some(object)),
            Conditional::Changed | Conditional::Missing => {
                self.again = true;
                Ok(None)
            }
        }
    }

    /// After a write: where Google shows a field otherwise than it was sent, the base remembers both.
    pub(super) async fn confirm(
        &mut self,
        event_id: &str,
        sent: &Appointment,
        marks: &Marks,
        answer: Object,
    ) -> Result<(), Failure> {
        let Some((Event { etag, form: Ok(form), .. }, base)) = self.read(&answer).zip(marks.base.clone()) else {
            return Ok(());
        };
        let key = self.task.policy.keys.current();
        let differing = key.fields(&form).differing(&key.fields(sent));
        if differing.is_empty() {
            return Ok(());
        }
        let mut base = base;
        for field in differing.iter() {
            base.google.set(field, key.field(field, &form));
        }
        let mut object = answer;
        Marks { base: Some(base), ..marks.clone() }.write(&mut object, event_id, &self.task.policy.scope);
        self.put_marks(event_id, &etag, &object, (marks.frnr, Reason::Changed)).await.map(|_| ())
    }

    /// The whole object of an appointment, if it still is what the plan was made from.
    pub(super) async fn reread(&mut self, ours: &Ours) -> Result<Option<Object>, Failure> {
        let object = match self.ports.advoware.get(ours.frnr).await? {
            Lookup::Found(object) => object,
            Lookup::Gone => {
                self.again = true;
                return Ok(None);
            }
        };
        let policy = &self.task.policy;
        let expected = ours.anwalt.as_deref().unwrap_or(&policy.kuerzel);
        let Ok(Termin { anwalt, form: Ok(form), .. }) = read_object(&object) else {
            self.again = true;
            return Ok(None);
        };
        if form == ours.form && anwalt.as_deref().is_none_or(|anwalt| anwalt == expected) {
            return Ok(Some(object));
        }
        self.learned.termine.insert(ours.frnr, (ours.clone(), Ours::new(ours.frnr, anwalt, form, policy)));
        self.again = true;
        Ok(None)
    }

    /// Lays `fields` of `target` over an appointment; whether it was done.
    pub(super) async fn put_termin(
        &mut self,
        ours: &Ours,
        target: &Appointment,
        fields: FieldSet,
        event_id: &str,
        reason: Reason,
    ) -> Result<bool, Failure> {
        self.announce(event_id, target, fields).await?;
        let Some(before) = self.reread(ours).await? else {
            return Ok(false);
        };
        let after = crate::advoware::overlay(&before, target, fields)
            .map_err(|fault| Failure::not_done(FailureKind::Refused, fault.to_string()))?;
        self.replace_termin(ours.frnr, &before, &after, fields, event_id, reason).await?;
        Ok(true)
    }

    /// Notes what is about to be written to Advoware: should the run die right after, it knows its own work.
    async fn announce(&self, event_id: &str, target: &Appointment, fields: FieldSet) -> Result<(), Failure> {
        let Some(Item::Live(seen)) = self.loaded.google.get(event_id) else { return Ok(()) };
        let mut seen = seen.clone();
        seen.pending.push(crate::mirror::Pending { fields, target: self.base(target, target) });
        let over = seen.pending.len().saturating_sub(crate::mirror::MAX_PENDING);
        seen.pending.drain(..over);
        self.amend(event_id, &Item::Live(seen)).await
    }

    /// Writes a whole appointment, journalled and counted.
    pub(super) async fn replace_termin(
        &mut self,
        frnr: FrNr,
        before: &Object,
        after: &Object,
        fields: FieldSet,
        event_id: &str,
        reason: Reason,
    ) -> Result<(), Failure> {
        let write = Write {
            side: Side::Advoware,
            verb: Verb::Update,
            frnr: Some(frnr),
            event_id: Some(event_id),
            fields,
            reason,
            before: Some(before),
            after: Some(after),
        };
        let entry = self.ports.store.begin(&write).await?;
        self.permit(Side::Advoware)?;
        self.ports.advoware.update(frnr, after).await?;
        self.done(&write, &entry, Some(frnr)).await
    }

    /// A write was done: the journal and the counts know it.
    pub(super) async fn done(&mut self, write: &Write<'_>, entry: &str, frnr: Option<FrNr>) -> Result<(), Failure> {
        self.report.counts.count(write.side, write.verb);
        self.ports.store.settle(entry, frnr).await
    }

    /// Remembers an event that no list showed, for the next round and for the next run.
    pub(super) async fn learn(&mut self, object: &Object) -> Result<(), Failure> {
        let Some(event) = self.read(object) else {
            return Ok(());
        };
        let item = observe(&event, self.loaded.google.get(&event.id), &self.task.policy.keys);
        self.amend(&event.id, &item).await?;
        self.learned.events.insert(event.id, item);
        self.again = true;
        Ok(())
    }

    /// Changes one item of the stored mirror.
    pub(super) async fn amend(&self, event_id: &str, item: &Item) -> Result<(), Failure> {
        self.ports.store.amend_mirror(event_id, &super::load::stored(item)).await
    }
}
