//! Employees, their plans and what is held.

use advosync_simulators::AdvowareEdit;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::{Plan, World, problem};

#[tokio::test]
async fn every_employee_is_listed_with_how_the_calendar_stands() {
    let world = World::start(Plan::default().with_worker()).await;
    let before = world.fetch("/employees").await;
    assert_eq!(before["employees"].as_array().unwrap().len(), 3, "{before}");
    assert_eq!(before["employees"][0]["last_success_at"], Value::Null);
    world.run("ALL").await;
    let after = world.fetch("/employees").await;
    for employee in after["employees"].as_array().unwrap() {
        assert!(employee["calendar_id"].is_string(), "{employee}");
        assert_eq!(employee["calendar_name"], format!("AW-{}", employee["kuerzel"].as_str().unwrap()));
        assert!(employee["last_checked_at"].is_string(), "{employee}");
        assert_eq!((&employee["held"], &employee["skipped"]), (&json!(0), &json!(false)));
    }
    let kuerzel = world.kuerzel();
    let one = world.fetch(&format!("/employees/{kuerzel}")).await;
    assert_eq!((&one["kuerzel"], &one["held_items"]), (&json!(kuerzel), &json!([])));
    problem(world.get("/employees/NOBODY").send().await.unwrap(), 404, "unknown-employee").await;
    problem(world.get("/employees/NOBODY/plan").send().await.unwrap(), 404, "unknown-employee").await;
}

#[tokio::test]
async fn a_plan_names_ids_and_fields_and_is_what_the_run_then_does() {
    let world = World::start(Plan::default().quiet().with_worker()).await;
    let kuerzel = world.kuerzel();
    world.run(&kuerzel).await;
    let frnr = world.appointments(&kuerzel)[0];
    world.edit_text(frnr, "Streng vertraulich");
    let path = format!("/employees/{kuerzel}/plan");
    let plan = world.fetch(&path).await;
    let operations = plan["operations"].as_array().unwrap();
    assert_eq!(operations.len(), 1, "{plan}");
    assert_eq!(
        operations[0],
        json!({
            "side": "google", "operation": "update", "frNr": frnr, "event_id": operations[0]["event_id"],
            "fields": ["text"], "reason": "changed",
        })
    );
    assert!(!plan.to_string().contains("vertraulich"));
    let run = world.run(&kuerzel).await;
    assert_eq!(run["counts"]["google"], json!({"created": 0, "updated": 1, "deleted": 0}));
    assert_eq!(world.fetch(&path).await["operations"], json!([]));
    let journal = world.fetch(&format!("/journal?frNr={frnr}")).await;
    assert_eq!(journal["entries"][0]["fields"], json!(["text"]), "{journal}");
    assert!(!journal.to_string().contains("vertraulich"));
}

#[tokio::test]
async fn the_plan_of_a_calendar_that_is_not_there_is_what_the_run_then_does() {
    let world = World::start(Plan::default().quiet().with_worker()).await;
    let kuerzel = world.kuerzel();
    for gone in [false, true] {
        if gone {
            world.delete_calendar(&kuerzel).await;
        }
        let plan = world.fetch(&format!("/employees/{kuerzel}/plan")).await;
        let planned = plan["operations"].as_array().unwrap();
        assert!(planned.iter().all(|write| write["operation"] == "create"), "{plan}");
        let created = |side: &str| planned.iter().filter(|write| write["side"] == side).count();
        let counts = |side| json!({"created": created(side), "updated": 0, "deleted": 0});
        // The first run takes the predecessor's calendar over.
        assert!(created("google") > 0 && (created("advoware") > 0) != gone, "{plan}");
        let run = world.run(&kuerzel).await;
        assert_eq!((&run["counts"]["google"], &run["counts"]["advoware"]), (&counts("google"), &counts("advoware")));
    }
    let employee = world.fetch(&format!("/employees/{kuerzel}")).await;
    assert_eq!(employee["calendar_reports"], json!(["made-anew"]), "{employee}");
}

#[tokio::test]
async fn held_deletions_are_listed_and_released_by_a_person() {
    let world =
        World::start(Plan { appointments: 60, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "1").quiet().with_worker())
            .await;
    let kuerzel = world.kuerzel();
    world.run(&kuerzel).await;
    let gone: Vec<i64> = world.appointments(&kuerzel).into_iter().take(3).collect();
    for frnr in &gone {
        world.advoware.edit(AdvowareEdit::Delete { fr_nr: *frnr }).unwrap();
    }
    let run = world.run(&kuerzel).await;
    assert_eq!(run["status"], "held", "{run}");
    let held = world.fetch(&format!("/employees/{kuerzel}")).await;
    assert_eq!(held["held"], gone.len());
    let one = &held["held_items"][0];
    let item = json!({"side": one["side"], "operation": one["operation"], "frNr": one["frNr"], "event_id": one["event_id"]});
    let release = |body: Value| world.post(&format!("/employees/{kuerzel}/release")).json(&body);
    let response = release(json!({"items": [item]})).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let released: Value = response.json().await.unwrap();
    assert_eq!(released["released"], json!([item]));
    let run = world.finished(released["run_id"].as_str().unwrap()).await;
    assert_eq!(run["counts"]["google"]["deleted"], 1, "{run}");

    let response = world.post(&format!("/employees/{kuerzel}/release")).send().await.unwrap();
    let released: Value = response.json().await.unwrap();
    assert_eq!(released["released"].as_array().unwrap().len(), gone.len() - 1);
    let run = world.finished(released["run_id"].as_str().unwrap()).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let nothing = world.post(&format!("/employees/{kuerzel}/release")).send().await.unwrap();
    assert_eq!(nothing.status(), StatusCode::OK);
    problem(world.post("/employees/NOBODY/release").send().await.unwrap(), 404, "unknown-employee").await;
    problem(release(json!({"items": [{"side": "x"}]})).send().await.unwrap(), 400, "bad-request").await;
}
