//! Run records: what a person can follow for 30 days.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Origin, Queue, QueueError};

/// Records read per round trip.
const PAGE: usize = 200;
/// Records looked at per listing at most; the cursor goes on from there.
const LOOKED_AT: usize = 5000;

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Waits, is parked or backs off.
    Queued,
    /// Runs, or (a fan-out) its jobs do.
    Running,
    /// All done.
    Succeeded,
    /// Done but for single items or jobs.
    Partial,
    /// Waits for a person's release.
    Held,
    /// Ended as a dead letter; a fan-out: itself or all of its jobs failed.
    Failed,
}

impl RunStatus {
    /// The word that stands for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Succeeded, Self::Partial, Self::Held, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    /// Whether nothing more will happen to it.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// Jobs of a fan-out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCounts {
    /// Keys it reached.
    pub total: u64,
    /// Ended, failed ones among them.
    pub done: u64,
    /// Failed.
    pub failed: u64,
    /// Poisoned keys that it left alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One run, as it is kept. [`RunRecord::to_json`] gives what the outside sees.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its id.
    pub run_id: String,
    /// `all`, or what a keyed job is called.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// How it stands.
    pub status: RunStatus,
    /// Number of its attempt, from 1.
    pub attempt: u32,
    /// When it was asked for.
    pub queued_at: Option<DateTime<Utc>>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// W3C trace context of whoever asked.
    pub traceparent: Option<String>,
    /// Who asked.
    pub origin: Origin,
    /// Id of the person who asked.
    pub requested_by: Option<String>,
    /// The fan-out that made it.
    pub parent: Option<String>,
    /// The handler's counts, a fan-out's added up.
    pub counts: Value,
    /// The handler's report.
    pub report: Option<Value>,
    /// What it is doing.
    pub phase: Option<String>,
    /// Class and code of its last error.
    pub error: Option<(String, String)>,
    /// A fan-out's jobs; for one key 1 of 1.
    pub jobs: JobCounts,
}

impl RunRecord {
    /// Id of the trace it belongs to.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        let id = self.traceparent.as_deref()?.split('-').nth(1)?;
        (id.len() == 32).then_some(id)
    }

    /// As JSON, the key under the queue's field name.
    #[must_use]
    pub fn to_json(&self, key_field: &str) -> Value {
        let mut json = serde_json::json!({
            "run_id": self.run_id,
            "kind": self.kind,
            "status": self.status,
            "attempt": self.attempt,
            "queued_at": self.queued_at,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "trace_id": self.trace_id(),
            "counts": self.counts,
            "jobs": self.jobs,
        });
        json[key_field] = self.key.clone().into();
        json
    }

    fn read(run_id: &str, fields: &HashMap<String, String>) -> Option<Self> {
        let text = |name: &str| fields.get(name).filter(|value| !value.is_empty()).cloned();
        let number = |name: &str| fields.get(name).and_then(|value| value.parse().ok()).unwrap_or(0u64);
        let time = |name: &str| {
            let ms = fields.get(name)?.parse().ok()?;
            DateTime::from_timestamp_millis(ms)
        };
        let json = |name: &str| text(name).and_then(|json| serde_json::from_str(&json).ok());
        let status = RunStatus::parse(fields.get("status")?)?;
        let kind = text("kind")?;
        let jobs = if kind == "all" {
            JobCounts { total: number("total"), done: number("done"), failed: number("failed"), skipped: number("skipped") }
        } else {
            JobCounts { total: 1, done: u64::from(status.is_final()), failed: u64::from(status == RunStatus::Failed), skipped: 0 }
        };
        Some(Self {
            run_id: run_id.to_owned(),
            kind,
            key: text("key")?,
            status,
            attempt: number("attempt").max(1) as u32,
            queued_at: time("queued_at"),
            started_at: time("started_at"),
            finished_at: time("finished_at").filter(|_| status.is_final()),
            traceparent: text("traceparent"),
            origin: Origin::parse(&text("origin").unwrap_or_default()),
            requested_by: text("by"),
            parent: text("parent"),
            counts: json("counts").unwrap_or(Value::Null),
            report: json("report"),
            phase: text("phase"),
            error: text("class").map(|class| (class, text("code").unwrap_or_default())),
            jobs,
        })
    }
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only of this key.
    pub key: Option<String>,
    /// Only of this status.
    pub status: Option<RunStatus>,
    /// Only of this kind.
    pub kind: Option<String>,
}

