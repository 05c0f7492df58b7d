//! One employee's job: calendar, both sides, plan, apply, channel.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use advosync_config::{ConflictPolicy, DeleteConflictPolicy};
use advosync_queue::{Job, LeaseGuard, Origin, Outcome, QueueError};
use advosync_state::{CalendarRecord, RunStore, Who, failure};
use advosync_sync::fingerprint::KeyRing;
use advosync_sync::identity::{Deployment, Scope};
use advosync_sync::plan::{Policy, Window};
use advosync_sync::ports::{Failure, FailureKind, Side};
use advosync_sync::run::{Ports, Report, Task, synchronise};
use advosync_telemetry::{CircuitState, OperationKind, Refusal, RemoteSide, Upstream};
use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::Fleet;
use crate::adapters::{JobLease, PhaseTimes, QueueWaker, Watcher};
use crate::outcome;

/// How often a run tells where it has got to.
const TELL_PAUSE: Duration = Duration::from_millis(300);

/// The day in Berlin.
pub(crate) fn berlin_day(now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&chrono_tz::Europe::Berlin).date_naive()
}

fn queue_failure(error: QueueError) -> Failure {
    match error {
        QueueError::Link(error) => failure(error),
        _ => Failure::not_done(FailureKind::Unavailable, "redis.queue"),
    }
}

