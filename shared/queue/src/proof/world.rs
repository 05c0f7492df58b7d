//! Two workers, an enqueuer and the clock, one step at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use advosync_testkit::RedisServer;
use redis::{Cmd, Connection, FromRedisValue};

use super::snapshot::{Found, SCRIPT, Snapshot};
use crate::{
    Addressee, Kind, Origin, Outcome, Queue, Settings, Trigger,
    link::{Redis, RedisSettings, Script},
    protocol::{ClaimRequest, ClaimedJob, JobEnd, Recorded},
    scripts::{BASE, KEYS, Scripts},
    trigger::{Triggered, read_triggered},
};

/// How a worker ends what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Done,
    Retry,
    HandBack,
    Final,
    /// The process dies: nothing reaches Redis.
    Die,
}

/// One atomic step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Trigger(&'static str, Origin),
    /// A worker claims one job; `true` looks for dead workers' jobs first.
    Claim(usize, bool),
    End(usize, Ending),
    /// Every lease runs out and every pending entry grows old.
    Expire,
    /// Every pending entry grows old, but the leases live.
    Age,
    /// What is delayed is due.
    Due,
    /// All data is lost.
    Flush,
    /// A worker that holds a fan-out reaches its first keys.
    FanOut(usize),
    /// A person requeues the newest dead letter.
    Requeue,
}

/// What one worker holds.
#[derive(Debug, Clone)]
pub(super) struct Hand {
    pub(super) claimed: ClaimedJob,
}

pub(super) struct World {
    _server: RedisServer,
    connection: Connection,
    pub(super) queue: Queue,
    look: Script,
    meddle: Script,
    pub(super) hands: [Option<Hand>; 2],
    /// Run ids of accepted triggers since data was last lost.
    pub(super) accepted: BTreeSet<String>,
    pub(super) last_token: u64,
    /// Accepted retries and expirations: bounds of what may be counted against a job.
    pub(super) retries: u32,
    pub(super) expirations: u32,
    /// Everything before the step, where it is to be verified.
    pub(super) before: Option<Snapshot>,
}

pub(super) const MAX_ATTEMPTS: u32 = 2;

/// What a fan-out reaches.
pub(super) const KEYS_OF_ALL: [&str; 3] = ["PB", "AI", "XY"];

/// Expiry is deleting the leases, age is `XCLAIM … IDLE`, due is a due time long past.
const MEDDLE: &str = r"
local how = ARGV[5]
if how == 'due' or how == 'settle' then
  for _, member in ipairs(redis.call('ZRANGE', DELAYED, 0, -1)) do redis.call('ZADD', DELAYED, 0, member) end
end
if how == 'due' then return 1 end
if how == 'expire' or how == 'settle' then
  for _, lease in ipairs(redis.call('KEYS', P .. 'lease:*')) do redis.call('DEL', lease) end
end
for s, stream in pairs(STREAMS) do
  local pending = redis.pcall('XPENDING', stream, GROUPS[s], '-', '+', 1000)
  for _, entry in ipairs(pending.err and {} or pending) do
    redis.call('XCLAIM', stream, GROUPS[s], entry[2], 0, entry[1], 'IDLE', 7200000, 'JUSTID')
  end
end
return 1
";

impl World {
    pub(super) fn new(scripts: Scripts) -> Self {
        let server = RedisServer::start().unwrap();
        let settings =
            Settings { prefix: "t".into(), max_attempts: MAX_ATTEMPTS, lease: Duration::from_secs(3600), ..Settings::default() };
        let redis = Redis::new(RedisSettings::from_url(&server.url(0)).unwrap()).unwrap();
        let queue = Queue::with_scripts(redis, settings, scripts);
        let mut world = Self {
            connection: server.connect(0).unwrap(),
            _server: server,
            queue,
            look: Script::new(&[KEYS, BASE, SCRIPT]),
            meddle: Script::new(&[KEYS, BASE, MEDDLE]),
            hands: [None, None],
            accepted: BTreeSet::new(),
            last_token: 0,
            retries: 0,
            expirations: 0,
            before: None,
        };
        world.reset();
        world
    }

    /// Back to an empty Redis.
    pub(super) fn reset(&mut self) {
        let _: () = self.ask(redis::cmd("FLUSHALL").arg("SYNC"));
        self.hands = [None, None];
        self.accepted.clear();
        self.retries = 0;
        self.expirations = 0;
        self.before = Some(Snapshot::default());
    }

    fn ask<T: FromRedisValue>(&mut self, cmd: &Cmd) -> T {
        cmd.query(&mut self.connection).unwrap()
    }

    fn script<T: FromRedisValue>(&mut self, script: &Script, call: &Cmd) -> Result<T, String> {
        match call.query(&mut self.connection) {
            Err(error) if error.code() == Some("NOSCRIPT") => {
                let _: String = self.ask(&script.load_command());
                call.query(&mut self.connection).map_err(|error| error.to_string())
            }
            answer => answer.map_err(|error| error.to_string()),
        }
    }

