//! When a key was last looked at.

use std::collections::HashMap;

use crate::{Origin, Queue, QueueError, RunStatus};

/// The latest of one key; times in ms since 1970 by Redis's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastRun {
    /// The last run that did its work, whether it changed anything or not.
    pub checked_at_ms: Option<u64>,
    /// The last run that succeeded.
    pub succeeded_at_ms: Option<u64>,
    /// Status of the last run that left a record.
    pub status: Option<RunStatus>,
    /// Its id.
    pub run_id: Option<String>,
    /// The dead letter that makes cron and polls leave the key alone.
    pub poisoned_by: Option<String>,
}

/// The last ended fan-out of one origin; times in ms since 1970 by Redis's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAll {
    /// Its run.
    pub run_id: String,
    /// How it ended.
    pub status: RunStatus,
    /// When it was asked for.
    pub queued_at_ms: u64,
    /// When its last job ended.
    pub finished_at_ms: u64,
}

impl LastAll {
    /// What it took from the trigger to the end of its last job, in ms.
    #[must_use]
    pub fn took_ms(&self) -> u64 {
        self.finished_at_ms.saturating_sub(self.queued_at_ms)
    }
}

impl Queue {
    /// The latest of each key, in the order asked.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn last_runs<K: AsRef<str>>(&self, keys: &[K]) -> Result<Vec<LastRun>, QueueError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let names = self.keys();
        let mut pipeline = redis::pipe();
        for hash in [names.checked(), names.succeeded(), names.last(), names.poison()] {
            let get = pipeline.cmd("HMGET").arg(hash);
            for key in keys {
                get.arg(key.as_ref());
            }
        }
        let [checked, succeeded, last, poison]: [Vec<Option<String>>; 4] = self.redis().pipe(&pipeline).await?;
        let number = |ms: &Option<String>| ms.as_deref().and_then(|ms| ms.parse().ok());
        let rows = checked.into_iter().zip(succeeded).zip(last.into_iter().zip(poison));
        Ok(rows
            .map(|((checked, succeeded), (last, poisoned_by))| {
                let (status, run_id) = last.as_deref().and_then(|last| last.split_once(' ')).unzip();
                LastRun {
                    checked_at_ms: number(&checked).max(number(&succeeded)),
                    succeeded_at_ms: number(&succeeded),
                    status: status.and_then(RunStatus::parse),
                    run_id: run_id.map(str::to_owned),
                    poisoned_by,
                }
            })
            .collect())
    }

    /// The last fan-out of this origin that ended.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn last_all(&self, origin: Origin) -> Result<Option<LastAll>, QueueError> {
        let mut get = redis::cmd("HGETALL");
        get.arg(self.keys().named(&format!("all:{}", origin.as_str())));
        let fields: HashMap<String, String> = self.redis().run(&get).await?;
        let number = |name: &str| fields.get(name).and_then(|ms| ms.parse().ok()).unwrap_or(0);
        Ok(fields.get("run_id").map(|run_id| LastAll {
            run_id: run_id.clone(),
            status: fields.get("status").and_then(|word| RunStatus::parse(word)).unwrap_or(RunStatus::Failed),
            queued_at_ms: number("queued_at"),
            finished_at_ms: number("finished_at"),
        }))
    }
}
