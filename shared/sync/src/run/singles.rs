//! Creating the single appointments of a series: claimed on the series first, a batch at a time, and linked after.

use std::collections::VecDeque;

use super::master::Master;
use super::report::texts_of;
use super::write::Writer;
use crate::advoware::{new_termin, single_of};
use crate::form::{Appointment, Field, FieldSet, Unreadable};
use crate::plan::{Creation, Ours, Reason, Stands, Tend};
use crate::ports::{Advoware, Certainty, Failure, FailureKind, Google, Lease, Object, Side, Store, Verb, Write};

/// How many appointments are claimed at a time.
const BATCH: usize = 25;
/// Attempts to link what was created to a series that a person keeps editing.
const LINK_ATTEMPTS: usize = 3;

/// An appointment that is about to be created.
pub(super) struct Draft {
    creation: Creation,
    termin: Object,
    form: Appointment,
    /// What Google shows of the occurrence.
    shown: Appointment,
}

impl<A: Advoware, G: Google, S: Store, L: Lease> Writer<'_, A, G, S, L> {
    /// Creates every single appointment that the plan names.
    pub(super) async fn create_singles(&mut self, tend: &Tend, master: &mut Master) -> Result<(), Failure> {
        let Some(mut queue) = self.drafts(tend, master).await? else { return Ok(()) };
        while !queue.is_empty() {
            if self.ports.lease.should_stop() {
                return Err(Failure::not_done(FailureKind::Stopped, "run.stopped"));
            }
            let batch: VecDeque<Draft> = queue.drain(..queue.len().min(BATCH)).collect();
            match self.create_batch(batch, master).await? {
                Some(late) => late.into_iter().rev().for_each(|draft| queue.push_front(draft)),
                None => return Ok(()),
            }
        }
        master.is_complete = true;
        Ok(())
    }

    /// Every appointment that is to be created; `None` where the series they are split from has changed.
    async fn drafts(&mut self, tend: &Tend, master: &Master) -> Result<Option<VecDeque<Draft>>, Failure> {
        let model = match tend.whole {
            Some(whole) if !tend.create.is_empty() => {
                let Some(ours) = self.loaded.ours(whole).cloned() else { return Ok(None) };
                let Some(object) = self.reread(&ours).await? else { return Ok(None) };
                Some((ours, object))
            }
            _ => None,
        };
        let mut drafts = VecDeque::with_capacity(tend.create.len());
        for creation in &tend.create {
            let Some(shown) = self.occurrence(&creation.slot, master).await? else { continue };
            let made = match &model {
                Some((ours, object)) => self.single_like(creation, ours, object, &shown),
                None => self.single_of_event(tend, &shown),
            };
            // What stands for itself shows its texts until it is looked at as a linked one.
            self.again |= self.task.policy.anonymise && matches!(creation.slot.stands, Stands::ForItself { .. });
            match made {
                Ok((termin, form)) => drafts.push_back(Draft { creation: creation.clone(), termin, form, shown }),
                Err(fault) => self.report.fail(None, Some(&creation.slot.instance_id), fault.to_string()),
            }
        }
        Ok(Some(drafts))
    }

    /// An appointment as its occurrence shows it.
    fn single_of_event(&self, tend: &Tend, shown: &Appointment) -> Result<(Object, Appointment), Unreadable> {
        let policy = &self.task.policy;
        let like = tend.like.filter(|_| policy.anonymise && tend.texts.is_none()).and_then(|frnr| self.loaded.ours(frnr));
        let form = like.map_or_else(|| shown.clone(), |like| shown.with(Field::TEXTS, &like.form));
        Ok((new_termin(&policy.kuerzel, &form)?, form))
    }

    /// An appointment made from the whole object of the series that it is split from.
    fn single_like(
        &self,
        creation: &Creation,
        ours: &Ours,
        object: &Object,
        shown: &Appointment,
    ) -> Result<(Object, Appointment), Unreadable> {
        let one_way = texts_of(self.task.policy.anonymise);
        // Where Google shows a shortened form, the whole is Advoware's.
        let own = creation.own.without(ours.fields.differing(&ours.shown)).without(one_way);
        let fields = own.union([Field::Time, Field::Recurrence].into_iter().collect());
        let form = ours.form.with(fields, shown);
        Ok((single_of(object, &form, fields)?, form))
    }

    /// Claims a batch and creates it. Those whose claim grew too old meanwhile are returned; `None`: somebody
    /// changed the series, or an answer is missing, so that everything is decided anew.
    async fn create_batch(
        &mut self,
        mut batch: VecDeque<Draft>,
        master: &mut Master,
    ) -> Result<Option<VecDeque<Draft>>, Failure> {
        let at_ms = self.ports.store.now().await?.timestamp_millis();
        let key = self.task.policy.keys.current();
        for draft in &batch {
            master.claim(at_ms, draft.creation.slot.original, key.whole(&key.fields(&draft.form)));
        }
        let claimed = self.try_links(master).await;
        if !matches!(claimed, Ok(true)) {
            master.unclaim(&mut batch.iter().map(Draft::original));
            return claimed.map(|_| None);
        }
        while let Some(draft) = batch.pop_front() {
            let failure = match self.create_single(&draft, at_ms, master).await {
                Ok(true) => continue,
                Ok(false) => {
                    batch.push_front(draft);
                    break;
                }
                Err(failure) => failure,
            };
            if failure.certainty == Certainty::NotDone {
                master.unclaim(&mut [draft.original()].into_iter());
                if failure.kind == FailureKind::Refused {
                    self.report.fail(None, Some(&draft.creation.slot.instance_id), failure.code);
                    continue;
                }
            } else {
                // It may have been done: it is looked for until it may be repeated.
                self.report.wait_until_ms = Some(at_ms + self.task.policy.claim_patience_ms);
                self.again = true;
            }
            master.unclaim(&mut batch.iter().map(Draft::original));
            let goes_on = failure.certainty == Certainty::Unknown
                && matches!(failure.kind, FailureKind::Refused | FailureKind::Unavailable);
            return if goes_on { Ok(None) } else { Err(failure) };
        }
        master.unclaim(&mut batch.iter().map(Draft::original));
        Ok(Some(batch))
    }

    /// Creates one appointment; `false` where its claim is too old for that.
    async fn create_single(&mut self, draft: &Draft, at_ms: i64, master: &mut Master) -> Result<bool, Failure> {
        let write = Write {
            side: Side::Advoware,
            verb: Verb::Create,
            frnr: None,
            event_id: Some(&draft.creation.slot.instance_id),
            fields: FieldSet::ALL,
            reason: draft.creation.reason,
            before: None,
            after: Some(&draft.termin),
        };
        let entry = self.ports.store.begin(&write).await?;
        if self.is_stale(at_ms).await? {
            return Ok(false);
        }
        self.permit(Side::Advoware)?;
        let frnr = self.ports.advoware.create(&draft.termin).await?;
        let key = self.task.policy.keys.current();
        let agreed = key.whole(&key.fields(&self.shown(&draft.form)));
        let shown = key.whole(&key.fields(&draft.shown));
        let otherwise = Some(shown).filter(|shown| *shown != agreed && !self.task.policy.anonymise);
        master.made(draft.original(), frnr, &draft.form, agreed, otherwise);
        self.done(&write, &entry, Some(frnr)).await.map(|()| true)
    }

    /// Writes the links once; whether the series was still what it had been.
    async fn try_links(&mut self, master: &mut Master) -> Result<bool, Failure> {
        let Some(object) = master.to_write(&self.task.policy.scope) else { return Ok(true) };
        let Some(answer) = self.put_marks(&master.event_id, &master.etag.clone(), &object, (None, Reason::Occurrence)).await?
        else {
            return Ok(false);
        };
        if let Some(event) = self.read(&answer) {
            master.written(answer, event);
        }
        Ok(true)
    }

    /// Writes the links at the end of an operation, and the texts that the series shows from now on.
    pub(super) async fn write_links(&mut self, tend: &Tend, master: &mut Master) -> Result<(), Failure> {
        let Some(texts) = tend.texts.filter(|_| master.is_complete) else {
            return self.keep_links(master).await.map(|_| ());
        };
        let before = master.server().clone();
        master.retell(texts, texts.of().and_then(|frnr| self.loaded.ours(frnr)));
        let after = master.to_write(&self.task.policy.scope);
        let write = Write {
            side: Side::Google,
            verb: Verb::Update,
            frnr: None,
            event_id: Some(&tend.event_id),
            fields: Field::TEXTS,
            reason: Reason::Changed,
            before: Some(&before),
            after: after.as_ref(),
        };
        let entry = self.ports.store.begin(&write).await?;
        if self.keep_links(master).await? { self.done(&write, &entry, None).await } else { Ok(()) }
    }

    /// Writes the links; whether onto the series as it was. Where a person has edited it meanwhile, they are written
    /// all the same.
    async fn keep_links(&mut self, master: &mut Master) -> Result<bool, Failure> {
        for attempt in 0..LINK_ATTEMPTS {
            if self.try_links(master).await? {
                return Ok(attempt == 0);
            }
            let Some(object) = self.ports.google.get(&self.task.calendar, &master.event_id).await? else { break };
            let Some(event) = self.read(&object).filter(|event| !event.cancelled) else { break };
            for (frnr, form) in master.rebase(object, event) {
                self.take_back(&master.event_id.clone(), frnr, &form).await?;
            }
        }
        Ok(false)
    }
}

impl Draft {
    fn original(&self) -> chrono::NaiveDateTime {
        self.creation.slot.original
    }
}
