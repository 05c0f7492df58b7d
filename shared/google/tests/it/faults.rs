use std::sync::{Arc, Mutex};
use std::time::Duration;

use advosync_google::{Denial, Dependencies};
use advosync_sync::ports::{Certainty, FailureKind, Google as _, Inserted};
use advosync_upstream::fake::Answer;
use advosync_upstream::{BreakerSettings, CircuitState, Exchanged, Observer, Timeouts};
use serde_json::json;
use tokio::time::Instant;

use crate::google::{Google, in_turn, object, refusal};

fn done() -> Answer {
    Answer::json(200, &json!({"id": "e", "items": []}))
}

fn uncertain() -> [Answer; 6] {
    [refusal(500, "backendError"), Answer::html(503), Answer::html(200), Answer::html(403), Answer::dropped(), done().half()]
}

#[tokio::test]
async fn reads_and_inserts_with_an_id_of_our_own_are_repeated_freely() {
    for fault in uncertain() {
        let google = Google::open(in_turn(vec![fault.clone(), fault, done()])).await;
        assert!(google.client().await.list("cal", None).await.is_ok());
        assert_eq!(google.asked().len(), 3);
    }
    for fault in uncertain() {
        let google = Google::open(in_turn(vec![fault, refusal(409, "duplicate")])).await;
        assert_eq!(
            google.client().await.insert("cal", &object(json!({"id": "e"}))).await,
            Ok(Inserted::Taken),
            "done, and its answer was lost"
        );
    }
}

#[tokio::test]
async fn conditional_writes_are_not_repeated_where_they_may_have_been_done() {
    for fault in uncertain() {
        let google = Google::open(in_turn(vec![fault, refusal(412, "conditionNotMet")])).await;
        let failure = google.client().await.update("cal", "e", "\"1\"", &object(json!({}))).await.expect_err("no answer");
        assert_eq!((failure.kind, failure.certainty), (FailureKind::Unavailable, Certainty::Unknown), "{}", failure.code);
        assert_eq!(google.asked().len(), 1);
    }
    for fault in uncertain() {
        let google = Google::open(move |_| fault.clone()).await;
        if google.client().await.delete("cal", "e", "\"1\"").await.is_err() {
            assert_eq!(google.asked().len(), 1);
        }
    }
}

#[tokio::test]
async fn any_write_is_repeated_where_google_says_that_nothing_was_done() {
    for fault in [
        refusal(403, "rateLimitExceeded"),
        refusal(403, "userRateLimitExceeded"),
        refusal(429, "rateLimitExceeded"),
        Answer::text(429, ""),
    ] {
        let google = Google::open(in_turn(vec![fault.clone(), fault, done()])).await;
        assert!(google.client().await.update("cal", "e", "\"1\"", &object(json!({}))).await.is_ok());
        assert_eq!(google.asked().len(), 3);
    }
}

#[tokio::test]
async fn a_quota_that_stays_exceeded_is_no_lasting_refusal() {
    let google = Google::open(|_| refusal(403, "rateLimitExceeded")).await;
    let failure = google.client().await.insert("cal", &object(json!({}))).await.expect_err("no quota");
    assert_eq!((failure.kind, failure.certainty), (FailureKind::Quota, Certainty::NotDone));
    assert_eq!(google.asked().len(), 5);

    let google = Google::open(|_| refusal(403, "quotaExceeded")).await;
    let failure = google.client().await.insert("cal", &object(json!({}))).await.expect_err("no quota");
    assert_eq!((failure.kind, failure.retry_after), (FailureKind::Quota, Some(Duration::from_hours(1))));
    assert_eq!(google.asked().len(), 1);
}

#[tokio::test]
async fn uncertainty_survives_a_certain_end() {
    let google = Google::open(in_turn(vec![Answer::dropped(), refusal(400, "invalid")])).await;
    let failure = google.client().await.insert("cal", &object(json!({"id": "e"}))).await.expect_err("refused");
    assert_eq!((failure.kind, failure.certainty), (FailureKind::Refused, Certainty::Unknown));
}

