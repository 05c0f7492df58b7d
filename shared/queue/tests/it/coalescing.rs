//! A key has at most one job that waits, is parked or backs off.

use std::time::Duration;

use advosync_queue::{Accepted, Origin, Outcome, RunStatus, Trigger};
use advosync_testkit::wait_until;
use serde_json::json;

use crate::support::{Bench, Gate, answer};

#[tokio::test]
async fn two_hundred_triggers_while_it_runs_make_one_more_run() {
    let bench = Bench::new();
    let gate = Gate::default();
    let worker = bench.worker(4, gate.clone());
    bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    wait_until("it runs", async || gate.begun().len() == 1).await;

    let mut run_ids = Vec::new();
    for number in 0..200 {
        let origin = [Origin::Person, Origin::Push, Origin::Poll, Origin::Cron][number % 4];
        run_ids.push(bench.queue.trigger(&Trigger::new("PB", origin)).await.unwrap().run_id);
    }
    run_ids.dedup();
    assert_eq!(run_ids.len(), 1, "they all join one follow-up");
    assert_eq!(bench.ask::<u64>("HLEN {t}:jobs:parked"), 1);
    assert_eq!(bench.queue.stats().await.unwrap().parked, 1);

    gate.open.cancel();
    wait_until("both have ended", async || bench.queue.run(&run_ids[0]).await.unwrap().unwrap().status == RunStatus::Succeeded)
        .await;
    worker.stop().await;
    assert_eq!(gate.begun().len(), 2);
    assert_eq!(gate.begun.lock().unwrap()[1].attempt, 1, "waiting for the lease is no attempt");
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_back_off_takes_its_follow_up_into_itself() {
    let bench = Bench::with(
        advosync_queue::Settings { retry_base: Duration::from_millis(400), ..crate::support::settings() },
        Default::default(),
    );
    let first = bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    let queue = bench.queue.clone();
    let handler = answer(|job| match job.attempt {
        1 => Outcome::retry("upstream", "503"),
        _ => Outcome::succeeded(json!({"n": 1}), true),
    });
    // The follow-up comes while the first attempt runs: claim by hand, so that it is surely so.
    let request = advosync_queue::protocol::ClaimRequest { worker: "hand", free: 1, urgent: 1, look_for_dead: false };
    let claimed = queue.claim(&request).await.unwrap();
    let second = queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    assert_eq!(second.accepted, Accepted::Queued);
    assert_ne!(second.run_id, first.run_id);
    let end = advosync_queue::protocol::JobEnd {
        job: &claimed.jobs[0].job,
        lease: &claimed.jobs[0].lease,
        outcome: &Outcome::retry("upstream", "503"),
    };
    queue.finish("hand", &[end]).await.unwrap();
    assert_eq!(bench.queue.stats().await.unwrap().delayed, 1);
    assert_eq!(bench.queue.stats().await.unwrap().parked, 0);

    let worker = bench.worker(1, handler.clone());
    for run_id in [&first.run_id, &second.run_id] {
        wait_until("each run ends", async || bench.queue.run(run_id).await.unwrap().unwrap().status == RunStatus::Succeeded)
            .await;
    }
    worker.stop().await;
    assert_eq!(handler.seen.lock().unwrap().len(), 1, "they were one job");
    bench.assert_nothing_left();
}

#[tokio::test]
async fn a_person_promotes_what_backs_off_but_not_out_of_a_retry_after() {
    for (retry_after, promoted) in [(None, true), (Some(Duration::from_secs(60)), false)] {
        let bench = Bench::with(
            advosync_queue::Settings { retry_base: Duration::from_secs(100), ..crate::support::settings() },
            Default::default(),
        );
        let first = bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
        let worker = bench.worker(
            1,
            answer(move |job| match job.attempt {
                1 => Outcome::Retry { class: "busy".into(), code: "429".into(), retry_after },
                _ => Outcome::succeeded(json!(null), true),
            }),
        );
        wait_until("it backs off", async || bench.queue.stats().await.unwrap().delayed == 1).await;
        let person = bench.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
        assert_eq!((person.accepted, &person.run_id), (Accepted::Joined, &first.run_id));
        if promoted {
            wait_until("it ran", async || bench.queue.run(&first.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded)
                .await;
        } else {
            assert_eq!(bench.queue.stats().await.unwrap().delayed, 1);
            assert_eq!(bench.queue.stats().await.unwrap().waiting, 0);
        }
        worker.stop().await;
    }
}

#[tokio::test]
async fn a_mark_whose_job_is_gone_counts_as_absent() {
    let bench = Bench::new();
    let first = bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    bench.ask::<u64>("DEL {t}:jobs:item");
    assert!(bench.ask::<bool>("HEXISTS {t}:jobs:marks PB"));
    let second = bench.queue.trigger(&Trigger::new("PB", Origin::Cron)).await.unwrap();
    assert_eq!(second.accepted, Accepted::Queued);
    assert_ne!(first.run_id, second.run_id);
    assert_eq!(bench.ask::<u64>("XLEN {t}:jobs:item"), 1);
}

#[tokio::test]
async fn an_idempotency_key_gives_the_same_answer_and_nothing_else() {
    let bench = Bench::new();
    let trigger = Trigger { idempotency_key: Some("geheim".into()), ..Trigger::new("PB", Origin::Person) };
    let first = bench.queue.trigger(&trigger).await.unwrap();
    let worker = bench.worker(1, answer(|_| Outcome::succeeded(json!(null), true)));
    wait_until("it ran", async || bench.queue.run(&first.run_id).await.unwrap().unwrap().status.is_final()).await;
    assert_eq!(bench.queue.trigger(&trigger).await.unwrap(), first);
    let other = Trigger { key: "AI".into(), ..trigger };
    assert_ne!(bench.queue.trigger(&other).await.unwrap().run_id, first.run_id);
    worker.stop().await;
    let keys: Vec<String> = bench.ask("KEYS *");
    assert!(keys.iter().all(|key| !key.contains("geheim")));
    let ttl: i64 = bench.ask(&format!("PTTL {}", keys.iter().find(|key| key.contains("idem:")).unwrap()));
    assert!((86_000_000..=86_400_000).contains(&ttl), "{ttl}");
}
