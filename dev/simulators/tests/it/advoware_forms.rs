use std::collections::BTreeSet;

use advosync_simulators::{AdvowareBehaviour, CreateAnswer, DateForm, JsonCase};
use serde_json::{Value, json};

use crate::support::{Advoware, appointment, with};

async fn shown(change: impl FnOnce(&mut AdvowareBehaviour)) -> Value {
    let advoware = Advoware::start().await;
    let mut sent = appointment("2026-07-01");
    sent["dauertermin"] = json!(1);
    let number = advoware.created(sent).await;
    advoware.simulator.behave(change);
    advoware.one(number).await.good().body
}

#[tokio::test]
async fn names_come_in_three_cases() {
    let pascal = shown(|switches| switches.json_case = JsonCase::Pascal).await;
    assert!(pascal["FrNr"].is_i64() && pascal["UhrzeitBisTicks"].is_i64());
    let lower = shown(|switches| switches.json_case = JsonCase::Lower).await;
    assert!(lower["frnr"].is_i64() && lower["uhrzeitvon"].is_string());
}

#[tokio::test]
async fn names_are_read_in_any_case() {
    let advoware = Advoware::start().await;
    let number = advoware.created(json!({"DATUM": "2026-07-01T09:00:00", "Anwalt": "PB", "Kategorie": "x", "Neu": 1})).await;
    advoware.simulator.behave(|switches| switches.json_case = JsonCase::Pascal);
    let whole = advoware.one(number).await.body;
    advoware.update(number, &whole).await.good();
    advoware.simulator.behave(|switches| switches.json_case = JsonCase::Camel);
    let one = advoware.one(number).await.body;
    assert_eq!((&one["datum"], &one["kategorie"]), (&json!("2026-07-01T09:00:00"), &json!("x")));
    assert_eq!(one["Neu"], 1, "an unknown name stays as it was");
}

#[tokio::test]
async fn numbers_and_flags_change_their_types() {
    let strings = shown(|switches| switches.numbers_as_strings = true).await;
    assert_eq!(strings["dauertermin"], "1");
    assert!(strings["frNr"].is_string());
    let flags = shown(|switches| switches.flags_as_booleans = true).await;
    assert_eq!((&flags["dauertermin"], &flags["privat"]), (&json!(true), &json!(false)));
    let advoware = Advoware::start().await;
    let number = advoware.created(with(appointment("2026-07-01"), json!({"turnus": "2", "privat": true}))).await;
    let one = advoware.one(number).await.body;
    assert_eq!((&one["turnus"], &one["privat"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn dates_come_in_several_forms() {
    for (form, date) in [
        (DateForm::Seconds, "2026-07-01T09:00:00"),
        (DateForm::Fraction, "2026-07-01T09:00:00.0000000"),
        (DateForm::Utc, "2026-07-01T07:00:00Z"),
        (DateForm::DateOnly, "2026-07-01"),
    ] {
        let one = shown(|switches| switches.date_form = form).await;
        assert_eq!(one["datum"], date);
    }
    let advoware = Advoware::start().await;
    let mut sent = appointment("2026-07-01");
    sent["datumBis"] = json!("");
    let number = advoware.created(sent).await;
    assert!(advoware.one(number).await.body["datumBis"].is_null());
    advoware.simulator.behave(|switches| switches.sentinel_dates = true);
    assert_eq!(advoware.one(number).await.body["datumBis"], "0001-01-01T00:00:00");
}

#[tokio::test]
async fn a_create_answers_in_three_forms() {
    let advoware = Advoware::start().await;
    let mut kinds = Vec::new();
    for answer in [CreateAnswer::Number, CreateAnswer::Text, CreateAnswer::Object] {
        advoware.simulator.behave(|switches| switches.create_answer = answer);
        kinds.push(advoware.create(appointment("2026-07-01")).await.good().body);
    }
    assert!(kinds[0].is_i64() && kinds[1].is_string() && kinds[2]["frNr"].is_i64());
}

#[tokio::test]
async fn a_look_up_may_answer_an_array_of_one() {
    let one = shown(|switches| switches.single_as_array = true).await;
    assert_eq!(one.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_last_change_has_a_varying_fraction() {
    let advoware = Advoware::start().await;
    let number = advoware.created(appointment("2026-07-01")).await;
    let mut lengths = BTreeSet::new();
    for _ in 0..8 {
        advoware.update(number, &appointment("2026-07-01")).await.good();
        lengths.insert(advoware.one(number).await.text("zuletztGeaendertAm").len());
    }
    assert_eq!(lengths.len(), 8);
    let without = shown(|switches| switches.omit_last_change = true).await;
    assert!(without.get("zuletztGeaendertAm").is_none());
}
