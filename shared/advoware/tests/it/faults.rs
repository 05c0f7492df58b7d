use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use advosync_advoware::{AdvowareClient, Dependencies};
use advosync_sync::ports::{Advoware, Certainty, FailureKind, Lookup};
use advosync_upstream::fake::Answer;
use advosync_upstream::{BreakerSettings, CircuitState, Exchanged, Observer, Timeouts};
use serde_json::json;
use tokio::time::Instant;

use crate::office::{Office, TERMINE, in_turn, object};

fn done() -> Answer {
    Answer::json(200, &json!([]))
}

#[tokio::test]
async fn reads_are_repeated_after_every_kind_of_fault() {
    for fault in [
        Answer::text(500, ""),
        Answer::html(503),
        Answer::html(200),
        Answer::dropped(),
        done().half(),
        Answer::text(429, ""),
        Answer::text(403, ""),
    ] {
        let office = Office::open(in_turn(vec![fault.clone(), fault, done()])).await;
        assert_eq!(office.client().get(1).await, Ok(Lookup::Gone));
        assert_eq!(office.fake.count("GET", TERMINE), 3);
    }
}

#[tokio::test]
async fn writes_are_repeated_only_where_nothing_was_done() {
    for fault in [Answer::text(429, ""), Answer::text(403, "")] {
        let office = Office::open(in_turn(vec![fault, Answer::text(200, "4711")])).await;
        assert_eq!(office.client().create(&object(json!({}))).await, Ok(4711));
    }
    for fault in
        [Answer::text(500, ""), Answer::html(503), Answer::html(403), Answer::dropped(), Answer::text(200, "4711").half()]
    {
        let office = Office::open(in_turn(vec![fault, Answer::text(200, "4711")])).await;
        let client = office.client();
        let failure = client.create(&object(json!({}))).await.expect_err("no answer");
        assert_eq!((failure.kind, failure.certainty), (FailureKind::Unavailable, Certainty::Unknown), "{}", failure.code);
        assert_eq!(office.fake.count("POST", TERMINE), 1);
    }
    for fault in [Answer::text(500, ""), Answer::dropped()] {
        let office = Office::open(in_turn(vec![fault.clone(), fault, Answer::text(200, "")])).await;
        let client = office.client();
        assert_eq!(client.update(1, &object(json!({}))).await.expect_err("no answer").certainty, Certainty::Unknown);
        assert_eq!(client.delete(1).await.expect_err("no answer").certainty, Certainty::Unknown);
        assert_eq!((office.fake.count("PUT", TERMINE), office.fake.count("DELETE", TERMINE)), (1, 1));
    }
}

#[tokio::test]
async fn a_refused_request_is_not_repeated() {
    let office = Office::open(|_| Answer::text(400, "Terminart fehlt")).await;
    let failure = office.client().create(&object(json!({}))).await.expect_err("refused");
    assert_eq!(
        (failure.kind, failure.certainty, failure.code.as_str()),
        (FailureKind::Refused, Certainty::NotDone, "advoware.termine.create: 400")
    );
    assert_eq!(office.fake.count("POST", TERMINE), 1);
}

#[tokio::test]
async fn a_403_that_stays_is_a_persons_business() {
    let office = Office::open(|_| Answer::text(403, "")).await;
    assert_eq!(office.client().get(1).await.expect_err("refused").kind, FailureKind::Denied);
    assert_eq!(office.fake.count("GET", TERMINE), 5);
}

#[tokio::test]
async fn nobody_listening_means_nothing_done() {
    let office = Office::open(|_| done()).await;
    let mut settings = office.settings();
    settings.api_base = Some("http://127.0.0.1:1/".parse().expect("a URL"));
    let client = AdvowareClient::new(settings, Dependencies::local(4)).expect("a client");
    let failure = client.create(&object(json!({}))).await.expect_err("nobody there");
    assert_eq!((failure.kind, failure.certainty), (FailureKind::Unavailable, Certainty::NotDone));
    assert_eq!(failure.code, "advoware.termine.create: not connected");
}