impl RunFilter {
    fn admits(&self, run: &RunRecord) -> bool {
        self.key.as_ref().is_none_or(|key| *key == run.key)
            && self.status.is_none_or(|status| status == run.status)
            && self.kind.as_ref().is_none_or(|kind| *kind == run.kind)
    }
}

/// A page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What matched, newest first.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
}

impl Queue {
    /// The record of a run; none if no run can have that id, or its 30 days are over.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn run(&self, run_id: &str) -> Result<Option<RunRecord>, QueueError> {
        let mut get = redis::cmd("HGETALL");
        get.arg(self.keys().run(run_id));
        let fields: HashMap<String, String> = self.redis().run(&get).await?;
        Ok(RunRecord::read(run_id, &fields))
    }

    /// Runs, newest first. `cursor` is the last page's [`Page::next`].
    ///
    /// # Errors
    /// What Redis says.
    pub async fn runs(&self, filter: &RunFilter, cursor: Option<&str>, limit: usize) -> Result<Page<RunRecord>, QueueError> {
        let index = self.index_for(filter);
        let mut at: usize = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let stop = at + LOOKED_AT;
        let mut items = Vec::new();
        while at < stop {
            let ids = self.index_page(&index, at).await?;
            let records = self.records(&ids).await?;
            for (offset, record) in records.into_iter().enumerate() {
                if let Some(run) = record.filter(|run| filter.admits(run)) {
                    items.push(run);
                    if items.len() >= limit.max(1) {
                        return Ok(Page { items, next: Some((at + offset + 1).to_string()) });
                    }
                }
            }
            at += ids.len();
            if ids.len() < PAGE {
                return Ok(Page { items, next: None });
            }
        }
        Ok(Page { items, next: Some(at.to_string()) })
    }

    /// The shortest index that holds everything the filter admits.
    fn index_for(&self, filter: &RunFilter) -> String {
        match (&filter.key, filter.status) {
            (Some(key), _) => self.keys().named(&format!("runs:{key}")),
            (None, Some(status @ (RunStatus::Failed | RunStatus::Held | RunStatus::Partial))) => {
                self.keys().named(&format!("runs:is:{}", status.as_str()))
            }
            _ => self.keys().runs().to_owned(),
        }
    }

    async fn index_page(&self, index: &str, from: usize) -> Result<Vec<String>, QueueError> {
        let mut range = redis::cmd("ZREVRANGE");
        range.arg(index).arg(from).arg(from + PAGE - 1);
        Ok(self.redis().run(&range).await?)
    }

    /// The records of these runs, in one round trip; those that are gone are left out.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn runs_of(&self, run_ids: &[String]) -> Result<Vec<RunRecord>, QueueError> {
        Ok(self.records(run_ids).await?.into_iter().flatten().collect())
    }

    async fn records(&self, run_ids: &[String]) -> Result<Vec<Option<RunRecord>>, QueueError> {
        if run_ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for run_id in run_ids {
            pipeline.cmd("HGETALL").arg(self.keys().run(run_id));
        }
        let records: Vec<HashMap<String, String>> = self.redis().pipe(&pipeline).await?;
        Ok(run_ids.iter().zip(&records).map(|(id, fields)| RunRecord::read(id, fields)).collect())
    }

    /// The runs that a fan-out counts, by key; none of a poll's once it has ended.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn run_jobs(&self, run_id: &str) -> Result<HashMap<String, String>, QueueError> {
        let mut get = redis::cmd("HGETALL");
        get.arg(format!("{}:jobs", self.keys().run(run_id)));
        let jobs: HashMap<String, String> = self.redis().run(&get).await?;
        Ok(jobs
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.get(1..)?.to_owned())).filter(|(_, id)| !id.is_empty()))
            .collect())
    }
}
