use std::{sync::Arc, time::Duration};

use advosync_testkit::wait_until;
use axum::{Router, extract::State, http::HeaderMap, routing::post};
use serde_json::json;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};

use crate::support::{Google, event};

type Received = mpsc::UnboundedReceiver<HeaderMap>;

/// A receiver of notifications.
async fn receiver() -> (String, Received) {
    let (sender, received) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = Router::new()
        .route(
            "/push",
            post(async |State(sender): State<Arc<mpsc::UnboundedSender<HeaderMap>>>, headers: HeaderMap| {
                let _ = sender.send(headers);
            }),
        )
        .with_state(Arc::new(sender));
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}/push"), received)
}

async fn next(received: &mut Received) -> HeaderMap {
    timeout(Duration::from_secs(10), received.recv()).await.expect("a notification in time").expect("a notification")
}

fn number(headers: &HeaderMap) -> u64 {
    headers["x-goog-message-number"].to_str().expect("text").parse().expect("a number")
}

#[tokio::test]
async fn a_channel_tells_of_each_change() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let (address, mut received) = receiver().await;
    let channel = json!({"id": "kanal-1", "type": "web_hook", "address": address, "token": "geheim"});
    let watch = format!("{events}/watch");
    let made = google.post(&watch, channel.clone()).await.good();
    assert!(made.text("expiration").parse::<i64>().is_ok());
    let first = next(&mut received).await;
    assert_eq!((&first["x-goog-resource-state"], number(&first)), (&"sync".parse().expect("a value"), 1));
    google.post(&events, event("a", "2026-07-01")).await.good();
    let second = next(&mut received).await;
    assert_eq!(second["x-goog-resource-state"], "exists");
    assert_eq!(second["x-goog-channel-token"], "geheim");
    assert_eq!(second["x-goog-channel-id"], "kanal-1");
    assert_eq!(second["x-goog-resource-id"], made.text("resourceId").as_str());
    assert!(second.contains_key("x-goog-channel-expiration"));
    google.post(&events, event("b", "2026-07-01")).await.good();
    assert!(number(&next(&mut received).await) > number(&second));

    google.post(&watch, channel).await.refused(400, "channelIdNotUnique");
    let stop = json!({"id": "kanal-1", "resourceId": made.body["resourceId"]});
    assert_eq!(google.post("channels/stop", stop.clone()).await.status, 204);
    google.post("channels/stop", stop).await.refused(404, "notFound");
    google.post(&events, event("c", "2026-07-01")).await.good();
    assert!(google.simulator.state().channels.is_empty());
    assert!(received.is_empty());
}

#[tokio::test]
async fn notifications_get_lost() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let (address, mut received) = receiver().await;
    let channel = json!({"id": "kanal-1", "type": "web_hook", "address": address});
    google.post(&format!("{events}/watch"), channel).await.good();
    next(&mut received).await;
    google.simulator.behave(|switches| switches.push_loss = 1.0);
    google.post(&events, event("a", "2026-07-01")).await.good();
    google.simulator.behave(|switches| switches.push_loss = 0.0);
    google.post(&events, event("b", "2026-07-01")).await.good();
    let headers = next(&mut received).await;
    assert!(number(&headers) >= 3, "a hole in the numbers");
    assert_eq!(google.simulator.counters().pushes_lost, 1);
    assert!(received.is_empty());
}

#[tokio::test]
async fn channels_have_limits_and_end() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let watch = format!("{events}/watch");
    let (address, mut received) = receiver().await;
    let channel = |id: &str, kind: &str, address: &str, token: &str| json!({"id": id, "type": kind, "address": address, "token": token, "params": {"ttl": "1"}});
    let long = "x".repeat(257);
    for (body, reason) in [
        (channel(&"k".repeat(65), "web_hook", &address, ""), "invalid"),
        (channel("ä", "web_hook", &address, ""), "invalid"),
        (channel("k", "mail", &address, ""), "invalid"),
        (channel("k", "web_hook", "ftp://x", ""), "push.webhookUrlNotHttps"),
        (channel("k", "web_hook", &address, &long), "invalid"),
    ] {
        google.post(&watch, body).await.refused(400, reason);
    }
    google.post(&watch, channel("k", "web_hook", &address, "t")).await.good();
    next(&mut received).await;
    wait_until("the channel ends", async || google.simulator.state().channels.is_empty()).await;
    google.post(&events, event("a", "2026-07-01")).await.good();
    assert!(received.is_empty());
}
