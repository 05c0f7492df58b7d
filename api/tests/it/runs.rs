//! Triggers and runs.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Plan, World, problem};

#[tokio::test]
async fn a_trigger_is_accepted_once_and_joined_afterwards() {
    let world = World::start(Plan::default()).await;
    let kuerzel = world.kuerzel();
    let response = world.trigger(&kuerzel).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let asked: Value = response.json().await.unwrap();
    assert_eq!(location, format!("/runs/{}", asked["run_id"].as_str().unwrap()));
    assert_eq!(asked, json!({"run_id": asked["run_id"], "kuerzel": kuerzel, "status": "queued"}));

    let again = world.trigger(&kuerzel).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap()["run_id"], asked["run_id"]);

    let run = world.fetch(&location).await;
    let sides = json!({"created": 0, "updated": 0, "deleted": 0});
    let counts = json!({"google": sides, "advoware": sides, "unchanged": 0, "conflicts": 0, "errors": 0});
    let expected = json!({
        "run_id": asked["run_id"], "kind": "employee", "kuerzel": kuerzel, "status": "queued", "attempt": 1,
        "queued_at": run["queued_at"], "started_at": null, "finished_at": null, "trace_id": run["trace_id"],
        "counts": counts, "jobs": {"total": 1, "done": 0, "failed": 0},
    });
    assert_eq!(run, expected);
    assert!(run["queued_at"].is_string());
}

#[tokio::test]
async fn the_same_idempotency_key_gives_the_same_answer() {
    let world = World::start(Plan::default()).await;
    let kuerzel = world.kuerzel();
    let ask = async |key: &str| world.trigger(&kuerzel).header("idempotency-key", key).send().await.unwrap();
    let first = ask("one").await;
    assert_eq!(first.status(), StatusCode::ACCEPTED);
    let first: Value = first.json().await.unwrap();
    let second = ask("one").await;
    assert_eq!(second.status(), StatusCode::ACCEPTED);
    assert_eq!(second.json::<Value>().await.unwrap(), first);
    problem(ask("").await, 400, "bad-request").await;
    problem(ask(&"x".repeat(256)).await, 400, "bad-request").await;
}

#[tokio::test]
async fn what_can_not_be_triggered_is_refused_with_its_reason() {
    let kuerzel = {
        let world = World::start(Plan::default()).await;
        problem(world.trigger("NOBODY").send().await.unwrap(), 404, "unknown-employee").await;
        problem(world.trigger(&world.kuerzel().to_lowercase()).send().await.unwrap(), 404, "unknown-employee").await;
        for body in ["", "x", "[]", "{}", r#"{"kuerzel":1}"#, r#"{"kuerzel":null}"#, r#"{"kuerzel":"a"#] {
            let response = world.post("/advoware/calendar/sync").body(body).send().await.unwrap();
            problem(response, 400, "bad-request").await;
        }
        problem(world.post("/advoware/calendar/sync").body("x".repeat(300_000)).send().await.unwrap(), 413, "too-large").await;
        problem(world.get("/advoware/calendar/sync").send().await.unwrap(), 405, "method-not-allowed").await;
        world.kuerzel()
    };
    let world = World::start(Plan::default().with("CALENDAR_SYNC_DEBUG_EMPLOYEES", "XX")).await;
    let body = problem(world.trigger(&kuerzel).send().await.unwrap(), 404, "employee-left-out").await;
    assert!(body["detail"].as_str().unwrap().contains("CALENDAR_SYNC_DEBUG_EMPLOYEES"));
}

#[tokio::test]
async fn a_run_is_followed_to_its_end() {
    let world = World::start(Plan::default().with_worker()).await;
    let run = world.run("ALL").await;
    assert_eq!((&run["kind"], &run["kuerzel"]), (&json!("all"), &json!("ALL")));
    assert_eq!(run["jobs"], json!({"total": 3, "done": 3, "failed": 0}), "{run}");
    assert!(run["counts"]["google"]["created"].as_u64().unwrap() > 0, "{run}");
    let kuerzel = world.kuerzel();
    let plan = world.fetch(&format!("/employees/{kuerzel}/plan")).await;
    assert_eq!(plan, json!({"kuerzel": kuerzel, "operations": []}));
    let again = world.run(&kuerzel).await;
    assert_eq!(again["status"], "succeeded");
    assert!(again["finished_at"].is_string());
}

#[tokio::test]
async fn an_id_that_no_run_can_have_is_not_found() {
    let world = World::start(Plan::default()).await;
    let upper = "0192F3A4-0000-7000-8000-000000000000";
    for id in ["x", "0192f3a4-0000-7000-8000-000000000000", upper, "open", "%FF", "a%2Fb", "-", "0-0", "🎂"] {
        problem(world.get(&format!("/runs/{id}")).send().await.unwrap(), 404, "not-found").await;
    }
    problem(world.get("/nowhere").send().await.unwrap(), 404, "not-found").await;
    problem(world.bare(Method::DELETE, "/runs").bearer_auth("operator-secret").send().await.unwrap(), 405, "method-not-allowed")
        .await;
}

#[tokio::test]
async fn runs_are_listed_page_by_page_and_filtered() {
    let world = World::start(Plan::default().with_worker()).await;
    world.run("ALL").await;
    let all = world.fetch("/runs").await;
    let ids = |page: &Value| -> Vec<String> {
        page["runs"].as_array().unwrap().iter().map(|run| run["run_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&all).len(), &all["next"]), (4, &Value::Null), "{all}");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.fetch(&format!("/runs?limit=3{cursor}")).await;
        paged.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, ids(&all));
    assert_eq!(ids(&world.fetch("/runs?kind=all").await).len(), 1);
    let kuerzel = world.kuerzel();
    let own = world.fetch(&format!("/runs?kuerzel={kuerzel}&kind=employee")).await;
    let whose: BTreeSet<&str> = own["runs"].as_array().unwrap().iter().map(|run| run["kuerzel"].as_str().unwrap()).collect();
    assert_eq!(whose, BTreeSet::from([kuerzel.as_str()]));
    assert_eq!(ids(&world.fetch("/runs?status=failed").await).len(), 0);
    for query in ["status=x", "kind=x", "cursor=x", "limit=0", "limit=201", "limit=x", "cursor=-1"] {
        problem(world.get(&format!("/runs?{query}")).send().await.unwrap(), 400, "bad-request").await;
    }
}