    pub(super) fn snapshot(&mut self) -> Snapshot {
        let look = self.look.clone();
        let call = self.queue.call(&look);
        let json: String = self.script(&look, &call).unwrap();
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    /// Takes one step and checks what can be checked on it alone, against the snapshot before it
    /// (`before`; without one it only checks less).
    pub(super) fn take(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Trigger(key, origin) => self.trigger(key, origin),
            Step::Claim(worker, look) => self.claim(worker, look),
            Step::End(worker, ending) => self.end(worker, ending),
            Step::Expire => {
                self.expirations += 1;
                self.meddle("expire")
            }
            Step::Age => self.meddle("age"),
            Step::Due => self.meddle("due"),
            Step::FanOut(worker) => self.fan_out(worker, 2),
            Step::Requeue => self.requeue(),
            Step::Flush => {
                let _: () = self.ask(redis::cmd("FLUSHALL").arg("SYNC"));
                self.accepted.clear();
                Ok(())
            }
        }
    }

    fn trigger(&mut self, key: &str, origin: Origin) -> Result<(), String> {
        let call = self.queue.trigger_call(&Trigger::new(key, origin));
        let script = self.queue.scripts().trigger.clone();
        let answer: Vec<String> = self.script(&script, &call)?;
        let triggered: Triggered = read_triggered(&answer);
        if triggered.run_id.is_empty() {
            return Ok(());
        }
        if let Some(before) = &self.before {
            let joins_running_all = before.alls.contains_key(&triggered.run_id) && before.runs[&triggered.run_id] == "running";
            if !(triggered.joined() && joins_running_all) {
                check_joining(before.next_jobs_of(key).first().copied(), &triggered)?;
            }
        }
        if key != "ALL" || origin != Origin::Poll {
            self.accepted.insert(triggered.run_id); // a fan-out by a poll leaves no record either
        }
        Ok(())
    }

    fn claim(&mut self, worker: usize, look_for_dead: bool) -> Result<(), String> {
        if self.hands[worker].is_some() {
            return Ok(()); // its only slot is taken
        }
        let name = ["A", "B"][worker];
        let call = self.queue.claim_call(&ClaimRequest { worker: name, free: 1, urgent: 1, look_for_dead });
        let script = self.queue.scripts().claim.clone();
        let reply = self.script(&script, &call)?;
        let claimed = self.queue.read_claim(name, reply, Instant::now());
        if claimed.jobs.len() > 1 {
            return Err("more was claimed than there are slots".into());
        }
        let Some(claimed) = claimed.jobs.into_iter().next() else {
            return Ok(());
        };
        let before = self.before.as_ref();
        if let Some(lease) = before.and_then(|before| before.leases.get(&claimed.job.key)) {
            return Err(format!("{} was claimed although {lease} holds it", claimed.job.key));
        }
        if claimed.lease.token <= self.last_token {
            return Err(format!("token {} after {}", claimed.lease.token, self.last_token));
        }
        self.last_token = claimed.lease.token;
        if self.before.is_some() && (claimed.job.errors > self.retries || claimed.job.deaths > 2 * self.expirations) {
            return Err(format!("an attempt was counted that failed for nobody: {:?}", claimed.job));
        }
        self.hands[worker] = Some(Hand { claimed });
        Ok(())
    }

    fn end(&mut self, worker: usize, ending: Ending) -> Result<(), String> {
        let Some(hand) = self.hands[worker].take() else {
            return Ok(());
        };
        let job = &hand.claimed.job;
        let outcome = match ending {
            Ending::Die => return Ok(()),
            Ending::Done => Outcome::succeeded(serde_json::Value::Null, !job.is_quiet()),
            Ending::Retry => Outcome::retry("test", "1"),
            Ending::HandBack => Outcome::hand_back("test"),
            Ending::Final => Outcome::Final { class: "test".into(), code: "1".into() },
        };
        let ClaimedJob { job, lease } = &hand.claimed;
        if ending == Ending::Done && job.kind == Kind::All {
            self.hands[worker] = Some(hand.clone());
            self.fan_out(worker, KEYS_OF_ALL.len())?;
            self.hands[worker] = None;
        }
        let holder = self.before.as_ref().and_then(|before| before.leases.get(&job.key).cloned());
        let ours = holder.as_ref() == Some(&lease.value)
            || (ending == Ending::HandBack && holder.is_none() && self.is_pending_with(worker, &hand));
        let name = ["A", "B"][worker];
        let call = self.queue.finish_call(name, &[JobEnd { job, lease, outcome: &outcome }], &[0]);
        let script = self.queue.scripts().finish.clone();
        let answers: Vec<String> = self.script(&script, &call)?;
        let recorded = Recorded::read(&answers[0]);
        if self.before.is_some() && (recorded != Recorded::Refused) != ours {
            return Err(format!("{ending:?} of {} was {recorded:?} while {holder:?} held its key", lease.value));
        }
        if recorded != Recorded::Refused && ending == Ending::Done && job.is_quiet() {
            self.accepted.remove(&job.run_id); // a poll that changed nothing leaves no record
        }
        if recorded != Recorded::Refused && ending == Ending::Retry {
            self.retries += 1;
        }
        Ok(())
    }

