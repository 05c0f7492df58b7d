//! Redis and Advoware being away.

use std::time::{Duration, Instant};

use advosync_testkit::wait_until;
use reqwest::StatusCode;

use super::support::{Plan, World, problem};

const PATHS: [&str; 8] = [
    "/runs",
    "/runs/0192f3a4-0000-7000-8000-000000000000",
    "/employees",
    "/employees/PB",
    "/dead-letters",
    "/queue",
    "/workers",
    "/journal",
];

async fn unavailable(world: &World, path: &str) {
    let began = Instant::now();
    let response = world.get(path).send().await.unwrap();
    assert!(response.headers().contains_key("retry-after"), "{path}: {response:?}");
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    assert!(began.elapsed() < Duration::from_secs(5), "{path}: {:?}", began.elapsed());
}

async fn all_unavailable(world: &World) {
    futures::future::join_all(PATHS.map(|path| unavailable(world, path))).await;
    let began = Instant::now();
    let response = world.trigger("ALL").send().await.unwrap();
    assert!(response.headers().contains_key("retry-after"));
    problem(response, 503, "redis-unavailable").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(world.get("/healthz").send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(world.get("/readyz").send().await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
}

async fn all_back(world: &World) {
    wait_until("the api is back by itself", async || {
        world.trigger("ALL").send().await.unwrap().status().is_success()
            && world.get("/readyz").send().await.unwrap().status() == StatusCode::OK
    })
    .await;
}

#[tokio::test]
async fn without_redis_everything_answers_503_and_comes_back_by_itself() {
    let mut world = World::start(Plan::default()).await;
    world.fetch("/employees").await;
    world.redis.kill().unwrap();
    all_unavailable(&world).await;
    world.redis.restart_empty().unwrap();
    all_back(&world).await;
}

#[tokio::test]
async fn a_redis_that_hangs_is_as_good_as_away() {
    let world = World::start(Plan::default()).await;
    world.fetch("/employees").await;
    world.redis.pause().unwrap();
    all_unavailable(&world).await;
    world.redis.resume().unwrap();
    all_back(&world).await;
}

#[tokio::test]
async fn a_full_redis_takes_no_trigger() {
    let world = World::start(Plan::default()).await;
    let mut redis = world.redis.connect(0).unwrap();
    let _: () = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").query(&mut redis).unwrap();
    problem(world.trigger("ALL").send().await.unwrap(), 503, "redis-unavailable").await;
    let _: () = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("0").query(&mut redis).unwrap();
    assert_eq!(world.trigger("ALL").send().await.unwrap().status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn while_advoware_is_away_the_kept_list_answers() {
    let world = World::start(Plan::default()).await;
    let kuerzel = world.kuerzel();
    world.break_advoware();
    problem(world.trigger(&kuerzel).send().await.unwrap(), 503, "advoware-unavailable").await;
    problem(world.get("/employees").send().await.unwrap(), 503, "advoware-unavailable").await;
    world.advoware.clear_faults();
    wait_until("Advoware answers again", async || world.get("/employees").send().await.unwrap().status() == StatusCode::OK).await;
    world.break_advoware();
    assert_eq!(world.trigger(&kuerzel).send().await.unwrap().status(), StatusCode::ACCEPTED);
    problem(world.trigger("NOBODY").send().await.unwrap(), 404, "unknown-employee").await;
    assert_eq!(world.get("/employees").send().await.unwrap().status(), StatusCode::OK);
}
