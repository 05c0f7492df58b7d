//! Carrying an undo out, under the lease of the employee's run.

use std::collections::BTreeMap;
use std::time::Duration;

use advosync_queue::{Job, LeaseGuard};
use advosync_state::{Filter, JournalEntry, LookStore, NoWaker, RunStore, UndoRequest, Who, failure};
use advosync_sync::advoware::read_object;
use advosync_sync::form::FieldSet;
use advosync_sync::mirror::Item;
use advosync_sync::plan::{Note, NoteKind, Reason};
use advosync_sync::ports::{
    Advoware, Certainty, Conditional, Failure, FailureKind, FrNr, Google, Inserted, Lease, Object, Side, Store, Verb, Write,
};
use advosync_sync::run::{Report, SideCounts};
use advosync_sync::undo::{Step, Target};
use chrono::TimeDelta;
use serde_json::value::RawValue;

use super::look::{Written, form_of_termin};
use super::{brought_back, ids, obstacle_word, target_word};
use crate::Fleet;
use crate::adapters::JobLease;

/// A request that no run has carried out by then is void: the world has moved on.
pub(super) const LIFE: TimeDelta = TimeDelta::hours(24);
/// Attempts at an item that a person keeps editing.
const ATTEMPTS: usize = 3;
/// Journal entries on a page.
const PAGE: usize = 200;

/// What was taken back in one run.
#[derive(Debug, Default)]
pub(crate) struct Undone {
    google: SideCounts,
    advoware: SideCounts,
    notes: Vec<Note>,
}

impl Undone {
    fn count(&mut self, side: Side, verb: Verb) {
        let side = if side == Side::Google { &mut self.google } else { &mut self.advoware };
        match verb {
            Verb::Create => side.created += 1,
            Verb::Update => side.updated += 1,
            Verb::Delete => side.deleted += 1,
        }
    }

    pub(super) fn note(&mut self, kind: NoteKind, (frnr, event_id): (Option<FrNr>, Option<String>), detail: String) {
        self.notes.push(Note { kind, frnr, event_id, detail: vec![detail] });
    }

    /// Adds it to what the same run did afterwards.
    pub(crate) fn add_to(self, report: &mut Report) {
        for (sum, more) in [(&mut report.counts.google, self.google), (&mut report.counts.advoware, self.advoware)] {
            sum.created += more.created;
            sum.updated += more.updated;
            sum.deleted += more.deleted;
        }
        report.counts.errors += self.notes.iter().filter(|note| note.kind.is_error()).count();
        report.notes.extend(self.notes);
    }
}

/// One run that is being taken back.
struct Undoing<'a> {
    fleet: &'a Fleet,
    lease: JobLease,
    store: RunStore<NoWaker>,
    kuerzel: &'a str,
    calendar: &'a str,
    written: Written,
    /// What earlier attempts wrote, and this one has not come upon yet.
    earlier: Vec<JournalEntry>,
    undone: &'a mut Undone,
}

impl Fleet {
    /// Carries out what waits to be taken back for the job's employee.
    pub(crate) async fn carry_out_undos(&self, job: &Job, lease: &LeaseGuard, calendar: &str) -> Result<Undone, Failure> {
        let mut undone = Undone::default();
        self.carry_out_restores(job, lease, calendar, &mut undone).await?;
        // The last run first: what an earlier one wrote is as it left it only then.
        for (name, request) in self.undo_requests().of(&job.key).await.map_err(failure)?.into_iter().rev() {
            if self.now().await? - request.at <= LIFE {
                let who = Who { run_id: job.run_id.clone(), actor: request.who.clone() };
                let undoing = Undoing {
                    fleet: self,
                    lease: JobLease(lease.clone()),
                    store: RunStore::new(self.state(), lease.clone(), who, self.journal().clone(), NoWaker),
                    kuerzel: &job.key,
                    calendar,
                    written: Written(self.journal().whole_run(&request.run_id).await.map_err(failure)?),
                    earlier: self.earlier_undos(&job.key, &request).await?,
                    undone: &mut undone,
                };
                undoing.carry_out(request.items.as_deref()).await?;
                tracing::info!(kuerzel = job.key, run_id = request.run_id, who = request.who, "a run was taken back");
            }
            self.undo_requests().done(lease, &name, &request).await.map_err(failure)?;
        }
        Ok(undone)
    }

