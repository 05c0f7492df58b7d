//! Carrying out what a plan says about series whose occurrences are single appointments.
//!
//! The series' own event carries their links. One operation sees to everything of one series, so that its links
//! are written as rarely as possible: claims before appointments are created, links after what they tell of.

use chrono::{NaiveDate, NaiveDateTime};

use super::master::Master;
use super::write::{Standing, Writer};
use crate::advoware::{ended, overlay};
use crate::form::{Appointment, Field, FieldSet, Unreadable};
use crate::google::{self, Event};
use crate::identity::take_off_marks;
use crate::mirror::{Announced, Item};
use crate::plan::{OccurrenceMerge, Reason, SeriesOperation, Slot, Stands, Tend};
use crate::ports::{Advoware, Conditional, Failure, FailureKind, FrNr, Google, Lease, Object, Side, Store, Verb, Write};

/// An occurrence as it stands in Google.
struct Instance {
    object: Object,
    etag: String,
    form: Appointment,
}

/// What is written to an occurrence.
struct Instanced<'a> {
    slot: &'a Slot,
    frnr: FrNr,
    fields: FieldSet,
    reason: Reason,
}

impl<A: Advoware, G: Google, S: Store, L: Lease> Writer<'_, A, G, S, L> {
    /// Carries out one operation.
    pub(super) async fn series(&mut self, operation: &SeriesOperation) -> Result<(), Failure> {
        match operation {
            SeriesOperation::Tend(tend) => self.tend(tend).await,
            SeriesOperation::Cancel { frnr, master, slot, to_advoware, to, reason } => {
                self.cancel_occurrence(*frnr, (master, slot), *to_advoware, to.as_deref(), *reason).await
            }
            SeriesOperation::Change { frnr, slot, fields } => self.change_occurrence(*frnr, slot, *fields).await,
            SeriesOperation::DeleteSingles { event_id, singles, reason } => self.delete_singles(event_id, singles, *reason).await,
            SeriesOperation::End { frnr, event_id, until, once_linked } => {
                self.end_series(*frnr, event_id, *until, once_linked).await
            }
        }
    }

    async fn tend(&mut self, tend: &Tend) -> Result<(), Failure> {
        let Some(standing) = self.standing(&tend.event_id, &tend.etag).await? else {
            return Ok(());
        };
        let mut master = Master::new(standing, &self.task.policy);
        master.relink(tend);
        // What has been found to be done, or is only half of a split, is looked at again.
        self.again |= tend.again || !tend.unlink.is_empty() || tend.whole.is_some();
        self.announce_occurrences(tend).await?;
        let mut outcome = self.merge_occurrences(tend, &mut master).await;
        if outcome.is_ok() {
            outcome = self.create_singles(tend, &mut master).await;
        }
        if outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::LeaseLost) {
            return outcome;
        }
        // Whatever else came in between: what was done is linked.
        let linked = self.write_links(tend, &mut master).await;
        outcome.and(linked)
    }

    /// Notes what is about to be written: should the run die before it is linked, it knows its own work.
    async fn announce_occurrences(&mut self, tend: &Tend) -> Result<(), Failure> {
        let Some(Item::Live(seen)) = self.loaded.google.get(&tend.event_id) else { return Ok(()) };
        let sides = [Side::Advoware, Side::Google];
        let announced = tend.merge.iter().flat_map(|merge| {
            let writes = |side: &Side| match side {
                Side::Advoware => !merge.merge.to_advoware.is_empty(),
                Side::Google => !merge.merge.to_google.is_empty(),
            };
            let announce = |side| Announced { original: merge.slot.original, side, target: merge.target };
            sides.into_iter().filter(writes).map(announce)
        });
        let mut seen = seen.clone();
        let before = seen.announced.len();
        for one in announced {
            if !seen.announced.contains(&one) {
                seen.announced.push(one);
            }
        }
        if seen.announced.len() == before { Ok(()) } else { self.amend(&tend.event_id, &Item::Live(seen)).await }
    }

    async fn merge_occurrences(&mut self, tend: &Tend, master: &mut Master) -> Result<(), Failure> {
        for merge in &tend.merge {
            match self.merge_occurrence(merge, master).await {
                Ok(()) => {}
                Err(failure) if failure.kind == FailureKind::Refused => {
                    self.report.fail(Some(merge.frnr), Some(&merge.slot.instance_id), failure.code);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Makes an occurrence and its appointment equal, Advoware first.
    async fn merge_occurrence(&mut self, one: &OccurrenceMerge, master: &mut Master) -> Result<(), Failure> {
        let OccurrenceMerge { slot, frnr, merge, target, reason } = one;
        let Some(ours) = self.loaded.ours(*frnr).cloned() else { return Ok(()) };
        let instance = if merge.to_google.is_empty() { None } else { Some(self.instance(slot, Some(master)).await?) };
        let shown = match &instance {
            Some(None) => return Ok(()),
            Some(Some(instance)) => instance.form.clone(),
            None => match self.occurrence(slot, master).await? {
                Some(form) => form,
                None => return Ok(()),
            },
        };
        let merged = ours.form.with(merge.to_advoware, &shown);
        if !merge.to_advoware.is_empty() {
            let Some(before) = self.reread(&ours).await? else { return Ok(()) };
            let after = overlay(&before, &merged, merge.to_advoware).map_err(refused)?;
            self.replace_termin(*frnr, &before, &after, merge.to_advoware, &slot.instance_id, *reason).await?;
        }
        let mut shows = None;
        if let Some(Some(instance)) = instance {
            let write = Instanced { slot, frnr: *frnr, fields: merge.to_google, reason: *reason };
            let Some(answer) = self.put_instance(write, &merged, instance).await? else { return Ok(()) };
            shows = self.read(&answer).and_then(|event| event.form.ok());
        }
        let key = self.task.policy.keys.current();
        let otherwise = shows.map(|form| key.whole(&key.fields(&form))).filter(|shown| shown != target);
        master.agree(slot.original, *frnr, *target, otherwise);
        Ok(())
    }

    /// Writes fields of a series that is about to be split to an occurrence that stands for itself.
    async fn change_occurrence(&mut self, frnr: FrNr, slot: &Slot, fields: FieldSet) -> Result<(), Failure> {
        let Some(ours) = self.loaded.ours(frnr).cloned() else { return Ok(()) };
        let Some(instance) = self.instance(slot, None).await? else { return Ok(()) };
        let write = Instanced { slot, frnr, fields, reason: Reason::SeriesSplit };
        self.put_instance(write, &ours.form, instance).await.map(|_| ())
    }

    /// Writes an occurrence, which becomes an exception of its series.
    async fn put_instance(
        &mut self,
        Instanced { slot, frnr, fields, reason }: Instanced<'_>,
        form: &Appointment,
        instance: Instance,
    ) -> Result<Option<Object>, Failure> {
        let mut after = instance.object.clone();
        google::overlay(&mut after, form, fields, self.task.policy.anonymise);
        take_off_marks(&mut after);
        let write = Write {
            side: Side::Google,
            verb: Verb::Update,
            frnr: Some(frnr),
            event_id: Some(&slot.instance_id),
            fields,
            reason,
            before: Some(&instance.object),
            after: Some(&after),
        };
        let entry = self.ports.store.begin(&write).await?;
        let answer = self.put_event(&slot.instance_id, &instance.etag, &after).await?;
        if answer.is_some() {
            self.done(&write, &entry, Some(frnr)).await?;
        }
        Ok(answer)
    }

    /// The form of an occurrence; one that follows its series needs no look of its own.
    pub(super) async fn occurrence(&mut self, slot: &Slot, master: &Master) -> Result<Option<Appointment>, Failure> {
        match &slot.stands {
            Stands::WithItsSeries(span) => Ok(Some(master.occurrence(*span))),
            Stands::ForItself { .. } => Ok(self.instance(slot, Some(master)).await?.map(|instance| instance.form)),
        }
    }

    /// The occurrence in full, if it still is what the plan was made from.
    async fn instance(&mut self, slot: &Slot, master: Option<&Master>) -> Result<Option<Instance>, Failure> {
        let object = self.ports.google.get(&self.task.calendar, &slot.instance_id).await?;
        let read = object.and_then(|object| Some((self.read(&object)?, object)));
        let found = read.and_then(|(event, object)| {
            let Event { etag, cancelled: false, form: Ok(form), .. } = event else { return None };
            let same = match &slot.stands {
                Stands::ForItself { etag: seen } => etag == *seen,
                Stands::WithItsSeries(span) => {
                    // By its start and its texts: how long it lasts on a day with 23 or 25 hours, Google says.
                    let as_its_series = |master: &Master| Appointment { time: *span, ..form.clone() } == master.occurrence(*span);
                    form.time.starts_with(span) && master.is_some_and(as_its_series)
                }
            };
            same.then_some(Instance { object, etag, form })
        });
        self.again |= found.is_none();
        Ok(found)
    }

    /// Cancels one occurrence, and wakes the run of whoever its appointment is now.
    async fn cancel_occurrence(
        &mut self,
        frnr: FrNr,
        (master, slot): (&str, &Slot),
        to_advoware: FieldSet,
        to: Option<&str>,
        reason: Reason,
    ) -> Result<(), Failure> {
        // The link is given up in the next round, once both are gone.
        self.again = true;
        let series = match &slot.stands {
            Stands::ForItself { .. } => None,
            Stands::WithItsSeries(_) => self.latest(master).await?,
        };
        let Some(instance) = self.instance(slot, series.as_ref()).await? else { return Ok(()) };
        if !to_advoware.is_empty() {
            let Some(ours) = self.loaded.ours(frnr).cloned() else { return Ok(()) };
            let merged = ours.form.with(to_advoware, &instance.form);
            if !self.put_termin(&ours, &merged, to_advoware, &slot.instance_id, Reason::Changed).await? {
                return Ok(());
            }
        }
        if let Some(to) = to {
            self.ports.store.wake(to).await?;
        }
        let write = Write {
            side: Side::Google,
            verb: Verb::Delete,
            frnr: Some(frnr),
            event_id: Some(&slot.instance_id),
            fields: FieldSet::NONE,
            reason,
            before: Some(&instance.object),
            after: None,
        };
        let entry = self.ports.store.begin(&write).await?;
        self.permit(Side::Google)?;
        match self.ports.google.delete(&self.task.calendar, &slot.instance_id, &instance.etag).await? {
            Conditional::Done(()) => self.done(&write, &entry, Some(frnr)).await?,
            Conditional::Missing | Conditional::Changed => return Ok(()),
        }
        if reason == Reason::GoneInAdvoware {
            self.note_deletion(Side::Google, Some(frnr), &slot.instance_id).await?;
        }
        Ok(())
    }

    /// The series as it stands now.
    async fn latest(&mut self, event_id: &str) -> Result<Option<Master>, Failure> {
        let object = self.ports.google.get(&self.task.calendar, event_id).await?;
        Ok(object.and_then(|object| {
            let event = self.read(&object)?;
            let form = event.form.clone().ok()?;
            Some(Master::new(Standing { object, event, form }, &self.task.policy))
        }))
    }

    /// Deletes the single appointments of what a person deleted with one act.
    async fn delete_singles(&mut self, event_id: &str, singles: &[FrNr], reason: Reason) -> Result<(), Failure> {
        // The links are given up in the next round.
        self.again = true;
        let mut counted = false;
        for frnr in singles {
            let Some(ours) = self.loaded.ours(*frnr).cloned() else { continue };
            let Some(before) = self.reread(&ours).await? else { continue };
            let write = Write {
                side: Side::Advoware,
                verb: Verb::Delete,
                frnr: Some(*frnr),
                event_id: Some(event_id),
                fields: FieldSet::NONE,
                reason,
                before: Some(&before),
                after: None,
            };
            let entry = self.ports.store.begin(&write).await?;
            self.permit(Side::Advoware)?;
            match self.ports.advoware.delete(*frnr).await {
                Ok(()) => self.done(&write, &entry, Some(*frnr)).await?,
                Err(failure) if failure.kind == FailureKind::Refused => {
                    self.report.fail(Some(*frnr), Some(event_id), failure.code);
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            self.learned.deleted.insert(*frnr);
            if !std::mem::replace(&mut counted, true) {
                let only = Some(*frnr).filter(|_| singles.len() == 1);
                self.note_deletion(Side::Advoware, only, event_id).await?;
            }
        }
        Ok(())
    }

    /// Ends a series in Advoware, or deletes it where it would end before it began. Its event lets go of it in the
    /// next round.
    async fn end_series(
        &mut self,
        frnr: FrNr,
        event_id: &str,
        until: Option<NaiveDate>,
        once_linked: &[NaiveDateTime],
    ) -> Result<(), Failure> {
        self.again = true;
        if !self.latest(event_id).await?.is_some_and(|master| master.links(once_linked)) {
            return Ok(());
        }
        let Some(ours) = self.loaded.ours(frnr).cloned() else { return Ok(()) };
        let Some(before) = self.reread(&ours).await? else { return Ok(()) };
        if let Some(until) = until {
            let after = ended(&before, until);
            let fields = [Field::Recurrence].into_iter().collect();
            return self.replace_termin(frnr, &before, &after, fields, event_id, Reason::SeriesSplit).await;
        }
        let write = Write {
            side: Side::Advoware,
            verb: Verb::Delete,
            frnr: Some(frnr),
            event_id: Some(event_id),
            fields: FieldSet::NONE,
            reason: Reason::SeriesSplit,
            before: Some(&before),
            after: None,
        };
        let entry = self.ports.store.begin(&write).await?;
        self.permit(Side::Advoware)?;
        self.ports.advoware.delete(frnr).await?;
        self.done(&write, &entry, Some(frnr)).await
    }
}

fn refused(fault: Unreadable) -> Failure {
    Failure::not_done(FailureKind::Refused, fault.to_string())
}
