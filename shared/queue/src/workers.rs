//! Who works, and on what.

use serde::{Deserialize, Serialize};

use crate::{Queue, QueueError};

/// A heartbeat older than this (ms) is a dead worker's.
const ALIVE_MS: u64 = 15_000;

/// A job in a worker's hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InHand {
    /// Its key.
    pub key: String,
    /// Its run.
    pub run_id: String,
    /// Since when, in ms since 1970.
    pub since_ms: u64,
}

/// One worker by its last heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkerInfo {
    /// Its identity, new with every start.
    pub id: String,
    /// Its host.
    pub host: String,
    /// Its version.
    pub version: String,
    /// When it started, in ms since 1970 by its own clock.
    pub since_ms: u64,
    /// Jobs it can run at a time.
    pub slots: usize,
    /// What it runs.
    pub jobs: Vec<InHand>,
    /// Its last heartbeat, in ms since 1970 by Redis's clock.
    pub beat_at_ms: u64,
    /// Whether that was recent.
    pub alive: bool,
}

#[derive(Deserialize)]
struct Heartbeat {
    host: String,
    version: String,
    since_ms: u64,
    slots: usize,
    jobs: Vec<InHand>,
}

/// Redis's time; heartbeats and when they came, by worker.
type Beats = ((u64, u64), Vec<(String, String)>, Vec<(String, f64)>);

impl Queue {
    /// All workers with a heartbeat, the longest-lived first.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn workers(&self) -> Result<Vec<WorkerInfo>, QueueError> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("TIME");
        pipeline.cmd("HGETALL").arg(self.keys().workers());
        pipeline.cmd("ZRANGE").arg(self.keys().beats()).arg(0).arg(-1).arg("WITHSCORES");
        let (time, heartbeats, beats): Beats = self.redis().pipe(&pipeline).await?;
        let now_ms = time.0 * 1000 + time.1 / 1000;
        let mut workers: Vec<WorkerInfo> = heartbeats
            .into_iter()
            .filter_map(|(id, json)| {
                let heartbeat: Heartbeat = serde_json::from_str(&json).ok()?;
                let beat_at_ms = beats.iter().find(|(worker, _)| *worker == id).map_or(0, |(_, at)| *at as u64);
                Some(WorkerInfo {
                    id,
                    host: heartbeat.host,
                    version: heartbeat.version,
                    since_ms: heartbeat.since_ms,
                    slots: heartbeat.slots,
                    jobs: heartbeat.jobs,
                    beat_at_ms,
                    alive: now_ms.saturating_sub(beat_at_ms) < ALIVE_MS,
                })
            })
            .collect();
        workers.sort_by(|a, b| (a.since_ms, &a.id).cmp(&(b.since_ms, &b.id)));
        Ok(workers)
    }
}
