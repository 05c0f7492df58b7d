//! Dead letters: found, requeued, dropped, trimmed.

use advosync_queue::{DeadFilter, Origin, Outcome, QueueError, Settings, Trigger};
use advosync_testkit::wait_until;
use serde_json::json;

use crate::support::{Bench, answer, asker, settings};

async fn with_dead(bench: &Bench, count: usize) {
    let worker = bench.worker(
        8,
        answer(|job| {
            let class = if job.key.ends_with('0') { "denied" } else { "broken" };
            Outcome::Final { class: class.into(), code: "403".into() }
        }),
    );
    for number in 0..count {
        let trigger = Trigger { traceparent: Some("00-first".into()), ..Trigger::new(format!("K{number}"), Origin::Cron) };
        bench.queue.trigger(&trigger).await.unwrap();
    }
    wait_until("all are dead", async || bench.queue.stats().await.unwrap().dead == count as u64).await;
    worker.stop().await;
}

#[tokio::test]
async fn they_are_listed_by_page_key_and_class() {
    let bench = Bench::new();
    with_dead(&bench, 50).await;
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = bench.queue.dead_letters(&DeadFilter::default(), cursor.as_deref(), 7).await.unwrap();
        seen.extend(page.items.into_iter().map(|letter| letter.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 50);
    seen.dedup();
    assert_eq!(seen.len(), 50);
    let denied = DeadFilter { class: Some("denied".into()), ..DeadFilter::default() };
    assert_eq!(bench.queue.dead_letters(&denied, None, 100).await.unwrap().items.len(), 5);
    let one = DeadFilter { key: Some("K7".into()), ..DeadFilter::default() };
    let letter = bench.queue.dead_letters(&one, None, 100).await.unwrap().items.remove(0);
    assert_eq!((letter.reason.as_str(), letter.code.as_str()), ("final", "403"));
    assert_eq!(bench.queue.dead_letter(&letter.id).await.unwrap(), Some(letter));
    assert_eq!(bench.queue.dead_letter("1-1").await.unwrap(), None);
    assert_eq!(bench.queue.dead_letter("rubbish").await.unwrap(), None);
}

#[tokio::test]
async fn requeue_and_drop_act_on_one_or_on_all_that_match() {
    let bench = Bench::new();
    with_dead(&bench, 20).await;
    let denied = DeadFilter { class: Some("denied".into()), ..DeadFilter::default() };
    assert_eq!(bench.queue.requeue_all_dead(&denied, &asker("anna")).await.unwrap().len(), 2);
    let stats = bench.queue.stats().await.unwrap();
    assert_eq!((stats.dead, stats.waiting_urgent), (18, 2));
    let letter = bench.queue.dead_letters(&DeadFilter::default(), None, 1).await.unwrap().items.remove(0);
    bench.queue.drop_dead(&letter.id).await.unwrap();
    assert!(matches!(bench.queue.drop_dead(&letter.id).await, Err(QueueError::NotFound)));
    assert!(matches!(bench.queue.requeue_dead(&letter.id, &asker("anna")).await, Err(QueueError::NotFound)));
    assert_eq!(bench.queue.drop_all_dead(&DeadFilter::default()).await.unwrap(), 17);
    let handler = answer(|_| Outcome::succeeded(json!(null), true));
    let worker = bench.worker(1, handler.clone());
    wait_until("the requeued ran", async || handler.seen.lock().unwrap().len() == 2).await;
    worker.stop().await;
    assert_eq!(bench.queue.stats().await.unwrap().dead, 0);
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_requeue_joins_like_any_trigger() {
    let bench = Bench::new();
    with_dead(&bench, 1).await;
    let traced = |traceparent: &str| Some(traceparent.to_owned());
    let cron = Trigger { traceparent: traced("00-cron"), ..Trigger::new("K0", Origin::Cron) };
    let waiting = bench.queue.trigger(&cron).await.unwrap();
    let letter = bench.queue.dead_letters(&DeadFilter::default(), None, 1).await.unwrap().items.remove(0);
    let requeued = bench.queue.requeue_dead(&letter.id, &asker("anna")).await.unwrap();
    assert_eq!((requeued.joined(), &requeued.run_id), (true, &waiting.run_id));
    assert!(waiting.follows.is_empty());
    assert_eq!(requeued.follows, ["00-cron", "00-first"], "the job that it joined, and the dead one");
}

#[tokio::test]
async fn a_trim_is_counted() {
    let bench = Bench::with(Settings { dead_letters_kept: 10, ..settings() }, Default::default());
    with_dead(&bench, 25).await;
    let start = ("0".to_owned(), "0".to_owned());
    bench.queue.housekeeping(&start).await.unwrap();
    let stats = bench.queue.stats().await.unwrap();
    assert_eq!((stats.dead, stats.counters["dead_trimmed"]), (10, 15));
}
