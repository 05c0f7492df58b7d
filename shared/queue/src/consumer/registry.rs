//! The leases this process holds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::lease::Held;

/// Shared by the consumer's tasks and its renewal thread.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    by_token: Mutex<HashMap<u64, Arc<Held>>>,
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Held>>> {
        self.by_token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, held: &Arc<Held>) {
        self.lock().insert(held.lease.token, Arc::clone(held));
    }

    pub(crate) fn remove(&self, held: &Held) {
        self.lock().remove(&held.lease.token);
    }

    pub(crate) fn count_urgent(&self) -> usize {
        self.lock().values().filter(|held| held.lease.stream == "u").count()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Held>> {
        self.lock().values().cloned().collect()
    }
}
