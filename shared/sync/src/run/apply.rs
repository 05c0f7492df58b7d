//! Applying a plan: each operation is carried out as it stands. What turns out to have changed meanwhile is
//! left for the next round, which decides anew.

use tracing::Instrument;

use super::load::Loaded;
use super::report::{Report, texts_of};
use super::write::{Learned, Standing, Writer};
use super::{Observer, Phase, Ports, Task, trace};
use crate::advoware::{new_termin, with_owner};
use crate::form::{Appointment, FieldSet};
use crate::google::{new_event, overlay};
use crate::identity::{Claim, Marks};
use crate::mirror::observe;
use crate::plan::{HeldItem, HeldOperation, Merge, Operation, Ours, Plan, Reason};
use crate::ports::{
    Advoware, Certainty, Conditional, Failure, FailureKind, FrNr, Google, Inserted, Lease, Object, Side, Store, Verb, Write,
};

/// Failures in a row after which the other side is taken to be away.
const MAX_STRIKES: usize = 3;
/// Attempts to link an event that a person keeps editing.
const LINK_ATTEMPTS: usize = 3;
/// Generations that are looked through behind a 409.
const MAX_GENERATIONS: u32 = 200;

/// Carries out every operation; whether something changed meanwhile, so that another round is due.
pub(super) async fn apply<A, G, S, L, O>(
    ports: Ports<'_, A, G, S, L>,
    task: &Task,
    loaded: &Loaded,
    plan: &Plan,
    report: &mut Report,
    learned: &mut Learned,
    observer: &O,
) -> Result<bool, Failure>
where
    A: Advoware,
    G: Google,
    S: Store,
    L: Lease,
    O: Observer,
{
    let mut writer = Writer { ports, task, loaded, report, learned, again: false };
    let mut strikes = 0;
    let total = plan.operations.len();
    for (done, operation) in plan.operations.iter().enumerate() {
        observer.phase(Phase::Apply { done, total }, &writer.report.counts);
        if ports.lease.should_stop() {
            return Err(Failure::not_done(FailureKind::Stopped, "run.stopped"));
        }
        let (frnr, event_id) = operation.subject();
        let (kind, span) = (kind(operation), trace::operation(kind(operation), frnr, done));
        match writer.carry_out(operation).instrument(span.clone()).await {
            Ok(()) => strikes = 0,
            Err(failure) => {
                trace::failed(&span, kind, &failure.code);
                writer.report.fail(frnr, event_id, failure.code.clone());
                match failure.kind {
                    FailureKind::Refused => strikes = 0,
                    FailureKind::Unavailable => strikes += 1,
                    _ => return Err(failure),
                }
                if strikes >= MAX_STRIKES {
                    return Err(failure);
                }
            }
        }
    }
    trace::rest(total.saturating_sub(trace::OWN_SPANS));
    observer.phase(Phase::Apply { done: total, total }, &writer.report.counts);
    Ok(writer.again)
}

/// What an operation does, for traces.
fn kind(operation: &Operation) -> &'static str {
    match operation {
        Operation::CreateEvent { .. } => "create event",
        Operation::Merge { .. } => "merge",
        Operation::Link { .. } => "link",
        Operation::CreateTermin { .. } => "create appointment",
        Operation::DeleteEvent { .. } => "delete event",
        Operation::DeleteTermin { .. } => "delete appointment",
        Operation::ChangeOwner { .. } => "change owner",
        Operation::MoveAway { .. } => "move away",
        Operation::Series(operation) => operation.kind(),
    }
}

