//! The live feed: one reader of Redis for the whole process, any number of listeners.
//!
//! The newest events are kept in memory. A listener goes through them at its own pace, so a slow one neither
//! delays the others nor holds anything back; one that was away goes on after its last event.

mod follow;
mod listen;
mod ring;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

pub(crate) use listen::Item;
pub(crate) use ring::EventId;
use ring::Ring;

/// The newest events and whoever waits for more. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feed {
    inner: Arc<Inner>,
}

struct Inner {
    ring: Mutex<Ring>,
    /// Counts the changes of the ring.
    changes: watch::Sender<u64>,
    /// Since when Redis could not be read.
    away_since: Mutex<Option<DateTime<Utc>>>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                ring: Mutex::new(Ring::default()),
                changes: watch::Sender::new(0),
                away_since: Mutex::default(),
            }),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.inner.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when Redis could not be read; none while it can.
    pub(crate) fn away_since(&self) -> Option<DateTime<Utc>> {
        *self.inner.away_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that Redis could be read, or that it could not at a moment; whether that is news.
    fn note_away(&self, at: Option<DateTime<Utc>>) -> bool {
        let mut since = self.inner.away_since.lock().unwrap_or_else(PoisonError::into_inner);
        let news = since.is_some() != at.is_some();
        if news {
            *since = at;
        }
        news
    }

    fn change(&self, change: impl FnOnce(&mut Ring)) {
        change(&mut self.ring());
        self.inner.changes.send_modify(|changes| *changes += 1);
    }
}
