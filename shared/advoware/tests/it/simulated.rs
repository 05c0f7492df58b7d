//! The client against the simulated Advoware, which was written from the same facts by other hands.
use std::time::Duration;

use advosync_advoware::{AdvowareClient, AdvowareSettings, Credentials, Dependencies};
use advosync_simulators::{AdvowareConfig, AdvowareSimulator, CreateAnswer, ErrorPage, Fault, FaultRule, MissingAnswer};
use advosync_sync::ports::{Advoware, Certainty, FrNr, Lookup, Object};
use advosync_upstream::RetryPolicy;
use chrono::NaiveDate;
use serde_json::json;

use crate::office::object;

async fn firm() -> AdvowareSimulator {
    let employees = vec![object(json!({"kuerzel": "PB"})), object(json!({"kuerzel": "AI"}))];
    AdvowareSimulator::start(AdvowareConfig { employees, ..AdvowareConfig::default() }).await.expect("a simulator")
}

fn client(firm: &AdvowareSimulator) -> AdvowareClient {
    let login = firm.credentials().clone();
    let credentials = Credentials {
        product_id: u32::try_from(login.product_id).expect("a number"),
        app_id: login.app_id,
        api_key: login.api_key.into(),
        kanzlei: login.kanzlei,
        database: login.database,
        user: login.user,
        role: u32::try_from(login.role).expect("a number"),
        password: login.password.into(),
    };
    let mut settings = AdvowareSettings::new(credentials, firm.configurator_url().parse().expect("a URL"));
    settings.retry = RetryPolicy { base: Duration::from_millis(5), ..RetryPolicy::default() };
    AdvowareClient::new(settings, Dependencies::local(4)).expect("a client")
}

fn termin(text: &str) -> Object {
    object(json!({"text": text, "datum": "2026-03-02T10:00:00", "uhrzeitVon": "10:00:00", "datumBis": "2026-03-02T11:00:00",
        "uhrzeitBis": "11:00:00", "vorbereitungsDauer": "00:00:00", "dauertermin": 0, "privat": 0, "sb": "PB", "anwalt": "PB"}))
}

async fn numbers(client: &AdvowareClient) -> Vec<FrNr> {
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    let rows = client.list("PB", day("2026-03-02"), day("2026-03-02")).await.expect("a list");
    rows.iter().map(|row| serde_json::from_str::<Object>(row.get()).expect("a row")["frNr"].as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn an_appointment_lives_and_dies() {
    for answer in [CreateAnswer::Number, CreateAnswer::Text, CreateAnswer::Object] {
        let firm = firm().await;
        firm.behave(|behaviour| behaviour.create_answer = answer);
        let client = client(&firm);
        assert_eq!(client.employees().await.expect("a list").employees.len(), 2);
        let number = client.create(&termin("alt")).await.expect("created");
        assert_eq!(numbers(&client).await, [number]);
        let Lookup::Found(mut whole) = client.get(number).await.expect("an answer") else { panic!("it is there") };
        whole.insert("text".into(), json!("neu"));
        whole.insert("uhrzeitBis".into(), json!("12:30:00"));
        client.update(number, &whole).await.expect("updated");
        let Lookup::Found(after) = client.get(number).await.expect("an answer") else { panic!("it is there") };
        assert_eq!(after["text"], "neu");
        assert!(after["uhrzeitBis"].as_str().expect("a time").starts_with("12:30"), "the ticks did not overwrite it");
        client.delete(number).await.expect("deleted");
        assert!(numbers(&client).await.is_empty());
    }
}

#[tokio::test]
async fn a_missing_number_is_gone_in_every_form() {
    for answer in [MissingAnswer::NotFound, MissingAnswer::Null, MissingAnswer::EmptyList] {
        let firm = firm().await;
        firm.behave(|behaviour| behaviour.missing_answer = answer);
        assert_eq!(client(&firm).get(4711).await, Ok(Lookup::Gone));
    }
}

#[tokio::test]
async fn a_fifth_of_all_answers_is_faulty_and_nothing_is_doubled() {
    let firm = firm().await;
    let client = client(&firm);
    for fault in [
        Fault::Status { status: 403, page: ErrorPage::Json, reason: None, retry_after: None, after_work: false },
        Fault::Status { status: 429, page: ErrorPage::Json, reason: None, retry_after: None, after_work: false },
        Fault::Status { status: 500, page: ErrorPage::Json, reason: None, retry_after: None, after_work: false },
        Fault::Status { status: 503, page: ErrorPage::Html, reason: None, retry_after: None, after_work: false },
        Fault::DropBefore,
        Fault::DropAfter,
    ] {
        firm.inject(FaultRule::new(fault).probability(0.2 / 6.0)).expect("a rule");
    }
    let (mut certain, mut uncertain) = (Vec::new(), 0);
    for number in 0..60 {
        match client.for_run().create(&termin(&format!("Termin {number}"))).await {
            Ok(number) => certain.push(number),
            Err(failure) if failure.certainty == Certainty::Unknown => uncertain += 1,
            Err(failure) => panic!("{failure} is repeated until it is done"),
        }
    }
    let there = numbers(&client).await;
    assert!(certain.iter().all(|number| there.contains(number)));
    assert!((certain.len()..=certain.len() + uncertain).contains(&there.len()), "{} {uncertain} {}", certain.len(), there.len());
    for number in there {
        assert!(matches!(client.for_run().get(number).await, Ok(Lookup::Found(_))));
    }
}

#[tokio::test]
async fn expired_tokens_are_renewed_without_a_word() {
    let firm = firm().await;
    let client = client(&firm);
    let number = client.create(&termin("x")).await.expect("created");
    firm.expire_tokens();
    client.update(number, &termin("y")).await.expect("updated");
}
