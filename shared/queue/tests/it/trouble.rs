//! Redis in trouble.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use advosync_queue::{
    Origin, Outcome, Queue, QueueError, RunStatus, Trigger,
    link::{LinkError, Redis, RedisSettings},
};
use advosync_testkit::{RedisOptions, wait_until, wait_until_within};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::support::{Bench, Gate, Worker, answer, settings};

async fn runs_again(bench: &Bench, key: &str, within: Duration) {
    let began = Instant::now();
    let triggered = loop {
        match bench.queue.trigger(&Trigger::new(key, Origin::Person)).await {
            Ok(triggered) => break triggered,
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    wait_until_within(within, "the fleet works again", async || {
        let run = bench.queue.run(&triggered.run_id).await;
        run.is_ok_and(|run| run.is_some_and(|run| run.status == RunStatus::Succeeded))
    })
    .await;
    assert!(began.elapsed() < within);
}

#[tokio::test]
async fn flushall_in_mid_run_stops_the_job_and_the_fleet_goes_on() {
    let bench = Bench::new();
    let gate = Gate::default();
    let worker = bench.worker(2, gate.clone());
    bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    wait_until("it runs", async || gate.begun().len() == 1).await;
    bench.ask::<()>("FLUSHALL");
    wait_until("it was told to stop", async || gate.stopped.lock().unwrap().len() == 1).await;
    gate.open.cancel();
    runs_again(&bench, "AI", Duration::from_secs(10)).await;
    runs_again(&bench, "PB", Duration::from_secs(10)).await;
    worker.stop().await;
    bench.assert_nothing_left();
}

#[tokio::test]
async fn restarted_empty_the_fleet_goes_on_without_a_restart() {
    let mut bench = Bench::new();
    let worker = bench.worker(2, answer(|_| Outcome::succeeded(json!(null), true)));
    runs_again(&bench, "PB", Duration::from_secs(5)).await;
    bench.server.kill().unwrap();
    let away = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await;
    assert!(matches!(away, Err(QueueError::Link(LinkError::Unavailable { .. }))));
    bench.server.restart_empty().unwrap();
    runs_again(&bench, "PB", Duration::from_secs(10)).await;
    worker.stop().await;
    bench.assert_nothing_left();
}

#[tokio::test]
async fn restarted_with_its_data_nothing_is_lost_and_nobody_died() {
    let options = RedisOptions { append_only: true, ..RedisOptions::default() };
    let mut bench = Bench::with(settings(), options);
    let gate = Gate::default();
    let worker = bench.worker(2, gate.clone());
    let running = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    wait_until("it runs", async || gate.begun().len() == 1).await;
    let mut waiting = Vec::new();
    for number in 0..50 {
        waiting.push(bench.queue.trigger(&Trigger::new(format!("K{number}"), Origin::Cron)).await.unwrap().run_id);
    }
    bench.server.kill().unwrap();
    wait_until("the lease is lost meanwhile", async || gate.stopped.lock().unwrap().iter().any(|key| key == "PB")).await;
    gate.open.cancel();
    bench.server.restart().unwrap();
    waiting.push(running.run_id.clone());
    for run_id in &waiting {
        wait_until_within(Duration::from_secs(20), "every accepted run ends", async || {
            bench.queue.run(run_id).await.is_ok_and(|run| run.unwrap().status == RunStatus::Succeeded)
        })
        .await;
    }
    worker.stop().await;
    assert_eq!(bench.queue.run(&running.run_id).await.unwrap().unwrap().attempt, 1);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_server_that_hangs_is_noticed_and_left() {
    let bench = Bench::new();
    let worker = bench.worker(2, answer(|_| Outcome::succeeded(json!(null), true)));
    runs_again(&bench, "PB", Duration::from_secs(5)).await;
    bench.server.pause().unwrap();
    let began = Instant::now();
    let hung = bench.queue.trigger(&Trigger::new("AI", Origin::Person)).await;
    assert!(matches!(hung, Err(QueueError::Link(LinkError::Unavailable { .. }))), "{hung:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    bench.server.resume().unwrap();
    runs_again(&bench, "PB", Duration::from_secs(10)).await;
    worker.stop().await;
}

#[tokio::test]
async fn connections_killed_by_the_server_are_made_again() {
    let bench = Bench::new();
    let worker = bench.worker(2, answer(|_| Outcome::succeeded(json!(null), true)));
    for _ in 0..5 {
        runs_again(&bench, "PB", Duration::from_secs(5)).await;
        let _: redis::RedisResult<u64> =
            redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").query(&mut bench.server.connect(1).unwrap());
    }
    runs_again(&bench, "PB", Duration::from_secs(5)).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_full_redis_refuses_triggers_whole_and_lets_work_drain() {
    let bench = Bench::new();
    let waiting = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let keys: Vec<String> = bench.ask("KEYS *");
    bench.ask::<()>("CONFIG SET maxmemory 1");
    for origin in [Origin::Person, Origin::Poll] {
        let full = bench.queue.trigger(&Trigger { idempotency_key: Some("i".into()), ..Trigger::new("AI", origin) }).await;
        assert!(matches!(full, Err(QueueError::Link(LinkError::Full))), "{full:?}");
    }
    let mut after: Vec<String> = bench.ask("KEYS *");
    let mut before = keys;
    before.sort();
    after.sort();
    assert_eq!(before, after, "nothing is half-written");
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("a heart beats", async || !bench.queue.workers().await.unwrap().is_empty()).await;
    let beat = bench.queue.workers().await.unwrap()[0].beat_at_ms;
    wait_until("it goes on beating", async || bench.queue.workers().await.unwrap()[0].beat_at_ms > beat).await;
    wait_until("what waits is worked off", async || {
        bench.queue.run(&waiting.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn scripts_are_loaded_again_by_whoever_misses_them() {
    let bench = Bench::new();
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    runs_again(&bench, "PB", Duration::from_secs(5)).await;
    bench.ask::<()>("SCRIPT FLUSH");
    runs_again(&bench, "PB", Duration::from_secs(5)).await;
    worker.stop().await;
}

/// Carries connections; those that there are swallow everything, ends included, once it is deafened.
struct Proxy {
    port: u16,
    deaf: Arc<Mutex<CancellationToken>>,
}

impl Proxy {
    async fn before(bench: &Bench) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, server) = (listener.local_addr().unwrap().port(), bench.server.port());
        let deaf: Arc<Mutex<CancellationToken>> = Arc::default();
        let told = Arc::clone(&deaf);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let deafened = told.lock().unwrap().clone();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        () = deafened.cancelled() => std::future::pending().await,
                    }
                });
            }
        });
        Self { port, deaf }
    }

    fn deafen(&self) {
        std::mem::take(&mut *self.deaf.lock().unwrap()).cancel();
    }
}

#[tokio::test]
async fn half_open_connections_are_noticed_and_left() {
    let bench = Bench::new();
    let proxy = Proxy::before(&bench).await;
    let url = format!("redis://127.0.0.1:{}/1", proxy.port);
    let redis = Redis::new(RedisSettings::from_url(&url).unwrap()).unwrap(); // with the time-outs that it comes with
    let worker = Worker::start(&Queue::new(redis, settings()), 2, answer(|_| Outcome::succeeded(json!(null), true)));
    runs_again(&bench, "PB", Duration::from_secs(5)).await;
    for _ in 0..2 {
        proxy.deafen();
        runs_again(&bench, "PB", Duration::from_secs(10)).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn a_job_that_a_new_master_brings_back_runs_again_and_does_no_harm() {
    let bench = Bench::new();
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let first = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let request = advosync_queue::protocol::ClaimRequest { worker: "old", free: 1, urgent: 1, look_for_dead: false };
    let claimed = bench.queue.claim(&request).await.unwrap();
    // What the replica had got when the master died: the end is not among it.
    let keys: Vec<String> = bench.ask("KEYS *");
    let dump = |key: &String| redis::cmd("DUMP").arg(key).query::<Vec<u8>>(&mut bench.server.connect(1).unwrap()).unwrap();
    let replica: Vec<(String, Vec<u8>)> = keys.iter().map(|key| (key.clone(), dump(key))).collect();
    let outcome = Outcome::succeeded(json!(null), true);
    let end = || advosync_queue::protocol::JobEnd { job: &claimed.jobs[0].job, lease: &claimed.jobs[0].lease, outcome: &outcome };
    assert_eq!(bench.queue.finish("old", &[end()]).await.unwrap(), [advosync_queue::protocol::Recorded::Yes]);
    bench.ask::<()>("FLUSHALL");
    for (key, value) in &replica {
        let mut restore = redis::cmd("RESTORE");
        restore.arg(key).arg(if key.contains(":lease:") { 2000 } else { 0 }).arg(value);
        restore.exec(&mut bench.server.connect(1).unwrap()).unwrap();
    }
    let worker = bench.worker(1, handler.clone());
    wait_until("it ended once more", async || {
        bench.queue.run(&first.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded
    })
    .await;
    assert_eq!(bench.queue.finish("old", &[end()]).await.unwrap(), [advosync_queue::protocol::Recorded::Refused]);
    runs_again(&bench, "PB", Duration::from_secs(5)).await;
    worker.stop().await;
    assert_eq!(handler.seen.lock().unwrap().len(), 2, "once for the old run, once for the new");
    bench.assert_nothing_left();
}
