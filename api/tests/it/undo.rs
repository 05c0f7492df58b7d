//! Taking runs back.

use advosync_simulators::{AdvowareEdit, Fault, FaultRule, GoogleEdit, Window, compare, today_in_berlin};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use super::support::{Plan, World, problem};

async fn firm() -> (World, String) {
    let world = World::start(Plan { appointments: 60, ..Plan::default() }.quiet().with_worker()).await;
    world.run("ALL").await;
    let kuerzel = world.kuerzel();
    (world, kuerzel)
}

fn termin(world: &World, frnr: i64) -> Option<Map<String, Value>> {
    world.advoware.state().appointments.into_iter().find(|row| row["frNr"] == json!(frnr))
}

/// The event that stands for an appointment: its id and its summary.
async fn event(world: &World, kuerzel: &str, frnr: i64) -> (String, Value) {
    let (_, id) = world.event_of(kuerzel, frnr).await;
    let summary = world.event(&id)["summary"].clone();
    (id, summary)
}

/// Asks for the undo and waits for the end of its runs; the first of them.
async fn undo(world: &World, run: &Value) -> Value {
    let id = run["run_id"].as_str().unwrap();
    let response = world.post(&format!("/runs/{id}/undo")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED, "{response:?}");
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let asked: Value = response.json().await.unwrap();
    assert_eq!(asked["run_id"], run["run_id"]);
    for run in asked["runs"].as_array().unwrap() {
        world.finished(run["run_id"].as_str().unwrap()).await;
    }
    world.fetch(&location).await
}

/// Both sides are equal, and a further run writes nothing.
async fn assert_settled(world: &World, kuerzel: &str) {
    let differences = compare(&world.advoware.state(), &world.google.state(), Window::around(today_in_berlin(), 30, 730));
    assert!(differences.is_empty(), "{differences:?}");
    let again = world.run(kuerzel).await;
    let none = json!({"created": 0, "updated": 0, "deleted": 0});
    assert_eq!((&again["counts"]["google"], &again["counts"]["advoware"]), (&none, &none), "{again}");
}

#[tokio::test]
async fn an_update_is_taken_back_on_both_sides_and_not_redone() {
    let (world, kuerzel) = firm().await;
    let frnr = world.appointments(&kuerzel)[0];
    let before = termin(&world, frnr).unwrap()["text"].clone();
    world.edit_text(frnr, "Streng vertraulich");
    let run = world.run(&kuerzel).await;
    let plan = world.fetch(&format!("/runs/{}/undo", run["run_id"].as_str().unwrap())).await;
    assert_eq!(
        plan["employees"],
        json!([{"kuerzel": kuerzel, "run_id": run["run_id"], "items": [{
            "side": "google", "operation": "update", "frNr": frnr, "event_id": event(&world, &kuerzel, frnr).await.0,
            "fields": ["text"], "obstacle": null,
        }]}])
    );
    let writes = world.google.counters().total_writes();
    let dry = world.post(&format!("/runs/{}/undo?dry_run=true", run["run_id"].as_str().unwrap())).send().await.unwrap();
    assert_eq!((dry.status(), dry.json::<Value>().await.unwrap()), (StatusCode::OK, plan));
    assert_eq!(world.google.counters().total_writes(), writes, "a look writes nothing");

    let undone = undo(&world, &run).await;
    assert_eq!(undone["status"], "succeeded", "{undone}");
    assert_eq!(event(&world, &kuerzel, frnr).await.1, before);
    assert_eq!(termin(&world, frnr).unwrap()["text"], before, "carried over by the same run");
    let journal = world.fetch(&format!("/journal?run_id={}", undone["run_id"].as_str().unwrap())).await;
    let entries = journal["entries"].as_array().unwrap();
    let by = entries.iter().find(|entry| entry["reason"] == "undone").unwrap();
    assert_eq!((&by["who"], &by["side"], &by["fields"]), (&json!("otto"), &json!("google"), &json!(["text"])), "{journal}");
    assert!(!journal.to_string().contains("vertraulich"));
    assert_settled(&world, &kuerzel).await;

    // What was undone can itself be taken back.
    undo(&world, &undone).await;
    assert_eq!(termin(&world, frnr).unwrap()["text"], "Streng vertraulich");
    assert_settled(&world, &kuerzel).await;
}