#[tokio::test]
async fn a_403_without_a_reason_is_asked_again() {
    let google = Google::open(in_turn(vec![Answer::text(403, ""), done()])).await;
    assert!(google.client().await.list("cal", None).await.is_ok());
    let google = Google::open(|_| Answer::text(403, "")).await;
    let failure = google.client().await.list("cal", None).await.expect_err("refused");
    assert_eq!(Denial::of(&failure), Some(Denial::Forbidden));
}

#[tokio::test]
async fn nobody_listening_means_nothing_done() {
    let google = Google::open(|_| done()).await;
    let mut settings = google.settings();
    settings.base = "http://127.0.0.1:1/".parse().expect("a URL");
    let client = google.client_with(settings, Dependencies::default()).await;
    let failure = client.delete("cal", "e", "\"1\"").await.expect_err("nobody there");
    assert_eq!((failure.certainty, failure.code.as_str()), (Certainty::NotDone, "google.events.delete: not connected"));
}

#[tokio::test]
async fn a_hanging_server_ends_with_the_whole_calls_time() {
    let google = Google::open(|_| Answer::hanging()).await;
    let mut settings = google.settings();
    settings.timeouts = Timeouts::within(Duration::from_millis(400));
    let client = google.client_with(settings, Dependencies::default()).await;
    client.log_in().await.expect("logged in");
    let start = Instant::now();
    let failure = client.update("cal", "e", "\"1\"", &object(json!({}))).await.expect_err("no answer");
    assert_eq!((failure.certainty, failure.code.as_str()), (Certainty::Unknown, "google.events.update: timeout"));
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_system_that_is_down_is_left_in_peace_but_one_calendars_trouble_is_its_own() {
    let google = Google::open(|asked| if asked.path.contains("/well/") { done() } else { Answer::html(502) }).await;
    let mut settings = google.settings();
    settings.breaker = BreakerSettings { threshold: 4, min_subjects: 2, open_for: Duration::from_secs(30) };
    let client = google.client_with(settings, Dependencies::default()).await;
    for _ in 0..3 {
        assert!(client.list("ill", None).await.is_err());
    }
    assert_eq!(client.breaker().state(), CircuitState::Closed);
    assert!(client.list("well", None).await.is_ok());
    for calendar in ["ill", "also-ill"] {
        assert!(client.list(calendar, None).await.is_err());
    }
    assert!(matches!(client.breaker().state(), CircuitState::Open { .. }));
    let failure = client.list("well", None).await.expect_err("open");
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Unavailable, "google.events.list: circuit open"));
    assert!(failure.retry_after.is_some());
}

#[tokio::test]
async fn a_runs_retry_budget_is_its_own() {
    let google = Google::open(|_| refusal(500, "backendError")).await;
    let client = google.client().await;
    let mut settings = google.settings();
    settings.breaker.threshold = u32::MAX;
    let client_without_breaker = google.client_with(settings, Dependencies::default()).await;
    drop(client);
    let run = client_without_breaker.for_run(false);
    for _ in 0..10 {
        assert!(run.list("cal", None).await.is_err());
    }
    assert_eq!(google.asked().len(), 10 + 30, "each call once, and all the repeats that a run has");
    assert!(client_without_breaker.for_run(false).list("cal", None).await.is_err());
    assert_eq!(google.asked().len(), 40 + 5);
}

#[derive(Default)]
struct Seen(Mutex<Vec<Exchanged>>);

impl Observer for Seen {
    fn on_call(&self, exchanged: &Exchanged) {
        self.0.lock().expect("no panic").push(*exchanged);
    }
}

#[tokio::test]
async fn every_exchange_is_seen() {
    let google = Google::open(in_turn(vec![Answer::html(503), Answer::dropped(), Answer::text(429, ""), done()])).await;
    let seen = Arc::new(Seen::default());
    let observer: Arc<dyn Observer> = Arc::<Seen>::clone(&seen);
    let client = google.client_with(google.settings(), Dependencies { observer, ..Dependencies::default() }).await;
    client.list("cal", None).await.expect("a list");
    let seen: Vec<_> = seen.0.lock().expect("no panic").iter().map(|call| (call.operation, call.outcome, call.resend)).collect();
    let expected = [
        ("token", "2xx", 0),
        ("events.list", "html", 0),
        ("events.list", "connection broken", 1),
        ("events.list", "429", 2),
        ("events.list", "2xx", 3),
    ];
    assert_eq!(seen, expected);
}
