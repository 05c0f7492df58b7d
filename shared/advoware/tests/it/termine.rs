use advosync_advoware::{AdvowareClient, Dependencies};
use advosync_sync::ports::{Advoware, Certainty, FailureKind, Lookup};
use advosync_upstream::fake::Answer;
use serde_json::{Value, json};

use crate::office::{Office, TERMINE, object};

async fn answering(status: u16, body: Value) -> Office {
    Office::open(move |_| Answer::json(status, &body)).await
}

#[tokio::test]
async fn a_list_keeps_every_row_as_it_came() {
    let office = Office::open(|_| Answer::text(200, "\u{feff}[{\"frNr\": 1.0, \"x\": \"\\ud800\"}, null, \"garbage\"]")).await;
    let rows = office.client().list("PB", day("2026-01-01"), day("2026-12-31")).await.expect("a list");
    let rows: Vec<_> = rows.iter().map(|row| row.get()).collect();
    assert_eq!(rows, ["{\"frNr\": 1.0, \"x\": \"\\ud800\"}", "null", "\"garbage\""]);
    let asked = &office.fake.asked()[1];
    assert_eq!((asked.path.as_str(), asked.param("kuerzel")), (TERMINE, "PB"));
    assert_eq!((asked.param("from"), asked.param("to")), ("2026-01-01T00:00:00", "2027-01-01T00:00:00"));
}

#[tokio::test]
async fn a_large_window_is_listed_in_slices_that_overlap() {
    let office = answering(200, json!([{"frNr": 1}])).await;
    let mut settings = office.settings();
    settings.slice_days = 200;
    let client = AdvowareClient::new(settings, Dependencies::local(4)).expect("a client");
    assert_eq!(client.list("PB", day("2026-01-01"), day("2026-12-31")).await.expect("a list").len(), 2);
    let windows: Vec<_> =
        office.fake.asked()[1..].iter().map(|asked| (asked.param("from").to_owned(), asked.param("to").to_owned())).collect();
    assert_eq!(
        windows,
        [
            ("2026-01-01T00:00:00".into(), "2026-07-20T00:00:00".into()),
            ("2026-07-19T00:00:00".to_owned(), "2027-01-01T00:00:00".to_owned())
        ]
    );
}

#[tokio::test]
async fn a_list_that_is_none_is_no_evidence() {
    for answer in [
        Answer::json(200, &json!(null)),
        Answer::json(200, &json!({})),
        Answer::text(200, ""),
        Answer::text(200, "[{\"frNr\": 1}"),
        Answer::html(200),
    ] {
        let office = Office::open(move |_| answer.clone()).await;
        let failure = office.client().list("PB", day("2026-01-01"), day("2026-12-31")).await.expect_err("no list");
        assert_eq!(failure.kind, FailureKind::Unavailable);
    }
}

#[tokio::test]
async fn a_number_is_found_as_object_or_array_of_one() {
    let termin = object(json!({"FrNr": "7", "text": "x", "fremd": {"a": [1]}}));
    for body in [json!(termin), json!([termin])] {
        let office = answering(200, body).await;
        assert_eq!(office.client().get(7).await, Ok(Lookup::Found(termin.clone())));
        assert_eq!(office.fake.asked()[1].param("frnr"), "7");
    }
}

#[tokio::test]
async fn a_number_is_gone_only_by_a_clear_word() {
    for answer in [
        Answer::json(200, &json!(null)),
        Answer::json(200, &json!([])),
        Answer::text(404, ""),
        Answer::json(404, &json!({"Message": "x"})),
    ] {
        let office = Office::open(move |_| answer.clone()).await;
        assert_eq!(office.client().get(7).await, Ok(Lookup::Gone));
    }
    for answer in
        [Answer::html(404), Answer::html(200), Answer::text(200, ""), Answer::text(204, ""), Answer::json(200, &json!([])).half()]
    {
        let office = Office::open(move |_| answer.clone()).await;
        assert_eq!(office.client().get(7).await.expect_err("no word").kind, FailureKind::Unavailable);
    }
}

#[tokio::test]
async fn another_appointment_than_the_one_asked_for_is_refused() {
    for body in [json!({"frNr": 8}), json!([{"frNr": 8}]), json!([{"frNr": 7}, {"frNr": 7}]), json!({"text": "x"}), json!("x")] {
        let office = answering(200, body).await;
        assert_eq!(office.client().get(7).await.expect_err("another").kind, FailureKind::Refused);
    }
}

#[tokio::test]
async fn a_new_number_comes_in_any_form() {
    for (kind, body) in [
        ("text/plain", "4711"),
        ("text/html", "4711"),
        ("application/json", "\"4711\""),
        ("application/json", "{\"frnr\": 4711}"),
    ] {
        let office = Office::open(move |_| Answer::text(200, body).header("Content-Type", kind)).await;
        assert_eq!(office.client().create(&object(json!({"text": "x"}))).await, Ok(4711));
        let asked = &office.fake.asked()[1];
        assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.json()), ("POST", TERMINE, json!({"text": "x"})));
    }
}

#[tokio::test]
async fn a_create_without_a_number_may_have_been_done() {
    for answer in
        [Answer::text(200, ""), Answer::html(200), Answer::json(200, &json!({"ok": true})), Answer::text(200, "47").half()]
    {
        let office = Office::open(move |_| answer.clone()).await;
        let failure = office.client().create(&object(json!({}))).await.expect_err("no number");
        assert_eq!((failure.kind, failure.certainty), (FailureKind::Unavailable, Certainty::Unknown));
        assert_eq!(office.fake.count("POST", TERMINE), 1, "never repeated");
    }
}

#[tokio::test]
async fn an_update_sends_the_whole_object_without_the_ticks() {
    let office = Office::open(|_| Answer::text(200, "ignored")).await;
    let termin = object(json!({"frNr": 7, "uhrzeitBis": "10:00:00", "UhrzeitBisTicks": 36, "fremd": [null]}));
    assert_eq!(office.client().update(7, &termin).await, Ok(()));
    let asked = &office.fake.asked()[1];
    assert_eq!((asked.method.as_str(), asked.param("frnr")), ("PUT", "7"));
    assert_eq!(asked.json(), json!({"frNr": 7, "uhrzeitBis": "10:00:00", "fremd": [null]}));
}

#[tokio::test]
async fn an_update_of_what_is_gone_is_refused_and_a_delete_is_not() {
    let office = answering(404, json!({})).await;
    let client = office.client();
    let failure = client.update(7, &object(json!({}))).await.expect_err("gone");
    assert_eq!((failure.kind, failure.certainty), (FailureKind::Refused, Certainty::NotDone));
    assert_eq!(client.delete(7).await, Ok(()));
    let asked = office.fake.asked();
    assert_eq!((asked[2].method.as_str(), asked[2].param("frnr")), ("DELETE", "7"));
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}
