//! Run records and the live feed.

use advosync_queue::{Origin, Outcome, RunFilter, RunStatus, Trigger};
use advosync_testkit::wait_until;
use serde_json::json;

use crate::support::{Bench, answer};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn the_feed_tells_each_change_and_resumes() {
    let bench = Bench::new();
    let mut feed = bench.queue.events(None);
    assert!(feed.next().await.unwrap().is_empty());
    let run = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!({"unchanged": 4}), true)));
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.extend(feed.next().await.unwrap());
    }
    worker.stop().await;
    let statuses: Vec<&str> = seen.iter().map(|event| event.status.as_str()).collect();
    assert_eq!(statuses, ["queued", "running", "succeeded"]);
    assert!(seen.iter().all(|event| event.run_id == run.run_id && event.key == "PB"));
    assert_eq!(seen[2].to_json("key")["counts"], json!({"unchanged": 4}));

    let mut resumed = bench.queue.events(Some(seen[0].id.clone()));
    let rest = resumed.next().await.unwrap();
    assert_eq!(rest, seen[1..]);
}

#[tokio::test]
async fn a_record_is_what_the_outside_reads() {
    let bench = Bench::new();
    let trigger = Trigger { traceparent: Some(TRACE.into()), ..Trigger::new("PB", Origin::Person) };
    let run_id = bench.queue.trigger(&trigger).await.unwrap().run_id;
    let handler = answer(|_| Outcome::succeeded(json!({"errors": 0}), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("it ends", async || bench.queue.run(&run_id).await.unwrap().unwrap().status.is_final()).await;
    worker.stop().await;
    assert_eq!(handler.seen.lock().unwrap()[0].traceparent.as_deref(), Some(TRACE));
    let json = bench.queue.run(&run_id).await.unwrap().unwrap().to_json("kuerzel");
    assert_eq!(json["run_id"], run_id);
    assert_eq!(json["kuerzel"], "PB");
    assert_eq!(json["kind"], "item");
    assert_eq!(json["status"], "succeeded");
    assert_eq!(json["attempt"], 1);
    assert_eq!(json["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(json["counts"], json!({"errors": 0}));
    assert_eq!(json["jobs"], json!({"total": 1, "done": 1, "failed": 0}));
    assert!(json["queued_at"].as_str().unwrap().ends_with('Z'));
    let ttl: i64 = bench.ask(&format!("TTL {{t}}:run:{run_id}"));
    assert!((29 * 86_400..=30 * 86_400).contains(&ttl));
    assert!(bench.queue.run("no-such-run").await.unwrap().is_none());
}

#[tokio::test]
async fn runs_are_listed_by_page_and_filter() {
    let bench = Bench::new();
    let worker = bench.worker(
        1,
        answer(|job| match job.key.as_str() {
            "BAD" => Outcome::Final { class: "broken".into(), code: String::new() },
            _ => Outcome::succeeded(json!(null), true),
        }),
    );
    for number in 0..25 {
        let key = if number % 5 == 0 { "BAD".to_owned() } else { format!("K{number}") };
        let run_id = bench.queue.trigger(&Trigger::new(key, Origin::Person)).await.unwrap().run_id;
        wait_until("it ends", async || bench.queue.run(&run_id).await.unwrap().unwrap().status.is_final()).await;
    }
    worker.stop().await;
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = bench.queue.runs(&RunFilter::default(), cursor.as_deref(), 10).await.unwrap();
        all.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 25);
    assert!(all.windows(2).all(|pair| pair[0].queued_at >= pair[1].queued_at), "newest first");
    let count = async |filter: RunFilter| bench.queue.runs(&filter, None, 100).await.unwrap().items.len();
    assert_eq!(count(RunFilter { status: Some(RunStatus::Failed), ..Default::default() }).await, 5);
    assert_eq!(count(RunFilter { status: Some(RunStatus::Succeeded), ..Default::default() }).await, 20);
    assert_eq!(count(RunFilter { key: Some("BAD".into()), ..Default::default() }).await, 5);
    assert_eq!(count(RunFilter { kind: Some("all".into()), ..Default::default() }).await, 0);
    let last = &bench.queue.last_runs(&["BAD", "K1", "NOBODY"]).await.unwrap();
    assert_eq!((last[0].status, last[0].succeeded_at_ms), (Some(RunStatus::Failed), None));
    assert!(last[1].succeeded_at_ms.is_some());
    assert_eq!(last[2], Default::default());
}
