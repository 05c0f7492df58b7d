use std::time::Duration;

use advosync_google::{Denial, Dependencies, ServiceAccount, SetupError};
use advosync_sync::ports::{FailureKind, Google as _};
use advosync_upstream::Timeouts;
use advosync_upstream::fake::Answer;
use data_encoding::BASE64URL;
use serde_json::{Value, json};

use crate::google::{Google, refusal};

#[tokio::test]
async fn the_assertion_names_account_scope_and_subject() {
    let google = Google::saying(404, json!({})).await;
    let mut settings = google.settings();
    settings.account = settings.account.acting_as(Some("kanzlei@example.org".into()));
    google.client_with(settings, Dependencies::default()).await.log_in().await.expect("logged in");
    let form = String::from_utf8(google.fake.asked()[0].body.clone()).expect("a form");
    let assertion = form.split_once("assertion=").expect("an assertion").1.replace("%3D", "=");
    let claims = BASE64URL.decode(assertion.split('.').nth(1).expect("claims").as_bytes()).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("sync@project.iam.gserviceaccount.com"), &json!("kanzlei@example.org")));
    assert_eq!(
        (&claims["scope"], &claims["aud"]),
        (&json!("https://www.googleapis.com/auth/calendar"), &json!(google.fake.url("/token").as_str()))
    );
}

#[tokio::test]
async fn many_calls_at_once_share_one_token() {
    let google = Google::saying(404, json!({})).await;
    let client = google.client().await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        calls.spawn(async move { client.get("cal", "e1").await });
    }
    assert!(calls.join_all().await.iter().all(|outcome| *outcome == Ok(None)));
    assert_eq!(google.tokens_issued(), 1);
    google.revoke();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        calls.spawn(async move { client.get("cal", "e1").await });
    }
    assert!(calls.join_all().await.iter().all(|outcome| *outcome == Ok(None)));
    assert_eq!(google.tokens_issued(), 2);
}

#[tokio::test]
async fn a_401_that_stays_is_asked_twice_and_no_more() {
    let google = Google::open(|_| refusal(401, "authError")).await;
    let failure = google.client().await.get("cal", "e1").await.expect_err("refused");
    assert_eq!((failure.kind, Denial::of(&failure)), (FailureKind::Denied, Some(Denial::Unauthorized)));
    assert_eq!((google.asked().len(), google.tokens_issued()), (2, 2));
}

#[tokio::test]
async fn a_login_that_is_refused_for_good_says_what_to_do() {
    for (code, denial) in [("invalid_grant", Denial::InvalidGrant), ("unauthorized_client", Denial::UnauthorizedClient)] {
        let google = Google::saying(404, json!({})).await;
        google.refuse_login(Some(Answer::json(400, &json!({"error": code, "error_description": "sync@project is nobody"}))));
        let client = google.client().await;
        for _ in 0..3 {
            let failure = client.get("cal", "e1").await.expect_err("refused");
            assert_eq!((failure.kind, Denial::of(&failure)), (FailureKind::Denied, Some(denial)));
            assert!(!failure.code.contains("nobody"));
        }
        assert_eq!(google.fake.asked().len(), 1, "a final refusal is not asked for again and again");
    }
}

#[tokio::test]
async fn a_bad_day_of_the_token_endpoint_is_survived() {
    for answer in [
        Answer::html(503),
        Answer::dropped(),
        refusal(429, "rateLimitExceeded"),
        Answer::json(500, &json!({"error": "internal_failure"})),
        Answer::text(200, "{\"access"),
    ] {
        let google = Google::saying(404, json!({})).await;
        google.refuse_login(Some(answer));
        let healing = async {
            while google.fake.count("POST", "/token") < 2 {
                tokio::task::yield_now().await;
            }
            google.refuse_login(None);
        };
        let client = google.client().await;
        let (outcome, ()) = tokio::join!(client.get("cal", "e1"), healing);
        assert_eq!(outcome, Ok(None));
    }
}

#[tokio::test]
async fn a_token_endpoint_that_hangs_ends_with_the_calls_time() {
    let google = Google::saying(404, json!({})).await;
    google.refuse_login(Some(Answer::hanging()));
    let mut settings = google.settings();
    settings.timeouts = Timeouts::within(Duration::from_millis(300));
    let failure = google.client_with(settings, Dependencies::default()).await.get("cal", "e1").await.expect_err("no token");
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Unavailable, "google.token: timeout"));
}

#[test]
fn what_is_no_service_account_is_named_without_its_content() {
    for json in [
        "",
        "{}",
        "{\"private_key\": \"geheim\"}",
        "{\"private_key\": \"geheim\", \"client_email\": \"x\", \"token_uri\": \"geheim\"}",
    ] {
        let error = ServiceAccount::parse(json).err().expect("an error");
        assert!(matches!(error, SetupError::NoServiceAccount(_)));
        assert!(!format!("{error} {error:?}").contains("geheim"));
    }
}
