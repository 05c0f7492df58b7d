//! Reports of runs, and what a comparison without a run found.

use std::collections::BTreeMap;
use std::time::Duration;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use advosync_sync::run::Report;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::State;
use crate::memory::stamped;
use crate::run_store::json;

/// As long as run records live.
const LIFE: Duration = Duration::from_hours(30 * 24);

/// How long it is remembered that a night's comparison was begun.
const NIGHT_LIFE: Duration = Duration::from_hours(48);

/// A report, and which run gave it when.
#[derive(Debug, Clone, Serialize)]
pub struct StoredReport {
    /// When the run ended.
    pub at: DateTime<Utc>,
    /// The run.
    pub run_id: String,
    /// What it did.
    pub report: Report,
}

/// How far apart the two sides of an employee were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// When both sides were compared.
    pub checked_at: DateTime<Utc>,
    /// Appointments that Google lacks.
    pub missing: usize,
    /// Events that Advoware lacks.
    pub extra: usize,
    /// Pairs whose fields differ.
    pub different: usize,
}

/// Reports and drift, by employee and by run.
#[derive(Debug, Clone)]
pub struct Reports {
    state: State,
}

impl Reports {
    /// Of the whole fleet.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self { state: state.clone() }
    }

    /// Keeps a report under the lease of its run.
    pub(crate) async fn put(&self, lease: &LeaseGuard, run_id: &str, report: &Report, by_run: bool) -> Result<(), LinkError> {
        let script = &self.state.scripts().put_report;
        let keys = [self.state.key("reports"), self.state.key_of("report", run_id)];
        let mut call = self.state.fenced(script, lease, &[&keys[0], &keys[1]]);
        call.arg(lease.key()).arg(run_id).arg(json(report));
        call.arg(if by_run { LIFE.as_millis().to_string() } else { String::new() });
        self.state.run::<i64>(script, &call).await.map(drop)
    }

    /// The employee's last report.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn last(&self, kuerzel: &str) -> Result<Option<StoredReport>, LinkError> {
        let record: Option<String> =
            self.state.redis().run(redis::cmd("HGET").arg(self.state.key("reports")).arg(kuerzel)).await?;
        Ok(record.as_deref().and_then(read))
    }

    /// Everybody's last report.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn last_all(&self) -> Result<BTreeMap<String, StoredReport>, LinkError> {
        let records: BTreeMap<String, String> =
            self.state.redis().run(redis::cmd("HGETALL").arg(self.state.key("reports"))).await?;
        Ok(records.into_iter().filter_map(|(kuerzel, record)| Some((kuerzel, read(&record)?))).collect())
    }

    /// The report of one run, where it was kept.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn of_run(&self, run_id: &str) -> Result<Option<StoredReport>, LinkError> {
        let record: Option<String> = self.state.redis().run(redis::cmd("GET").arg(self.state.key_of("report", run_id))).await?;
        Ok(record.as_deref().and_then(read))
    }

    /// Keeps what a comparison found, under `lease` where the comparer holds one.
    ///
    /// # Errors
    /// [`LinkError::StaleLease`] once the lease is somebody else's; else without Redis.
    pub async fn put_drift(&self, lease: Option<&LeaseGuard>, kuerzel: &str, drift: &Drift) -> Result<(), LinkError> {
        self.state.put_record(lease, "drift", kuerzel, drift).await
    }

    /// Whether the caller is the first to compare everybody on this night; nobody else of the fleet is then.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn claim_night(&self, day: NaiveDate) -> Result<bool, LinkError> {
        let mut set = redis::cmd("SET");
        set.arg(self.state.key_of("drift-night", &day.to_string())).arg("1").arg("NX").arg("EX").arg(NIGHT_LIFE.as_secs());
        Ok(self.state.redis().run::<Option<String>>(&set).await?.is_some())
    }

    /// What was last found, by employee.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn drift(&self) -> Result<BTreeMap<String, Drift>, LinkError> {
        self.state.records("drift").await
    }
}

fn read(record: &str) -> Option<StoredReport> {
    let (at, rest) = stamped(record)?;
    let (run_id, report) = rest.split_once(' ')?;
    Some(StoredReport { at, run_id: run_id.to_owned(), report: serde_json::from_str(report).ok()? })
}
