//! One job that makes many.

use redis::Cmd;

use crate::{Job, LeaseGuard, Queue, QueueError, trigger::new_id};

/// Keys in one step: few enough that nobody waits long behind it.
const CHUNK: usize = 500;

/// What a fan-out did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FannedOut {
    /// Keys that got a job.
    pub enqueued: u64,
    /// Keys whose waiting, parked or delayed job is counted instead.
    pub joined: u64,
    /// Poisoned keys that were left alone.
    pub skipped: u64,
}

impl Queue {
    /// Makes a job for each key and counts it in the fan-out's run. Repeated after a death, it
    /// goes on where it stopped: a key is reached once, however often this is called.
    ///
    /// # Errors
    /// [`QueueError::EmptyFanOut`] without keys, [`QueueError::StaleLease`] if the fan-out's
    /// lease is no longer held, else what Redis says.
    pub async fn fan_out<K: AsRef<str>>(&self, job: &Job, lease: &LeaseGuard, keys: &[K]) -> Result<FannedOut, QueueError> {
        if keys.is_empty() {
            return Err(QueueError::EmptyFanOut);
        }
        let mut total = FannedOut::default();
        let all_key = &self.settings().all_key;
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).filter(|key| key != all_key).collect();
        for chunk in keys.chunks(CHUNK) {
            let (enqueued, joined, skipped) = self.fan_out_chunk(job, lease, chunk).await?;
            total.enqueued += enqueued;
            total.joined += joined;
            total.skipped += skipped;
            lease.progress();
        }
        Ok(total)
    }

    async fn fan_out_chunk<K: AsRef<str>>(
        &self,
        job: &Job,
        lease: &LeaseGuard,
        keys: &[K],
    ) -> Result<(u64, u64, u64), QueueError> {
        let call = self.fan_out_call(job, lease.value(), keys);
        self.redis().script(&self.scripts().fan_out, &call).await.map_err(QueueError::from_fenced)
    }

    pub(crate) fn fan_out_call<K: AsRef<str>>(&self, job: &Job, lease_value: &str, keys: &[K]) -> Cmd {
        let mut call = self.call(&self.scripts().fan_out);
        call.arg(lease_value).arg(&job.run_id).arg(job.origin.as_str()).arg(job.traceparent.as_deref().unwrap_or_default());
        for key in keys {
            call.arg(key.as_ref()).arg(new_id()).arg(new_id());
        }
        call
    }
}
