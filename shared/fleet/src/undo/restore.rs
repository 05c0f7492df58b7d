//! A held deletion that was not meant: what it would remove stays, and its other half comes back.
//!
//! For that its base is forgotten. A pair whose base is unknown and of which one half is gone comes back on the
//! side where it is gone, by the ordinary rules; so nothing here makes an appointment or an event.

use advosync_queue::{Job, LeaseGuard, Origin, Trigger, Triggered};
use advosync_state::{LookStore, NoWaker, RestoreRequest, RunStore, Who, failure};
use advosync_sync::form::FieldSet;
use advosync_sync::identity::Marks;
use advosync_sync::mirror::Item;
use advosync_sync::plan::{HeldItem, HeldOperation, NoteKind, Reason};
use advosync_sync::ports::{Conditional, Failure, FailureKind, Google, Lease, Side, Store, Verb, Write};

use super::carry_out::{LIFE, Undone};
use crate::Fleet;
use crate::adapters::JobLease;
use crate::triggers::ReleaseError;

/// Why a held item can't come back: the word that stands in reports.
const NOT_THERE: &str = "gone-since";

impl Fleet {
    /// Asks for held deletions not to be carried out and for what was deleted to come back; gives the items that
    /// will, and the run that sees to it. Creations that are held, and events of which Google shows no text, can't.
    ///
    /// # Errors
    /// Where Redis is away.
    pub async fn restore(
        &self,
        kuerzel: &str,
        who: &str,
        selection: &[HeldItem],
    ) -> Result<(Vec<HeldItem>, Option<Triggered>), ReleaseError> {
        let held = self.held().held(kuerzel).await?;
        let can_return =
            |item: &HeldItem| item.operation == HeldOperation::Delete && !(item.side == Side::Google && self.sync().anonymize);
        let wanted = held.into_iter().map(|held| held.item).filter(|item| selection.contains(item) && can_return(item));
        let items: Vec<HeldItem> = wanted.collect();
        if items.is_empty() {
            return Ok((items, None));
        }
        for item in &items {
            self.undo_requests().ask_restore(kuerzel, item, who).await?;
        }
        let trigger = Trigger { requested_by: Some(who.to_owned()), ..Trigger::new(kuerzel, Origin::Person) };
        let triggered = self.trigger(trigger).await?;
        Ok((items, Some(triggered)))
    }

    /// Carries out what waits to come back for the job's employee.
    pub(super) async fn carry_out_restores(
        &self,
        job: &Job,
        lease: &LeaseGuard,
        calendar: &str,
        undone: &mut Undone,
    ) -> Result<(), Failure> {
        for (name, request) in self.undo_requests().to_restore(&job.key).await.map_err(failure)? {
            if self.now().await? - request.at <= LIFE && !self.bring_back(job, lease, calendar, &request).await? {
                let HeldItem { frnr, event_id, .. } = request.item.clone();
                undone.note(NoteKind::NotUndone, (frnr, event_id), NOT_THERE.to_owned());
            }
            self.undo_requests().restored(lease, &name, &request).await.map_err(failure)?;
        }
        Ok(())
    }

    /// Forgets the base of one pair; whether it was there.
    async fn bring_back(&self, job: &Job, lease: &LeaseGuard, calendar: &str, request: &RestoreRequest) -> Result<bool, Failure> {
        let who = Who { run_id: job.run_id.clone(), actor: request.who.clone() };
        let store = RunStore::new(self.state(), lease.clone(), who, self.journal().clone(), NoWaker);
        let Some(event_id) = request.item.event_id.as_deref() else { return Ok(false) };
        match request.item.side {
            Side::Advoware => self.forget_tombstones_base(&job.key, &store, event_id).await,
            Side::Google => self.forget_events_base(&job.key, &store, lease, calendar, (event_id, request)).await,
        }
    }

    /// The event is gone, and its appointment is to stay.
    async fn forget_tombstones_base(&self, kuerzel: &str, store: &RunStore<NoWaker>, event_id: &str) -> Result<bool, Failure> {
        let memory = LookStore::new(self.state(), kuerzel).load().await?;
        let mut items = memory.mirror.into_iter().flat_map(|(_, items)| items);
        let item = items.find(|(id, _)| id == event_id).and_then(|(_, item)| serde_json::from_str::<Item>(&item).ok());
        let Some(Item::Tombstone(mut tombstone)) = item else { return Ok(false) };
        let Some(marks) = &mut tombstone.marks else { return Ok(false) };
        marks.base = None;
        let stored = serde_json::to_string(&Item::Tombstone(tombstone)).unwrap_or_default();
        store.amend_mirror(event_id, &stored).await?;
        Ok(true)
    }

    /// The appointment is gone, and its event is to stay.
    async fn forget_events_base(
        &self,
        kuerzel: &str,
        store: &RunStore<NoWaker>,
        lease: &LeaseGuard,
        calendar: &str,
        (event_id, request): (&str, &RestoreRequest),
    ) -> Result<bool, Failure> {
        let policy = self.policy(kuerzel);
        let google = self.google().for_run(true);
        let Some(mut event) = google.get(calendar, event_id).await? else { return Ok(false) };
        let Some(marks) = Marks::read(&event, event_id, policy.deployment()) else { return Ok(false) };
        Marks { base: None, ..marks }.write(&mut event, event_id, &policy.scope);
        let etag = event.get("etag").and_then(|etag| etag.as_str()).unwrap_or_default().to_owned();
        let write = Write {
            side: Side::Google,
            verb: Verb::Update,
            frnr: request.item.frnr,
            event_id: Some(event_id),
            fields: FieldSet::NONE,
            reason: Reason::Undone,
            before: None,
            after: None,
        };
        let entry = store.begin(&write).await?;
        if !JobLease(lease.clone()).outlives(self.time_outs().1) {
            return Err(Failure::not_done(FailureKind::LeaseLost, "lease.lost"));
        }
        let done = matches!(google.update(calendar, event_id, &etag, &event).await?, Conditional::Done(_));
        if done {
            store.settle(&entry, request.item.frnr).await?;
        }
        Ok(done)
    }
}
