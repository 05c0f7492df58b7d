use std::sync::Arc;
use std::time::Duration;

use advosync_advoware::{AdvowareClient, Dependencies, MemoryTokenStore, Refusal, SharedToken, TokenStore};
use advosync_sync::ports::{Advoware, FailureKind, Lookup};
use advosync_upstream::fake::Answer;
use advosync_upstream::now;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha512;

use crate::office::{Office, TOKEN};

fn fleet_member(office: &Office, store: &MemoryTokenStore) -> AdvowareClient {
    let dependencies = Dependencies { tokens: Arc::new(store.clone()), ..Dependencies::local(4) };
    AdvowareClient::new(office.settings(), dependencies).expect("a client")
}

#[tokio::test]
async fn the_request_carries_what_it_signs() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    office.client().log_in().await.expect("logged in");
    let asked = office.fake.asked();
    let body = asked[0].json();
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("POST", TOKEN));
    assert_eq!(body["AppID"], "app-123");
    assert_eq!(
        (&body["Kanzlei"], &body["Database"], &body["User"], &body["Password"]),
        (&json!("4711"), &json!("kanzlei"), &json!("sync"), &json!("geheim"))
    );
    assert_eq!((&body["Role"], &body["Product"]), (&json!(2), &json!(64)));
    let stamp = body["RequestTimeStamp"].as_str().expect("a time");
    assert_eq!(stamp.len(), "2026-08-30T00:00:00.000Z".len());
    assert!((now() - stamp.parse::<DateTime<chrono::Utc>>().expect("a time")).abs() < TimeDelta::seconds(30));
    let mut mac = Hmac::<Sha512>::new_from_slice(b"test-secret-key").expect("a key");
    mac.update(format!("64:app-123:{}:{stamp}", body["Nonce"].as_str().expect("a nonce")).as_bytes());
    assert_eq!(body["HMAC512Signature"], STANDARD.encode(mac.finalize().into_bytes()));
}

#[tokio::test]
async fn a_fleet_that_starts_at_once_asks_for_one_token() {
    let office = Office::open(|_| Answer::json(200, &json!(null)).after(Duration::from_millis(20))).await;
    let store = MemoryTokenStore::default();
    let workers = (0..8).map(|_| fleet_member(&office, &store));
    let mut calls = tokio::task::JoinSet::new();
    for worker in workers {
        for number in 1..5 {
            let worker = worker.clone();
            calls.spawn(async move { worker.get(number).await });
        }
    }
    for outcome in calls.join_all().await {
        assert_eq!(outcome, Ok(Lookup::Gone));
    }
    assert_eq!(office.tokens_issued(), 1);
}

#[tokio::test]
async fn a_revoked_token_costs_the_fleet_one_more() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    let store = MemoryTokenStore::default();
    let workers: Vec<_> = (0..8).map(|_| fleet_member(&office, &store)).collect();
    for worker in &workers {
        assert_eq!(worker.get(1).await, Ok(Lookup::Gone));
    }
    office.revoke();
    let mut calls = tokio::task::JoinSet::new();
    for worker in workers {
        calls.spawn(async move { worker.get(2).await });
    }
    for outcome in calls.join_all().await {
        assert_eq!(outcome, Ok(Lookup::Gone));
    }
    assert_eq!(office.tokens_issued(), 2);
}

#[tokio::test]
async fn a_401_that_stays_is_asked_twice_and_no_more() {
    let office = Office::open(|_| Answer::text(401, "")).await;
    let failure = office.client().get(1).await.expect_err("refused");
    assert_eq!((failure.kind, Refusal::of(&failure)), (FailureKind::Denied, Some(Refusal::Unauthorized)));
    assert_eq!((office.fake.count("GET", "/Termine"), office.tokens_issued()), (2, 2));
}

#[tokio::test]
async fn german_refusals_are_understood_whatever_the_status() {
    let final_ones = [
        (200, "Falscher Name oder falsches Kennwort", Refusal::BadLogin),
        (500, "\"Benutzer / Kennwort ungültig\"", Refusal::BadLogin),
        (403, "{\"Message\":\"Das Produkt ist nicht freigeschaltet\"}", Refusal::NotEnabled),
        (400, "Die Kanzlei ist nicht registriert", Refusal::NotRegistered),
    ];
    for (status, text, refusal) in final_ones {
        let office = Office::open(|_| Answer::json(200, &json!(null))).await;
        office.refuse_login(Some(Answer::text(status, text)));
        let client = office.client();
        for _ in 0..3 {
            let failure = client.get(1).await.expect_err("refused");
            assert_eq!(
                (failure.kind, failure.retry_after, Refusal::of(&failure)),
                (FailureKind::Denied, None, Some(refusal)),
                "{text}"
            );
            assert!(!failure.code.contains("Kennwort"));
        }
        assert_eq!(office.fake.count("POST", TOKEN), 1, "a final refusal is not asked for again and again");
        assert_eq!(office.fake.count("GET", "/Termine"), 0);
    }
}

