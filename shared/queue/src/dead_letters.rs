//! Jobs that need a person.

use std::collections::HashMap;

use redis::Cmd;
use serde::{Deserialize, Serialize};

use crate::{
    Origin, Page, Queue, QueueError, Trigger, Triggered,
    trigger::{add_request, read_triggered},
};

/// Entries read per round trip.
const PAGE: usize = 500;
/// Entries looked at per listing at most.
const LOOKED_AT: usize = 20_000;

/// One failed attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// `error`, or `death` of its worker.
    pub how: String,
    /// Class of the error.
    pub class: String,
    /// Its code.
    pub code: String,
    /// The worker.
    pub worker: String,
    /// When, in ms since 1970 by Redis's clock.
    pub at: u64,
}

/// A job that will not be tried again by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// Its id among the dead letters; its first part is the time of death in ms since 1970.
    pub id: String,
    /// The job.
    pub job_id: String,
    /// Its run.
    pub run_id: String,
    /// `all`, or what a keyed job is called.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// `errors`, `deaths`, `final` or `garbage`.
    pub reason: String,
    /// Class of the last error.
    pub class: String,
    /// Its code.
    pub code: String,
    /// The last worker.
    pub worker: String,
    /// The last attempt.
    pub attempt: u32,
    /// When the job was asked for, in ms since 1970.
    pub enqueued_at_ms: u64,
    /// W3C trace context of whoever asked.
    pub traceparent: Option<String>,
    /// Who asked.
    pub origin: Origin,
    /// Every failed attempt.
    pub history: Vec<Failure>,
}

impl DeadLetter {
    /// Time of death, in ms since 1970.
    #[must_use]
    pub fn died_at_ms(&self) -> u64 {
        self.id.split('-').next().and_then(|ms| ms.parse().ok()).unwrap_or(0)
    }

    /// Id of the trace it belongs to.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        let id = self.traceparent.as_deref()?.split('-').nth(1)?;
        (id.len() == 32).then_some(id)
    }

    fn read(key_field: &str, id: String, mut fields: HashMap<String, String>) -> Self {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        Self {
            id,
            job_id: take("job_id"),
            run_id: take("run_id"),
            kind: take("kind"),
            key: take(key_field),
            reason: take("reason"),
            class: take("class"),
            code: take("code"),
            worker: take("worker"),
            attempt: take("attempt").parse().unwrap_or(1),
            enqueued_at_ms: take("enqueued_at").parse().unwrap_or(0),
            traceparent: Some(take("traceparent")).filter(|trace| !trace.is_empty()),
            origin: Origin::parse(&take("origin")),
            history: serde_json::from_str(&take("history")).unwrap_or_default(),
        }
    }
}

/// Which dead letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadFilter {
    /// Only of this key.
    pub key: Option<String>,
    /// Only of this class.
    pub class: Option<String>,
    /// Only for this reason.
    pub reason: Option<String>,
}

impl DeadFilter {
    fn admits(&self, letter: &DeadLetter) -> bool {
        let fits = |wanted: &Option<String>, is: &String| wanted.as_ref().is_none_or(|wanted| wanted == is);
        fits(&self.key, &letter.key) && fits(&self.class, &letter.class) && fits(&self.reason, &letter.reason)
    }
}

type Entries = Vec<(String, HashMap<String, String>)>;

