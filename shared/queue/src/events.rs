//! The live feed: what changed, as it changes.

use std::{collections::HashMap, time::Duration};

use serde_json::{Map, Value};

use crate::{
    Queue,
    link::{Dedicated, LinkError},
};

/// Longest wait for one answer; the reader asks again.
const BLOCK: Duration = Duration::from_secs(2);
/// Events per answer.
const COUNT: usize = 500;

/// One visible change of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the feed; a reader goes on after it.
    pub id: String,
    /// The run.
    pub run_id: String,
    /// Its key.
    pub key: String,
    /// `all`, or what a keyed job is called.
    pub kind: String,
    /// The status it came to.
    pub status: String,
    /// What it is doing, where it says so.
    pub phase: Option<String>,
    /// Counts so far, where it has any.
    pub counts: Value,
}

impl Event {
    /// As JSON, the key under the queue's field name.
    #[must_use]
    pub fn to_json(&self, key_field: &str) -> Value {
        let mut json = Map::new();
        json.insert("run_id".into(), self.run_id.clone().into());
        json.insert(key_field.into(), self.key.clone().into());
        json.insert("kind".into(), self.kind.clone().into());
        json.insert("status".into(), self.status.clone().into());
        json.insert("phase".into(), self.phase.clone().into());
        json.insert("counts".into(), self.counts.clone());
        json.into()
    }

    fn read(key_field: &str, id: String, mut fields: HashMap<String, String>) -> Self {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        Self {
            id,
            run_id: take("run_id"),
            key: take(key_field),
            kind: take("kind"),
            status: take("status"),
            phase: Some(take("phase")).filter(|phase| !phase.is_empty()),
            counts: serde_json::from_str(&take("counts")).unwrap_or(Value::Null),
        }
    }
}

/// Reads the feed from a place on; holds one connection of its own.
#[derive(Debug)]
pub struct EventReader {
    queue: Queue,
    connection: Dedicated,
    after: Option<String>,
}

/// What `XREAD` answers: streams with their entries.
type Streams = Option<Vec<(String, Vec<(String, HashMap<String, String>)>)>>;

impl Queue {
    /// A reader of the feed after the event `after`, or from now on. The feed keeps about the
    /// last 2,000 events; a reader that was away for longer has missed some.
    #[must_use]
    pub fn events(&self, after: Option<String>) -> EventReader {
        EventReader { queue: self.clone(), connection: self.redis().dedicated(), after: after.filter(|id| is_stream_id(id)) }
    }
}

impl EventReader {
    /// Waits for the next events. An empty answer only means that nothing happened for 2 s.
    ///
    /// # Errors
    /// What Redis says; the next call connects anew and misses nothing.
    pub async fn next(&mut self) -> Result<Vec<Event>, LinkError> {
        let after = match &self.after {
            Some(after) => after.clone(),
            None => self.now().await?,
        };
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(COUNT).arg("BLOCK").arg(BLOCK.as_millis() as u64);
        read.arg("STREAMS").arg(self.queue.keys().events()).arg(&after);
        self.after = Some(after);
        let deadline = BLOCK + self.queue.redis().timeout();
        let streams: Streams = self.connection.run(&read, deadline).await?;
        let key_field = &self.queue.settings().key_field;
        let events: Vec<Event> = streams
            .into_iter()
            .flatten()
            .flat_map(|(_, entries)| entries)
            .map(|(id, fields)| Event::read(key_field, id, fields))
            .collect();
        if let Some(last) = events.last() {
            self.after = Some(last.id.clone());
        }
        Ok(events)
    }

    /// The id of the newest event.
    async fn now(&mut self) -> Result<String, LinkError> {
        let mut last = redis::cmd("XREVRANGE");
        last.arg(self.queue.keys().events()).arg("+").arg("-").arg("COUNT").arg(1);
        let entries: Vec<(String, HashMap<String, String>)> = self.queue.redis().run(&last).await?;
        Ok(entries.into_iter().next().map_or_else(|| "0-0".to_owned(), |(id, _)| id))
    }
}

fn is_stream_id(id: &str) -> bool {
    let (ms, seq) = id.split_once('-').unwrap_or((id, "0"));
    ms.parse::<u64>().is_ok() && seq.parse::<u64>().is_ok()
}
