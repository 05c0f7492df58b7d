//! Leases: kept alive, lost, fenced.

use std::time::Duration;

use advosync_queue::{FENCE, Handler, Job, LeaseGuard, Origin, Outcome, QueueError, RunStatus, Settings, Trigger, link::Script};
use advosync_testkit::wait_until;
use serde_json::json;
use tokio::sync::mpsc;

use crate::support::{Bench, Gate, Mortal, answer, settings};

/// Blocks the thread it runs on, and with it the whole runtime.
struct Hog;

impl Handler for Hog {
    async fn handle(&self, _job: Job, lease: LeaseGuard) -> Outcome {
        std::thread::sleep(Duration::from_secs(3));
        Outcome::succeeded(json!({"outlived": lease.outlives(Duration::from_millis(200))}), true)
    }
}

#[tokio::test]
async fn a_busy_runtime_does_not_starve_the_renewal() {
    let bench = Bench::with(Settings { lease: Duration::from_secs(1), ..settings() }, Default::default());
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let worker = Mortal::start(&bench, 1, Hog); // its runtime has one thread, which the job blocks
    wait_until("it ends", async || bench.queue.run(&triggered.run_id).await.unwrap().unwrap().status.is_final()).await;
    worker.kill();
    let run = bench.queue.run(&triggered.run_id).await.unwrap().unwrap();
    assert_eq!((run.status, run.attempt), (RunStatus::Succeeded, 1));
    assert_eq!(run.counts, json!({"outlived": true}));
}

#[tokio::test]
async fn a_lost_lease_stops_the_job_and_counts_no_attempt() {
    let bench = Bench::new();
    let gate = Gate::default();
    let triggered = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let worker = bench.worker(1, gate.clone());
    wait_until("it runs", async || gate.begun().len() == 1).await;
    bench.ask::<u64>("DEL {t}:lease:PB");
    wait_until("it was told to stop", async || gate.stopped.lock().unwrap().len() == 1).await;
    wait_until("it runs again", async || gate.begun().len() == 2).await;
    assert_eq!(gate.begun.lock().unwrap()[1].attempt, 1);
    gate.open.cancel();
    wait_until("it ends", async || bench.queue.run(&triggered.run_id).await.unwrap().unwrap().status.is_final()).await;
    worker.stop().await;
    assert_eq!(bench.queue.stats().await.unwrap().counters["lost_leases"], 1);
    bench.assert_nothing_left();
}

/// Hands its lease out and waits.
struct Show(mpsc::UnboundedSender<LeaseGuard>);

impl Handler for Show {
    async fn handle(&self, _job: Job, lease: LeaseGuard) -> Outcome {
        self.0.send(lease.clone()).unwrap();
        lease.cancelled().await;
        Outcome::hand_back("stop")
    }
}

