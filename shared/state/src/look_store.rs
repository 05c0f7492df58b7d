//! The store of a dry run.

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

    async fn count_deletion(&self, _side: Side) -> Result<(), Failure> {
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
