//! The state on a server of its own, and leases to write under.

use advosync_queue::link::{Redis, RedisSettings};
use advosync_queue::{Consumer, ConsumerSettings, Handler, Job, LeaseGuard, Origin, Outcome, Queue, Settings, Trigger};
use advosync_state::{Journal, JournalKeys, NoWaker, RunStore, SealKey, State, Who};
use advosync_testkit::RedisServer;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

pub(crate) struct Bench {
    pub(crate) server: RedisServer,
    pub(crate) queue: Queue,
    pub(crate) state: State,
    granted: mpsc::UnboundedReceiver<Leased>,
    _stop: tokio_util::sync::DropGuard,
}

/// A lease that lives until it is ended.
pub(crate) struct Leased {
    pub(crate) guard: LeaseGuard,
    end: oneshot::Sender<()>,
}

/// Hands each lease out and holds it until it is ended.
struct HandOut(mpsc::UnboundedSender<Leased>);

impl Handler for HandOut {
    async fn handle(&self, _job: Job, guard: LeaseGuard) -> Outcome {
        let (end, ended) = oneshot::channel();
        self.0.send(Leased { guard, end }).ok();
        ended.await.ok();
        Outcome::succeeded(serde_json::Value::Null, false)
    }
}

pub(crate) fn redis_to(server: &RedisServer) -> Redis {
    let settings = RedisSettings::from_url(&server.url(1)).unwrap();
    Redis::new(settings.with_timeout(Duration::from_secs(2))).unwrap()
}

impl Bench {
    pub(crate) fn new() -> Self {
        let server = RedisServer::start().unwrap();
        let settings =
            Settings { prefix: "t".into(), item: "employee".into(), key_field: "kuerzel".into(), ..Settings::default() };
        let queue = Queue::new(redis_to(&server), settings);
        let state = State::new(queue.redis().clone(), queue.keys().clone());
        let stop = CancellationToken::new();
        let (sender, granted) = mpsc::unbounded_channel();
        let settings = ConsumerSettings { slots: 8, host: "here".into(), version: "1".into(), grace: Duration::from_secs(6) };
        let consumer = Consumer::new(queue.clone(), settings);
        let stopped = stop.clone();
        tokio::spawn(async move { consumer.run(HandOut(sender), stopped).await });
        Self { server, queue, state, granted, _stop: stop.drop_guard() }
    }

    /// Another process's view of the same Redis.
    pub(crate) fn another_state(&self) -> State {
        State::new(redis_to(&self.server), self.queue.keys().clone())
    }

    pub(crate) async fn lease(&mut self, kuerzel: &str) -> Leased {
        self.queue.trigger(&Trigger::new(kuerzel, Origin::Person)).await.unwrap();
        self.granted.recv().await.unwrap()
    }

    /// Ends a lease and waits until Redis knows it.
    pub(crate) async fn end(&self, leased: Leased) {
        let key = leased.guard.redis_key();
        leased.end.send(()).unwrap();
        advosync_testkit::wait_until("the lease is given back", async || !self.ask::<bool>(&["EXISTS", &key])).await;
    }

    pub(crate) fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let mut cmd = redis::cmd(command[0]);
        cmd.arg(&command[1..]);
        cmd.query(&mut self.server.connect(1).unwrap()).unwrap()
    }

    pub(crate) fn store(&self, guard: &LeaseGuard) -> RunStore<NoWaker> {
        RunStore::new(&self.state, guard.clone(), who("run-1"), self.journal(), NoWaker)
    }

    pub(crate) fn journal(&self) -> Journal {
        Journal::new(&self.state, journal_keys(&["k1"]))
    }
}

pub(crate) fn who(run_id: &str) -> Who {
    Who { run_id: run_id.into(), actor: "anna".into() }
}

/// Keys of these names; the first seals.
pub(crate) fn journal_keys(names: &[&str]) -> JournalKeys {
    let key = |name: &&str| SealKey::new(*name, [name.as_bytes()[1]; 32]);
    JournalKeys { fingerprint: SealKey::new("f", [9; 32]), contents: names.iter().map(key).collect() }
}