    fn is_pending_with(&mut self, worker: usize, hand: &Hand) -> bool {
        let ClaimedJob { job, lease } = &hand.claimed;
        if !self.before.as_ref().is_some_and(|before| before.is_pending(job, &lease.entry)) {
            return false;
        }
        let mut pending = redis::cmd("XPENDING");
        let stream = self.stream_of(&lease.stream);
        pending.arg(stream).arg(group_of(&lease.stream)).arg(&lease.entry).arg(&lease.entry).arg(1);
        pending.arg(["A", "B"][worker]);
        let found: Vec<redis::Value> = self.ask(&pending);
        !found.is_empty()
    }

    fn stream_of(&self, stream: &str) -> String {
        let keys = self.queue.keys();
        match stream {
            "a" => keys.all(),
            "u" => keys.urgent(),
            _ => keys.mass(),
        }
        .to_owned()
    }

    /// Moves the clock, one way or the other.
    fn meddle(&mut self, how: &str) -> Result<(), String> {
        let script = self.meddle.clone();
        let mut call = self.queue.call(&script);
        call.arg(how);
        self.script(&script, &call)
    }

    /// Fans out to the first keys, if the worker holds a fan-out; a stale lease is refused.
    fn fan_out(&mut self, worker: usize, keys: usize) -> Result<(), String> {
        let Some(Hand { claimed: ClaimedJob { job, lease } }) = self.hands[worker].clone() else {
            return Ok(());
        };
        if job.kind != Kind::All {
            return Ok(());
        }
        let holder = self.before.as_ref().and_then(|before| before.leases.get(&job.key).cloned());
        let addressees: Vec<_> = KEYS_OF_ALL[..keys].iter().map(|key| Addressee { key: *key, traceparent: None }).collect();
        let call = self.queue.fan_out_call(&job, &lease.value, &addressees.iter().collect::<Vec<_>>());
        let script = self.queue.scripts().fan_out.clone();
        let answer: Result<crate::fan_out::Reply, String> = self.script(&script, &call);
        match answer {
            Ok(_) if self.before.is_some() && holder != Some(lease.value) => Err("a fan-out went on without its lease".into()),
            Err(error) if !error.contains("STALELEASE") => Err(error),
            _ => Ok(()),
        }
    }

    /// Requeues the newest dead letter.
    fn requeue(&mut self) -> Result<(), String> {
        let dead = self.queue.keys().dead().to_owned();
        let newest: Vec<(String, redis::Value)> =
            self.ask(redis::cmd("XREVRANGE").arg(dead).arg("+").arg("-").arg("COUNT").arg(1));
        let Some((id, _)) = newest.first() else {
            return Ok(());
        };
        let script = self.queue.scripts().dead.clone();
        let call = self.queue.dead_call("requeue", id, &Trigger::new("", Origin::Person));
        let answer: Vec<String> = self.script(&script, &call)?;
        self.accepted.insert(read_triggered(&answer).run_id);
        Ok(())
    }

    /// Lets everything come to its end, as a fleet does in time.
    pub(super) fn settle(&mut self) -> Result<Snapshot, String> {
        self.hands = [None, None];
        self.retries = u32::MAX;
        self.before = None;
        for _ in 0..400 {
            self.meddle("settle")?;
            self.take(Step::Claim(0, true))?;
            if self.hands[0].is_none() {
                let rest = self.snapshot();
                if rest.jobs.is_empty() {
                    return Ok(rest);
                }
            }
            self.take(Step::End(0, Ending::Done))?;
        }
        Err(format!("never comes to rest: {:?}", self.snapshot().jobs))
    }

    pub(super) fn places_of_runs(snapshot: &Snapshot) -> BTreeMap<&str, Vec<&str>> {
        let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for found in &snapshot.jobs {
            for run in &found.runs {
                places.entry(run).or_default().push(&found.place);
            }
        }
        places
    }
}

fn check_joining(next: Option<&Found>, triggered: &Triggered) -> Result<(), String> {
    match next {
        Some(job) if !triggered.joined() => Err(format!("a trigger made a second job beside {job:?}")),
        Some(job) if !job.runs.contains(&triggered.run_id) => {
            Err(format!("a trigger joined {} instead of {job:?}", triggered.run_id))
        }
        None if triggered.joined() => Err("a trigger joined a job that is not there".into()),
        _ => Ok(()),
    }
}

fn group_of(stream: &str) -> &'static str {
    if stream == "a" { "fanout" } else { "workers" }
}
