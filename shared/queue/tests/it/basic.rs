//! The plain life of a job.

use advosync_queue::{Accepted, Origin, Outcome, RunFilter, RunStatus, Trigger};
use advosync_testkit::wait_until;
use serde_json::json;

use crate::support::{Bench, answer, asker};

#[tokio::test]
async fn a_trigger_runs_and_leaves_only_its_record() {
    let bench = Bench::new();
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    assert_eq!(triggered.accepted, Accepted::Queued);
    let again = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    assert!(again.joined());
    assert_eq!(again.run_id, triggered.run_id);
    assert_eq!(bench.queue.run(&triggered.run_id).await.unwrap().unwrap().status, RunStatus::Queued);

    let handler = answer(|_| Outcome::succeeded(json!({"google": {"created": 2}}), true));
    let worker = bench.worker(4, handler.clone());
    wait_until("the run ends", async || {
        let run = bench.queue.run(&triggered.run_id).await.unwrap().unwrap();
        run.status == RunStatus::Succeeded
    })
    .await;
    worker.stop().await;

    let seen = handler.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].key.as_str(), seen[0].attempt, seen[0].urgent), ("PB", 1, true));
    let run = bench.queue.run(&triggered.run_id).await.unwrap().unwrap();
    assert_eq!(run.counts, json!({"google": {"created": 2}}));
    assert!(run.started_at.is_some() && run.finished_at.is_some());
    let listed = bench.queue.runs(&RunFilter::default(), None, 10).await.unwrap();
    assert_eq!(listed.items, vec![run]);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_poll_that_changed_nothing_leaves_no_record() {
    let bench = Bench::new();
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Poll)).await.unwrap();
    assert!(bench.queue.run(&triggered.run_id).await.unwrap().is_none());
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), false)));
    wait_until("it was checked", async || bench.queue.last_runs(&["PB"]).await.unwrap()[0].checked_at_ms.is_some()).await;
    worker.stop().await;
    assert!(bench.queue.run(&triggered.run_id).await.unwrap().is_none());
    assert!(bench.queue.runs(&RunFilter::default(), None, 10).await.unwrap().items.is_empty());
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_poll_that_changed_something_leaves_one() {
    let bench = Bench::new();
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Poll)).await.unwrap();
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!({"unchanged": 3}), true)));
    wait_until("it has a record", async || bench.queue.run(&triggered.run_id).await.unwrap().is_some()).await;
    worker.stop().await;
    let run = bench.queue.run(&triggered.run_id).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Succeeded);
    assert!(run.queued_at.is_some() && run.started_at.is_some() && run.finished_at.is_some());
}

#[tokio::test]
async fn errors_back_off_and_end_as_a_dead_letter() {
    let bench = Bench::new();
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let handler = answer(|_| Outcome::retry("upstream", "503"));
    let worker = bench.worker(2, handler.clone());
    wait_until("it is dead", async || bench.queue.run(&triggered.run_id).await.unwrap().unwrap().status == RunStatus::Failed)
        .await;
    let attempts: Vec<u32> = handler.seen.lock().unwrap().iter().map(|job| job.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
    let dead = bench.queue.dead_letters(&Default::default(), None, 10).await.unwrap().items;
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].reason.as_str(), dead[0].class.as_str(), dead[0].code.as_str()), ("errors", "upstream", "503"));
    assert_eq!(dead[0].history.len(), 5);
    bench.assert_nothing_left();

    let requeued = bench.queue.requeue_dead(&dead[0].id, &asker("anna")).await.unwrap();
    wait_until("it runs again", async || handler.seen.lock().unwrap().len() > 5).await;
    assert_eq!(bench.queue.run(&requeued.run_id).await.unwrap().unwrap().requested_by.as_deref(), Some("anna"));
    worker.stop().await;
}
