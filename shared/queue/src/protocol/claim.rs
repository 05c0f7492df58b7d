//! The claim: what the script gives, as jobs with their leases.

use std::{borrow::Cow, collections::HashMap, time::Instant};

use redis::{Cmd, Value};

use crate::{Job, Origin, Queue, link::LinkError};

/// How much to claim.
#[derive(Debug, Clone, Copy)]
pub struct ClaimRequest<'a> {
    /// Identity of the worker, without a colon; new with every start of a process.
    pub worker: &'a str,
    /// Jobs it can start now.
    pub free: usize,
    /// Urgent ones among them at most, while others wait.
    pub urgent: usize,
    /// Whether to look for what dead workers left, which takes a little longer.
    pub look_for_dead: bool,
}

/// The lease that was taken with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What the lease's key holds: `worker:token:stream:entry`.
    pub value: String,
    /// The fencing token.
    pub token: u64,
    /// `a` for fan-outs, `u` for urgent jobs, `m` for the mass.
    pub stream: String,
    /// The entry.
    pub entry: String,
}

/// A job and its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The job.
    pub job: Job,
    /// Its lease.
    pub lease: Lease,
}

/// What one claim brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// No more than were asked for.
    pub jobs: Vec<ClaimedJob>,
    /// The moment before the claim was sent: each lease lives at least from here on.
    pub asked_at: Instant,
    /// Where to wait for more; none if more may be waiting already.
    pub wait_from: Option<WaitFrom>,
}

/// The last ids of the streams when nothing was left in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitFrom {
    /// Of the fan-outs, the urgent jobs, the mass, and the stream that tells of nearer due times.
    pub last_ids: Vec<String>,
    /// Until the next delayed job is due, in ms.
    pub next_due_in_ms: Option<u64>,
}

/// `now`, next due, dry, last ids, the token before the first, jobs one after the other (see the
/// script), histories by the number of their job.
type Reply = (String, String, String, Vec<String>, String, Vec<Value>, Vec<Value>);

impl Queue {
    /// Promotes what is due, takes over what dead workers left, and claims up to `free` jobs.
    ///
    /// # Errors
    /// What Redis says. Without an answer, jobs may have been claimed all the same; they are
    /// taken over once their leases have run out.
    pub async fn claim(&self, request: &ClaimRequest<'_>) -> Result<Claimed, LinkError> {
        let call = self.claim_call(request);
        let asked_at = Instant::now();
        let reply = self.redis().script(&self.scripts().claim, &call).await?;
        Ok(self.read_claim(request.worker, reply, asked_at))
    }

    pub(crate) fn claim_call(&self, request: &ClaimRequest<'_>) -> Cmd {
        let settings = self.settings();
        let mut call = self.call(&self.scripts().claim);
        call.arg(request.worker)
            .arg(settings.lease.as_millis() as u64)
            .arg(request.free)
            .arg(request.urgent)
            .arg(if request.look_for_dead { "1" } else { "" })
            .arg(settings.max_attempts);
        call
    }

    pub(crate) fn read_claim(&self, worker: &str, reply: Reply, asked_at: Instant) -> Claimed {
        let (now, next_due, dry, last_ids, token, jobs, histories) = reply;
        let now_ms: u64 = now.parse().unwrap_or_default();
        let next_due_ms = next_due.parse::<f64>().ok().map(|due| due as u64);
        let mut token: u64 = token.parse().unwrap_or_default();
        let histories: HashMap<usize, String> =
            pairs(histories).filter_map(|(number, history)| Some((text_of(number)?.parse().ok()?, text_of(history)?))).collect();
        let mut claimed = Vec::new();
        let mut jobs = jobs.into_iter();
        while let (Some(stream), Some(entry), Some(first)) = (jobs.next(), jobs.next(), jobs.next()) {
            token += 1;
            let (stream, entry) = (text_of(stream).unwrap_or_default(), text_of(entry).unwrap_or_default());
            let history = histories.get(&(claimed.len() + 1)).map(String::as_str).unwrap_or_default();
            let fields = match first {
                Value::Array(flat) => read_fields(flat),
                job_id => read_plain(&self.settings().key_field, job_id, &mut jobs),
            };
            let job = Job::read(self.settings(), &stream, &entry, fields, history, now_ms);
            let value = format!("{worker}:{token}:{stream}:{entry}");
            claimed.push(ClaimedJob { job, lease: Lease { value, token, stream, entry } });
        }
        Claimed {
            jobs: claimed,
            asked_at,
            wait_from: (dry == "1")
                .then(|| WaitFrom { last_ids, next_due_in_ms: next_due_ms.map(|due| due.saturating_sub(now_ms)) }),
        }
    }
}

fn pairs(values: Vec<Value>) -> impl Iterator<Item = (Value, Value)> {
    let mut values = values.into_iter();
    std::iter::from_fn(move || Some((values.next()?, values.next()?)))
}

/// Names and values of a job's fields.
type Fields<'a> = Vec<(Cow<'a, str>, String)>;

fn read_fields<'a>(flat: Vec<Value>) -> Fields<'a> {
    pairs(flat).filter_map(|(name, value)| Some((text_of(name)?.into(), text_of(value)?))).collect()
}

/// The first attempt of a poll comes without the names of its fields, and without what all of them have.
fn read_plain<'a>(key_field: &'a str, job_id: Value, rest: &mut impl Iterator<Item = Value>) -> Fields<'a> {
    let names = ["job_id", "run_id", key_field, "enqueued_at", "traceparent"];
    let values = std::iter::once(job_id).chain(rest.take(names.len() - 1));
    let mut fields: Fields<'a> =
        names.into_iter().zip(values).filter_map(|(name, value)| Some((name.into(), text_of(value)?))).collect();
    fields.push(("origin".into(), Origin::Poll.as_str().to_owned()));
    fields
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => Some(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }),
        Value::SimpleString(text) => Some(text),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}
