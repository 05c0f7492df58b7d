//! One job that makes many.

use redis::Cmd;

use crate::{Job, LeaseGuard, Queue, QueueError, trigger::new_id};

/// Keys in one step: few enough that nobody waits long behind it.
const CHUNK: usize = 500;

/// A key to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee<K> {
    /// Its key.
    pub key: K,
    /// W3C trace context that its job gets.
    pub traceparent: Option<String>,
}

/// What a fan-out did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FannedOut {
    /// Keys that got a job.
    pub enqueued: u64,
    /// Keys whose waiting, parked or delayed job is counted instead.
    pub joined: u64,
    /// Poisoned keys that were left alone.
    pub skipped: u64,
    /// Of the joined, key and W3C trace context of the job that was there.
    pub met: Vec<(String, String)>,
}

pub(crate) type Reply = (u64, u64, u64, Vec<(String, String)>);

impl Queue {
    /// Makes a job for each key and counts it in the fan-out's run. Repeated after a death, it
    /// goes on where it stopped: a key is reached once, however often this is called. The jobs
    /// get the trace context of the fan-out's own.
    ///
    /// # Errors
    /// [`QueueError::EmptyFanOut`] without keys, [`QueueError::StaleLease`] if the fan-out's
    /// lease is no longer held, else what Redis says.
    pub async fn fan_out<K: AsRef<str>>(&self, job: &Job, lease: &LeaseGuard, keys: &[K]) -> Result<FannedOut, QueueError> {
        let addressed = |key: &K| Addressee { key: key.as_ref().to_owned(), traceparent: job.traceparent.clone() };
        self.fan_out_to(job, lease, &keys.iter().map(addressed).collect::<Vec<_>>()).await
    }

    /// The same, each job with a trace context of its own.
    ///
    /// # Errors
    /// As [`Queue::fan_out`].
    pub async fn fan_out_to<K: AsRef<str>>(
        &self,
        job: &Job,
        lease: &LeaseGuard,
        addressees: &[Addressee<K>],
    ) -> Result<FannedOut, QueueError> {
        if addressees.is_empty() {
            return Err(QueueError::EmptyFanOut);
        }
        let mut total = FannedOut::default();
        let all_key = &self.settings().all_key;
        let addressees: Vec<&Addressee<K>> = addressees.iter().filter(|addressee| addressee.key.as_ref() != all_key).collect();
        for chunk in addressees.chunks(CHUNK) {
            let call = self.fan_out_call(job, lease.value(), chunk);
            let reply: Result<Reply, _> = self.redis().script(&self.scripts().fan_out, &call).await;
            let (enqueued, joined, skipped, met) = reply.map_err(QueueError::from_fenced)?;
            total.enqueued += enqueued;
            total.joined += joined;
            total.skipped += skipped;
            total.met.extend(met.into_iter().filter(|(_, traceparent)| !traceparent.is_empty()));
            lease.progress();
        }
        Ok(total)
    }

    pub(crate) fn fan_out_call<K: AsRef<str>>(&self, job: &Job, lease_value: &str, addressees: &[&Addressee<K>]) -> Cmd {
        let mut call = self.call(&self.scripts().fan_out);
        call.arg(lease_value).arg(&job.run_id).arg(job.origin.as_str());
        for Addressee { key, traceparent } in addressees {
            call.arg(key.as_ref()).arg(new_id()).arg(new_id()).arg(traceparent.as_deref().unwrap_or_default());
        }
        call
    }
}
