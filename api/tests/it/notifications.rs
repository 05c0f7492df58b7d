//! Google's push.

use std::time::Instant;

use advosync_testkit::wait_until;
use reqwest::{Method, RequestBuilder, StatusCode};

use super::support::{Plan, World, problem};

fn notification<'a>(world: &'a World, channel: &'a str, token: &'a str, state: &'a str) -> RequestBuilder {
    world
        .bare(Method::POST, "/google/notifications")
        .header("x-goog-channel-id", channel)
        .header("x-goog-channel-token", token)
        .header("x-goog-resource-id", "resource-1")
        .header("x-goog-resource-state", state)
}

fn token(world: &World, channel: &str, kuerzel: &str) -> String {
    advosync_fleet::channel_token(&world.fleet.sync().keys.push[0], channel, kuerzel, "calendar-1")
}

#[tokio::test]
async fn a_proven_notification_asks_for_a_run_and_is_answered_at_once() {
    let world = World::start(Plan::default()).await;
    let kuerzel = world.kuerzel();
    let token = token(&world, "channel-1", &kuerzel);
    let sync = notification(&world, "channel-1", &token, "sync").send().await.unwrap();
    assert_eq!(sync.status(), StatusCode::NO_CONTENT);
    assert_eq!(world.fleet.queue().stats().await.unwrap().waiting, 0);
    for _ in 0..3 {
        let began = Instant::now();
        let response = notification(&world, "channel-1", &token, "exists").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert!(began.elapsed().as_millis() < 250, "{:?}", began.elapsed());
    }
    wait_until("the three join one run", async || world.fleet.queue().stats().await.unwrap().waiting_urgent == 1).await;
}

#[tokio::test]
async fn the_channel_of_whoever_has_left_is_stopped_when_it_is_seen() {
    let world = World::start(Plan::default().with_worker()).await;
    world.run(&world.kuerzel()).await;
    let token = token(&world, "channel-1", "LEFT");
    let stops = || world.google.counters().requests_like("channels/stop");
    assert_eq!(stops(), 0);
    let response = notification(&world, "channel-1", &token, "exists").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    wait_until("the channel is stopped", async || stops() == 1).await;
    assert_eq!(world.fleet.queue().stats().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn whatever_is_not_proven_is_turned_away() {
    let world = World::start(Plan::default()).await;
    let kuerzel = world.kuerzel();
    let good = token(&world, "channel-1", &kuerzel);
    let others = token(&world, "channel-2", &kuerzel);
    for wrong in ["", "x", "a.b.c", &others, &good[..good.len() - 1], &format!("{good}.x")] {
        let response = notification(&world, "channel-1", wrong, "exists").send().await.unwrap();
        problem(response, 404, "not-found").await;
    }
    problem(world.bare(Method::POST, "/google/notifications").send().await.unwrap(), 404, "not-found").await;
    assert_eq!(world.fleet.queue().stats().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn an_edit_in_google_starts_a_run_by_itself() {
    let world = World::start(Plan::default().with_worker()).await;
    let kuerzel = world.kuerzel();
    world.run(&kuerzel).await;
    wait_until("Google watches the calendar", async || world.fleet.channels().get(&kuerzel).await.unwrap().is_some()).await;
    let runs = || async { world.fetch(&format!("/runs?kuerzel={kuerzel}")).await["runs"].as_array().unwrap().len() };
    let before = runs().await;
    world.edit_event(&kuerzel, "Verschoben").await;
    wait_until("a run takes the edit over", async || runs().await > before).await;
}
