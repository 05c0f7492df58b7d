//! One job that makes many, and their tally.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use advosync_queue::{
    Accepted, DoneStatus, Handler, Job, Kind, LeaseGuard, Origin, Outcome, Queue, QueueError, RunFilter, RunStatus, Settings,
    Trigger,
};
use advosync_testkit::{wait_until, wait_until_within};
use serde_json::json;

use crate::support::{Bench, settings};

/// Fans out to its keys; each key ends by its name.
#[derive(Clone)]
struct Firm {
    queue: Queue,
    keys: Vec<String>,
    ran: Arc<Mutex<Vec<String>>>,
}

impl Firm {
    fn of(bench: &Bench, keys: &[&str]) -> Self {
        Self { queue: bench.queue.clone(), keys: keys.iter().map(|&key| key.to_owned()).collect(), ran: Arc::default() }
    }
}

fn done(status: DoneStatus, changed: bool) -> Outcome {
    Outcome::Done { status, counts: json!({"google": {"created": 2}, "unchanged": 1}), report: None, changed }
}

impl Handler for Firm {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        if job.kind == Kind::All {
            return match self.queue.fan_out(&job, &lease, &self.keys).await {
                Ok(_) => Outcome::succeeded(json!(null), false),
                Err(QueueError::EmptyFanOut) => Outcome::retry("empty", ""),
                Err(_) => Outcome::hand_back("redis"),
            };
        }
        self.ran.lock().unwrap().push(job.key.clone());
        match job.key.chars().next() {
            Some('F') => Outcome::Final { class: "broken".into(), code: "1".into() },
            Some('H') => done(DoneStatus::Held, true),
            Some('P') => done(DoneStatus::Partial, true),
            Some('Q') => done(DoneStatus::Succeeded, false),
            _ => done(DoneStatus::Succeeded, true),
        }
    }
}

async fn run_all(bench: &Bench, keys: &[&str], origin: Origin) -> (String, Firm) {
    let firm = Firm::of(bench, keys);
    let worker = bench.worker(4, firm.clone());
    let all = bench.queue.trigger_all(Trigger::new("", origin)).await.unwrap();
    wait_until("the fan-out ends", async || {
        let run = bench.queue.run(&all.run_id).await.unwrap();
        run.is_none_or(|run| run.status.is_final())
    })
    .await;
    worker.stop().await;
    (all.run_id, firm)
}

#[tokio::test]
async fn the_worst_of_its_jobs_is_its_status() {
    for (keys, status, failed) in [
        (vec!["A", "B"], RunStatus::Succeeded, 0),
        (vec!["A", "P"], RunStatus::Partial, 0),
        (vec!["A", "P", "H"], RunStatus::Held, 0),
        (vec!["A", "F"], RunStatus::Partial, 1),
        (vec!["F1", "F2"], RunStatus::Failed, 2),
    ] {
        let bench = Bench::new();
        let (run_id, _) = run_all(&bench, &keys, Origin::Person).await;
        let run = bench.queue.run(&run_id).await.unwrap().unwrap();
        assert_eq!(run.status, status, "{keys:?}");
        assert_eq!((run.jobs.total, run.jobs.done, run.jobs.failed), (keys.len() as u64, keys.len() as u64, failed));
        let good = keys.len() as u64 - failed;
        if good > 0 {
            assert_eq!(run.counts, json!({"google": {"created": 2 * good}, "unchanged": good}));
        }
        assert_eq!(bench.queue.run_jobs(&run_id).await.unwrap().len(), keys.len());
        bench.assert_nothing_left();
    }
}

