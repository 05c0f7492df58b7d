//! Orphans are found and mended, and nothing grows.

use std::time::Duration;

use advosync_queue::{Handler, Job, Kind, LeaseGuard, Origin, Outcome, Queue, RunStatus, Settings, Trigger};
use advosync_testkit::{wait_until, wait_until_within};
use serde_json::json;

use crate::support::{Bench, answer, settings};

#[tokio::test]
async fn a_lease_without_an_entry_blocks_nobody_for_long() {
    let bench = Bench::new();
    bench.ask::<()>("SET {t}:lease:PB somebody:1:m:1-1");
    let run = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    assert_eq!(bench.queue.stats().await.unwrap().parked, 1);
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("it ran", async || bench.queue.run(&run.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded).await;
    worker.stop().await;
    assert_eq!(bench.queue.stats().await.unwrap().counters["orphan_leases"], 1);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_parked_job_whose_holder_vanished_starts() {
    let bench = Bench::new();
    bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let request = advosync_queue::protocol::ClaimRequest { worker: "x", free: 1, urgent: 1, look_for_dead: false };
    bench.queue.claim(&request).await.unwrap();
    let parked = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    bench.ask::<u64>("DEL {t}:jobs:item {t}:lease:PB");
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("it ran", async || bench.queue.run(&parked.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded).await;
    worker.stop().await;
    bench.assert_nothing_left();
}

#[tokio::test]
async fn consumers_of_dead_processes_go_once_nothing_of_theirs_is_pending() {
    let bench = Bench::with(Settings { lease: Duration::from_secs(1), ..settings() }, Default::default());
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("the groups exist", async || bench.ask::<bool>("EXISTS {t}:jobs:item")).await;
    for number in 0..5 {
        bench.ask::<redis::Value>(&format!("XGROUP CREATECONSUMER {{t}}:jobs:item workers ghost{number}"));
    }
    bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    wait_until_within(Duration::from_secs(20), "only the live one is left", async || {
        let left: Vec<std::collections::HashMap<String, redis::Value>> = bench.ask("XINFO CONSUMERS {t}:jobs:item workers");
        left.len() == 1 && left[0]["name"] == redis::Value::BulkString(worker.id.clone().into_bytes())
    })
    .await;
    worker.stop().await;
    assert_eq!(bench.queue.stats().await.unwrap().counters["consumers_removed"], 5);
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_nobodys_death() {
    let bench = Bench::new();
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("the groups exist", async || bench.ask::<bool>("EXISTS {t}:jobs:item")).await;
    // Claimed in the worker's name, which knows nothing of it; then its connections break.
    let claim = "local id = redis.call('XADD', KEYS[1], '*', 'v', '1', 'job_id', 'j', 'run_id', 'r', 'kind', 'item', 'key', 'PB') \
        redis.call('XREADGROUP', 'GROUP', 'workers', ARGV[1], 'STREAMS', KEYS[1], '>') \
        redis.call('SET', KEYS[2], ARGV[1] .. ':1:m:' .. id, 'PX', 60000)";
    let mut eval = redis::cmd("EVAL");
    eval.arg(claim).arg(2).arg("{t}:jobs:item").arg("{t}:lease:PB").arg(&worker.id);
    let mut connection = bench.server.connect(1).unwrap();
    let _: redis::Value = eval.query(&mut connection).unwrap();
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes");
    let _: u64 = kill.query(&mut connection).unwrap();
    wait_until("it ran", async || handler.seen.lock().unwrap().len() == 1).await;
    worker.stop().await;
    let seen = handler.seen.lock().unwrap();
    assert_eq!((seen[0].attempt, seen[0].deaths), (1, 0));
}

#[tokio::test]
async fn after_many_jobs_nothing_is_left_but_records() {
    let bench = Bench::new();
    let handler = answer(|_| Outcome::succeeded(json!(null), false));
    let worker = bench.worker(64, handler.clone());
    let mut last = String::new();
    for round in 0..5 {
        for number in 0..400 {
            let key = format!("K{}", number % 40);
            last = bench.queue.trigger(&Trigger::new(key, Origin::Poll)).await.unwrap().run_id;
        }
        wait_until("they ran", async || {
            let stats = bench.queue.stats().await.unwrap();
            stats.waiting + stats.leased + stats.parked == 0 && handler.seen.lock().unwrap().len() > round
        })
        .await;
    }
    assert!(bench.queue.run(&last).await.unwrap().is_none());
    worker.stop().await;
    bench.assert_nothing_left();
    let keys: Vec<String> = bench.ask("KEYS *");
    assert!(keys.len() < 16, "{keys:?}");
}

/// Bytes in use, once nothing moves any more.
async fn memory(bench: &Bench) -> i64 {
    let info: String = bench.ask("INFO memory");
    info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn after_a_hundred_thousand_jobs_redis_is_as_before() {
    let bench = Bench::with(Settings { lease: Duration::from_secs(30), ..settings() }, Default::default());
    let keys: Vec<String> = (0..1000).map(|number| format!("K{number}")).collect();
    let worker = bench.worker(256, Many(bench.queue.clone(), keys));
    let mut before = 0;
    for round in 0..=100 {
        bench.queue.trigger_all(Trigger::new("", Origin::Poll)).await.unwrap();
        wait_until_within(Duration::from_secs(30), "they ran", async || {
            bench.queue.stats().await.unwrap().counters.get("done_succeeded").copied().unwrap_or(0) >= 1001 * (round + 1)
        })
        .await;
        if round == 0 {
            before = memory(&bench).await; // the last success of each key is remembered
        }
    }
    for (stream, group) in [("jobs:all", "fanout"), ("jobs:item", "workers"), ("jobs:item:urgent", "workers")] {
        assert_eq!(bench.ask::<u64>(&format!("XLEN {{t}}:{stream}")), 0);
        let pending: (u64, redis::Value, redis::Value, redis::Value) = bench.ask(&format!("XPENDING {{t}}:{stream} {group}"));
        assert_eq!(pending.0, 0);
        let consumers: Vec<std::collections::HashMap<String, redis::Value>> =
            bench.ask(&format!("XINFO CONSUMERS {{t}}:{stream} {group}"));
        assert!(consumers.iter().all(|consumer| consumer["name"] == redis::Value::BulkString(worker.id.clone().into_bytes())));
    }
    wait_until("the memory is given back", async || (memory(&bench).await - before).abs() < 1_000_000).await;
    worker.stop().await;
    bench.assert_nothing_left();
}

/// Fans out to its keys, of which nothing has to be done.
struct Many(Queue, Vec<String>);

impl Handler for Many {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        if job.kind == Kind::All {
            self.0.fan_out(&job, &lease, &self.1).await.unwrap();
        }
        Outcome::succeeded(json!(null), false)
    }
}
