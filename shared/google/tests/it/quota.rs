use std::sync::{Arc, Mutex};
use std::time::Duration;

use advosync_google::{Ask, Kind, Quota, QuotaError};
use advosync_sync::ports::{Certainty, FailureKind, Google as _};
use advosync_upstream::fake::Answer;
use async_trait::async_trait;
use serde_json::json;

use crate::google::{Google, in_turn, object, refusal};

/// Notes what it is told and answers as it was told to.
struct Clerk {
    answer: Result<Duration, QuotaError>,
    notes: Mutex<Vec<String>>,
}

impl Clerk {
    fn answering(answer: Result<Duration, QuotaError>) -> Arc<Self> {
        Arc::new(Self { answer, notes: Mutex::default() })
    }

    fn note(&self, note: String) {
        self.notes.lock().expect("no panic").push(note);
    }

    fn notes(&self) -> Vec<String> {
        self.notes.lock().expect("no panic").clone()
    }
}

#[async_trait]
impl Quota for Clerk {
    async fn acquire(&self, ask: Ask<'_>) -> Result<Duration, QuotaError> {
        assert!(ask.patience <= Duration::from_secs(5) / 2, "a request needs time after its turn");
        self.note(format!("acquire {:?}{}", ask.kind, if ask.urgent { " urgent" } else { "" }));
        self.answer
    }

    async fn refused(&self, kind: Kind, _quota_user: &str, retry_after: Option<Duration>) {
        self.note(format!("refused {kind:?} {retry_after:?}"));
    }

    async fn succeeded(&self, kind: Kind, _quota_user: &str) {
        self.note(format!("succeeded {kind:?}"));
    }
}

#[tokio::test]
async fn every_request_asks_for_its_turn_and_tells_how_it_went() {
    let google = Google::open(in_turn(vec![
        refusal(403, "rateLimitExceeded").header("Retry-After", "0"),
        Answer::text(429, ""),
        Answer::json(200, &json!({"id": "e"})),
    ]))
    .await;
    let clerk = Clerk::answering(Ok(Duration::ZERO));
    let run = google.rationed(clerk.clone()).await.for_run(true);
    run.update("cal", "e", "\"1\"", &object(json!({}))).await.expect("done");
    assert_eq!(
        clerk.notes(),
        [
            "acquire Write urgent",
            "refused Write Some(0ns)",
            "acquire Write urgent",
            "refused Write None",
            "acquire Write urgent",
            "succeeded Write"
        ]
    );
}

#[tokio::test]
async fn a_resend_after_a_401_asks_again() {
    let google = Google::saying(404, json!({})).await;
    let clerk = Clerk::answering(Ok(Duration::ZERO));
    let client = google.rationed(clerk.clone()).await;
    client.log_in().await.expect("logged in");
    google.revoke();
    client.get("cal", "e").await.expect("unknown");
    assert_eq!(clerk.notes(), ["acquire Read", "acquire Read", "succeeded Read"]);
}

#[tokio::test]
async fn a_turn_that_comes_too_late_hands_the_job_back() {
    let google = Google::saying(200, json!({})).await;
    let wait = Duration::from_secs(40);
    let client = google.rationed(Clerk::answering(Err(QuotaError::TooLong { retry_after: wait }))).await;
    let failure = client.insert("cal", &object(json!({}))).await.expect_err("too late");
    assert_eq!((failure.kind, failure.certainty, failure.retry_after), (FailureKind::Quota, Certainty::NotDone, Some(wait)));
    assert!(google.asked().is_empty());
    let client = google.rationed(Clerk::answering(Err(QuotaError::Away))).await;
    assert_eq!(client.insert("cal", &object(json!({}))).await.expect_err("away").kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn making_and_sharing_calendars_are_kinds_of_their_own() {
    let google =
        Google::open(in_turn(vec![refusal(403, "quotaExceeded"), Answer::json(200, &json!({"id": "c", "items": []}))])).await;
    let clerk = Clerk::answering(Ok(Duration::ZERO));
    let client = google.rationed(clerk.clone()).await;
    client.create_calendar("AW-PB", "mark").await.expect("made after a refusal");
    let grant = advosync_google::Grant {
        grantee: advosync_google::Grantee::User("o@example.org".into()),
        role: advosync_google::Role::Owner,
    };
    client.share("c", &[grant], &std::collections::BTreeSet::new()).await.expect("shared");
    let expected = [
        "acquire CreateCalendar",
        "refused CreateCalendar None",
        "acquire CreateCalendar",
        "succeeded CreateCalendar",
        "acquire Read",
        "succeeded Read",
        "acquire Share",
        "succeeded Share",
    ];
    assert_eq!(clerk.notes(), expected);
}
