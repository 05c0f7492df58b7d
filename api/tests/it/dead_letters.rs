//! Dead letters.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Plan, World, problem};

async fn with_dead_letters() -> World {
    let world = World::start(Plan::default().with("WORKER_MAX_ATTEMPTS", "1").with_worker()).await;
    world.run("ALL").await;
    world.break_advoware();
    world
}

#[tokio::test]
async fn a_dead_letter_is_shown_requeued_and_dropped() {
    let world = with_dead_letters().await;
    let kuerzel = world.kuerzel();
    let failed = world.run(&kuerzel).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    let letters = world.fetch("/dead-letters").await;
    let letter = &letters["dead_letters"][0];
    assert_eq!(
        (&letter["kuerzel"], &letter["reason"], &letter["run_id"]),
        (&json!(kuerzel), &json!("errors"), &failed["run_id"])
    );
    assert_eq!(letter["history"].as_array().unwrap().len(), 1, "{letter}");
    let id = letter["id"].as_str().unwrap();
    assert_eq!(&world.fetch(&format!("/dead-letters/{id}")).await, letter);
    assert_eq!(world.fetch("/dead-letters?kuerzel=OTHER").await["dead_letters"], json!([]));

    world.advoware.clear_faults();
    let response = world.post(&format!("/dead-letters/{id}/requeue")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let asked: Value = response.json().await.unwrap();
    assert_eq!(asked["kuerzel"], kuerzel);
    assert_eq!(world.finished(asked["run_id"].as_str().unwrap()).await["status"], "succeeded");
    problem(world.post(&format!("/dead-letters/{id}/requeue")).send().await.unwrap(), 404, "not-found").await;
    let drop = |id: &str| world.bare(Method::DELETE, &format!("/dead-letters/{id}")).bearer_auth("operator-secret");
    problem(drop(id).send().await.unwrap(), 404, "not-found").await;
    for id in ["x", "1", "1-x", "+", "-"] {
        problem(drop(id).send().await.unwrap(), 404, "not-found").await;
        problem(world.post(&format!("/dead-letters/{id}/requeue")).send().await.unwrap(), 404, "not-found").await;
        problem(world.get(&format!("/dead-letters/{id}")).send().await.unwrap(), 404, "not-found").await;
    }
}

#[tokio::test]
async fn all_that_match_are_dealt_with_at_once() {
    let world = with_dead_letters().await;
    let run = world.run("ALL").await;
    assert_eq!(run["status"], "failed", "{run}");
    let letters = world.fetch("/dead-letters").await;
    let class = letters["dead_letters"][0]["class"].as_str().unwrap().to_owned();
    let delete = |query: &str| world.bare(Method::DELETE, &format!("/dead-letters{query}")).bearer_auth("operator-secret");
    problem(delete("").send().await.unwrap(), 400, "bad-request").await;
    let none: Value = delete("?class=other").send().await.unwrap().json().await.unwrap();
    assert_eq!(none, json!({"count": 0}));
    world.advoware.clear_faults();
    let count = letters["dead_letters"].as_array().unwrap().len();
    let requeued: Value = world.post(&format!("/dead-letters/requeue?class={class}")).send().await.unwrap().json().await.unwrap();
    assert_eq!(requeued, json!({"count": count}));
    assert_eq!(world.fetch("/dead-letters").await["dead_letters"], json!([]));
}

#[tokio::test]
async fn garbage_can_only_be_dropped() {
    let world = World::start(Plan::default().with_worker()).await;
    let mut redis = world.redis.connect(0).unwrap();
    let _: String = redis::cmd("XADD").arg("{advosync}:jobs:employee").arg("*").arg("v").arg("x").query(&mut redis).unwrap();
    let mut letter = Value::Null;
    advosync_testkit::wait_until("the garbage is a dead letter", async || {
        letter = world.fetch("/dead-letters?reason=garbage").await["dead_letters"][0].clone();
        letter.is_object()
    })
    .await;
    let id = letter["id"].as_str().unwrap();
    problem(world.post(&format!("/dead-letters/{id}/requeue")).send().await.unwrap(), 409, "conflict").await;
    let dropped = world.bare(Method::DELETE, &format!("/dead-letters/{id}")).bearer_auth("operator-secret").send().await.unwrap();
    assert_eq!(dropped.status(), StatusCode::NO_CONTENT);
}
