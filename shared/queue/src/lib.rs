//! Keyed jobs on Redis Streams: at most one at a time per key, never lost, taken over from dead
//! workers, coalesced while they wait.
//!
//! This page is the whole protocol. `{p}` is the prefix in hash-tag braces, so that every key lies
//! in one cluster slot; `<item>` is what a keyed job is called.
//!
//! # What is kept in Redis
//!
//! | key | type | what |
//! |---|---|---|
//! | `{p}:jobs:all` | stream, group `fanout` | fan-out jobs: one makes a job for each key |
//! | `{p}:jobs:<item>` | stream, group `workers` | keyed jobs |
//! | `{p}:jobs:<item>:urgent` | stream, group `workers` | keyed jobs of people and pushes, and handed-back ones |
//! | `{p}:jobs:delayed` | sorted set | packed job → due time; a job that backs off lies only here |
//! | `{p}:jobs:parked` | hash | key → packed job that waits for the key's holder |
//! | `{p}:jobs:marks` | hash | key → where its waiting or delayed job is; one whose job is gone counts as absent |
//! | `{p}:jobs:history` | hash | job → its failed attempts so far |
//! | `{p}:jobs:dead` | stream | dead letters, 90 days, 100,000 |
//! | `{p}:lease:<key>` | string with TTL | `worker:token:stream:entry` |
//! | `{p}:also:<job>` | list | run ids that a job absorbed and that end with it |
//! | `{p}:token` | string | the last fencing token |
//! | `{p}:resuming` | string, 3 s | Redis was away for everybody: the living hand back before anybody counts as dead |
//! | `{p}:poison` | hash | key → its dead letter by deaths |
//! | `{p}:idem:<digest>` | string, 24 h | answer to an idempotency key |
//! | `{p}:run:<run>` | hash, 30 days | a run's record; with `:jobs` a fan-out's keys and their runs |
//! | `{p}:runs`, `runs:<key>`, `runs:is:<status>` | sorted sets | indexes of the records |
//! | `{p}:runs:open` | set | unfinished fan-outs |
//! | `{p}:checked`, `succeeded`, `last`, `all:<origin>` | hashes | the latest of each key, and of fan-outs |
//! | `{p}:events`, `wake` | capped streams | the live feed; a nearer due time |
//! | `{p}:workers`, `beats` | hash, sorted set | heartbeats |
//! | `{p}:counters` | hash | what happened how often |
//! | `{p}:scheduler`, `scheduler:leader`, `firings` | hash, string, hash | the scheduler's lead and firings |
//!
//! An entry holds `v`, `job_id`, `run_id`, `kind`, the key, `attempt` (1 + errors), `enqueued_at`
//! (ms), `origin`, and where there is one `traceparent`: ids only.
//!
//! # The life of a job
//!
//! `waiting` (in a stream) → `leased` (pending in the group, its lease held) → done (acknowledged and
//! deleted) · `delayed` → `waiting` · `parked` → `waiting` · `dead`. Each arrow is **one script**, so
//! a process that dies between two steps leaves the job in one of these states. Times are Redis's.
//!
//! | script | step | guarantee |
//! |---|---|---|
//! | `trigger` | joins the key's waiting, delayed or parked job, else makes one: waiting, or parked if the key is leased. An urgent one promotes, but never out of a `Retry-After` | a key has at most one next job, however many triggers come |
//! | `fan_out_main` | the same for a chunk of keys, fenced; remembers whom it reached | repeated after a death it misses nobody and doubles nobody |
//! | `claim` | promotes what is due; takes over pending entries whose lease ran out; reads no more entries than there are free slots and takes a lease with a new token for each. A busy key's entry is parked; what cannot be read is buried | nothing is delivered without its lease; a live holder's job is never taken |
//! | `finish` | compares each lease, acknowledges, deletes, releases; then done, delayed, handed back or dead, and the parked follow-up starts or is absorbed | a stale end is refused and counted; the acknowledgement comes with the outcome |
//! | `renew` | extends leases at a third of their life, resets their entries' idle time, beats the heart | from a thread of its own; a lease without an entry is released |
//! | `recover` | hands back what a worker claimed without hearing the answer | a lost answer is nobody's death |
//! | `dead_main` | requeues (like a trigger) or drops a dead letter | |
//! | `fire`, `lead` | one firing per schedule and planned time; one leader | once fleet-wide, whoever leads |
//! | `housekeep` | groups, dead consumers (looked at and deleted in one step), orphans both ways, lost jobs of fan-outs, trims | what no step can leave behind, but people and lost data can |
//! | `leave` | a worker's farewell | |
//!
//! **Tokens.** Each claim gets max(last + 1, Redis's time in µs): they rise even across a loss of
//! data. Everything a job writes to Redis compares [`LeaseGuard::value`] with its lease in the same
//! step ([`FENCE`]); outside Redis it begins a write only while [`LeaseGuard::outlives`] it, by a
//! monotonic clock started before the last renewal was sent.
//!
//! **Waiting.** A blocking read without a group, on its own connection and never for longer than a
//! second, only wakes; the claim takes. So an idle worker starts a job at once and polls nothing.
//!
//! **Counting.** Errors and deaths of workers are counted apart; either reaching the limit makes a
//! dead letter. Parking, hand-backs and lost answers count as nothing. A key whose dead letter is
//! by deaths is skipped by cron and polls until requeue, drop or a person's trigger.
//!
//! **A full Redis** refuses triggers whole (their first write may grow memory) and lets work drain
//! (the first write of a claim, a renewal and an end cannot).

mod consumer;
mod dead_letters;
mod doctor;
mod events;
mod fan_out;
mod housekeeping;
mod job;
mod keys;
mod last;
pub mod link;
#[cfg(test)]
mod proof;
pub mod protocol;
mod queue;
mod runs;
mod schedule;
mod scripts;
mod settings;
mod stats;
mod trigger;
mod workers;

pub use consumer::{Consumer, ConsumerSettings, DoneStatus, FENCE, Handler, LeaseGuard, Outcome};
pub use dead_letters::{DeadFilter, DeadLetter, Failure};
pub use doctor::{Finding, Severity};
pub use events::{Event, EventReader};
pub use fan_out::{Addressee, FannedOut};
pub use housekeeping::Kept;
pub use job::{Job, Kind, Origin};
pub use keys::Keys;
pub use last::{LastAll, LastRun};
pub use queue::{Queue, QueueError};
pub use redis;
pub use runs::{JobCounts, Page, RunFilter, RunRecord, RunStatus};
pub use schedule::{Firing, SchedulerInfo};
pub use settings::Settings;
pub use stats::Stats;
pub use trigger::{Accepted, Trigger, Triggered};
pub use workers::{InHand, WorkerInfo};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
