//! Redis away, restarted without its data, and emptied.

use advosync_queue::{Origin, RunStatus, Trigger};

use crate::stage::Stage;

async fn begin(stage: &mut Stage) {
    stage.start_worker();
    stage.start_worker();
    stage.queue.trigger(&Trigger::new("ALL", Origin::Person)).await.unwrap();
    stage.until("the work begins", |stage| stage.writes() > 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_redis_in_mid_run_is_survived() {
    let mut stage = Stage::set(&["PB", "AI", "CH"], 60).await;
    begin(&mut stage).await;
    let mut connection = stage.redis.connect(1).unwrap();
    redis::cmd("FLUSHALL").exec(&mut connection).unwrap();
    let run = stage.sync("ALL").await;
    assert_eq!(run.status, RunStatus::Succeeded);
    stage.assert_equal();
    stage.assert_quiet().await;
    stage.stop_workers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_restarted_empty_in_mid_run_is_survived() {
    let mut stage = Stage::set(&["PB", "AI", "CH"], 60).await;
    begin(&mut stage).await;
    stage.redis.restart_empty().unwrap();
    let run = stage.sync("ALL").await;
    assert_eq!(run.status, RunStatus::Succeeded);
    stage.assert_equal();
    stage.assert_quiet().await;
    stage.stop_workers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_flushed_between_two_runs_changes_nothing() {
    let mut stage = Stage::set(&["PB", "AI"], 15).await;
    stage.start_worker();
    stage.sync("ALL").await;
    let before = stage.writes();
    let mut connection = stage.redis.connect(1).unwrap();
    redis::cmd("FLUSHALL").exec(&mut connection).unwrap();
    let run = stage.sync("ALL").await;
    assert_eq!(run.status, RunStatus::Succeeded);
    assert_eq!(stage.writes(), before, "a full list is all that it costs");
    let calendars = stage.google.state().calendars;
    assert_eq!(calendars.iter().filter(|calendar| calendar.summary.starts_with("AW-")).count(), 2);
    stage.stop_workers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_writes_nothing() {
    let mut stage = Stage::set(&["PB"], 10).await;
    stage.with("CALENDAR_SYNC_KEY", "b25lLW9uZS1vbmUtb25lLW9uZS1vbmUtb25lLW9uISE=");
    stage.start_worker();
    stage.sync("ALL").await;
    stage.stop_workers().await;
    stage.with("CALENDAR_SYNC_KEY", "dHdvLXR3by10d28tdHdvLXR3by10d28tdHdvLXR3bSE=,b25lLW9uZS1vbmUtb25lLW9uZS1vbmUtb25lLW9uISE=");
    stage.start_worker();
    stage.assert_quiet().await;
    stage.stop_workers().await;
}