impl Fleet {
    /// Redis's time, the only clock that counts.
    pub(crate) async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        let ms = self.queue().redis().time_ms().await.map_err(failure)?;
        i64::try_from(ms)
            .ok()
            .and_then(DateTime::from_timestamp_millis)
            .ok_or_else(|| Failure::not_done(FailureKind::Unavailable, "redis.time"))
    }

    pub(crate) fn policy(&self, kuerzel: &str) -> Policy {
        let sync = self.sync();
        let (advoware_time_out, _) = self.time_outs();
        Policy {
            kuerzel: kuerzel.to_owned(),
            scope: Scope::new(&Deployment(sync.deployment.clone()), kuerzel),
            keys: KeyRing::new(sync.keys.fingerprint.iter().map(|key| *key.expose())),
            conflict: match sync.conflict {
                ConflictPolicy::Advoware => Side::Advoware,
                ConflictPolicy::Google => Side::Google,
            },
            keep_changed: sync.delete_conflict == DeleteConflictPolicy::Keep,
            max_deletes: usize::try_from(sync.max_deletes).unwrap_or(usize::MAX),
            anonymise: sync.anonymize,
            claim_patience_ms: i64::try_from(2 * advoware_time_out.as_millis()).unwrap_or(i64::MAX),
        }
    }

    fn window(&self, now: DateTime<Utc>) -> Window {
        let (today, sync) = (berlin_day(now), self.sync());
        Window {
            first: today.checked_sub_days(Days::new(sync.past_days.into())).unwrap_or(NaiveDate::MIN),
            last: today.checked_add_days(Days::new(sync.future_days.into())).unwrap_or(NaiveDate::MAX),
        }
    }

    pub(crate) fn task(&self, kuerzel: &str, calendar: &str, colleagues: BTreeMap<String, String>, now: DateTime<Utc>) -> Task {
        let (advoware_time_out, google_time_out) = self.time_outs();
        Task {
            policy: self.policy(kuerzel),
            window: self.window(now),
            calendar: calendar.to_owned(),
            colleagues,
            advoware_time_out,
            google_time_out,
        }
    }

    /// Synchronises the job's employee.
    pub(crate) async fn synchronise(&self, job: &Job, lease: &LeaseGuard) -> Outcome {
        match self.run_employee(job, lease).await {
            Ok((report, times)) => {
                self.record(&report);
                outcome::of_report(&report, times)
            }
            Err(failure) => {
                tracing::warn!(kuerzel = job.key, code = failure.code, kind = ?failure.kind, "the run did not come to its end");
                self.record_failure(&failure);
                outcome::of_failure(&failure)
            }
        }
    }

    async fn run_employee(&self, job: &Job, lease: &LeaseGuard) -> Result<(Report, PhaseTimes), Failure> {
        let record = self.ensure_calendar(&job.key, lease).await?;
        match self.run_in(&record, job, lease).await {
            Err(failure) if failure.kind == FailureKind::CalendarMissing => {
                let record = self.replace_calendar(&job.key, lease, &record).await?;
                self.run_in(&record, job, lease).await
            }
            report => report,
        }
    }

    async fn run_in(&self, record: &CalendarRecord, job: &Job, lease: &LeaseGuard) -> Result<(Report, PhaseTimes), Failure> {
        let colleagues = self.colleagues(&job.key, Some(lease)).await?;
        let task = self.task(&job.key, &record.id, colleagues, self.now().await?);
        let known = self.known_employees().await.map_err(failure)?;
        let waker =
            QueueWaker { queue: self.queue().clone(), known: known.map_or_else(BTreeSet::new, |known| known.synchronised) };
        let undone = self.carry_out_undos(job, lease, &record.id).await?;
        let who = Who { run_id: job.run_id.clone(), actor: self.actor(job).await? };
        let store = RunStore::new(self.state(), lease.clone(), who, self.journal().clone(), waker);
        let (advoware, google) = (self.advoware().for_run(), self.google().for_run(job.urgent));
        let (held_lease, watcher) = (JobLease(lease.clone()), Watcher::new(lease.clone()));
        let ports = Ports { advoware: &advoware, google: &google, store: &store, lease: &held_lease };
        let mut report = tokio::select! {
            report = synchronise(ports, &task, &watcher) => report?,
            () = watcher.tell(TELL_PAUSE) => unreachable!("the watcher lives as long as the run"),
        };
        let times = watcher.times();
        undone.add_to(&mut report);
        self.ensure_channel(&job.key, record, lease).await;
        let by_run = report.counts.wrote() || !report.notes.is_empty() || !report.held.is_empty();
        store.put_report(&report, by_run).await?;
        Ok((report, times))
    }

    /// Who the journal says it was: the person who asked, else what caused the run.
    async fn actor(&self, job: &Job) -> Result<String, Failure> {
        let mut run_id = Some(job.run_id.clone()).filter(|_| job.origin == Origin::Person);
        // The job of an `ALL` is on account of whoever asked for that.
        while let Some(id) = run_id {
            let Some(run) = self.queue().run(&id).await.map_err(queue_failure)? else { break };
            if let Some(who) = run.requested_by {
                return Ok(who);
            }
            run_id = run.parent;
        }
        Ok(job.origin.as_str().to_owned())
    }

    fn record(&self, report: &Report) {
        for note in report.notes.iter().filter(|note| note.kind == advosync_sync::plan::NoteKind::Conflict) {
            for field in &note.detail {
                self.metrics().conflict(field);
            }
        }
        let counts = &report.counts;
        for (side, done) in [(RemoteSide::Advoware, counts.advoware), (RemoteSide::Google, counts.google)] {
            for (kind, count) in [
                (OperationKind::Create, done.created),
                (OperationKind::Update, done.updated),
                (OperationKind::Delete, done.deleted),
            ] {
                self.metrics().operated(side, kind, count as u64, 0);
            }
        }
        self.metrics().planned(report.planned);
        self.metrics().items_failed(counts.errors as u64);
        self.tell_circuits();
    }

    /// Counts a failure that ended a run or a fan-out.
    pub(crate) fn record_failure(&self, failure: &Failure) {
        let upstream = if failure.code.starts_with("google") { Upstream::Google } else { Upstream::Advoware };
        match failure.kind {
            FailureKind::Denied => self.metrics().refused(upstream, Refusal::Credentials),
            FailureKind::Quota => self.metrics().refused(upstream, Refusal::Quota),
            _ => {}
        }
        self.tell_circuits();
    }

    fn tell_circuits(&self) {
        let state = |state| match state {
            advosync_upstream::CircuitState::Closed => CircuitState::Closed,
            advosync_upstream::CircuitState::Open { .. } => CircuitState::Open,
            advosync_upstream::CircuitState::HalfOpen => CircuitState::HalfOpen,
        };
        self.metrics().set_circuit(Upstream::Advoware, state(self.advoware().breaker().state()));
        self.metrics().set_circuit(Upstream::Google, state(self.google().breaker().state()));
    }
}
