//! Worker processes that are killed, paused, drained and fed with garbage.

use std::time::{Duration, Instant};

use advosync_queue::{DeadFilter, Origin, RunFilter, RunStatus, Trigger};
use advosync_simulators::{Fault, FaultRule};
use advosync_testkit::Signal;

use crate::stage::Stage;

/// `WORKER_LEASE_SECONDS` of these tests.
const LEASE: Duration = Duration::from_secs(4);

async fn trigger_all(stage: &Stage) -> String {
    stage.queue.trigger(&Trigger::new("ALL", Origin::Person)).await.unwrap().run_id
}

async fn ended(stage: &Stage, run_id: &str) -> RunStatus {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        if let Some(run) = stage.queue.run(run_id).await.unwrap()
            && run.status.is_final()
        {
            return run.status;
        }
        assert!(Instant::now() < deadline, "the run does not end");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn created(stage: &Stage) -> u64 {
    stage.google.counters().writes.iter().filter(|(operation, _)| operation.contains("insert")).map(|(_, count)| count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_of_a_killed_worker_is_finished_by_another() {
    let stage = Stage::set(&["PB", "AI", "CH"], 80).await;
    let mut workers = vec![stage.spawn_worker()];
    let run_id = trigger_all(&stage).await;
    stage.until("the work begins", |stage| stage.writes() > 30).await;
    workers.push(stage.spawn_worker());
    workers[0].signal(Signal::Kill);
    let killed = Instant::now();
    stage.until("somebody takes over", |stage| stage.differences().is_empty()).await;
    assert!(killed.elapsed() < LEASE + Duration::from_secs(20), "{:?}", killed.elapsed());
    assert_eq!(ended(&stage, &run_id).await, RunStatus::Succeeded);
    // A worker of this process takes part, so that a further run is sure to be worked on.
    stage.assert_quiet().await;
    assert!(stage.queue.stats().await.unwrap().counters["takeovers"] >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_paused_for_longer_than_its_lease_writes_nothing_and_lives_on() {
    let stage = Stage::set(&["PB", "AI"], 80).await;
    let mut paused = stage.spawn_worker();
    let run_id = trigger_all(&stage).await;
    stage.until("the work begins", |stage| stage.writes() > 30).await;
    paused.signal(Signal::Stop);
    let other = stage.spawn_worker();
    assert_eq!(ended(&stage, &run_id).await, RunStatus::Succeeded);
    stage.assert_equal();
    stage.assert_quiet().await;
    let before = stage.writes();
    let inserted = created(&stage);
    paused.signal(Signal::Cont);
    drop(other);
    // The only worker left is the one that was paused: it must be able to work.
    assert_eq!(stage.sync("ALL").await.status, RunStatus::Succeeded);
    assert_eq!((stage.writes(), created(&stage)), (before, inserted), "the woken worker wrote");
    assert!(paused.is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_restarts_under_load_spend_no_attempt_and_take_nothing_over() {
    let stage = Stage::set(&["PB", "AI", "CH", "DK"], 60).await;
    let _steady = stage.spawn_worker();
    stage.google.inject(FaultRule::new(Fault::Latency { ms: 10, jitter_ms: 10 }).on("calendar/v3")).unwrap();
    for round in 0..10 {
        let mut restarted = stage.spawn_worker();
        let run_id = trigger_all(&stage).await;
        tokio::time::sleep(Duration::from_millis(150 + 60 * round)).await;
        restarted.signal(Signal::Term);
        assert_eq!(restarted.ended().await, Some(0));
        assert_eq!(ended(&stage, &run_id).await, RunStatus::Succeeded);
    }
    let stats = stage.queue.stats().await.unwrap();
    let count = |name: &str| stats.counters.get(name).copied().unwrap_or(0);
    assert_eq!((count("retried"), count("takeovers"), stats.dead), (0, 0, 0), "{:?}", stats.counters);
    stage.assert_equal();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_triggers_during_a_run_make_exactly_one_more() {
    let stage = Stage::set(&["PB"], 40).await;
    stage.google.inject(FaultRule::new(Fault::Latency { ms: 30, jitter_ms: 0 }).on("calendar/v3")).unwrap();
    let _worker = stage.spawn_worker();
    let trigger = Trigger::new("PB", Origin::Person);
    let first = stage.queue.trigger(&trigger).await.unwrap().run_id;
    stage.until("the run writes", |stage| stage.writes() > 5).await;
    let mut followers = std::collections::BTreeSet::new();
    for _ in 0..200 {
        followers.insert(stage.queue.trigger(&trigger).await.unwrap().run_id);
    }
    assert_eq!(followers.len(), 1);
    let follower = followers.pop_first().unwrap();
    assert_ne!(follower, first);
    assert_eq!(ended(&stage, &first).await, RunStatus::Succeeded);
    assert_eq!(ended(&stage, &follower).await, RunStatus::Succeeded);
    let runs = stage.queue.runs(&RunFilter::default(), None, 100).await.unwrap();
    assert_eq!(runs.items.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_every_stream_becomes_dead_letters_and_stops_nobody() {
    let stage = Stage::set(&["PB"], 5).await;
    let mut worker = stage.spawn_worker();
    let mut connection = stage.redis.connect(1).unwrap();
    let keys = stage.queue.keys();
    for stream in [keys.all(), keys.mass(), keys.urgent()] {
        redis::cmd("XADD").arg(stream).arg("*").arg("rubbish").arg("\u{1F5D1}").exec(&mut connection).unwrap();
        redis::cmd("XADD").arg(stream).arg("*").arg("v").arg("x").arg("job_id").arg("").exec(&mut connection).unwrap();
    }
    assert_eq!(stage.sync("ALL").await.status, RunStatus::Succeeded);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let dead = stage.queue.dead_letters(&DeadFilter::default(), None, 100).await.unwrap().items.len();
        let stats = stage.queue.stats().await.unwrap();
        if dead == 6 && stats.waiting + stats.leased == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "{dead} dead letters, {stats:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(worker.is_alive());
    stage.assert_equal();
}