#[tokio::test]
async fn deletions_come_back_whole_and_creations_go() {
    let (world, kuerzel) = firm().await;
    let numbers = world.appointments(&kuerzel);
    let (kept, deleted) = (termin(&world, numbers[0]).unwrap(), termin(&world, numbers[1]).unwrap());
    let calendar = world.fleet.calendars().get(&kuerzel).await.unwrap().unwrap().id;
    let (id, _) = event(&world, &kuerzel, numbers[0]).await;
    world.google.edit(GoogleEdit::Delete { calendar: calendar.clone(), id }).unwrap();
    world.advoware.edit(AdvowareEdit::Delete { fr_nr: numbers[1] }).unwrap();
    let born = json!({"summary": "Neu in Google", "start": {"date": today_in_berlin().succ_opt().unwrap()}, "end": {"date": today_in_berlin().succ_opt().unwrap().succ_opt().unwrap()}});
    world.google.edit(GoogleEdit::Add { calendar, event: born.as_object().unwrap().clone() }).unwrap();
    let run = world.run(&kuerzel).await;
    assert_eq!(run["counts"]["advoware"], json!({"created": 1, "updated": 0, "deleted": 1}), "{run}");
    assert_eq!(run["counts"]["google"]["deleted"], 1, "{run}");

    // The answer to the first attempt at bringing it back is lost: the second finds what was made.
    let lost = Fault::Status { status: 503, page: Default::default(), reason: None, retry_after: None, after_work: true };
    world.advoware.inject(FaultRule::new(lost).method("POST").on("Termine").times(1)).unwrap();
    let undone = undo(&world, &run).await;
    assert_eq!(undone["status"], "succeeded", "{undone}");
    let rows = world.advoware.state().appointments;
    assert!(!rows.iter().any(|row| row["text"] == "Neu in Google"), "what the run made is gone on both sides");
    for was in [&kept, &deleted] {
        let mut back = rows.iter().filter(|row| row["text"] == was["text"] && row["datum"] == was["datum"]);
        let one = back.next().unwrap_or_else(|| panic!("{was:?}"));
        assert!(back.next().is_none(), "twice: {was:?}");
        assert_eq!(one["anwalt"], was["anwalt"]);
    }
    let whole = rows.iter().find(|row| row["text"] == kept["text"] && row["datum"] == kept["datum"]).unwrap();
    for (name, value) in kept.iter().filter(|(name, _)| !matches!(name.as_str(), "frNr" | "rowId" | "zuletztGeaendertAm")) {
        assert_eq!(whole.get(name), Some(value), "{name}");
    }
    assert_settled(&world, &kuerzel).await;
}

#[tokio::test]
async fn what_was_changed_since_stays_and_is_reported() {
    let (world, kuerzel) = firm().await;
    let numbers = world.appointments(&kuerzel);
    let before = termin(&world, numbers[1]).unwrap()["text"].clone();
    for frnr in &numbers[..2] {
        world.edit_text(*frnr, "Erst so");
    }
    let run = world.run(&kuerzel).await;
    world.edit_text(numbers[0], "Dann so");
    world.run(&kuerzel).await;
    let undone = undo(&world, &run).await;
    assert_eq!(termin(&world, numbers[0]).unwrap()["text"], "Dann so");
    assert_eq!(termin(&world, numbers[1]).unwrap()["text"], before);
    let report = world.fetch(&format!("/runs/{}/report", undone["run_id"].as_str().unwrap())).await;
    let note = &report["report"]["report"]["notes"][0];
    assert_eq!(
        (&note["kind"], &note["frNr"], &note["detail"]),
        (&json!("not-undone"), &json!(numbers[0]), &json!(["changed-since"])),
        "{report}"
    );
    assert_settled(&world, &kuerzel).await;
}

#[tokio::test]
async fn a_run_of_everybody_is_taken_back_for_each() {
    let (world, kuerzel) = firm().await;
    let frnr = world.appointments(&kuerzel)[0];
    let before = termin(&world, frnr).unwrap()["text"].clone();
    world.edit_text(frnr, "Geändert");
    let run = world.run("ALL").await;
    undo(&world, &run).await;
    assert_eq!(termin(&world, frnr).unwrap()["text"], before);
    assert_settled(&world, &kuerzel).await;
}

#[tokio::test]
async fn what_can_not_be_taken_back_is_refused() {
    let (world, kuerzel) = firm().await;
    let quiet = world.run(&kuerzel).await;
    let path = format!("/runs/{}/undo", quiet["run_id"].as_str().unwrap());
    assert_eq!(world.fetch(&path).await["employees"], json!([]));
    problem(world.post(&path).send().await.unwrap(), 409, "conflict").await;
    let none = "/runs/0192f3a4-0000-7000-8000-000000000000/undo";
    problem(world.post(none).send().await.unwrap(), 404, "not-found").await;
    problem(world.get(none).send().await.unwrap(), 404, "not-found").await;
    let viewer = world.bare(reqwest::Method::POST, &path).bearer_auth("viewer-secret").send().await.unwrap();
    problem(viewer, 403, "forbidden").await;
}

