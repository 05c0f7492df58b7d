//! One suite, whatever Redis it runs over.

use std::time::Duration;

use advosync_queue::{
    Handler, Job, Kind, LeaseGuard, Origin, Outcome, Queue, RunStatus, Settings, Trigger,
    link::{Redis, RedisAddress, RedisSettings},
};
use advosync_testkit::{RedisCluster, RedisOptions, RedisServer, Sentinel, Sentinels, free_port, wait_until_within};
use serde_json::json;

use crate::{
    secured::least_access,
    support::{Worker, asker, settings},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Fans out to ten keys; a key's first attempt fails where its name says so.
struct Suite(Queue);

impl Handler for Suite {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        match (job.kind, job.key.as_str(), job.attempt) {
            (Kind::All, ..) => {
                let keys: Vec<String> = (0..10).map(|number| format!("K{number}")).collect();
                match self.0.fan_out(&job, &lease, &keys).await {
                    Ok(_) => Outcome::succeeded(json!(null), false),
                    Err(_) => Outcome::hand_back("redis"),
                }
            }
            (_, "FLAKY", 1) => Outcome::retry("upstream", "503"),
            (_, "BROKEN", _) => Outcome::Final { class: "broken".into(), code: "400".into() },
            _ => match lease.report_progress("working", &json!({"n": 1})).await {
                Ok(()) => Outcome::succeeded(json!({"n": 1}), true),
                Err(_) => Outcome::hand_back("redis"),
            },
        }
    }
}

async fn trigger(queue: &Queue, key: &str) -> String {
    let began = std::time::Instant::now();
    loop {
        match queue.trigger(&Trigger::new(key, Origin::Person)).await {
            Ok(triggered) => return triggered.run_id,
            Err(error) => assert!(error.is_transient() && began.elapsed() < PATIENCE, "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn comes_to(queue: &Queue, run_id: &str, status: RunStatus) {
    wait_until_within(PATIENCE, "the run ends", async || {
        queue.run(run_id).await.is_ok_and(|run| run.is_some_and(|run| run.status == status))
    })
    .await;
}

/// Triggers, retries, dead letters, a fan-out, the feed, the figures.
async fn conforms(queue: &Queue) {
    let worker = Worker::start(queue, 4, Suite(queue.clone()));
    let mut feed = queue.events(Some("0-0".into()));
    for (key, status) in [
        ("PB", RunStatus::Succeeded),
        ("FLAKY", RunStatus::Succeeded),
        ("BROKEN", RunStatus::Failed),
        ("ALL", RunStatus::Succeeded),
    ] {
        let run_id = trigger(queue, key).await;
        comes_to(queue, &run_id, status).await;
    }
    assert!(!feed.next().await.unwrap().is_empty());
    queue.housekeeping(&("0".to_owned(), "0".to_owned())).await.unwrap();
    let dead = queue.dead_letters(&Default::default(), None, 10).await.unwrap().items;
    queue.requeue_dead(&dead[0].id, &asker("anna")).await.unwrap();
    wait_until_within(PATIENCE, "it is dead again", async || queue.stats().await.is_ok_and(|stats| stats.dead == 1)).await;
    queue.drop_all_dead(&Default::default()).await.unwrap();
    wait_until_within(PATIENCE, "its heart beats", async || queue.workers().await.is_ok_and(|all| all.len() == 1)).await;
    worker.stop().await;
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.leased, stats.parked, stats.delayed), (0, 0, 0, 0));
}

fn queue_on(redis: RedisSettings, settings: Settings) -> Queue {
    Queue::new(Redis::new(redis.with_timeout(Duration::from_secs(2))).unwrap(), settings)
}

#[tokio::test]
async fn over_plain_tcp() {
    let server = RedisServer::start().unwrap();
    conforms(&queue_on(RedisSettings::from_url(&server.url(1)).unwrap(), settings())).await;
}

#[tokio::test]
async fn over_tls_with_the_least_access() {
    let server = RedisServer::start_with(RedisOptions { tls: true, ..RedisOptions::default() }).unwrap();
    let mut user = redis::cmd("ACL");
    user.arg("SETUSER").arg("least").arg("on").arg(">secret");
    for rule in least_access().split_whitespace() {
        user.arg(rule);
    }
    user.exec(&mut server.connect(0).unwrap()).unwrap();
    let (port, authority) = server.tls().unwrap();
    let mut redis = RedisSettings::from_url(&format!("rediss://least:secret@127.0.0.1:{port}/1")).unwrap();
    let stranger = Redis::new(redis.clone().with_timeout(Duration::from_secs(2))).unwrap();
    assert!(stranger.time_ms().await.is_err(), "the system's authorities do not vouch for it");
    redis.tls_ca = Some(authority.to_owned());
    conforms(&queue_on(redis, settings())).await;
}

#[tokio::test]
#[ignore = "long: a failover takes some seconds"]
async fn over_sentinel_with_a_failover_in_the_middle() {
    let mut sentinels = Sentinels::start().unwrap();
    let address = RedisAddress::Sentinel { nodes: sentinels.nodes(), master: sentinels.name().to_owned() };
    let queue = queue_on(RedisSettings { address, ..RedisSettings::default() }, settings());
    conforms(&queue).await;
    let worker = Worker::start(&queue, 4, Suite(queue.clone()));
    let before = trigger(&queue, "PB").await;
    comes_to(&queue, &before, RunStatus::Succeeded).await;
    sentinels.kill_master().unwrap();
    let after = trigger(&queue, "PB").await;
    comes_to(&queue, &after, RunStatus::Succeeded).await;
    worker.stop().await;
    conforms(&queue).await;
}

#[tokio::test]
async fn past_sentinels_that_still_name_an_old_master() {
    let master = RedisServer::start().unwrap();
    let follow = vec!["--replicaof".to_owned(), "127.0.0.1".to_owned(), master.port().to_string()];
    let demoted = RedisServer::start_with(RedisOptions { arguments: follow, ..RedisOptions::default() }).unwrap();
    let sentinels = [free_port().unwrap(), demoted.port(), master.port()].map(|port| Sentinel::watch(port).unwrap());
    let address =
        RedisAddress::Sentinel { nodes: sentinels.iter().map(Sentinel::node).collect(), master: Sentinel::MASTER.into() };
    conforms(&queue_on(RedisSettings { address, ..RedisSettings::default() }, settings())).await;
}

#[tokio::test]
#[ignore = "long: three nodes have to agree"]
async fn over_a_cluster_of_which_it_uses_one_slot() {
    let cluster = RedisCluster::start().unwrap();
    for node in cluster.nodes() {
        // Whichever node is named, the one that owns the slot does the work.
        let prefix = format!("n{}", node.port());
        conforms(&queue_on(RedisSettings::from_url(&node.url(0)).unwrap(), Settings { prefix, ..settings() })).await;
    }
}
