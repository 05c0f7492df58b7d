use advosync_simulators::{AdvowareEdit, MissingAnswer};
use serde_json::json;

use crate::support::{Advoware, appointment, object, with};

#[tokio::test]
async fn employees_can_be_asked_for_by_activity() {
    let advoware = Advoware::start().await;
    let active = advoware.get("Mitarbeiter?aktiv=true").await.good().body;
    let names: Vec<_> =
        active.as_array().expect("an array").iter().map(|employee| employee["kuerzel"].as_str().unwrap_or_default()).collect();
    assert_eq!(names, ["PB", "AI"]);
    let all = advoware.get("Mitarbeiter").await.good().body;
    assert_eq!(all.as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_create_is_found_by_number_and_in_lists() {
    let advoware = Advoware::start().await;
    let number = advoware.created(with(appointment("2026-07-01"), json!({"eigenesFeld": {"x": [1]}}))).await;
    let one = advoware.one(number).await.good().body;
    assert_eq!(one["frNr"], number);
    assert_eq!(one["eigenesFeld"], json!({"x": [1]}), "unknown members are kept");
    assert_eq!(one["uhrzeitBisTicks"], 360_000_000_000_i64);
    assert!(one["notiz"].is_null());
    let rows = advoware.list("PB", "2026-07-01T00:00:00", "2026-07-02T00:00:00").await;
    assert_eq!(rows.len(), 1);
    assert!(one.get("erinnerung").is_none() && one.get("azRubrum").is_some());
    assert!(rows[0].get("azRubrum").is_none(), "rows lack a few members");
    assert_eq!(advoware.simulator.counters().writes["termine.create"], 1);
}

#[tokio::test]
async fn lists_hold_what_overlaps_of_one_employee() {
    let advoware = Advoware::start().await;
    let mut days = appointment("2026-07-01");
    days["datumBis"] = json!("2026-07-03T00:00:00");
    advoware.created(days).await;
    let mut series = appointment("2026-01-05");
    for (name, value) in [("turnus", json!(1)), ("turnusArt", json!(2)), ("datumBis", json!("2026-12-28"))] {
        series[name] = value;
    }
    advoware.created(series).await;
    advoware.created(with(appointment("2026-07-02"), json!({"anwalt": "AI"}))).await;
    let count = async |from: &str, to: &str| {
        let at = |day: &str| format!("{day}T00:00:00");
        advoware.list("PB", &at(from), &at(to)).await.len()
    };
    assert_eq!(count("2026-07-03", "2026-07-10").await, 2, "the last day counts");
    assert_eq!(count("2026-07-04", "2026-07-10").await, 1, "only the series");
    assert_eq!(count("2026-06-30", "2026-07-01").await, 1, "the end is exclusive");
    assert_eq!(count("2026-12-29", "2027-07-01").await, 0);
    assert_eq!(advoware.list("pb", "2026-01-01", "2027-01-01").await.len(), 0);
    assert_eq!(advoware.get("Termine?kuerzel=PB").await.status, 400);
}

#[tokio::test]
async fn an_update_replaces_the_whole_object() {
    let advoware = Advoware::start().await;
    let full = with(appointment("2026-07-01"), json!({"notiz": "wichtig", "nr": 77, "eigenesFeld": "da"}));
    let number = advoware.created(full).await;
    advoware.update(number, &appointment("2026-07-02")).await.good();
    let one = advoware.one(number).await.body;
    assert_eq!(one["datum"], "2026-07-02T09:00:00");
    assert!(one["notiz"].is_null() && one["nr"] == 0 && one.get("eigenesFeld").is_none());
}

#[tokio::test]
async fn the_ticks_win_over_the_end_time() {
    let advoware = Advoware::start().await;
    let number = advoware.created(appointment("2026-07-01")).await;
    let mut whole = advoware.one(number).await.body;
    whole["uhrzeitBis"] = json!("12:30:00");
    advoware.update(number, &whole).await.good();
    assert_eq!(advoware.one(number).await.body["uhrzeitBis"], "10:00:00");
    let mut without = object(whole);
    without.remove("uhrzeitBisTicks");
    advoware.update(number, &without.into()).await.good();
    let one = advoware.one(number).await.body;
    assert_eq!(one["uhrzeitBis"], "12:30:00");
    assert_eq!(one["uhrzeitBisTicks"], 450_000_000_000_i64);
}

#[tokio::test]
async fn a_deleted_number_is_gone_in_one_of_three_ways() {
    let advoware = Advoware::start().await;
    let number = advoware.created(appointment("2026-07-01")).await;
    let gone = advoware.delete(number).await.good();
    assert_eq!(gone.body, "");
    assert_eq!(advoware.delete(number).await.status, 404);
    assert_eq!(advoware.update(number, &appointment("2026-07-01")).await.status, 404);
    let answer = advoware.one(number).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.is_object(), "no HTML");
    for (switch, body) in [(MissingAnswer::Null, json!(null)), (MissingAnswer::EmptyList, json!([]))] {
        advoware.simulator.behave(|switches| switches.missing_answer = switch);
        let answer = advoware.one(number).await;
        assert_eq!((answer.status, answer.body), (200, body));
    }
}

#[tokio::test]
async fn generated_appointments_refuse_writes() {
    let advoware = Advoware::start().await;
    let parent = advoware.created(appointment("2026-07-01")).await;
    let fields = object(with(appointment("2026-07-01"), json!({"bezugFrNr": parent})));
    let number = advoware.simulator.edit(AdvowareEdit::AddGenerated { fields }).expect("an edit").expect("a number");
    assert!(number < 0);
    assert_eq!(advoware.one(number).await.status, 200);
    assert_eq!(advoware.update(number, &appointment("2026-07-02")).await.status, 400);
    assert_eq!(advoware.delete(number).await.status, 400);
    advoware.delete(parent).await.good();
    assert_eq!(advoware.one(number).await.status, 404, "it goes with its parent");
}

#[tokio::test]
async fn unreadable_writes_are_refused() {
    let advoware = Advoware::start().await;
    for changes in [
        json!({"datum": "morgen"}),
        json!({"datum": null}),
        json!({"uhrzeitVon": "25:00"}),
        json!({"turnus": "oft"}),
        json!({"anwalt": null, "sb": null}),
    ] {
        let answer = advoware.create(with(appointment("2026-07-01"), changes)).await;
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    assert_eq!(advoware.simulator.counters().total_writes(), 0);
    assert!(advoware.simulator.state().appointments.is_empty());
}
