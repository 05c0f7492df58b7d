//! Entries that nobody of ours wrote.

use advosync_queue::{DeadFilter, Origin, Outcome, RunStatus, Trigger};
use advosync_testkit::wait_until;
use serde_json::json;

use crate::support::{Bench, answer, asker};

#[tokio::test]
async fn garbage_in_each_stream_is_counted_and_dead_lettered() {
    let bench = Bench::new();
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(2, handler.clone());
    for stream in ["{t}:jobs:all", "{t}:jobs:item", "{t}:jobs:item:urgent"] {
        for fields in [
            "foo bar",
            "v eins job_id j run_id r kind item key PB attempt 1",
            "v 1 job_id j run_id r kind other key PB attempt 1",
            "v 1 job_id j kind item key PB",
            "v 1 job_id j run_id r kind item key PB attempt many",
            "v -3 job_id j run_id r kind item key PB",
        ] {
            bench.ask::<String>(&format!("XADD {stream} * {fields}"));
        }
    }
    wait_until("all are dead letters", async || bench.queue.stats().await.unwrap().dead == 18).await;
    assert_eq!(bench.queue.stats().await.unwrap().counters["garbage"], 18);
    let good = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    wait_until("the worker goes on", async || {
        bench.queue.run(&good.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded
    })
    .await;
    worker.stop().await;
    assert_eq!(handler.seen.lock().unwrap().len(), 1);
    bench.assert_nothing_left();

    let filter = DeadFilter { reason: Some("garbage".into()), ..DeadFilter::default() };
    let dead = bench.queue.dead_letters(&filter, None, 100).await.unwrap().items;
    assert_eq!(dead.len(), 18);
    let requeued = bench.queue.requeue_dead(&dead[0].id, &asker("anna")).await;
    assert!(matches!(requeued, Err(advosync_queue::QueueError::Unreadable)));
    assert_eq!(bench.queue.drop_all_dead(&filter).await.unwrap(), 18);
}

#[tokio::test]
async fn a_newer_entry_is_handed_back_for_a_day_at_most() {
    let bench = Bench::new();
    let worker = bench.worker(2, answer(|_| Outcome::succeeded(json!(null), true)));
    bench.ask::<String>("XADD {t}:jobs:item * v 2 job_id j run_id r kind item key PB attempt 1 extra x");
    wait_until("it is set aside", async || bench.ask::<u64>("ZCARD {t}:jobs:delayed") == 1).await;
    assert_eq!(bench.queue.stats().await.unwrap().counters["newer_handed_back"], 1);
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item"), 0);
    worker.stop().await;

    // A day later: older by its own account.
    bench.ask::<String>("XADD {t}:jobs:item * v 2 job_id k run_id r kind item key PB handed_since 1000");
    let worker = bench.worker(2, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("it is dead", async || bench.queue.stats().await.unwrap().dead == 1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_foreign_but_good_entry_runs_without_its_optional_fields() {
    let bench = Bench::new();
    let handler = answer(|_| Outcome::succeeded(json!({"n": 1}), true));
    let worker = bench.worker(2, handler.clone());
    bench.ask::<String>("XADD {t}:jobs:item * v 1 job_id j1 run_id r1 kind item key PB");
    bench.ask::<String>("XADD {t}:jobs:item * v 1 job_id j2 run_id r2 kind item key PB attempt 1 enqueued_at soon");
    for run_id in ["r1", "r2"] {
        wait_until("it ran", async || {
            bench.queue.run(run_id).await.unwrap().is_some_and(|run| run.status == RunStatus::Succeeded)
        })
        .await;
    }
    worker.stop().await;
    assert!(handler.seen.lock().unwrap()[0].enqueued_at_ms > 1_600_000_000_000);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn many_entries_of_few_keys_are_coalesced_in_no_time() {
    let bench = Bench::new();
    let mut pipeline = redis::pipe();
    for number in 0..5000 {
        pipeline.cmd("XADD").arg("{t}:jobs:item").arg("*").arg("v").arg(1).arg("job_id").arg(format!("j{number}"));
        pipeline.arg("run_id").arg(format!("r{number}")).arg("kind").arg("item").arg("key").arg(format!("K{}", number % 5));
        pipeline.arg("attempt").arg(1);
    }
    let _: redis::Value = pipeline.query(&mut bench.server.connect(1).unwrap()).unwrap();
    let worker = bench.worker(8, answer(|_| Outcome::succeeded(json!(null), true)));
    for number in [0, 2500, 4999] {
        wait_until("each run ends", async || {
            let run = bench.queue.run(&format!("r{number}")).await.unwrap();
            run.is_some_and(|run| run.status == RunStatus::Succeeded)
        })
        .await;
    }
    wait_until("all is done", async || {
        let stats = bench.queue.stats().await.unwrap();
        stats.waiting + stats.leased + stats.parked == 0
    })
    .await;
    worker.stop().await;
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_keyed_entry_cannot_pose_as_a_fan_out() {
    let bench = Bench::new();
    for origin in ["poll", "cron"] {
        let fields = format!("v 1 job_id j run_id r kind item key ALL attempt 1 enqueued_at 1 origin {origin}");
        bench.ask::<String>(&format!("XADD {{t}}:jobs:item * {fields}"));
    }
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(2, handler.clone());
    wait_until("both are dead letters", async || bench.queue.stats().await.unwrap().dead == 2).await;
    worker.stop().await;
    assert!(handler.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_entry_too_large_to_hand_on_is_garbage_even_of_a_newer_kind() {
    let bench = Bench::new();
    let fields: String = (0..5000).map(|number| format!(" f{number} x")).collect();
    bench.ask::<String>(&format!("XADD {{t}}:jobs:item * v 2{fields}"));
    let good = bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("the worker goes on", async || {
        bench.queue.run(&good.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded
    })
    .await;
    worker.stop().await;
    assert_eq!(bench.queue.stats().await.unwrap().dead, 1);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn garbage_among_the_delayed_stops_nobody() {
    let bench = Bench::new();
    let members =
        ["nonsense", r#"{"s":"m"}"#, r#"{"s":"m","job":["key","PB"]}"#, r#"{"s":"m","raw":[]}"#, r#"{"s":7,"raw":["a","b"]}"#];
    for member in members {
        bench.ask::<u64>(&format!("ZADD {{t}}:jobs:delayed 1 {member}"));
    }
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("all are dead letters", async || bench.queue.stats().await.unwrap().dead == members.len() as u64).await;
    worker.stop().await;
    bench.assert_nothing_left();
}
