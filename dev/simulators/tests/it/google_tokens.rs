use advosync_simulators::{GoogleConfig, QuotaRefusal, QuotaSettings};
use base64::{Engine, prelude::*};
use reqwest::Method;
use serde_json::json;

use crate::support::{Google, SCOPE, send, with};

#[tokio::test]
async fn a_signed_assertion_gets_a_token() {
    let google = Google::start().await;
    let answer = google.sign_in(&google.claims()).await.good();
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 3_599);
    assert_eq!(google.simulator.counters().tokens_issued, 2);
}

#[tokio::test]
async fn padding_does_not_matter() {
    let google = Google::start().await;
    let assertion = Google::assertion(&google.claims());
    let padded: Vec<String> =
        assertion.split('.').map(|part| BASE64_URL_SAFE.encode(BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64"))).collect();
    // The padded parts are another message, so only the signature may differ.
    let mut parts: Vec<&str> = assertion.split('.').collect();
    parts[2] = &padded[2];
    google.exchange(&parts.join(".")).await.good();
}

#[tokio::test]
async fn a_bad_assertion_gets_none() {
    let google = Google::start().await;
    let now = google.claims()["iat"].as_i64().expect("a time");
    for (changes, status, error) in [
        (json!({"aud": "http://127.0.0.1:1/token"}), 400, "invalid_grant"),
        (json!({"iss": "somebody@else"}), 400, "invalid_grant"),
        (json!({"exp": now - 1}), 400, "invalid_grant"),
        (json!({"exp": now + 90_000}), 400, "invalid_grant"),
        (json!({"iat": now + 3_000}), 400, "invalid_grant"),
        (json!({"scope": "https://www.googleapis.com/auth/drive"}), 400, "invalid_scope"),
        (json!({"sub": "boss@musterkanzlei.example"}), 401, "unauthorized_client"),
    ] {
        let answer = google.sign_in(&with(google.claims(), changes)).await;
        assert_eq!((answer.status, answer.text("error").as_str()), (status, error));
    }
    let good = Google::assertion(&google.claims());
    let forged = Google::assertion(&with(google.claims(), json!({"sub": "x"})));
    let message = forged.rsplit_once('.').expect("a signature").0;
    let signature = good.rsplit_once('.').expect("a signature").1;
    let answer = google.exchange(&format!("{message}.{signature}")).await;
    assert_eq!(answer.text("error_description"), "Invalid JWT Signature.");
    assert_eq!(google.exchange("nonsense").await.status, 400);
    assert_eq!(google.simulator.counters().tokens_issued, 1);
}

#[tokio::test]
async fn a_delegated_user_acts_as_himself() {
    let boss = "boss@musterkanzlei.example".to_owned();
    let mut google = Google::with(GoogleConfig { delegated_users: vec![boss.clone()], ..GoogleConfig::default() }).await;
    let claims = with(google.claims(), json!({"sub": boss}));
    google.token = google.sign_in(&claims).await.good().text("access_token");
    let primary = google.get("calendars/primary").await.good();
    assert_eq!(primary.text("id"), boss);
}

#[tokio::test]
async fn calls_need_a_living_token_with_the_right_scope() {
    let mut google = Google::start().await;
    google.simulator.expire_tokens();
    google.get("users/me/calendarList").await.refused(401, "authError");
    let url = format!("{}users/me/calendarList", google.simulator.url());
    assert_eq!(send(google.http.get(url)).await.status, 401);
    let narrow = with(google.claims(), json!({"scope": format!("{SCOPE}.readonly")}));
    google.token = google.sign_in(&narrow).await.good().text("access_token");
    google.get("users/me/calendarList").await.good();
    google.post("calendars", json!({"summary": "x"})).await.refused(403, "insufficientPermissions");
}

#[tokio::test]
async fn quotas_are_per_quota_user_and_project() {
    let google = Google::start().await;
    google.simulator.behave(|switches| {
        switches.quota = QuotaSettings {
            per_user: 3,
            per_project: 5,
            refusal: QuotaRefusal::TooManyRequests,
            retry_after: Some(7),
            ..QuotaSettings::default()
        };
    });
    let ask = |user: &str| {
        let query = [("quotaUser", user)];
        send(google.request(Method::GET, "users/me/calendarList").query(&query))
    };
    for _ in 0..3 {
        ask("a").await.good();
    }
    let refused = ask("a").await.refused(429, "rateLimitExceeded");
    assert_eq!(refused.headers["retry-after"], "7");
    assert_eq!(refused.body["error"]["errors"][0]["domain"], "usageLimits");
    for _ in 0..2 {
        ask("b").await.good();
    }
    google.simulator.behave(|switches| switches.quota.refusal = QuotaRefusal::UserForbidden);
    ask("c").await.refused(403, "userRateLimitExceeded");
    google.simulator.behave(|switches| switches.quota.enabled = false);
    ask("a").await.good();
    assert_eq!(google.simulator.counters().quota_refusals, 2);
}
