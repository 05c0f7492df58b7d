use std::time::Duration;

use advosync_google::{Watch, Watched};
use advosync_sync::ports::{Certainty, FailureKind};
use advosync_upstream::fake::Answer;
use chrono::DateTime;
use serde_json::json;

use crate::google::{Google, refusal};

fn watch() -> Watch<'static> {
    Watch {
        channel_id: "ch-1",
        token: "mac".to_owned().into(),
        address: "https://example.org/google/notifications",
        ttl: Duration::from_hours(168),
    }
}

#[tokio::test]
async fn a_channel_is_made_with_id_token_address_and_life() {
    let google = Google::saying(200, json!({"id": "ch-1", "resourceId": "r1", "expiration": "1800000000000"})).await;
    let watched = google.client().await.watch("cal", &watch()).await.expect("a channel");
    assert_eq!(watched, Watched { resource_id: "r1".into(), expires_at: DateTime::from_timestamp_millis(1_800_000_000_000) });
    let asked = &google.asked()[0];
    assert_eq!(asked.path, "/calendar/v3/calendars/cal/events/watch");
    assert_eq!(
        asked.json(),
        json!({"id": "ch-1", "token": "mac", "address": "https://example.org/google/notifications", "type": "web_hook", "params": {"ttl": "604800"}})
    );
}

#[tokio::test]
async fn a_channel_that_may_stand_is_not_made_again() {
    let google = Google::open(|_| Answer::dropped()).await;
    let failure = google.client().await.watch("cal", &watch()).await.expect_err("no answer");
    assert_eq!((failure.kind, failure.certainty), (FailureKind::Unavailable, Certainty::Unknown));
    assert_eq!(google.asked().len(), 1);
}

#[tokio::test]
async fn a_channel_is_stopped_once_or_twice() {
    for answer in [Answer::text(204, ""), refusal(404, "channelNotFound")] {
        let google = Google::open(move |_| answer.clone()).await;
        assert_eq!(google.client().await.stop("ch-1", "r1").await, Ok(()));
        let asked = &google.asked()[0];
        assert_eq!(
            (asked.path.as_str(), asked.json()),
            ("/calendar/v3/channels/stop", json!({"id": "ch-1", "resourceId": "r1"}))
        );
    }
}
