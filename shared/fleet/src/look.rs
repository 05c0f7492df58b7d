//! What a run would do, without doing any of it.

use std::time::Duration;

use advosync_state::{LookStore, failure};
use advosync_sync::plan::Plan;
use advosync_sync::ports::{Conditional, Failure, FailureKind, Google, Inserted, Lease, Listing, Object};
use advosync_sync::run::{Loaded, Ports, Task, dry_run};
use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::Fleet;

/// Stands for the calendar that the first run will make.
const NOT_MADE: &str = "";

/// What a look without writing found.
#[derive(Debug)]
pub struct Look {
    /// What it was made with.
    pub task: Task,
    /// Both sides.
    pub loaded: Loaded,
    /// What a run would do.
    pub plan: Plan,
}

impl Fleet {
    /// What a run of `kuerzel` would do now. Writes nothing anywhere. Where there is no calendar yet, or it is gone, it
    /// looks at the one that the run would take over, else at an empty one.
    ///
    /// # Errors
    /// Where one side can't be read.
    pub async fn look(&self, kuerzel: &str) -> Result<Look, Failure> {
        if let Some(record) = self.calendars().get(kuerzel).await.map_err(failure)? {
            match self.look_into(kuerzel, &record.id).await {
                Err(failure) if failure.kind == FailureKind::CalendarMissing => {}
                look => return look,
            }
        }
        let calendar = self.find_calendar(kuerzel).await?;
        self.look_into(kuerzel, calendar.as_deref().unwrap_or(NOT_MADE)).await
    }

    /// The same, of this calendar.
    async fn look_into(&self, kuerzel: &str, calendar: &str) -> Result<Look, Failure> {
        let colleagues = self.colleagues(kuerzel, None).await?;
        let task = self.task(kuerzel, calendar, colleagues, self.now().await?);
        let store = LookStore::new(self.state(), kuerzel);
        let (advoware, google) = (self.advoware().for_run(), ReadOnly(self.google().for_run(true)));
        let ports = Ports { advoware: &advoware, google: &google, store: &store, lease: &NoLease };
        let (loaded, plan) = dry_run(ports, &task).await?;
        Ok(Look { task, loaded, plan })
    }
}

/// No lease: nothing is written.
struct NoLease;

impl Lease for NoLease {
    fn outlives(&self, _: Duration) -> bool {
        false
    }

    fn should_stop(&self) -> bool {
        false
    }

    async fn wait(&self, _: Duration) {}
}

/// Google without its writes; a calendar that is not made yet is empty.
struct ReadOnly<G>(G);

fn refused<T>() -> Result<T, Failure> {
    Err(Failure::not_done(FailureKind::LeaseLost, "look: nothing is written"))
}

impl<G: Google> Google for ReadOnly<G> {
    async fn list(&self, calendar: &str, token: Option<&str>) -> Result<Listing, Failure> {
        if calendar == NOT_MADE { Ok(Listing::default()) } else { self.0.list(calendar, token).await }
    }

    async fn get(&self, calendar: &str, id: &str) -> Result<Option<Object>, Failure> {
        if calendar == NOT_MADE { Ok(None) } else { self.0.get(calendar, id).await }
    }

    async fn instances(
        &self,
        calendar: &str,
        id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Box<RawValue>>, Failure> {
        self.0.instances(calendar, id, from, to).await
    }

    async fn insert(&self, _: &str, _: &Object) -> Result<Inserted, Failure> {
        refused()
    }

    async fn update(&self, _: &str, _: &str, _: &str, _: &Object) -> Result<Conditional<Object>, Failure> {
        refused()
    }

    async fn delete(&self, _: &str, _: &str, _: &str) -> Result<Conditional<()>, Failure> {
        refused()
    }
}
