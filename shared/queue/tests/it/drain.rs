//! Stopping.

use std::time::{Duration, Instant};

use advosync_queue::{Handler, Job, LeaseGuard, Origin, Outcome, Trigger};
use advosync_testkit::{wait_until, wait_until_within};
use serde_json::json;

use crate::support::{Bench, Gate, Worker, answer};

#[tokio::test]
async fn running_jobs_are_handed_back_to_the_front() {
    let bench = Bench::new();
    let gate = Gate::default();
    for key in ["A", "B", "C"] {
        bench.queue.trigger(&Trigger::new(key, Origin::Cron)).await.unwrap();
    }
    let worker = bench.worker(2, gate.clone());
    wait_until("two run", async || gate.begun().len() == 2).await;
    let began = Instant::now();
    worker.stop().await;
    assert!(began.elapsed() < Duration::from_secs(8), "the grace was kept");
    assert!(began.elapsed() > Duration::from_secs(2), "jobs got their grace");
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item:urgent"), 2);
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item"), 1);
    let leases: Vec<String> = bench.ask("KEYS {t}:lease:*");
    assert!(leases.is_empty(), "the leases are released: {leases:?}");
    for stream in ["{t}:jobs:all", "{t}:jobs:item", "{t}:jobs:item:urgent"] {
        let consumers: Vec<redis::Value> =
            bench.ask(&format!("XINFO CONSUMERS {stream} {}", if stream.ends_with("all") { "fanout" } else { "workers" }));
        assert!(consumers.is_empty(), "the consumer removes itself");
    }
    assert!(bench.queue.workers().await.unwrap().is_empty());

    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("all ran", async || handler.seen.lock().unwrap().len() == 3).await;
    worker.stop().await;
    assert!(handler.seen.lock().unwrap().iter().all(|job| job.attempt == 1));
    assert_eq!(handler.seen.lock().unwrap()[2].key, "C");
    bench.assert_nothing_left();
}

/// Takes a while for each job and stops at once when told.
#[derive(Clone)]
struct Busy(std::sync::Arc<std::sync::Mutex<Vec<(String, u32)>>>);

impl Handler for Busy {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(40)) => {
                self.0.lock().unwrap().push((job.run_id, job.attempt));
                Outcome::succeeded(json!(null), true)
            }
            () = lease.cancelled() => Outcome::hand_back("drain"),
        }
    }
}

#[tokio::test]
async fn rolling_restarts_under_load_count_no_attempt() {
    let bench = Bench::new();
    let busy = Busy(Default::default());
    let mut accepted = Vec::new();
    let mut worker = bench.worker(4, busy.clone());
    let steady = bench.worker(4, busy.clone());
    for round in 0..10 {
        for number in 0..40 {
            let key = format!("K{round}-{number}");
            accepted.push(bench.queue.trigger(&Trigger::new(key, Origin::Cron)).await.unwrap().run_id);
        }
        let next = Worker::start(&bench.queue, 4, busy.clone());
        worker.stop().await;
        worker = next;
    }
    wait_until("all are done", async || busy.0.lock().unwrap().len() == accepted.len()).await;
    worker.stop().await;
    steady.stop().await;
    let mut done = busy.0.lock().unwrap().clone();
    assert!(done.iter().all(|(_, attempt)| *attempt == 1));
    let mut done: Vec<String> = done.drain(..).map(|(run_id, _)| run_id).collect();
    done.sort();
    accepted.sort();
    assert_eq!(done, accepted, "what was received equals what was sent");
    assert_eq!(bench.queue.stats().await.unwrap().dead, 0);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_job_that_will_not_stop_is_cut_off_and_handed_back() {
    struct Deaf;
    impl Handler for Deaf {
        async fn handle(&self, _job: Job, _lease: LeaseGuard) -> Outcome {
            std::future::pending().await
        }
    }
    let bench = Bench::new();
    bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let worker = bench.worker(1, Deaf);
    wait_until("it runs", async || bench.queue.stats().await.unwrap().leased == 1).await;
    let began = Instant::now();
    worker.stop().await;
    assert!(began.elapsed() < Duration::from_millis(8500));
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item:urgent"), 1);
    assert!(!bench.ask::<bool>("EXISTS {t}:lease:PB"));
}

#[tokio::test]
async fn what_is_handed_back_starts_elsewhere_at_once() {
    let bench = Bench::new();
    let (leaving, staying) = (Gate::default(), Gate::default());
    bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let first = bench.worker(1, leaving.clone());
    wait_until("it runs", async || leaving.begun().len() == 1).await;
    let second = bench.worker(1, staying.clone());
    let stopping = tokio::spawn(first.stop());
    wait_until("it was told to stop", async || leaving.stopped.lock().unwrap().len() == 1).await;
    wait_until_within(Duration::from_secs(2), "it runs elsewhere", async || staying.begun().len() == 1).await;
    staying.open.cancel();
    stopping.await.unwrap();
    second.stop().await;
    assert_eq!(staying.begun.lock().unwrap()[0].attempt, 1);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn the_grace_is_kept_while_redis_hangs() {
    let bench = Bench::new();
    let gate = Gate::default();
    bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let worker = bench.worker(2, gate.clone());
    wait_until("it runs", async || gate.begun().len() == 1).await;
    bench.server.pause().unwrap();
    let began = Instant::now();
    worker.stop().await;
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    bench.server.resume().unwrap();
}

#[tokio::test]
async fn what_a_lost_answer_had_claimed_is_handed_back_at_the_end() {
    let bench = Bench::new();
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("the groups exist", async || bench.ask::<bool>("EXISTS {t}:jobs:item")).await;
    let many = 1500;
    let claim = "for n = 1, tonumber(ARGV[2]) do redis.call('XADD', KEYS[1], '*', 'v', '1', 'job_id', 'j' .. n, 'run_id', 'r' .. n, \
        'kind', 'item', 'key', 'K' .. n) end \
        redis.call('XREADGROUP', 'GROUP', 'workers', ARGV[1], 'COUNT', ARGV[2], 'STREAMS', KEYS[1], '>')";
    let mut eval = redis::cmd("EVAL");
    eval.arg(claim).arg(1).arg("{t}:jobs:item").arg(&worker.id).arg(many);
    let _: redis::Value = eval.query(&mut bench.server.connect(1).unwrap()).unwrap();
    worker.stop().await;
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item:urgent"), many);
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item"), 0);
    let consumers: Vec<redis::Value> = bench.ask("XINFO CONSUMERS {t}:jobs:item workers");
    assert!(consumers.is_empty(), "the consumer removes itself");
}
