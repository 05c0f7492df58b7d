//! What dead workers leave behind.

use std::time::{Duration, Instant};

use advosync_queue::{Accepted, DeadFilter, Origin, Outcome, RunStatus, Trigger};
use advosync_testkit::{wait_until, wait_until_within};
use serde_json::json;

use crate::support::{Bench, Gate, Mortal, answer};

#[tokio::test]
async fn a_dead_workers_job_runs_elsewhere_within_the_lease_and_five_seconds() {
    let bench = Bench::new();
    let gate = Gate::default();
    let mortal = Mortal::start(&bench, 1, gate.clone());
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    wait_until("it runs", async || gate.begun().len() == 1).await;
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    let follow_up = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let died = Instant::now();
    mortal.kill();
    wait_until_within(Duration::from_secs(8), "it was taken over", async || {
        bench.queue.run(&triggered.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded
    })
    .await;
    assert!(died.elapsed() < bench.queue.settings().lease + Duration::from_secs(5));
    wait_until("its follow-up ran", async || {
        bench.queue.run(&follow_up.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded
    })
    .await;
    worker.stop().await;
    let seen = handler.seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].deaths, seen[0].attempt), (1, 2));
    assert_eq!((seen[1].deaths, seen[1].attempt), (0, 1));
    bench.assert_nothing_left();
}

#[tokio::test]
async fn tokens_rise_and_a_stale_end_is_refused() {
    let bench = Bench::new();
    bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let request = |worker| advosync_queue::protocol::ClaimRequest { worker, free: 1, urgent: 1, look_for_dead: true };
    let first = bench.queue.claim(&request("one")).await.unwrap();
    bench.ask::<u64>("DEL {t}:lease:PB");
    let entry = &first.jobs[0].lease.entry;
    bench.ask::<redis::Value>(&format!("XCLAIM {{t}}:jobs:item:urgent workers one 0 {entry} IDLE 9000000 JUSTID"));
    let second = bench.queue.claim(&request("two")).await.unwrap();
    assert_eq!(second.jobs.len(), 1);
    assert!(second.jobs[0].lease.token > first.jobs[0].lease.token);
    let outcome = Outcome::succeeded(json!(null), true);
    let stale = advosync_queue::protocol::JobEnd { job: &first.jobs[0].job, lease: &first.jobs[0].lease, outcome: &outcome };
    assert_eq!(bench.queue.finish("one", &[stale]).await.unwrap(), [advosync_queue::protocol::Recorded::Refused]);
    assert_eq!(bench.queue.stats().await.unwrap().counters["stale_ends"], 1);
    let good = advosync_queue::protocol::JobEnd { job: &second.jobs[0].job, lease: &second.jobs[0].lease, outcome: &outcome };
    assert_eq!(bench.queue.finish("two", &[good]).await.unwrap(), [advosync_queue::protocol::Recorded::Yes]);
    // Even without the last token, the next one is higher: it is the time in µs.
    bench.ask::<u64>("DEL {t}:token");
    bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let third = bench.queue.claim(&request("two")).await.unwrap();
    assert!(third.jobs[0].lease.token > second.jobs[0].lease.token);
}

#[tokio::test]
async fn an_entry_read_by_nobody_we_know_is_taken_over() {
    let bench = Bench::new();
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("the groups exist", async || bench.ask::<bool>("EXISTS {t}:jobs:item")).await;
    worker.stop().await;
    bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    bench.ask::<redis::Value>("XREADGROUP GROUP workers ghost COUNT 1 STREAMS {t}:jobs:item >");
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("it ran", async || handler.seen.lock().unwrap().len() == 1).await;
    worker.stop().await;
    bench.assert_nothing_left();
}

#[tokio::test]
async fn too_many_deaths_poison_the_key_until_a_person_comes() {
    let bench = Bench::new();
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let request = advosync_queue::protocol::ClaimRequest { worker: "mortal", free: 1, urgent: 1, look_for_dead: true };
    for death in 0..5 {
        let claimed = bench.queue.claim(&request).await.unwrap();
        assert_eq!(claimed.jobs[0].job.deaths, death);
        bench.ask::<u64>("DEL {t}:lease:PB");
        let entry = &claimed.jobs[0].lease.entry;
        bench.ask::<redis::Value>(&format!("XCLAIM {{t}}:jobs:item workers mortal 0 {entry} IDLE 9000000 JUSTID"));
    }
    assert!(bench.queue.claim(&request).await.unwrap().jobs.is_empty());
    assert_eq!(bench.queue.run(&triggered.run_id).await.unwrap().unwrap().status, RunStatus::Failed);
    let dead = bench.queue.dead_letters(&DeadFilter::default(), None, 10).await.unwrap().items;
    assert_eq!((dead[0].reason.as_str(), dead[0].history.len()), ("deaths", 5));
    assert_eq!(bench.queue.last_runs(&["PB"]).await.unwrap()[0].poisoned_by.as_deref(), Some(dead[0].id.as_str()));

    for origin in [Origin::Cron, Origin::Poll] {
        assert_eq!(bench.queue.trigger(&Trigger::new("PB", origin)).await.unwrap().accepted, Accepted::Skipped);
    }
    assert_eq!(bench.queue.trigger(&Trigger::new("PB", Origin::Push)).await.unwrap().accepted, Accepted::Queued);
    bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    assert_eq!(bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap().accepted, Accepted::Joined);
}

#[tokio::test]
async fn a_persons_trigger_for_everyone_frees_every_poisoned_key() {
    let bench = Bench::new();
    for key in ["PB", "AI"] {
        bench.ask::<u64>(&format!("HSET {{t}}:poison {key} 1-1"));
        assert_eq!(bench.queue.trigger(&Trigger::new(key, Origin::Cron)).await.unwrap().accepted, Accepted::Skipped);
    }
    bench.queue.trigger(&Trigger::new("ALL", Origin::Cron)).await.unwrap();
    assert_eq!(bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap().accepted, Accepted::Skipped);
    bench.queue.trigger(&Trigger::new("ALL", Origin::Person)).await.unwrap();
    for key in ["PB", "AI"] {
        assert_eq!(bench.queue.trigger(&Trigger::new(key, Origin::Cron)).await.unwrap().accepted, Accepted::Queued);
    }
}
