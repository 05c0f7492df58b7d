//! What a firm relies on, seen from outside.

use std::time::Duration;

use advosync_queue::RunStatus;
use advosync_simulators::AdvowareEdit;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn three_employees_become_equal_and_stay_quiet() {
    let mut stage = Stage::set(&["PB", "AI", "MÖL"], 20).await;
    stage.start_worker();
    stage.start_worker();
    let run = stage.sync("ALL").await;
    assert_eq!(run.status, RunStatus::Succeeded);
    assert_eq!((run.jobs.total, run.jobs.done, run.jobs.failed), (3, 3, 0));
    assert_eq!(run.counts["google"]["created"], 60);
    stage.assert_equal();
    assert!(stage.advoware.counters().tokens_issued <= 2);
    let calendars = stage.google.state().calendars;
    for calendar in calendars.iter().filter(|calendar| calendar.summary.starts_with("AW-")) {
        let shared = serde_json::to_string(calendar).unwrap();
        assert!(shared.contains("kanzlei@example.com") && shared.contains("owner"), "{shared:.200}");
    }
    assert_eq!(stage.google.counters().sharing_mails, 0);
    stage.assert_quiet().await;
    stage.stop_workers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_list_deletes_nothing() {
    let mut stage = Stage::set(&["PB"], 12).await;
    stage.start_worker();
    stage.sync("ALL").await;
    let events = stage.google.counters().writes.clone();
    // Everything is gone in Advoware, and there is no other number that could prove a look-up.
    for number in 0..12 {
        stage.advoware.edit(AdvowareEdit::Delete { fr_nr: 1_000 + number }).unwrap();
    }
    let run = stage.sync("PB").await;
    assert_eq!(run.status, RunStatus::Succeeded);
    assert_eq!(stage.google.counters().writes, events, "nothing is deleted without a probe");
    stage.stop_workers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_deletions_wait_for_a_person_and_a_release_carries_out_just_them() {
    let mut stage = Stage::set(&["PB", "AI"], 12).await;
    stage.start_worker();
    stage.sync("ALL").await;
    for number in 0..6 {
        stage.advoware.edit(AdvowareEdit::Delete { fr_nr: 1_000 + number }).unwrap();
    }
    let run = stage.sync("PB").await;
    assert_eq!(run.status, RunStatus::Held, "6 of 12 is more than 30 %");
    assert_eq!(stage.differences().len(), 6);
    let state = advosync_state_of(&stage);
    let held = state.held("PB").await.unwrap();
    assert_eq!(held.len(), 6);
    state.release("PB", "anna", None).await.unwrap();
    let run = stage.sync("PB").await;
    assert_eq!(run.status, RunStatus::Succeeded);
    stage.assert_equal();
    stage.assert_quiet().await;
    stage.stop_workers().await;
}

fn advosync_state_of(stage: &Stage) -> advosync_state::Held {
    advosync_state::Held::new(&advosync_state::State::new(stage.queue.redis().clone(), stage.queue.keys().clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_worker_spends_no_attempt() {
    let mut stage = Stage::set(&["PB", "AI", "CH", "DK"], 60).await;
    stage.start_worker();
    let queue = stage.queue.clone();
    let trigger = advosync_queue::Trigger::new("ALL", advosync_queue::Origin::Person);
    let run_id = queue.trigger(&trigger).await.unwrap().run_id;
    stage.until("the work begins", |stage| stage.writes() > 20).await;
    stage.start_worker();
    let (stop, first) = stage_first(&mut stage);
    stop.cancel();
    first.await.unwrap().unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    let run = loop {
        let run = queue.run(&run_id).await.unwrap().unwrap();
        if run.status.is_final() {
            break run;
        }
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(30)).await;
    };
    assert_eq!(run.status, RunStatus::Succeeded);
    let stats = queue.stats().await.unwrap();
    assert_eq!(stats.counters.get("takeovers").copied().unwrap_or(0), 0);
    assert_eq!(stats.counters.get("retried").copied().unwrap_or(0), 0);
    stage.assert_equal();
    stage.stop_workers().await;
}

type Worker = (tokio_util::sync::CancellationToken, tokio::task::JoinHandle<anyhow::Result<()>>);

fn stage_first(stage: &mut Stage) -> Worker {
    stage.take_worker()
}
