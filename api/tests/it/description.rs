//! The OpenAPI description.

use serde_json::Value;

use super::support::{Plan, World};

#[tokio::test]
async fn the_description_is_openapi_3_1_and_names_every_endpoint() {
    let world = World::start(Plan::default()).await;
    let description = world.fetch("/openapi.json").await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{}", description["openapi"]);
    for path in [
        "/advoware/calendar/sync",
        "/runs",
        "/runs/{run_id}",
        "/employees",
        "/employees/{kuerzel}",
        "/employees/{kuerzel}/plan",
        "/employees/{kuerzel}/release",
        "/dead-letters",
        "/dead-letters/{id}",
        "/dead-letters/{id}/requeue",
        "/google/notifications",
        "/events",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
    let errors: Vec<&Value> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, _)| *path != "/readyz")
        .map(|(_, methods)| methods)
        .flat_map(|methods| methods.as_object().unwrap().values())
        .flat_map(|operation| operation["responses"].as_object().unwrap())
        .filter(|(status, _)| status.starts_with(['4', '5']))
        .map(|(_, response)| response)
        .collect();
    assert!(errors.len() > 20);
    assert!(errors.iter().all(|response| response["content"]["application/problem+json"].is_object()));
}