#[tokio::test]
async fn a_firm_that_is_not_connected_is_worth_a_try_in_a_minute() {
    for answer in [
        Answer::text(500, "Die Datenbank ist nicht angemeldet"),
        Answer::html(200),
        Answer::text(200, "<p>ist nicht angemeldet</p>"),
    ] {
        let office = Office::open(|_| Answer::json(200, &json!(null))).await;
        office.refuse_login(Some(answer));
        let failure = office.client().get(1).await.expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Unavailable);
        if Refusal::of(&failure).is_some() {
            assert_eq!(failure.retry_after, Some(Duration::from_mins(1)));
            assert_eq!(office.fake.count("POST", TOKEN), 1);
        }
        office.refuse_login(None);
        assert_eq!(office.client().get(1).await, Ok(Lookup::Gone));
    }
}

#[tokio::test]
async fn a_refusal_in_an_api_answer_is_understood_too() {
    let office = Office::open(|_| Answer::text(200, "\"Der Benutzer ist nicht freigeschaltet\"")).await;
    let failure = office.client().get(1).await.expect_err("refused");
    assert_eq!(Refusal::of(&failure), Some(Refusal::NotEnabled));
}

#[tokio::test]
async fn an_appointment_that_quotes_a_refusal_is_data() {
    let termin = json!({"frNr": 1, "text": "Konto ist nicht freigeschaltet"});
    let answer = Answer::json(200, &termin);
    let office = Office::open(move |_| answer.clone()).await;
    assert!(matches!(office.client().get(1).await, Ok(Lookup::Found(found)) if found["frNr"] == 1));
}

#[tokio::test]
async fn a_bad_day_of_the_gateway_is_survived() {
    for answer in [
        Answer::html(503),
        Answer::dropped(),
        Answer::json(200, &json!({"access_token": "x"})).half(),
        Answer::text(429, ""),
        Answer::text(403, ""),
    ] {
        let office = Office::open(|_| Answer::json(200, &json!(null))).await;
        office.refuse_login(Some(answer));
        let healing = async {
            while office.fake.count("POST", TOKEN) < 2 {
                tokio::task::yield_now().await;
            }
            office.refuse_login(None);
        };
        let client = office.client();
        let (outcome, ()) = tokio::join!(client.get(1), healing);
        assert_eq!(outcome, Ok(Lookup::Gone));
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_only_by_one() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    let store = MemoryTokenStore::default();
    let worker = fleet_member(&office, &store);
    worker.get(1).await.expect("gone");
    let mut ageing = store.load().await.expect("here").expect("a token");
    ageing.obtained_at -= TimeDelta::minutes(50);
    ageing.expires_at = now() + TimeDelta::minutes(2);
    keep(&store, &ageing).await;
    let (one, two) = (fleet_member(&office, &store), fleet_member(&office, &store));
    for worker in [&one, &two, &one, &two] {
        worker.get(1).await.expect("gone");
    }
    assert_eq!(office.tokens_issued(), 2);
    assert!(store.load().await.expect("here").expect("a token").expires_at > now() + TimeDelta::minutes(30));
}

#[tokio::test]
async fn another_accounts_token_is_not_used() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    let store = MemoryTokenStore::default();
    fleet_member(&office, &store).get(1).await.expect("gone");
    let mut settings = office.settings();
    settings.credentials.user = "other".into();
    let other =
        AdvowareClient::new(settings, Dependencies { tokens: Arc::new(store), ..Dependencies::local(4) }).expect("a client");
    other.get(1).await.expect("gone");
    assert_eq!(office.tokens_issued(), 2);
}

#[tokio::test]
async fn a_worker_that_died_while_renewing_stops_nobody_for_long() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    let store = MemoryTokenStore::default();
    store.try_lock(Duration::from_millis(300)).await.expect("here").expect("free");
    assert_eq!(fleet_member(&office, &store).get(1).await, Ok(Lookup::Gone));
}

async fn keep(store: &MemoryTokenStore, token: &SharedToken) {
    let lock = store.try_lock(Duration::from_secs(1)).await.expect("here").expect("free");
    store.finish(lock, Some(token)).await.expect("here");
}