#[tokio::test]
async fn writes_are_fenced_by_the_lease() {
    let bench = Bench::new();
    bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let (show, mut shown) = mpsc::unbounded_channel();
    let worker = bench.worker(1, Show(show));
    let lease = shown.recv().await.unwrap();
    assert_eq!(bench.ask::<String>("GET {t}:lease:PB"), lease.value());
    assert!(lease.value().starts_with(&format!("{}:{}:", worker.id, lease.token())));
    assert!(lease.outlives(Duration::from_millis(500)) && !lease.outlives(Duration::from_secs(3)));

    let script = Script::new(&[FENCE, "redis.call('SET', KEYS[2], ARGV[2]) return 1"]);
    let call = |value: &str| {
        let mut call = script.call(&[lease.redis_key(), "{t}:mine".to_owned()]);
        call.arg(lease.value()).arg(value);
        call
    };
    let written: Result<u64, _> = bench.queue.redis().script(&script, &call("1")).await;
    assert_eq!(written.unwrap(), 1);
    lease.report_progress("loading", &json!({"loaded": 3})).await.unwrap();

    bench.ask::<()>("SET {t}:lease:PB somebody-else PX 60000");
    let refused: Result<u64, _> = bench.queue.redis().script(&script, &call("2")).await;
    assert!(matches!(refused, Err(advosync_queue::link::LinkError::StaleLease)));
    assert_eq!(bench.ask::<String>("GET {t}:mine"), "1");
    assert!(matches!(lease.report_progress("x", &json!(null)).await, Err(QueueError::StaleLease)));
    wait_until("the job is told", async || lease.lost()).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_job_without_progress_is_cancelled_and_one_with_is_not() {
    struct Slow;
    impl Handler for Slow {
        async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
            for _ in 0..8 {
                tokio::time::sleep(Duration::from_millis(200)).await;
                if job.key == "MOVES" {
                    lease.progress();
                }
            }
            Outcome::succeeded(json!(null), true)
        }
    }
    let settings = Settings { job_timeout: Duration::from_millis(600), max_attempts: 1, ..settings() };
    let bench = Bench::with(settings, Default::default());
    let moves = bench.queue.trigger(&Trigger::new("MOVES", Origin::Person)).await.unwrap();
    let hangs = bench.queue.trigger(&Trigger::new("HANGS", Origin::Person)).await.unwrap();
    let worker = bench.worker(2, Slow);
    for (run_id, status) in [(moves.run_id, RunStatus::Succeeded), (hangs.run_id, RunStatus::Failed)] {
        wait_until("it ends", async || bench.queue.run(&run_id).await.unwrap().unwrap().status == status).await;
    }
    worker.stop().await;
    let dead = bench.queue.dead_letters(&Default::default(), None, 10).await.unwrap().items;
    assert_eq!(dead[0].class, "timeout");
}

#[tokio::test]
async fn a_panic_counts_as_an_error_and_ends_nothing_else() {
    let bench = Bench::with(Settings { max_attempts: 2, ..settings() }, Default::default());
    let bad = bench.queue.trigger(&Trigger::new("BAD", Origin::Person)).await.unwrap();
    let good = bench.queue.trigger(&Trigger::new("GOOD", Origin::Person)).await.unwrap();
    let worker = bench.worker(
        1,
        answer(|job| {
            assert_ne!(job.key, "BAD", "on purpose");
            Outcome::succeeded(json!(null), true)
        }),
    );
    for (run_id, status) in [(bad.run_id, RunStatus::Failed), (good.run_id, RunStatus::Succeeded)] {
        wait_until("it ends", async || bench.queue.run(&run_id).await.unwrap().unwrap().status == status).await;
    }
    worker.stop().await;
    let dead = bench.queue.dead_letters(&Default::default(), None, 10).await.unwrap().items;
    assert_eq!((dead[0].reason.as_str(), dead[0].class.as_str()), ("errors", "panic"));
}

#[tokio::test]
async fn a_panic_before_the_first_await_counts_all_the_same() {
    struct Rash;
    impl Handler for Rash {
        fn handle(&self, job: Job, _lease: LeaseGuard) -> impl Future<Output = Outcome> + Send {
            assert_ne!(job.key, "BAD", "on purpose");
            std::future::ready(Outcome::succeeded(json!(null), true))
        }
    }
    let bench = Bench::with(Settings { max_attempts: 2, ..settings() }, Default::default());
    let bad = bench.queue.trigger(&Trigger::new("BAD", Origin::Person)).await.unwrap();
    let worker = bench.worker(1, Rash);
    wait_until("it ends", async || bench.queue.run(&bad.run_id).await.unwrap().unwrap().status == RunStatus::Failed).await;
    worker.stop().await;
    let dead = bench.queue.dead_letters(&Default::default(), None, 10).await.unwrap().items;
    assert_eq!((dead[0].class.as_str(), dead[0].history.len()), ("panic", 2));
    bench.assert_nothing_left();
}