#[tokio::test]
async fn a_poll_of_everybody_that_changed_nothing_leaves_no_record() {
    let bench = Bench::new();
    let (run_id, firm) = run_all(&bench, &["Q1", "Q2", "Q3"], Origin::Poll).await;
    assert_eq!(firm.ran.lock().unwrap().len(), 3);
    assert!(bench.queue.run(&run_id).await.unwrap().is_none());
    assert!(bench.queue.runs(&RunFilter::default(), None, 10).await.unwrap().items.is_empty());
    let last = bench.queue.last_all(Origin::Poll).await.unwrap().unwrap();
    assert_eq!((last.status, last.run_id), (RunStatus::Succeeded, run_id));
    bench.assert_nothing_left();

    let (run_id, _) = run_all(&bench, &["Q1", "A"], Origin::Poll).await;
    let listed = bench.queue.runs(&RunFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(listed.len(), 2, "the fan-out and the one that changed something: {listed:?}");
    assert!(listed.iter().any(|run| run.run_id == run_id && run.counts["unchanged"] == 2));
}

#[tokio::test]
async fn an_all_joins_the_unfinished_one_and_counts_who_waits_already() {
    let bench = Bench::new();
    let waiting = bench.queue.trigger(&Trigger::new("A", Origin::Other)).await.unwrap();
    let first = bench.queue.trigger_all(Trigger::new("", Origin::Cron)).await.unwrap();
    let second = bench.queue.trigger_all(Trigger::new("", Origin::Person)).await.unwrap();
    assert_eq!((second.accepted, &second.run_id), (Accepted::Joined, &first.run_id));
    let firm = Firm::of(&bench, &["A", "B"]);
    let worker = bench.worker(1, firm.clone());
    wait_until("it ends", async || bench.queue.run(&first.run_id).await.unwrap().unwrap().status.is_final()).await;
    worker.stop().await;
    assert_eq!(firm.ran.lock().unwrap().iter().filter(|key| *key == "A").count(), 1);
    assert!(bench.queue.run(&waiting.run_id).await.unwrap().unwrap().status.is_final());
    let third = bench.queue.trigger_all(Trigger::new("", Origin::Cron)).await.unwrap();
    assert_eq!(third.accepted, Accepted::Queued);
}

#[tokio::test]
async fn an_empty_list_is_an_error_and_retried() {
    let bench = Bench::with(Settings { max_attempts: 2, ..settings() }, Default::default());
    let (run_id, _) = run_all(&bench, &[], Origin::Cron).await;
    let run = bench.queue.run(&run_id).await.unwrap().unwrap();
    assert_eq!((run.status, run.error), (RunStatus::Failed, Some(("empty".into(), String::new()))));
    bench.assert_nothing_left();
}

/// Dies in the middle of its first fan-out.
#[tokio::test]
async fn a_fan_out_killed_in_the_middle_misses_nobody_and_doubles_nobody() {
    #[derive(Clone)]
    struct Mortal(Firm, Arc<Mutex<bool>>);
    impl Handler for Mortal {
        async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
            let first = !std::mem::replace(&mut *self.1.lock().unwrap(), true);
            if job.kind == Kind::All && first {
                self.0.queue.fan_out(&job, &lease, &self.0.keys[..700]).await.unwrap();
                return Outcome::retry("killed", "");
            }
            self.0.handle(job, lease).await
        }
    }
    let bench = Bench::new();
    let keys: Vec<String> = (0..1500).map(|number| format!("Q{number}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let firm = Firm::of(&bench, &keys);
    let all = bench.queue.trigger_all(Trigger::new("", Origin::Person)).await.unwrap();
    let worker = bench.worker(16, Mortal(firm.clone(), Arc::default()));
    wait_until("it ends", async || bench.queue.run(&all.run_id).await.unwrap().unwrap().status.is_final()).await;
    worker.stop().await;
    let mut ran = firm.ran.lock().unwrap().clone();
    assert_eq!(ran.len(), 1500);
    ran.sort();
    ran.dedup();
    assert_eq!(ran.len(), 1500);
    assert_eq!(bench.queue.run(&all.run_id).await.unwrap().unwrap().jobs.total, 1500);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_fan_out_whose_jobs_got_lost_ends_all_the_same() {
    let bench = Bench::with(Settings { lease: Duration::from_millis(500), ..settings() }, Default::default());
    // More than fit into one call of Lua's.
    let keys: Vec<String> = (0..5000).map(|number| format!("K{number}")).collect();
    let firm = Firm { keys: keys.clone(), ..Firm::of(&bench, &[]) };
    let all = bench.queue.trigger_all(Trigger::new("", Origin::Person)).await.unwrap();
    // Fan out by hand, then lose the stream.
    let worker = bench.worker(1, OnlyFanOut(firm.clone()));
    wait_until("it fanned out", async || bench.queue.run(&all.run_id).await.unwrap().unwrap().jobs.total == 5000).await;
    worker.stop().await;
    bench.ask::<u64>("DEL {t}:jobs:item {t}:jobs:item:urgent");
    let worker = bench.worker(1, firm);
    wait_until_within(Duration::from_secs(60), "housekeeping ends it", async || {
        bench.queue.run(&all.run_id).await.unwrap().unwrap().status == RunStatus::Failed
    })
    .await;
    worker.stop().await;
    assert_eq!(bench.queue.stats().await.unwrap().counters["lost_jobs"], 5000);
}

#[derive(Clone)]
struct OnlyFanOut(Firm);

impl Handler for OnlyFanOut {
    async fn handle(&self, job: Job, lease: LeaseGuard) -> Outcome {
        if job.kind == Kind::All {
            return self.0.handle(job, lease).await;
        }
        lease.cancelled().await;
        Outcome::hand_back("drain")
    }
}
