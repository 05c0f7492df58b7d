use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use advosync_advoware::{AdvowareClient, AdvowareSettings, Dependencies};
use advosync_sync::ports::{Advoware, Certainty, FailureKind, Lookup};
use advosync_upstream::fake::{Answer, Asked, Fake};
use serde_json::{Value, json};

use crate::office::{Office, credentials, object};

async fn configurator(answer: Value) -> Fake {
    Fake::serve(
        move |asked: &Asked| if asked.param("Kanzlei") == "4711" { Answer::json(200, &answer) } else { Answer::text(404, "") },
    )
    .await
}

fn client(office: &Office, configurator: &Fake) -> AdvowareClient {
    let mut settings = AdvowareSettings::new(credentials(), configurator.url("/AdvonetConfigurator/api/Url"));
    settings.retry = office.settings().retry;
    AdvowareClient::new(settings, Dependencies::local(4)).expect("a client")
}

#[tokio::test]
async fn the_firms_own_connector_goes_before_the_relay() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    let bases = json!({"relayUrl": "http://127.0.0.1:1/", "connectorUrl": office.fake.url("/connector").as_str(), "securityGateway": office.fake.url("/").as_str()});
    let configurator = configurator(bases).await;
    let client = client(&office, &configurator);
    for _ in 0..3 {
        assert_eq!(client.get(1).await, Ok(Lookup::Gone));
    }
    assert_eq!(office.fake.count("GET", "/connector/api/v1/advonet/Termine"), 3);
    assert_eq!(configurator.asked().len(), 1, "discovery is remembered");
}

#[tokio::test]
async fn without_a_connector_the_relay_is_used() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    let configurator = configurator(json!({"relayUrl": office.fake.url("/").as_str(), "connectorUrl": null, "securityGateway": office.fake.url("/").as_str()})).await;
    assert_eq!(client(&office, &configurator).get(1).await, Ok(Lookup::Gone));
}

#[tokio::test]
async fn configured_bases_win_and_nothing_is_asked() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    assert_eq!(office.client().get(1).await, Ok(Lookup::Gone));
    assert_eq!(office.fake.count("GET", "/discovery"), 0);
}

#[tokio::test]
async fn a_configured_api_needs_discovery_only_for_the_gateway() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    let configurator =
        configurator(json!({"relayUrl": "http://127.0.0.1:1/", "securityGateway": office.fake.url("/").as_str()})).await;
    let mut settings = office.settings();
    settings.security_base = None;
    settings.configurator = configurator.url("/");
    let client = AdvowareClient::new(settings.clone(), Dependencies::local(4)).expect("a client");
    assert_eq!(client.get(1).await, Ok(Lookup::Gone));

    settings.configurator = "http://127.0.0.1:1/".parse().expect("a URL");
    let client = AdvowareClient::new(settings, Dependencies::local(4)).expect("a client");
    let bases = client.base_urls().await.expect("a default");
    assert_eq!(bases.security.as_str(), AdvowareSettings::SECURITY);
}

#[tokio::test]
async fn a_host_that_fails_is_looked_up_anew() {
    let moved = Arc::new(AtomicBool::new(false));
    let (old, new) = (Office::open(|_| Answer::html(502)).await, Office::open(|_| Answer::json(200, &json!(null))).await);
    let bases = [&old, &new]
        .map(|office| json!({"relayUrl": office.fake.url("/").as_str(), "securityGateway": new.fake.url("/").as_str()}));
    let has_moved = Arc::clone(&moved);
    let configurator =
        Fake::serve(move |_: &Asked| Answer::json(200, &bases[usize::from(has_moved.load(Ordering::SeqCst))])).await;
    let client = client(&new, &configurator);
    assert_eq!(client.get(1).await.expect_err("a page").kind, FailureKind::Unavailable);
    moved.store(true, Ordering::SeqCst);
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(31)).await;
    tokio::time::resume();
    assert_eq!(client.get(1).await, Ok(Lookup::Gone));
    assert_eq!(configurator.asked().len(), 2, "however often the host failed");
}

#[tokio::test]
async fn an_unknown_firm_and_a_page_are_no_addresses() {
    let office = Office::open(|_| Answer::json(200, &json!(null))).await;
    for answer in [Answer::json(200, &json!({"relayUrl": null, "connectorUrl": null})), Answer::html(200), Answer::text(404, "")]
    {
        let configurator = Fake::serve(move |_: &Asked| answer.clone()).await;
        let failure = client(&office, &configurator).create(&object(json!({}))).await.expect_err("no address");
        assert_eq!(failure.certainty, Certainty::NotDone);
        assert_eq!(failure.kind, FailureKind::Unavailable, "{}", failure.code);
        assert!(failure.code.starts_with("advoware.discovery: "), "{}", failure.code);
    }
}
