//! What one can see: figures, workers, the doctor.

use advosync_queue::{Finding, Origin, Outcome, Severity, Trigger};
use advosync_testkit::{RedisOptions, wait_until};
use serde_json::json;

use crate::support::{Bench, Gate, answer, settings};

fn of<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.check == check).unwrap_or_else(|| panic!("no {check} in {findings:?}"))
}

#[tokio::test]
async fn figures_and_workers_tell_what_goes_on() {
    let bench = Bench::new();
    let gate = Gate::default();
    for key in ["A", "B", "C"] {
        bench.queue.trigger(&Trigger::new(key, Origin::Cron)).await.unwrap();
    }
    let worker = bench.worker(2, gate.clone());
    wait_until("two run", async || gate.begun().len() == 2).await;
    bench.queue.trigger(&Trigger::new(&gate.begun()[0], Origin::Person)).await.unwrap();
    wait_until("the heartbeat tells of them", async || {
        bench.queue.workers().await.unwrap().first().is_some_and(|worker| worker.jobs.len() == 2)
    })
    .await;
    let workers = bench.queue.workers().await.unwrap();
    assert_eq!((workers.len(), workers[0].slots, workers[0].alive), (1, 2, true));
    assert_eq!(workers[0].id, worker.id);
    let stats = bench.queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.leased, stats.parked, stats.delayed, stats.dead), (1, 2, 1, 0, 0));
    assert!(stats.oldest_waiting_ms > 0 && stats.oldest_waiting_ms < 60_000);
    assert_eq!(stats.counters["claims"], 2);
    gate.open.cancel();
    wait_until("all ran", async || bench.queue.stats().await.unwrap().counters.get("done_succeeded") == Some(&4)).await;
    worker.stop().await;
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong_and_the_remedy() {
    let mut bench = Bench::new();
    bench.ask::<()>("CONFIG SET maxmemory 100mb");
    bench.ask::<()>("CONFIG SET maxmemory-policy allkeys-lru");
    bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let findings = bench.queue.doctor().await;
    assert_eq!(of(&findings, "policy").severity, Severity::Error);
    assert!(of(&findings, "policy").remedy.contains("noeviction"));
    assert_eq!(of(&findings, "persistence").severity, Severity::Warning);
    assert_eq!(of(&findings, "workers").severity, Severity::Error);
    assert_eq!(of(&findings, "groups").severity, Severity::Warning);
    for check in ["version", "role", "access", "latency", "orphans", "dead letters"] {
        assert_eq!(of(&findings, check).severity, Severity::Ok, "{check}");
    }
    bench.server.kill().unwrap();
    assert_eq!(of(&bench.queue.doctor().await, "reachable").severity, Severity::Error);
}

#[tokio::test]
async fn the_doctor_is_content_with_a_fit_redis() {
    let bench = Bench::with(settings(), RedisOptions { append_only: true, ..RedisOptions::default() });
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("a worker is there", async || !bench.queue.workers().await.unwrap().is_empty()).await;
    let findings = bench.queue.doctor().await;
    assert!(findings.iter().all(|finding| finding.severity == Severity::Ok), "{findings:?}");
    worker.stop().await;
}
