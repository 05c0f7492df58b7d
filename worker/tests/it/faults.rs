//! A bad day of either system.

use advosync_simulators::{ErrorPage, Fault, FaultRule};

use crate::stage::Stage;

fn status(status: u16, page: ErrorPage) -> Fault {
    Fault::Status { status, page, reason: None, retry_after: None, after_work: false }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_fifth_of_all_answers_faulty_everything_becomes_equal_without_a_duplicate() {
    let mut stage = Stage::set(&["PB", "AI"], 25).await;
    let faults = || {
        [
            status(503, ErrorPage::Html),
            status(500, ErrorPage::Json),
            status(429, ErrorPage::Json),
            Fault::DropBefore,
            Fault::DropAfter,
        ]
    };
    for fault in faults() {
        stage.google.inject(FaultRule::new(fault).on("calendar/v3").probability(0.04)).unwrap();
    }
    for fault in faults() {
        stage.advoware.inject(FaultRule::new(fault).on("api/v1").probability(0.04)).unwrap();
    }
    stage.start_worker();
    stage.start_worker();
    stage.sync("ALL").await;
    for _ in 0..10 {
        if stage.differences().is_empty() {
            break;
        }
        stage.sync("ALL").await;
    }
    stage.assert_equal();
    stage.google.clear_faults();
    stage.advoware.clear_faults();
    stage.sync("ALL").await;
    stage.assert_quiet().await;
    stage.stop_workers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_tokens_and_an_expired_sync_token_leave_the_next_run_quiet() {
    let mut stage = Stage::set(&["PB", "AI"], 10).await;
    stage.start_worker();
    stage.sync("ALL").await;
    stage.advoware.expire_tokens();
    stage.google.expire_tokens();
    stage.google.expire_sync_tokens();
    stage.assert_quiet().await;
    stage.stop_workers().await;
}
