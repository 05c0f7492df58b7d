//! The store of a dry run.

use advosync_queue::link::LinkError;
use advosync_sync::mirror::Made;
use advosync_sync::plan::HeldItem;
use advosync_sync::ports::{Failure, FrNr, Memory, MirrorStep, Side, Store, Write};
use chrono::{DateTime, Utc};

use crate::memory::{Names, load_memory, redis_now};
use crate::{State, failure};

/// Reads what is remembered of an employee, and keeps nothing of what it is told.
#[derive(Debug, Clone)]
pub struct LookStore {
    state: State,
    names: Names,
}

impl LookStore {
    /// A look at one employee.
    #[must_use]
    pub fn new(state: &State, kuerzel: &str) -> Self {
        Self { state: state.clone(), names: Names::new(state, kuerzel) }
    }
}

impl State {
    /// Whose calendar had this event when it was last seen, dead or alive; in one round trip, however many are asked for.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn whose_event(&self, employees: &[String], event_id: &str) -> Result<Option<String>, LinkError> {
        if employees.is_empty() {
            return Ok(None);
        }
        let mut pipe = redis::pipe();
        for kuerzel in employees {
            pipe.hexists(Names::new(self, kuerzel).mirror, event_id);
        }
        let found: Vec<bool> = self.redis().pipe(&pipe).await?;
        Ok(employees.iter().zip(found).find_map(|(kuerzel, found)| found.then(|| kuerzel.clone())))
    }
}

impl Store for LookStore {
    async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        redis_now(&self.state).await.map_err(failure)
    }

    async fn load(&self) -> Result<Memory, Failure> {
        load_memory(&self.state, &self.names).await.map_err(failure)
    }

    async fn save_mirror(&self, _made: &Made, _step: &MirrorStep) -> Result<(), Failure> {
        Ok(())
    }

    async fn amend_mirror(&self, _event_id: &str, _item: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn note_deletion(&self, _side: Side, _counts: bool, _frnr: Option<FrNr>, _event_id: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn remember_probes(&self, _numbers: &[FrNr]) -> Result<(), Failure> {
        Ok(())
    }

    async fn set_held(&self, _held: &[HeldItem]) -> Result<(), Failure> {
        Ok(())
    }

    async fn begin(&self, _write: &Write<'_>) -> Result<String, Failure> {
        Ok(String::new())
    }

    async fn settle(&self, _entry: &str, _frnr: Option<FrNr>) -> Result<(), Failure> {
        Ok(())
    }

    async fn wake(&self, _kuerzel: &str) -> Result<(), Failure> {
        Ok(())
    }
}