impl<A: Advoware, G: Google, S: Store, L: Lease> Writer<'_, A, G, S, L> {
    async fn carry_out(&mut self, operation: &Operation) -> Result<(), Failure> {
        match operation {
            Operation::CreateEvent { frnr, generation, reason } => self.create_event(*frnr, *generation, *reason).await,
            Operation::Merge { frnr, event_id, etag, merge, generation, reason } => {
                self.merge(*frnr, (event_id, etag), merge, *generation, *reason).await
            }
            Operation::Link { frnr, event_id, etag } => self.link_claimed(*frnr, event_id, etag).await,
            Operation::CreateTermin { event_id, etag, reason, .. } => self.create_termin(event_id, etag, *reason).await,
            Operation::DeleteEvent { frnr, event_id, etag, reason } => {
                if self.delete_event(*frnr, event_id, etag, *reason).await? && *reason == Reason::GoneInAdvoware {
                    self.note_deletion(Side::Google, Some(*frnr), event_id).await?;
                }
                Ok(())
            }
            Operation::DeleteTermin { frnr, event_id, reason } => self.delete_termin(*frnr, event_id, *reason).await,
            Operation::ChangeOwner { frnr, event_id, to } => self.change_owner(*frnr, event_id, to).await,
            Operation::MoveAway { frnr, event_id, etag, to_advoware, to } => {
                self.move_away(*frnr, event_id, etag, *to_advoware, to.as_deref()).await
            }
            Operation::Series(operation) => self.series(operation).await,
        }
    }

    async fn create_event(&mut self, frnr: FrNr, generation: u32, reason: Reason) -> Result<(), Failure> {
        let Some(ours) = self.loaded.ours(frnr) else {
            return Ok(());
        };
        let (policy, calendar) = (&self.task.policy, &self.task.calendar);
        let event_id = policy.scope.event_id(frnr, generation);
        let sent = self.shown(&ours.form);
        let marks = Marks { frnr: Some(frnr), base: Some(self.base(&ours.form, &sent)), ..Marks::default() };
        let mut event = new_event(&event_id, &ours.form, policy.anonymise);
        marks.write(&mut event, &event_id, &policy.scope);
        let write = Write {
            side: Side::Google,
            verb: Verb::Create,
            frnr: Some(frnr),
            event_id: Some(&event_id),
            fields: FieldSet::ALL,
            reason,
            before: None,
            after: Some(&event),
        };
        let entry = self.ports.store.begin(&write).await?;
        self.permit(Side::Google)?;
        match self.ports.google.insert(calendar, &event).await? {
            Inserted::Created(answer) => {
                self.done(&write, &entry, Some(frnr)).await?;
                self.confirm(&event_id, &sent, &marks, answer).await
            }
            Inserted::Taken => self.climb(frnr, generation).await,
        }
    }

    /// The id is taken: what stands there, and on every generation above it, decides anew.
    async fn climb(&mut self, frnr: FrNr, generation: u32) -> Result<(), Failure> {
        for generation in generation..generation + MAX_GENERATIONS {
            let event_id = self.task.policy.scope.event_id(frnr, generation);
            match self.ports.google.get(&self.task.calendar, &event_id).await? {
                Some(object) => self.learn(&object).await?,
                None => break,
            }
        }
        Ok(())
    }

    /// Whether the linked event was dragged here from another calendar of ours.
    fn has_arrived(&self, event_id: &str, marks: &Marks) -> bool {
        let scope = &self.task.policy.scope;
        marks.frnr.is_some() && !scope.is_home_of(marks) && scope.parse(event_id).is_none()
    }

    /// The first generation whose id is free, where it is not the very first.
    async fn above(&self, frnr: FrNr) -> Result<Option<u32>, Failure> {
        for generation in 0..MAX_GENERATIONS {
            let event_id = self.task.policy.scope.event_id(frnr, generation);
            if self.ports.google.get(&self.task.calendar, &event_id).await?.is_none() {
                return Ok((generation > 0).then_some(generation));
            }
        }
        Ok(Some(MAX_GENERATIONS))
    }

    async fn merge(
        &mut self,
        frnr: FrNr,
        (event_id, etag): (&str, &str),
        merge: &Merge,
        generation: Option<u32>,
        reason: Reason,
    ) -> Result<(), Failure> {
        let Some(ours) = self.loaded.ours(frnr).cloned() else {
            return Ok(());
        };
        let Some(standing) = self.standing(event_id, etag).await? else {
            return Ok(());
        };
        let merged = ours.form.with(merge.to_advoware, &standing.form);
        if !merge.to_advoware.is_empty() && !self.put_termin(&ours, &merged, merge.to_advoware, event_id, reason).await? {
            return Ok(());
        }
        let sent = standing.form.with(merge.to_google, &self.shown(&merged));
        let mut after = standing.object.clone();
        overlay(&mut after, &merged.with(merge.keep, &standing.form), merge.to_google, self.task.policy.anonymise);
        // A series that is about to be split: what else was changed is in both now.
        self.again |= reason == Reason::SeriesSplit;
        let before_marks = standing.event.marks.clone().unwrap_or_default();
        let generation = match generation {
            // The ids that its predecessors here have taken are counted, or it would look like one of them later.
            None if self.has_arrived(event_id, &before_marks) => self.above(frnr).await?.max(before_marks.generation),
            generation => generation.or(before_marks.generation),
        };
        let base = Some(self.base(&merged, &sent).keeping(merge.keep, before_marks.base.as_ref()));
        let marks = Marks { frnr: Some(frnr), base, claim: None, generation, gone: false, ..before_marks };
        marks.write(&mut after, event_id, &self.task.policy.scope);
        let write = Write {
            side: Side::Google,
            verb: Verb::Update,
            frnr: Some(frnr),
            event_id: Some(event_id),
            fields: merge.to_google,
            reason,
            before: Some(&standing.object),
            after: Some(&after),
        };
        if merge.to_google.is_empty() {
            self.put_marks(event_id, etag, &after, (Some(frnr), reason)).await?;
            return Ok(());
        }
        let entry = self.ports.store.begin(&write).await?;
        if let Some(answer) = self.put_event(event_id, etag, &after).await? {
            self.done(&write, &entry, Some(frnr)).await?;
            self.confirm(event_id, &sent, &marks, answer).await?;
        }
        Ok(())
    }

    async fn link_claimed(&mut self, frnr: FrNr, event_id: &str, etag: &str) -> Result<(), Failure> {
        let Some(Standing { mut object, event, .. }) = self.standing(event_id, etag).await? else {
            return Ok(());
        };
        let Some(claim) = event.marks.and_then(|marks| marks.claim) else { return Ok(()) };
        let marks = Marks { frnr: Some(frnr), base: Some(claim.base), ..Marks::default() };
        marks.write(&mut object, event_id, &self.task.policy.scope);
        self.put_marks(event_id, etag, &object, (Some(frnr), Reason::ClaimAdopted)).await?;
        self.again = true;
        Ok(())
    }

    async fn create_termin(&mut self, event_id: &str, etag: &str, reason: Reason) -> Result<(), Failure> {
        let Some(standing) = self.standing(event_id, etag).await? else {
            return Ok(());
        };
        let termin = new_termin(&self.task.policy.kuerzel, &standing.form)
            .map_err(|fault| Failure::not_done(FailureKind::Refused, fault.to_string()))?;
        let at_ms = self.ports.store.now().await?.timestamp_millis();
        let mut base = self.base(&standing.form, &standing.form);
        base.anonymised = false;
        let claim = Claim { at_ms, base };
        let mut claimed = standing.object.clone();
        Marks { claim: Some(claim), ..Marks::default() }.write(&mut claimed, event_id, &self.task.policy.scope);
        let Some(claimed) = self.put_marks(event_id, etag, &claimed, (None, reason)).await? else {
            return Ok(());
        };
        let write = Write {
            side: Side::Advoware,
            verb: Verb::Create,
            frnr: None,
            event_id: Some(event_id),
            fields: FieldSet::ALL,
            reason,
            before: None,
            after: Some(&termin),
        };
        let entry = self.ports.store.begin(&write).await?;
        if self.is_stale(at_ms).await? {
            self.again = true;
            return Ok(());
        }
        self.permit(Side::Advoware)?;
        match self.ports.advoware.create(&termin).await {
            Ok(frnr) => {
                self.done(&write, &entry, Some(frnr)).await?;
                self.link(event_id, frnr, &standing.form, claimed).await
            }
            Err(failure) if failure.certainty == Certainty::NotDone => {
                self.unclaim(event_id, &standing, &claimed).await?;
                Err(failure)
            }
            Err(failure) if matches!(failure.kind, FailureKind::Refused | FailureKind::Unavailable) => {
                // It may have been done: it is looked for until it may be repeated.
                self.report.wait_until_ms = Some(at_ms + self.task.policy.claim_patience_ms);
                self.again = true;
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whether so much time has passed since the claim that somebody else may be about to repeat it.
    pub(super) async fn is_stale(&self, claimed_at_ms: i64) -> Result<bool, Failure> {
        let time_out = i64::try_from(self.task.advoware_time_out.as_millis()).unwrap_or(i64::MAX);
        let age = self.ports.store.now().await?.timestamp_millis() - claimed_at_ms;
        Ok(age + time_out > self.task.policy.claim_patience_ms)
    }

    /// Nothing was created: the claim is taken back, so that nobody waits for it.
    async fn unclaim(&mut self, event_id: &str, standing: &Standing, claimed: &Object) -> Result<(), Failure> {
        let again = self.again;
        if let Some(etag) = self.read(claimed).map(|event| event.etag) {
            self.put_marks(event_id, &etag, &standing.object, (None, Reason::NewInGoogle)).await?;
        }
        self.again = again;
        Ok(())
    }

    /// Writes the number of the appointment that was made from an event into the event.
    async fn link(&mut self, event_id: &str, frnr: FrNr, created: &Appointment, claimed: Object) -> Result<(), Failure> {
        let mut latest = claimed;
        for _ in 0..LINK_ATTEMPTS {
            let Some(event) = self.read(&latest) else {
                return Ok(());
            };
            match event.marks.as_ref().and_then(|marks| marks.frnr) {
                Some(linked) if linked == frnr => return Ok(()),
                // Somebody else's creation was linked meanwhile: this one is one too many.
                Some(_) => return self.take_back(event_id, frnr, created).await,
                None if event.cancelled => return Ok(()),
                None => {}
            }
            let texts = texts_of(self.task.policy.anonymise);
            let mut object = latest.clone();
            overlay(&mut object, created, texts, self.task.policy.anonymise);
            // What a person changed since the claim differs from this base, and is merged next.
            let shown = created.with(texts, &self.shown(created));
            let marks = Marks { frnr: Some(frnr), base: Some(self.base(created, &shown)), ..Marks::default() };
            marks.write(&mut object, event_id, &self.task.policy.scope);
            let again = std::mem::replace(&mut self.again, false);
            if self.put_link(event_id, &event.etag, (&latest, &object), frnr, texts).await? {
                self.again = again || event.form.as_ref() != Ok(created);
                return Ok(());
            }
            match self.ports.google.get(&self.task.calendar, event_id).await? {
                Some(object) => latest = object,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// Writes a link, and with it the texts that Google may not show; whether it was done.
    async fn put_link(
        &mut self,
        event_id: &str,
        etag: &str,
        (before, after): (&Object, &Object),
        frnr: FrNr,
        fields: FieldSet,
    ) -> Result<bool, Failure> {
        if fields.is_empty() {
            return Ok(self.put_marks(event_id, etag, after, (Some(frnr), Reason::NewInGoogle)).await?.is_some());
        }
        let write = Write {
            side: Side::Google,
            verb: Verb::Update,
            frnr: Some(frnr),
            event_id: Some(event_id),
            fields,
            reason: Reason::NewInGoogle,
            before: Some(before),
            after: Some(after),
        };
        let entry = self.ports.store.begin(&write).await?;
        let done = self.put_event(event_id, etag, after).await?.is_some();
        if done {
            self.ports.store.settle(&entry, Some(frnr)).await?;
        }
        Ok(done)
    }

    /// Deletes an appointment that was made a moment ago, unless anybody has touched it.
    pub(super) async fn take_back(&mut self, event_id: &str, frnr: FrNr, created: &Appointment) -> Result<(), Failure> {
        let anwalt = Some(self.task.policy.kuerzel.clone());
        let ours = Ours::new(frnr, anwalt, created.clone(), &self.task.policy);
        let Some(before) = self.reread(&ours).await? else { return Ok(()) };
        let write = Write {
            side: Side::Advoware,
            verb: Verb::Delete,
            frnr: Some(frnr),
            event_id: Some(event_id),
            fields: FieldSet::NONE,
            reason: Reason::NewInGoogle,
            before: Some(&before),
            after: None,
        };
        let entry = self.ports.store.begin(&write).await?;
        self.permit(Side::Advoware)?;
        self.ports.advoware.delete(frnr).await?;
        self.again = true;
        self.done(&write, &entry, Some(frnr)).await
    }

    /// Marks and deletes an event; whether it was done.
    async fn delete_event(&mut self, frnr: FrNr, event_id: &str, etag: &str, reason: Reason) -> Result<bool, Failure> {
        let Some(object) = self.current(event_id, etag).await? else {
            return Ok(false);
        };
        let Some(event) = self.read(&object) else {
            return Ok(false);
        };
        let mut marks = event.marks.clone().unwrap_or_default();
        let etag = if std::mem::replace(&mut marks.gone, true) {
            etag.to_owned()
        } else {
            let mut marked = object.clone();
            marks.write(&mut marked, event_id, &self.task.policy.scope);
            let Some(marked) = self.put_marks(event_id, etag, &marked, (Some(frnr), reason)).await? else {
                return Ok(false);
            };
            let Some(event) = self.read(&marked) else {
                return Ok(false);
            };
            let item = observe(&event, None, &self.task.policy.keys);
            self.amend(event_id, &item).await?;
            event.etag
        };
        let write = Write {
            side: Side::Google,
            verb: Verb::Delete,
            frnr: Some(frnr),
            event_id: Some(event_id),
            fields: FieldSet::NONE,
            reason,
            before: Some(&object),
            after: None,
        };
        let entry = self.ports.store.begin(&write).await?;
        self.permit(Side::Google)?;
        match self.ports.google.delete(&self.task.calendar, event_id, &etag).await? {
            Conditional::Done(()) => {
                // Whatever else stands for its appointment has the place to itself now.
                self.again |= reason == Reason::Duplicate;
                self.done(&write, &entry, Some(frnr)).await?;
                Ok(true)
            }
            Conditional::Missing => Ok(true),
            Conditional::Changed => {
                self.again = true;
                Ok(false)
            }
        }
    }

    /// The event in full, readable or not, if it is still `etag`.
    async fn current(&mut self, event_id: &str, etag: &str) -> Result<Option<Object>, Failure> {
        let object = self.ports.google.get(&self.task.calendar, event_id).await?;
        let same = object.filter(|object| self.read(object).is_some_and(|event| event.etag == etag && !event.cancelled));
        self.again |= same.is_none();
        Ok(same)
    }

    async fn delete_termin(&mut self, frnr: FrNr, event_id: &str, reason: Reason) -> Result<(), Failure> {
        let Some(ours) = self.loaded.ours(frnr).cloned() else {
            return Ok(());
        };
        let Some(before) = self.reread(&ours).await? else {
            return Ok(());
        };
        let write = Write {
            side: Side::Advoware,
            verb: Verb::Delete,
            frnr: Some(frnr),
            event_id: Some(event_id),
            fields: FieldSet::NONE,
            reason,
            before: Some(&before),
            after: None,
        };
        let entry = self.ports.store.begin(&write).await?;
        self.permit(Side::Advoware)?;
        self.ports.advoware.delete(frnr).await?;
        self.done(&write, &entry, Some(frnr)).await?;
        self.note_deletion(Side::Advoware, Some(frnr), event_id).await
    }

    /// Released deletions don't count for the guard.
    pub(super) async fn note_deletion(&mut self, side: Side, frnr: Option<FrNr>, event_id: &str) -> Result<(), Failure> {
        let item = HeldItem { side, operation: HeldOperation::Delete, frnr, event_id: Some(event_id.to_owned()) };
        let counts = !self.loaded.released.contains(&item);
        self.ports.store.note_deletion(side, counts, frnr, event_id).await
    }

    async fn change_owner(&mut self, frnr: FrNr, event_id: &str, to: &str) -> Result<(), Failure> {
        let Some(ours) = self.loaded.ours(frnr).cloned() else {
            return Ok(());
        };
        let Some(before) = self.reread(&ours).await? else {
            return Ok(());
        };
        let after = with_owner(&before, to);
        self.replace_termin(frnr, &before, &after, FieldSet::NONE, event_id, Reason::MovedInGoogle).await?;
        if to == self.task.policy.kuerzel {
            self.again = true;
            Ok(())
        } else {
            self.ports.store.wake(to).await
        }
    }

    async fn move_away(
        &mut self,
        frnr: FrNr,
        event_id: &str,
        etag: &str,
        to_advoware: FieldSet,
        to: Option<&str>,
    ) -> Result<(), Failure> {
        if !to_advoware.is_empty() {
            let Some(ours) = self.loaded.ours(frnr).cloned() else {
                return Ok(());
            };
            let Some(standing) = self.standing(event_id, etag).await? else {
                return Ok(());
            };
            let merged = ours.form.with(to_advoware, &standing.form);
            if !self.put_termin(&ours, &merged, to_advoware, event_id, Reason::Changed).await? {
                return Ok(());
            }
        }
        let reason = match to {
            Some(to) => {
                self.ports.store.wake(to).await?;
                Reason::MovedInAdvoware
            }
            None => Reason::Duplicate,
        };
        self.delete_event(frnr, event_id, etag, reason).await.map(|_| ())
    }
}
