//! The live feed.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::support::{Plan, World};

/// Reads server-sent events one by one.
pub(crate) struct Listener {
    response: Response,
    rest: String,
}

impl Listener {
    pub(crate) async fn open(world: &World, last_event_id: Option<&str>) -> Self {
        let mut request = world.get("/events");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, rest: String::new() }
    }

    /// The id and data of the next event; none at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
                let (id, data) = (field("id:"), field("data:"));
                self.rest = rest.to_owned();
                if let Some(data) = data {
                    return Some((id.unwrap_or_default(), serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let chunk =
                timeout(Duration::from_secs(30), self.response.chunk()).await.expect("an event in time").ok().flatten()?;
            self.rest.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Reads until an event of this run has this status.
    async fn until(&mut self, run_id: &Value, status: &str) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await.expect("the feed goes on");
            let done = event.1["run_id"] == *run_id && event.1["status"] == status;
            events.push(event);
            if done {
                return events;
            }
        }
    }
}

#[tokio::test]
async fn a_run_is_watched_live_and_resumed_after_a_break() {
    let world = World::start(Plan::default().with_worker()).await;
    let kuerzel = world.kuerzel();
    let mut listener = Listener::open(&world, None).await;
    let asked: Value = world.trigger(&kuerzel).send().await.unwrap().json().await.unwrap();
    let events = listener.until(&asked["run_id"], "succeeded").await;
    for (_, data) in &events {
        assert_eq!((&data["run_id"], &data["kuerzel"]), (&asked["run_id"], &json!(kuerzel)), "{data}");
    }
    let statuses: Vec<&str> = events.iter().map(|(_, data)| data["status"].as_str().unwrap()).collect();
    assert_eq!((statuses[0], statuses[1]), ("queued", "running"), "{statuses:?}");
    let mut resumed = Listener::open(&world, Some(&events[0].0)).await;
    for expected in &events[1..] {
        assert_eq!(resumed.next().await.as_ref(), Some(expected));
    }
}

#[tokio::test]
async fn the_feed_outlives_redis_and_ends_with_the_api() {
    let mut world = World::start(Plan::default()).await;
    let mut listener = Listener::open(&world, None).await;
    world.redis.restart_empty().unwrap();
    let asked: Value = world.trigger("ALL").send().await.unwrap().json().await.unwrap();
    assert_eq!(listener.next().await.unwrap().1["run_id"], asked["run_id"]);
    world.shutdown.cancel();
    assert!(listener.next().await.is_none());
    let served = timeout(Duration::from_secs(5), world.serving.take().unwrap()).await;
    assert!(served.unwrap().unwrap().is_ok());
}
