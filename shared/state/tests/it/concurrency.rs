//! The fleet's places at Advoware.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use advosync_advoware::{Busy, Concurrency};
use advosync_state::FleetConcurrency;
use advosync_testkit::wait_until;

use crate::support::Bench;

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(30);

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_the_places_at_a_time_and_everybody_in_turn() {
    let bench = Bench::new();
    let (now, most, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let fleet = FleetConcurrency::new(&bench.another_state(), 3);
        for _ in 0..8 {
            let (fleet, now, most, done) = (fleet.clone(), Arc::clone(&now), Arc::clone(&most), Arc::clone(&done));
            tasks.push(tokio::spawn(async move {
                for _ in 0..5 {
                    let permit = fleet.acquire(LONG, LONG).await.unwrap();
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                    done.fetch_add(1, Ordering::SeqCst);
                    drop(permit);
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(done.load(Ordering::SeqCst), 160);
    assert_eq!(most.load(Ordering::SeqCst), 3, "never more, and all of them used");
    let fleet = FleetConcurrency::new(&bench.state, 3);
    wait_until("nothing is left", async || fleet.in_use().await.unwrap() == (0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_ends_and_a_turn_that_is_given_up_blocks_nobody() {
    let bench = Bench::new();
    let (here, there) = (FleetConcurrency::new(&bench.state, 1), FleetConcurrency::new(&bench.another_state(), 1));
    let held = here.acquire(LONG, LONG).await.unwrap();
    assert_eq!(here.acquire(SHORT, LONG).await.err(), Some(Busy::Full));
    assert_eq!(there.acquire(SHORT, LONG).await.err(), Some(Busy::Full));
    wait_until("nobody asks", async || here.in_use().await.unwrap() == (1, 0)).await;
    drop(held);
    assert!(there.acquire(LONG, LONG).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_process_frees_its_places_by_doing_nothing() {
    let bench = Bench::new();
    // As a process leaves it that dies: a place that is held for a moment, and an asker in front.
    let now = bench.state.redis().time_ms().await.unwrap();
    bench.ask::<i64>(&["ZADD", "{t}:advoware:places", &(now + 300).to_string(), "dead"]);
    bench.ask::<i64>(&["ZADD", "{t}:advoware:asking", "1", "gone"]);
    bench.ask::<i64>(&["ZADD", "{t}:advoware:alive", &(now + 200).to_string(), "gone"]);
    let fleet = FleetConcurrency::new(&bench.state, 1);
    let began = Instant::now();
    let permit = fleet.acquire(LONG, LONG).await.unwrap();
    assert!(began.elapsed() > Duration::from_millis(150), "its time had to be waited for");
    assert!(began.elapsed() < Duration::from_secs(2));
    drop(permit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_outlasts_its_request_by_a_margin() {
    let bench = Bench::new();
    let fleet = FleetConcurrency::new(&bench.state, 1);
    let _permit = fleet.acquire(LONG, Duration::from_secs(30)).await.unwrap();
    let now = bench.state.redis().time_ms().await.unwrap();
    let places: Vec<(String, f64)> = redis::cmd("ZRANGE")
        .arg(&["{t}:advoware:places", "0", "-1", "WITHSCORES"])
        .query(&mut bench.server.connect(1).unwrap())
        .unwrap();
    let left = places[0].1 - now as f64;
    assert!((31_000.0..=32_000.0).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_there_is_no_place() {
    let mut bench = Bench::new();
    let fleet = FleetConcurrency::new(&bench.state, 1);
    bench.server.kill().unwrap();
    assert_eq!(fleet.acquire(LONG, LONG).await.err(), Some(Busy::Away));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_process_leaves_every_other_turn_to_another() {
    let bench = Bench::new();
    let (busy, calm) = (FleetConcurrency::new(&bench.state, 1), FleetConcurrency::new(&bench.another_state(), 1));
    let turns = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (busy, turns) = (busy.clone(), Arc::clone(&turns));
            tokio::spawn(async move {
                loop {
                    let _permit = busy.acquire(LONG, LONG).await.unwrap();
                    turns.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            })
        })
        .collect();
    wait_until("it is busy", async || turns.load(Ordering::SeqCst) > 3).await;
    let before = turns.load(Ordering::SeqCst);
    for _ in 0..10 {
        drop(calm.acquire(LONG, LONG).await.unwrap());
    }
    let meanwhile = turns.load(Ordering::SeqCst) - before;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(meanwhile <= 25, "{meanwhile} turns of the busy one for ten of the other");
}