#[tokio::test]
async fn a_hanging_server_ends_with_the_whole_calls_time() {
    let office = Office::open(|_| Answer::hanging()).await;
    let mut settings = office.settings();
    settings.timeouts = Timeouts::within(Duration::from_millis(400));
    let client = AdvowareClient::new(settings, Dependencies::local(4)).expect("a client");
    client.log_in().await.expect("logged in");
    let start = Instant::now();
    let failure = client.update(1, &object(json!({}))).await.expect_err("no answer");
    assert_eq!((failure.code.as_str(), failure.certainty), ("advoware.termine.update: timeout", Certainty::Unknown));
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn retry_after_is_obeyed_or_handed_on() {
    let office = Office::open(in_turn(vec![Answer::text(503, "").header("Retry-After", "1"), done()])).await;
    let start = Instant::now();
    assert_eq!(office.client().get(1).await, Ok(Lookup::Gone));
    assert!(start.elapsed() >= Duration::from_secs(1));

    let office = Office::open(|_| Answer::text(503, "").header("Retry-After", "120")).await;
    let start = Instant::now();
    assert_eq!(office.client().get(1).await.expect_err("away").retry_after, Some(Duration::from_mins(2)));
    assert!(start.elapsed() < Duration::from_secs(1), "a job is handed back, not held");
}

#[tokio::test]
async fn no_more_requests_at_a_time_than_allowed_tokens_included() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let office = Office::open(|_| done().after(Duration::from_millis(30))).await;
    let settings = office.settings();
    let gauge =
        Arc::new(Gauge { now: Arc::clone(&now), most: Arc::clone(&most), places: advosync_advoware::LocalConcurrency::new(3) });
    let client = AdvowareClient::new(settings, Dependencies { concurrency: gauge, ..Dependencies::local(1) }).expect("a client");
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..12 {
        let client = client.clone();
        calls.spawn(async move { client.get(number).await });
    }
    assert!(calls.join_all().await.iter().all(|outcome| *outcome == Ok(Lookup::Gone)));
    assert_eq!((most.load(Ordering::SeqCst), now.load(Ordering::SeqCst)), (3, 0));
}

struct Gauge {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    places: advosync_advoware::LocalConcurrency,
}

#[async_trait::async_trait]
impl advosync_advoware::Concurrency for Gauge {
    async fn acquire(&self, patience: Duration, hold: Duration) -> Result<advosync_advoware::Permit, advosync_advoware::Busy> {
        let place = self.places.acquire(patience, hold).await?;
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let now = Arc::clone(&self.now);
        Ok(advosync_advoware::Permit::new(move || {
            now.fetch_sub(1, Ordering::SeqCst);
            drop(place);
        }))
    }
}

#[tokio::test]
async fn waiting_for_a_place_in_vain_is_no_error_of_anybodys() {
    let office = Office::open(|_| done()).await;
    let mut settings = office.settings();
    settings.timeouts = Timeouts::within(Duration::from_millis(100));
    let client = AdvowareClient::new(settings, Dependencies::local(0)).expect("a client");
    let failure = client.get(1).await.expect_err("no place");
    assert_eq!((failure.kind, failure.certainty), (FailureKind::Quota, Certainty::NotDone));
}

#[tokio::test]
async fn a_system_that_is_down_is_left_in_peace_for_a_moment() {
    let office = Office::open(|_| Answer::html(502)).await;
    let mut settings = office.settings();
    settings.breaker = BreakerSettings { threshold: 4, min_subjects: 2, open_for: Duration::from_secs(30) };
    let client = AdvowareClient::new(settings, Dependencies::local(4)).expect("a client");
    for number in 1..4 {
        assert!(client.get(number).await.is_err());
    }
    assert!(matches!(client.breaker().state(), CircuitState::Open { .. }));
    let asked = office.fake.count("GET", TERMINE);
    let failure = client.create(&object(json!({}))).await.expect_err("open");
    assert_eq!((failure.kind, failure.certainty), (FailureKind::Unavailable, Certainty::NotDone));
    assert!(failure.retry_after.is_some());
    assert_eq!((office.fake.count("GET", TERMINE), office.fake.count("POST", TERMINE)), (asked, 0));
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
    let office = Office::open(in_turn(vec![Answer::html(503), Answer::dropped(), done()])).await;
    let seen = Arc::new(Seen::default());
    let observer: Arc<dyn Observer> = Arc::<Seen>::clone(&seen);
    let client = AdvowareClient::new(office.settings(), Dependencies { observer, ..Dependencies::local(4) }).expect("a client");
    client.get(1).await.expect("gone");
    let seen: Vec<_> = seen.0.lock().expect("no panic").iter().map(|call| (call.operation, call.outcome, call.resend)).collect();
    assert_eq!(
        seen,
        [("token", "2xx", 0), ("termine.get", "html", 0), ("termine.get", "connection broken", 1), ("termine.get", "2xx", 2)]
    );
}
