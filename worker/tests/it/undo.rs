//! Taking a run back while workers die.

use advosync_queue::{Origin, RunStatus, Trigger};
use advosync_simulators::{Fault, FaultRule, GoogleEdit};
use advosync_state::{State, UndoRequests};
use advosync_testkit::Signal;
use serde_json::json;

use crate::stage::Stage;

/// Whatever instruction the worker dies at, each deleted appointment comes back once.
#[tokio::test(flavor = "multi_thread")]
async fn an_undo_whose_worker_is_killed_goes_on_and_brings_nothing_back_twice() {
    let mut stage = Stage::set(&["PB"], 40).await;
    stage.with("CALENDAR_SYNC_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    let mut worker = stage.spawn_worker();
    stage.sync("PB").await;
    let calendar = stage.google.state().calendars.into_iter().find(|calendar| calendar.summary == "AW-PB").unwrap();
    let events = serde_json::to_value(&calendar).unwrap()["events"].as_array().unwrap().clone();
    for event in &events[..10] {
        let id = event["id"].as_str().unwrap().to_owned();
        stage.google.edit(GoogleEdit::Delete { calendar: calendar.id.clone(), id }).unwrap();
    }
    let run = stage.sync("PB").await;
    assert_eq!(run.counts["advoware"]["deleted"], 10, "{:?}", run.counts);
    let state = State::new(stage.queue.redis().clone(), stage.queue.keys().clone());
    UndoRequests::new(&state).ask("PB", &run.run_id, None, "anna").await.unwrap();
    stage.advoware.inject(FaultRule::new(Fault::Latency { ms: 60, jitter_ms: 0 }).method("POST")).unwrap();
    let asked = stage.queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    for back in [33, 36] {
        stage.until("some have come back", |stage| stage.advoware.state().appointments.len() >= back).await;
        worker.signal(Signal::Kill);
        worker = stage.spawn_worker();
    }
    stage.advoware.clear_faults();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let undone = loop {
        let run = stage.queue.run(&asked.run_id).await.unwrap().unwrap();
        if run.status.is_final() {
            break run;
        }
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    };
    assert_eq!(undone.status, RunStatus::Succeeded);
    let rows = stage.advoware.state().appointments;
    assert_eq!(rows.len(), 40, "each came back once");
    assert!(rows.iter().all(|row| row["geheimesFeld"].is_object() && row["anwalt"] == json!("PB")));
    assert!(UndoRequests::new(&state).of("PB").await.unwrap().is_empty());
    stage.assert_quiet().await;
}
