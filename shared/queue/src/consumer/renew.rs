//! The renewal thread: no long job can starve it.

use std::{
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Queue,
    link::{Dedicated, LinkError},
};

use super::{ConsumerSettings, lease::Held, registry::Registry};

/// Time between heartbeats.
const BEAT: Duration = Duration::from_secs(2);
/// Leases renewed in one step.
const CHUNK: usize = 500;
/// A job whose own time-out failed to end it is no longer kept alive after this much more.
const WEDGED: Duration = Duration::from_secs(30);

/// A plain thread with a small runtime and a connection of its own.
#[derive(Debug)]
pub(crate) struct Renewer {
    stop: DropGuard,
    thread: JoinHandle<()>,
}

/// What the thread works with.
pub(crate) struct Renewal {
    pub(crate) queue: Queue,
    pub(crate) worker: String,
    pub(crate) settings: ConsumerSettings,
    pub(crate) registry: Arc<Registry>,
    /// When the worker started, ms since 1970 by its own clock.
    pub(crate) since_ms: u64,
}

impl Renewer {
    /// Starts the thread.
    pub(crate) fn start(renewal: Renewal) -> std::io::Result<Self> {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("lease-renewal".to_owned())
            .spawn(move || runtime.block_on(renewal.run(&stopped)))?;
        Ok(Self { stop: stop.drop_guard(), thread })
    }

    /// Ends the thread and waits for it, one command long at most: what it writes is written then.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        let _ = tokio::task::spawn_blocking(move || self.thread.join()).await;
    }
}

impl Renewal {
    async fn run(self, stop: &CancellationToken) {
        let lease = self.queue.settings().lease;
        let tick = (lease / 12).clamp(Duration::from_millis(20), Duration::from_secs(1));
        let mut connection = self.queue.redis().dedicated();
        let mut last_beat: Option<Instant> = None;
        while !stop.is_cancelled() {
            let all = self.registry.all();
            let due = self.due(&all);
            let beats = last_beat.is_none_or(|at| at.elapsed() >= BEAT);
            if beats || !due.is_empty() {
                match self.renew(&mut connection, &all, due, beats).await {
                    Ok(()) if beats => last_beat = Some(Instant::now()),
                    Ok(()) => {}
                    Err(error) => tracing::warn!(reason = error.code(), "leases are not renewed"),
                }
            }
            for held in all.iter().filter(|held| held.is_lost()) {
                held.lose();
            }
            stop.run_until_cancelled(tokio::time::sleep(tick)).await;
        }
    }

    /// Leases that have lost a third of their life, unless their job is wedged.
    fn due(&self, all: &[Arc<Held>]) -> Vec<Arc<Held>> {
        let settings = self.queue.settings();
        all.iter()
            .filter(|held| !held.is_lost() && held.remaining() <= settings.lease * 2 / 3)
            .filter(|held| held.stalled_for() < settings.job_timeout + WEDGED)
            .cloned()
            .collect()
    }

    async fn renew(
        &self,
        connection: &mut Dedicated,
        all: &[Arc<Held>],
        due: Vec<Arc<Held>>,
        beats: bool,
    ) -> Result<(), LinkError> {
        let mut heartbeat = if beats { self.heartbeat(all) } else { String::new() };
        let mut chunks = due.chunks(CHUNK);
        loop {
            let chunk = chunks.next().unwrap_or_default();
            if chunk.is_empty() && heartbeat.is_empty() {
                return Ok(());
            }
            self.renew_chunk(connection, chunk, &std::mem::take(&mut heartbeat)).await?;
        }
    }

    async fn renew_chunk(&self, connection: &mut Dedicated, chunk: &[Arc<Held>], heartbeat: &str) -> Result<(), LinkError> {
        let script = &self.queue.scripts().renew;
        let lease = self.queue.settings().lease;
        let mut call = self.queue.call(script);
        call.arg(&self.worker).arg(lease.as_millis() as u64).arg(heartbeat);
        for held in chunk {
            call.arg(&held.key).arg(&held.lease.value).arg(&held.lease.stream).arg(&held.lease.entry);
        }
        let asked_at = Instant::now();
        let deadline = self.queue.redis().timeout().min(lease / 4);
        let answers: Vec<String> = connection.script(script, &call, deadline).await?;
        for (held, answer) in chunk.iter().zip(&answers) {
            if answer == "1" {
                held.renewed(asked_at, lease);
            } else {
                tracing::warn!(run_id = held.run_id, token = held.lease.token, "lease lost");
                held.lose();
            }
        }
        Ok(())
    }

    fn heartbeat(&self, all: &[Arc<Held>]) -> String {
        let jobs: Vec<_> = all
            .iter()
            .take(1000)
            .map(|held| json!({"key": held.key, "run_id": held.run_id, "since_ms": held.since_ms}))
            .collect();
        json!({
            "host": self.settings.host,
            "version": self.settings.version,
            "since_ms": self.since_ms,
            "slots": self.settings.slots,
            "jobs": jobs,
        })
        .to_string()
    }
}
