//! Interactive first, and the mass never starves.

use advosync_queue::{Origin, Outcome, RunStatus, Trigger};
use advosync_testkit::wait_until;
use serde_json::json;

use crate::support::{Bench, Gate, answer};

#[tokio::test]
async fn an_urgent_trigger_starts_with_the_next_free_slot() {
    let bench = Bench::new();
    for number in 0..1000 {
        bench.queue.trigger(&Trigger::new(format!("K{number}"), Origin::Cron)).await.unwrap();
    }
    bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("some ran", async || handler.seen.lock().unwrap().len() > 2).await;
    worker.stop().await;
    assert_eq!(handler.seen.lock().unwrap()[0].key, "PB");
}

#[tokio::test]
async fn a_waiting_job_of_the_mass_is_promoted_and_not_doubled() {
    let bench = Bench::new();
    for key in ["A", "B", "PB"] {
        bench.queue.trigger(&Trigger::new(key, Origin::Cron)).await.unwrap();
    }
    let person = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    assert!(person.joined());
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item"), 2);
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item:urgent"), 1);
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("all ran", async || handler.seen.lock().unwrap().len() == 3).await;
    worker.stop().await;
    let keys: Vec<String> = handler.seen.lock().unwrap().iter().map(|job| job.key.clone()).collect();
    assert_eq!(keys, ["PB", "A", "B"]);
    assert_eq!(bench.queue.run(&person.run_id).await.unwrap().unwrap().status, RunStatus::Succeeded);
}

#[tokio::test]
async fn the_mass_keeps_its_share_of_the_slots() {
    let bench = Bench::new();
    for number in 0..20 {
        bench.queue.trigger(&Trigger::new(format!("U{number}"), Origin::Person)).await.unwrap();
        bench.queue.trigger(&Trigger::new(format!("M{number}"), Origin::Cron)).await.unwrap();
    }
    let gate = Gate::default();
    let worker = bench.worker(8, gate.clone());
    wait_until("all slots are taken", async || gate.begun().len() == 8).await;
    let mass = gate.begun().iter().filter(|key| key.starts_with('M')).count();
    assert_eq!(mass, 2, "{:?}", gate.begun());
    gate.open.cancel();
    wait_until("all ran", async || gate.begun().len() == 40).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_claims_no_more_than_it_can_start() {
    let bench = Bench::new();
    for number in 0..20 {
        bench.queue.trigger(&Trigger::new(format!("K{number}"), Origin::Cron)).await.unwrap();
    }
    let gate = Gate::default();
    let worker = bench.worker(3, gate.clone());
    wait_until("its slots are taken", async || gate.begun().len() == 3).await;
    let stats = bench.queue.stats().await.unwrap();
    assert_eq!((stats.leased, stats.waiting), (3, 17));
    gate.open.cancel();
    wait_until("all ran", async || gate.begun().len() == 20).await;
    worker.stop().await;
    bench.assert_nothing_left();
}

#[tokio::test]
async fn the_mass_keeps_every_fourth_turn_of_an_only_slot() {
    let bench = Bench::new();
    for number in 0..8 {
        bench.queue.trigger(&Trigger::new(format!("U{number}"), Origin::Person)).await.unwrap();
    }
    for key in ["M0", "M1"] {
        bench.queue.trigger(&Trigger::new(key, Origin::Cron)).await.unwrap();
    }
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("all ran", async || handler.seen.lock().unwrap().len() == 10).await;
    worker.stop().await;
    let keys: Vec<String> = handler.seen.lock().unwrap().iter().map(|job| job.key.clone()).collect();
    assert_eq!(keys, ["U0", "U1", "U2", "M0", "U3", "U4", "U5", "M1", "U6", "U7"]);
}
