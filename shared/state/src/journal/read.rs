//! Finding entries.

use advosync_queue::link::LinkError;
use advosync_sync::ports::FrNr;

use super::entry::Recorded;
use super::{Journal, JournalEntry, JournalPage};
use crate::memory::moment;

/// Which entries are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter<'a> {
    /// All.
    All,
    /// Those of one run.
    Run(&'a str),
    /// Those of one employee's runs.
    Employee(&'a str),
    /// Those of one appointment, whoever's it was then.
    Appointment(FrNr),
    /// Those of one event.
    Event(&'a str),
}

/// An entry's fields in Redis: `at`, `entry`, `done`, `frnr`, length of `contents`.
type Stored = ((Option<u64>, Option<String>, Option<u64>, Option<String>), usize);

impl Journal {
    /// At most `limit` entries, the newest first; after the entry `after`, where that is given.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn page(&self, filter: Filter<'_>, after: Option<&str>, limit: usize) -> Result<JournalPage, LinkError> {
        let index = self.index_key(filter);
        let redis = self.state.redis();
        let first = match after {
            Some(id) => match redis.run::<Option<usize>>(redis::cmd("ZREVRANK").arg(&index).arg(id)).await? {
                Some(rank) => rank + 1,
                None => return Ok(JournalPage { entries: Vec::new(), next: None }),
            },
            None => 0,
        };
        let mut range = redis::cmd("ZREVRANGE");
        range.arg(&index).arg(first).arg(first + limit);
        let mut ids: Vec<String> = redis.run(&range).await?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next = if more { ids.last().cloned() } else { None };
        Ok(JournalPage { entries: self.entries(ids).await?, next })
    }

    /// One entry.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn entry(&self, id: &str) -> Result<Option<JournalEntry>, LinkError> {
        Ok(self.entries(vec![id.to_owned()]).await?.pop())
    }

    /// The entries of these ids, without those that are gone.
    pub(super) async fn entries(&self, ids: Vec<String>) -> Result<Vec<JournalEntry>, LinkError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipe = redis::pipe();
        for id in &ids {
            let key = self.entry_key(id);
            pipe.cmd("HMGET").arg(&key).arg(&["at", "entry", "done", "frnr"]);
            pipe.cmd("HSTRLEN").arg(&key).arg("contents");
        }
        let values: Vec<redis::Value> = self.state.redis().pipe(&pipe).await?;
        let mut entries = Vec::with_capacity(ids.len());
        for (id, pair) in ids.into_iter().zip(values.chunks_exact(2)) {
            let stored: Stored = redis::from_redis_value(redis::Value::Array(pair.to_vec())).map_err(redis::RedisError::from)?;
            entries.extend(read(id, stored));
        }
        Ok(entries)
    }
}

fn read(id: String, ((at, entry, done, frnr), contents): Stored) -> Option<JournalEntry> {
    let recorded: Recorded = serde_json::from_str(&entry?).ok()?;
    let end = done.map(|done| (moment(done), frnr.and_then(|frnr| frnr.parse().ok())));
    Some(recorded.read(id, moment(at?), end, contents > 0))
}
