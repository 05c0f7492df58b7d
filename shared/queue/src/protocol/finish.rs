//! Recording outcomes, many in one step.

use std::time::Duration;

use redis::Cmd;

use crate::{DoneStatus, Job, Outcome, Queue, Settings, consumer::backoff, link::LinkError};

use super::Lease;

/// A report longer than this (bytes of JSON) is not kept.
const LONGEST_REPORT: usize = 256 * 1024;
/// A class, code or reason is cut to this many characters.
const LONGEST_WORD: usize = 80;

/// An attempt that has ended and is not recorded yet.
#[derive(Debug, Clone, Copy)]
pub struct JobEnd<'a> {
    /// The job.
    pub job: &'a Job,
    /// The lease it ran under.
    pub lease: &'a Lease,
    /// How it ended.
    pub outcome: &'a Outcome,
}

/// What became of one recorded end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// As it was meant.
    Yes,
    /// It became a dead letter.
    Dead,
    /// The lease was no longer held: nothing was written.
    Refused,
}

impl Recorded {
    pub(crate) fn read(answer: &str) -> Self {
        match answer {
            "1" => Self::Yes,
            "2" => Self::Dead,
            _ => Self::Refused,
        }
    }
}

impl Queue {
    /// Records the ends in one step, some hundreds at most; answers in their order.
    ///
    /// # Errors
    /// What Redis says. Without an answer it may have happened; asking again is then refused.
    pub async fn finish(&self, worker: &str, ends: &[JobEnd<'_>]) -> Result<Vec<Recorded>, LinkError> {
        let order = plain_first(ends);
        let call = self.finish_call(worker, ends, &order);
        let answers: Vec<String> = self.redis().script(&self.scripts().finish, &call).await?;
        let mut recorded = vec![Recorded::Refused; ends.len()];
        for (at, answer) in order.iter().zip(&answers) {
            recorded[*at] = Recorded::read(answer);
        }
        Ok(recorded)
    }

    pub(crate) fn finish_call(&self, worker: &str, ends: &[JobEnd<'_>], order: &[usize]) -> Cmd {
        let mut call = self.call(&self.scripts().finish);
        let split = order.iter().take_while(|at| is_plain(&ends[**at])).count();
        let (plain, others) = order.split_at(split);
        call.arg(worker).arg(self.settings().max_attempts).arg(plain.len());
        let plain = || plain.iter().map(|at| &ends[*at]);
        for end in plain() {
            call.arg(self.keys().lease(&end.job.key));
        }
        let rows: [for<'a> fn(&'a JobEnd<'a>) -> &'a str; 5] =
            [|end| &end.job.key, |end| &end.lease.value, |end| &end.lease.stream, |end| &end.lease.entry, |end| &end.job.run_id];
        for row in rows {
            for end in plain() {
                call.arg(row(end));
            }
        }
        for end in plain() {
            call.arg(counts_of(end.outcome));
        }
        for at in others {
            add_end(&mut call, self.settings(), &ends[*at]);
        }
        call
    }
}

/// The order in which the script takes the ends.
pub(crate) fn plain_first(ends: &[JobEnd<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|at| !is_plain(&ends[*at]));
    order
}

/// A success that changed nothing, of a job that leaves no record then.
fn is_plain(end: &JobEnd<'_>) -> bool {
    let nothing = matches!(end.outcome, Outcome::Done { status: DoneStatus::Succeeded, changed: false, .. });
    nothing && end.job.is_quiet() && !end.job.absorbed_others
}

fn counts_of(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { counts, .. } if !counts.is_null() => counts.to_string(),
        _ => String::new(),
    }
}

fn add_end(call: &mut Cmd, settings: &Settings, end: &JobEnd<'_>) {
    let JobEnd { job, lease, outcome } = end;
    let mut flags = String::new();
    for (flag, set) in [('q', job.is_quiet()), ('h', job.has_history), ('l', job.absorbed_others)] {
        if set {
            flags.push(flag);
        }
    }
    call.arg(&job.key)
        .arg(&lease.value)
        .arg(&lease.stream)
        .arg(&lease.entry)
        .arg(&job.job_id)
        .arg(&job.run_id)
        .arg(flags)
        .arg(job.claimed_at_ms);
    match outcome {
        Outcome::Done { status, report, changed, .. } => {
            call.arg("D")
                .arg(status.as_str())
                .arg(counts_of(outcome))
                .arg(report.as_ref().map(bounded_report).unwrap_or_default())
                .arg(if *changed { "1" } else { "" });
        }
        Outcome::Retry { class, code, retry_after } => {
            let delay = backoff(settings, job.errors, *retry_after);
            call.arg("R").arg(bounded(class)).arg(bounded(code)).arg(delay.as_millis() as u64).arg(if retry_after.is_some() {
                "1"
            } else {
                ""
            });
        }
        Outcome::HandBack { reason, due_in } => {
            call.arg("H").arg(bounded(reason)).arg(as_ms(*due_in)).arg("").arg("");
        }
        Outcome::Final { class, code } => {
            call.arg("F").arg(bounded(class)).arg(bounded(code)).arg("").arg("");
        }
    }
}

fn as_ms(span: Duration) -> u64 {
    span.as_millis() as u64
}

fn bounded(word: &str) -> String {
    word.chars().take(LONGEST_WORD).collect()
}

fn bounded_report(report: &serde_json::Value) -> String {
    let json = report.to_string();
    if json.len() > LONGEST_REPORT {
        return format!(r#"{{"too_long_bytes":{}}}"#, json.len());
    }
    json
}