    /// What undos have written for an employee since the request.
    async fn earlier_undos(&self, kuerzel: &str, request: &UndoRequest) -> Result<Vec<JournalEntry>, Failure> {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = self.journal().page(Filter::Employee(kuerzel), cursor.as_deref(), PAGE).await.map_err(failure)?;
            let whole = page.entries.len();
            let recent: Vec<_> = page.entries.into_iter().take_while(|entry| entry.at >= request.at).collect();
            let is_last = recent.len() < whole;
            found.extend(recent.into_iter().filter(|entry| entry.reason == Reason::Undone));
            match page.next {
                Some(next) if !is_last => cursor = Some(next),
                _ => return Ok(found),
            }
        }
    }
}

impl Undoing<'_> {
    /// Puts back all that the run wrote, or only `items`.
    async fn carry_out(mut self, items: Option<&[String]>) -> Result<(), Failure> {
        let wanted = |target: &Target| items.is_none_or(|items| items.contains(&target_word(target)));
        let mut order: Vec<Target> = Vec::new();
        for target in self.written.entries().iter().rev().filter_map(advosync_sync::undo::Entry::target) {
            if wanted(&target) && !order.contains(&target) {
                order.push(target);
            }
        }
        for target in order {
            if self.lease.should_stop() {
                return Err(Failure::not_done(FailureKind::Stopped, "run.stopped"));
            }
            self.lease.0.progress();
            match self.put_back(&target).await {
                Ok(()) => {}
                Err(failure) if failure.kind == FailureKind::Refused => {
                    self.undone.note(NoteKind::Failed, self.known(&target), failure.code);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    fn known(&self, target: &Target) -> (Option<FrNr>, Option<String>) {
        let (frnr, event_id, _) = self.written.known(target);
        let own = ids(target);
        (own.0.or(frnr), own.1.map(str::to_owned).or(event_id))
    }

    /// Puts one item back as it was, deciding on what stands there now.
    async fn put_back(&mut self, target: &Target) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            let standing = self.fleet.standing(self.calendar, target).await?;
            let current: BTreeMap<Target, Object> = standing.into_iter().map(|object| (target.clone(), object)).collect();
            let undo = self.fleet.plan_undo(self.kuerzel, self.calendar, &self.written, &current);
            if let Some((_, step)) = undo.steps.into_iter().find(|(other, _)| other == target) {
                if self.write(target, &step, current.get(target)).await? {
                    return Ok(());
                }
                continue;
            }
            let obstacle = undo.impossible.into_iter().find(|(other, _)| other == target);
            if let Some((_, obstacle)) = obstacle.filter(|_| !self.was_put_back(target)) {
                self.undone.note(NoteKind::NotUndone, self.known(target), obstacle_word(obstacle).to_owned());
            }
            return Ok(());
        }
        self.undone.note(NoteKind::NotUndone, self.known(target), "changed-since".to_owned());
        Ok(())
    }

    /// Whether an earlier attempt has written this very item.
    fn was_put_back(&self, target: &Target) -> bool {
        self.earlier.iter().any(|entry| match target {
            Target::Termin(frnr) => entry.side == Side::Advoware && entry.frnr == Some(*frnr),
            Target::Event(id) => entry.side == Side::Google && entry.event_id.as_ref() == Some(id),
        })
    }

    /// One write; `false` where somebody was faster.
    async fn write(&mut self, target: &Target, step: &Step, current: Option<&Object>) -> Result<bool, Failure> {
        match (target, step) {
            (Target::Termin(_), Step::Create(object)) => self.bring_back(target, object).await.map(|()| true),
            _ => self.change(target, step, current).await,
        }
    }

    async fn change(&mut self, target: &Target, step: &Step, current: Option<&Object>) -> Result<bool, Failure> {
        let (frnr, event_id) = self.known(target);
        let fields = self.written.known(target).2;
        let (verb, after) = match step {
            Step::Replace(object) => (Verb::Update, Some(object)),
            Step::Create(object) => (Verb::Create, Some(object)),
            Step::Delete => (Verb::Delete, None),
        };
        let made = after.filter(|_| verb == Verb::Create).and_then(|event| event.get("id")).and_then(|id| id.as_str());
        let side = if matches!(target, Target::Termin(_)) { Side::Advoware } else { Side::Google };
        let write = Write {
            side,
            verb,
            frnr,
            event_id: made.or(event_id.as_deref()),
            fields: if verb == Verb::Update { fields } else { FieldSet::NONE },
            reason: Reason::Undone,
            before: current.filter(|_| verb != Verb::Create),
            after,
        };
        let entry = self.begin(&write).await?;
        let done = match target {
            Target::Termin(frnr) => self.change_termin(*frnr, after).await?,
            Target::Event(id) => self.change_event(id, step, current).await?,
        };
        if done {
            self.store.settle(&entry, frnr).await?;
            self.undone.count(side, verb);
        }
        Ok(done)
    }

    async fn change_termin(&self, frnr: FrNr, after: Option<&Object>) -> Result<bool, Failure> {
        let advoware = self.fleet.advoware().for_run();
        match after {
            Some(object) => advoware.update(frnr, object).await?,
            None => advoware.delete(frnr).await?,
        }
        Ok(true)
    }

    async fn change_event(&self, id: &str, step: &Step, current: Option<&Object>) -> Result<bool, Failure> {
        let google = self.fleet.google().for_run(true);
        let etag = current.and_then(|event| event.get("etag")).and_then(|etag| etag.as_str()).unwrap_or_default();
        Ok(match step {
            Step::Replace(event) => matches!(google.update(self.calendar, id, etag, event).await?, Conditional::Done(_)),
            Step::Delete => !matches!(google.delete(self.calendar, id, etag).await?, Conditional::Changed),
            // Its id is always the same: where it is taken, it was brought back before.
            Step::Create(event) => match google.insert(self.calendar, event).await? {
                Inserted::Created(_) | Inserted::Taken => true,
            },
        })
    }

    /// Makes an appointment anew, unless an earlier attempt has done so.
    async fn bring_back(&mut self, target: &Target, object: &Object) -> Result<(), Failure> {
        let print = self.fleet.journal().fingerprint(object);
        let earlier = self.earlier.iter().position(|entry| brought_back(entry) && entry.after.as_ref() == Some(&print));
        if let Some(earlier) = earlier.map(|at| self.earlier.swap_remove(at)) {
            if earlier.done_at.is_some() {
                return Ok(());
            }
            if let Some(frnr) = self.unanswered(&earlier, object).await? {
                self.store.settle(&earlier.id, Some(frnr)).await?;
                self.undone.count(Side::Advoware, Verb::Create);
                return Ok(());
            }
        }
        let (frnr, event_id) = self.known(target);
        let write = Write {
            side: Side::Advoware,
            verb: Verb::Create,
            frnr,
            event_id: event_id.as_deref(),
            fields: FieldSet::ALL,
            reason: Reason::Undone,
            before: None,
            after: Some(object),
        };
        let entry = self.begin(&write).await?;
        match self.fleet.advoware().for_run().create(object).await {
            Ok(frnr) => {
                self.store.settle(&entry, Some(frnr)).await?;
                self.undone.count(Side::Advoware, Verb::Create);
                Ok(())
            }
            // It may have been done: the next attempt looks for it first.
            Err(failure) if failure.certainty == Certainty::Unknown => Err(Failure { kind: FailureKind::Unavailable, ..failure }),
            Err(failure) => Err(failure),
        }
    }

    /// What a creation without an answer made; waited for until it can't arrive any more.
    async fn unanswered(&self, entry: &JournalEntry, object: &Object) -> Result<Option<FrNr>, Failure> {
        if let Some(frnr) = self.find(object).await? {
            return Ok(Some(frnr));
        }
        let patience = TimeDelta::from_std(2 * self.fleet.time_outs().0).unwrap_or_default();
        let left = entry.at + patience - self.fleet.now().await?;
        if let Ok(left) = left.to_std() {
            self.lease.wait(left.min(Duration::from_mins(5))).await;
        }
        self.find(object).await
    }

    /// An appointment that says what `object` does and stands for no event.
    async fn find(&self, object: &Object) -> Result<Option<FrNr>, Failure> {
        let Some(form) = form_of_termin(object) else { return Ok(None) };
        let day = form.days().0;
        let memory = LookStore::new(self.fleet.state(), self.kuerzel).load().await?;
        let items = memory.mirror.into_iter().flat_map(|(_, items)| items);
        let items = items.filter_map(|(_, item)| serde_json::from_str::<Item>(&item).ok());
        let linked: Vec<FrNr> = items.filter_map(|item| item.marks()?.frnr).collect();
        let equal = |row: Box<RawValue>| {
            let termin = read_object(&serde_json::from_str(row.get()).ok()?).ok()?;
            (termin.form.as_ref() == Ok(&form) && !linked.contains(&termin.frnr)).then_some(termin.frnr)
        };
        let rows = self.fleet.advoware().for_run().list(self.kuerzel, day, day).await?;
        Ok(rows.into_iter().find_map(equal))
    }

    /// Notes a write that is about to be made, if the lease outlives it.
    async fn begin(&self, write: &Write<'_>) -> Result<String, Failure> {
        let entry = self.store.begin(write).await?;
        let (advoware, google) = self.fleet.time_outs();
        let time_out = if write.side == Side::Google { google } else { advoware };
        if self.lease.outlives(time_out) { Ok(entry) } else { Err(Failure::not_done(FailureKind::LeaseLost, "lease.lost")) }
    }
}