impl Queue {
    /// Dead letters, newest first. `cursor` is the last page's [`Page::next`].
    ///
    /// # Errors
    /// What Redis says.
    pub async fn dead_letters(
        &self,
        filter: &DeadFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<DeadLetter>, QueueError> {
        let mut before = cursor.map_or_else(|| "+".to_owned(), |id| format!("({id}"));
        let mut items = Vec::new();
        let mut looked_at = 0;
        loop {
            let mut range = redis::cmd("XREVRANGE");
            range.arg(self.keys().dead()).arg(&before).arg("-").arg("COUNT").arg(PAGE);
            let entries: Entries = self.redis().run(&range).await?;
            let is_last = entries.len() < PAGE;
            looked_at += entries.len();
            for (id, fields) in entries {
                before = format!("({id}");
                let letter = DeadLetter::read(&self.settings().key_field, id, fields);
                if filter.admits(&letter) {
                    items.push(letter);
                }
                if items.len() > limit.max(1) {
                    items.pop();
                    let next = items.last().map(|last| last.id.clone());
                    return Ok(Page { items, next });
                }
            }
            if is_last {
                return Ok(Page { items, next: None });
            }
            if looked_at >= LOOKED_AT {
                return Ok(Page { items, next: Some(before[1..].to_owned()) });
            }
        }
    }

    /// One dead letter.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>, QueueError> {
        let mut range = redis::cmd("XRANGE");
        range.arg(self.keys().dead()).arg(id).arg(id);
        if !is_entry_id(id) {
            return Ok(None);
        }
        let entries: Entries = self.redis().run(&range).await?;
        let key_field = &self.settings().key_field;
        Ok(entries.into_iter().next().map(|(id, fields)| DeadLetter::read(key_field, id, fields)))
    }

    /// Runs it again: joins like any trigger, as the request of `asker`, whose key is of no account.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], [`QueueError::Unreadable`] for garbage, else what Redis says.
    pub async fn requeue_dead(&self, id: &str, asker: &Trigger) -> Result<Triggered, QueueError> {
        let answer = self.bury_or_raise("requeue", id, asker).await?;
        if answer.is_empty() {
            return Err(QueueError::Unreadable);
        }
        Ok(read_triggered(&answer))
    }

    /// Forgets it.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], else what Redis says.
    pub async fn drop_dead(&self, id: &str) -> Result<(), QueueError> {
        self.bury_or_raise("drop", id, &Trigger::new("", Origin::Person)).await?;
        Ok(())
    }

    /// Requeues all that match; answers what became of each. Garbage stays.
    ///
    /// # Errors
    /// What Redis says; what was requeued until then stays so.
    pub async fn requeue_all_dead(&self, filter: &DeadFilter, asker: &Trigger) -> Result<Vec<Triggered>, QueueError> {
        let mut requeued = Vec::new();
        for id in self.matching(filter).await? {
            match self.requeue_dead(&id, asker).await {
                Ok(triggered) => requeued.push(triggered),
                Err(QueueError::NotFound | QueueError::Unreadable) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(requeued)
    }

    /// Drops all that match; answers how many.
    ///
    /// # Errors
    /// What Redis says; what was dropped until then stays so.
    pub async fn drop_all_dead(&self, filter: &DeadFilter) -> Result<u64, QueueError> {
        let mut dropped = 0;
        for id in self.matching(filter).await? {
            match self.drop_dead(&id).await {
                Ok(()) => dropped += 1,
                Err(QueueError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(dropped)
    }

    /// All that match now; what dies later is not among them.
    async fn matching(&self, filter: &DeadFilter) -> Result<Vec<String>, QueueError> {
        let mut ids = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.dead_letters(filter, cursor.as_deref(), PAGE).await?;
            ids.extend(page.items.into_iter().map(|letter| letter.id));
            cursor = page.next;
            if cursor.is_none() {
                return Ok(ids);
            }
        }
    }

    async fn bury_or_raise(&self, what: &str, id: &str, request: &Trigger) -> Result<Vec<String>, QueueError> {
        if !is_entry_id(id) {
            return Err(QueueError::NotFound);
        }
        let call = self.dead_call(what, id, request);
        let answer: Option<Vec<String>> = self.redis().script(&self.scripts().dead, &call).await?;
        answer.ok_or(QueueError::NotFound)
    }

    pub(crate) fn dead_call(&self, what: &str, id: &str, request: &Trigger) -> Cmd {
        let mut call = self.call(&self.scripts().dead);
        call.arg(what).arg(id);
        add_request(&mut call, request);
        call
    }
}

fn is_entry_id(id: &str) -> bool {
    id.split_once('-').is_some_and(|(ms, seq)| ms.parse::<u64>().is_ok() && seq.parse::<u64>().is_ok())
}
