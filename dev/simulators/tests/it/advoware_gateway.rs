use advosync_simulators::{ExpiryForm, Refusal, RefusalForm};
use serde_json::json;

use crate::support::{Advoware, send, with};

#[tokio::test]
async fn discovery_tells_relay_and_connector() {
    let advoware = Advoware::start().await;
    let url = advoware.simulator.configurator_url();
    let ask = |firm: &str| send(advoware.http.get(&url).query(&[("Kanzlei", firm)]));
    let answer = ask("musterkanzlei").await.good();
    assert!(answer.body["connectorUrl"].is_null());
    assert_eq!(answer.text("securityGateway"), advoware.simulator.url());
    let relay = answer.text("relayUrl");
    advoware.simulator.behave(|switches| switches.connector = true);
    let connector = ask("musterkanzlei").await.good().text("connectorUrl");
    assert_eq!(ask("fremd").await.status, 404);

    let employees = |base: String| {
        let url = format!("{base}api/v1/advonet/Mitarbeiter");
        send(advoware.http.get(url).bearer_auth(&advoware.token))
    };
    assert_eq!(employees(connector).await.status, 200);
    assert_eq!(employees(relay).await.status, 502);
}

#[tokio::test]
async fn a_signed_request_gets_a_token_once() {
    let advoware = Advoware::start().await;
    let request = advoware.token_request();
    let answer = advoware.sign_in(&request).await.good();
    let expiry = answer.text("expiration_utc");
    assert!(expiry.ends_with('Z') && expiry.contains('.'), "{expiry}");
    let replayed = advoware.sign_in(&request).await;
    assert_eq!(replayed.status, 400, "the nonce is used up");
    assert_eq!(advoware.simulator.counters().tokens_issued, 2);
    assert_eq!(advoware.simulator.counters().token_requests, 3);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_german() {
    let advoware = Advoware::start().await;
    let tampered = with(advoware.token_request(), json!({"RequestTimeStamp": "2026-01-01T00:00:00Z"}));
    let stale = advoware.token_request_at("2026-01-01T00:00:00.000Z");
    for (request, words) in [
        (with(advoware.token_request(), json!({"Kanzlei": "x"})), "nicht registriert"),
        (with(advoware.token_request(), json!({"Database": "x"})), "nicht angemeldet"),
        (with(advoware.token_request(), json!({"Password": "x"})), "Falscher Name oder falsches Kennwort"),
        (with(advoware.token_request(), json!({"Product": 1})), "freigeschaltet"),
        (with(advoware.token_request(), json!({"Role": 9})), "freigeschaltet"),
        (tampered, "Signatur"),
        (stale, "Zeitstempel"),
        (json!({"AppID": "x"}), "ungültig"),
    ] {
        let answer = advoware.sign_in(&request).await;
        let text = answer.body.as_str().unwrap_or_default();
        assert_eq!(answer.status, 400);
        assert!(text.contains(words), "{text} lacks {words}");
    }
    assert_eq!(advoware.simulator.counters().tokens_issued, 1);
}

#[tokio::test]
async fn refusals_come_in_any_form_and_status() {
    let advoware = Advoware::start().await;
    for (form, status) in [(RefusalForm::Text, 200), (RefusalForm::JsonText, 401), (RefusalForm::JsonObject, 500)] {
        advoware.simulator.behave(|switches| {
            switches.refusal = Some(Refusal::InvalidLogin);
            switches.refusal_form = form;
            switches.refusal_status = status;
        });
        let answer = advoware.sign_in(&advoware.token_request()).await;
        assert_eq!(answer.status, status);
        assert!(answer.body.to_string().contains("Benutzer / Kennwort ungültig"));
    }
    advoware.simulator.behave(|switches| switches.refusal = None);
    advoware.sign_in(&advoware.token_request()).await.good();
}

#[tokio::test]
async fn tokens_expire() {
    let advoware = Advoware::start().await;
    assert_eq!(advoware.get("Mitarbeiter").await.status, 200);
    advoware.simulator.expire_tokens();
    let answer = advoware.get("Mitarbeiter").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers["www-authenticate"], "Bearer");

    advoware.simulator.behave(|switches| {
        switches.expiry_form = ExpiryForm::ExpiresIn;
        switches.token_lifetime_seconds = 0;
    });
    let answer = advoware.sign_in(&advoware.token_request()).await.good();
    assert_eq!(answer.body["expires_in"], 0);
    let dead = answer.text("access_token");
    let url = format!("{}api/v1/advonet/Mitarbeiter", advoware.simulator.url());
    assert_eq!(send(advoware.http.get(url).bearer_auth(dead)).await.status, 401);

    advoware.simulator.behave(|switches| switches.expiry_form = ExpiryForm::Nothing);
    let answer = advoware.sign_in(&advoware.token_request()).await.good();
    assert_eq!(answer.body.as_object().map(serde_json::Map::len), Some(1));
}

#[tokio::test]
async fn without_the_office_server_there_are_only_html_pages() {
    let advoware = Advoware::start().await;
    advoware.simulator.behave(|switches| switches.office_server_off = true);
    let answer = advoware.get("Mitarbeiter").await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.as_str().is_some_and(|page| page.contains("<html>")));
    let refused = advoware.sign_in(&advoware.token_request()).await;
    assert!(refused.body.to_string().contains("nicht angemeldet"));
}