/// A firm in which three deletions in Advoware and one in Google are held.
async fn held() -> (World, String, Vec<Map<String, Value>>) {
    let plan = Plan { appointments: 60, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "0").quiet().with_worker();
    let world = World::start(plan).await;
    world.run("ALL").await;
    let kuerzel = world.kuerzel();
    let numbers = world.appointments(&kuerzel);
    let rows: Vec<_> = numbers[..4].iter().map(|frnr| termin(&world, *frnr).unwrap()).collect();
    for frnr in &numbers[..3] {
        world.advoware.edit(AdvowareEdit::Delete { fr_nr: *frnr }).unwrap();
    }
    let calendar = world.fleet.calendars().get(&kuerzel).await.unwrap().unwrap().id;
    let (id, _) = event(&world, &kuerzel, numbers[3]).await;
    world.google.edit(GoogleEdit::Delete { calendar, id }).unwrap();
    assert_eq!(world.run(&kuerzel).await["status"], "held");
    (world, kuerzel, rows)
}

#[tokio::test]
async fn a_held_deletion_that_was_not_meant_comes_back_on_its_side() {
    let (world, kuerzel, rows) = held().await;
    let mut items = world.fetch(&format!("/employees/{kuerzel}")).await["held_items"].clone();
    for item in items.as_array_mut().unwrap() {
        item.as_object_mut().unwrap().remove("since");
    }
    assert_eq!(items.as_array().unwrap().len(), 4, "{items}");
    let path = format!("/employees/{kuerzel}/restore");
    let response = world.post(&path).json(&json!({ "items": items })).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let restored: Value = response.json().await.unwrap();
    assert_eq!(restored["restored"], items);
    let run = world.finished(restored["run_id"].as_str().unwrap()).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let now = world.advoware.state().appointments;
    for row in rows {
        let day = |row: &Map<String, Value>| row["datum"].as_str().unwrap()[..10].to_owned();
        let back = now
            .iter()
            .filter(|other| other["text"] == row["text"] && other["anwalt"] == row["anwalt"] && day(other) == day(&row));
        assert_eq!(back.count(), 1, "{row:?}");
    }
    assert_eq!(world.fetch(&format!("/employees/{kuerzel}")).await["held_items"], json!([]));
    assert_settled(&world, &kuerzel).await;
    let nothing = world.post(&path).json(&json!({ "items": items })).send().await.unwrap();
    assert_eq!(nothing.status(), StatusCode::OK, "no longer held");
}

#[tokio::test]
async fn the_other_version_of_a_conflict_can_be_taken() {
    let (world, kuerzel) = firm().await;
    let numbers = world.appointments(&kuerzel);
    let calendar = world.fleet.calendars().get(&kuerzel).await.unwrap().unwrap().id;
    let (id, _) = event(&world, &kuerzel, numbers[0]).await;
    let fields = [("summary".to_owned(), json!("Von Google"))].into_iter().collect();
    world.google.edit(GoogleEdit::Change { calendar, id: id.clone(), fields }).unwrap();
    for frnr in &numbers[..2] {
        world.edit_text(*frnr, "Von Advoware");
    }
    let run = world.run(&kuerzel).await;
    assert_eq!(run["counts"]["conflicts"], 1, "{run}");
    assert_eq!(event(&world, &kuerzel, numbers[0]).await.1, "Von Advoware");
    let path = format!("/runs/{}/undo", run["run_id"].as_str().unwrap());
    let response = world.post(&path).json(&json!({"items": [format!("google:{id}")]})).send().await.unwrap();
    let asked: Value = response.json().await.unwrap();
    world.finished(asked["runs"][0]["run_id"].as_str().unwrap()).await;
    assert_eq!(termin(&world, numbers[0]).unwrap()["text"], "Von Google");
    assert_eq!(termin(&world, numbers[1]).unwrap()["text"], "Von Advoware", "nothing else of the run is taken back");
    assert_settled(&world, &kuerzel).await;
    for bad in [json!({"items": ["nonsense"]}), json!({"items": ["google:"]}), json!({"items": [1]})] {
        problem(world.post(&path).json(&bad).send().await.unwrap(), 400, "bad-request").await;
    }
}
