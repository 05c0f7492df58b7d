use advosync_simulators::Tombstones;
use serde_json::Value;

use crate::support::{Google, event, with};

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().expect("items").iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn filled(google: &Google, number: usize) -> String {
    let events = google.calendar("AW-PB").await;
    for index in 0..number {
        let id = serde_json::json!({"id": format!("as{index:04}")});
        let day = format!("2026-07-{:02}", 1 + index % 28);
        google.post(&events, with(event("x", &day), id)).await.good();
    }
    events
}

#[tokio::test]
async fn pages_follow_each_other_and_the_last_has_the_sync_token() {
    let google = Google::start().await;
    let events = filled(&google, 7).await;
    let first = google.get(&format!("{events}?maxResults=3")).await.good();
    assert_eq!(ids(&first.body), ["as0000", "as0001", "as0002"]);
    assert!(first.body.get("nextSyncToken").is_none());
    // Something on a page that was read already changes before the last page is asked for.
    google.delete(&format!("{events}/as0001")).await;
    let next = |token: String| format!("{events}?maxResults=3&pageToken={token}");
    let second = google.get(&next(first.text("nextPageToken"))).await.good();
    let third = google.get(&next(second.text("nextPageToken"))).await.good();
    assert_eq!(ids(&third.body), ["as0006"]);
    assert!(third.body.get("nextPageToken").is_none());
    let sync = third.text("nextSyncToken");
    let changed = google.get(&format!("{events}?syncToken={sync}")).await.good();
    assert_eq!(ids(&changed.body), ["as0001"], "the change in between is not lost");
    google.get(&next("nonsense".to_owned())).await.refused(400, "invalid");
}

#[tokio::test]
async fn the_usual_page_has_250_and_the_largest_2500() {
    let google = Google::start().await;
    google.simulator.behave(|switches| switches.quota.enabled = false);
    let events = filled(&google, 251).await;
    assert_eq!(ids(&google.get(&events).await.good().body).len(), 250);
    let all = google.get(&format!("{events}?maxResults=9999")).await.good();
    assert_eq!(ids(&all.body).len(), 251);
    google.simulator.behave(|switches| switches.page_size_cap = 10);
    assert_eq!(ids(&google.get(&events).await.good().body).len(), 10);
    google.get(&format!("{events}?maxResults=0")).await.refused(400, "invalidParameter");
}

#[tokio::test]
async fn pages_may_be_empty() {
    let google = Google::start().await;
    let events = filled(&google, 2).await;
    google.simulator.behave(|switches| switches.empty_pages = true);
    let first = google.get(&events).await.good();
    assert!(ids(&first.body).is_empty());
    let token = first.text("nextPageToken");
    let second = google.get(&format!("{events}?pageToken={token}")).await.good();
    assert_eq!(ids(&second.body).len(), 2);
}

#[tokio::test]
async fn a_sync_token_tells_what_changed() {
    let google = Google::start().await;
    let events = filled(&google, 3).await;
    let sync = google.get(&events).await.good().text("nextSyncToken");
    let nothing = google.get(&format!("{events}?syncToken={sync}")).await.good();
    assert!(ids(&nothing.body).is_empty());
    google.put(&format!("{events}/as0000"), event("neu", "2026-07-09")).await.good();
    google.delete(&format!("{events}/as0002")).await;
    let changed = google.get(&format!("{events}?syncToken={sync}")).await.good();
    assert_eq!(ids(&changed.body), ["as0000", "as0002"]);
    let tombstone = &changed.body["items"][1];
    assert_eq!(tombstone["status"], "cancelled");
    assert!(tombstone.get("summary").is_none(), "no details without showDeleted");
    let next = changed.text("nextSyncToken");
    let quiet = google.get(&format!("{events}?syncToken={next}")).await.good();
    assert!(ids(&quiet.body).is_empty());
}

#[tokio::test]
async fn a_sync_token_forbids_filters_and_other_parameters() {
    let google = Google::start().await;
    let events = filled(&google, 1).await;
    let sync = google.get(&format!("{events}?showDeleted=true&maxResults=50")).await.good().text("nextSyncToken");
    let ask = |more: &str| {
        let path = format!("{events}?syncToken={sync}&{more}");
        let google = &google;
        async move { google.get(&path).await }
    };
    for forbidden in [
        "timeMin=2026-01-01T00:00:00Z",
        "timeMax=2026-01-01T00:00:00Z",
        "updatedMin=2026-01-01T00:00:00Z",
        "orderBy=updated",
        "q=x",
        "iCalUID=x",
        "privateExtendedProperty=a%3Db",
        "sharedExtendedProperty=a%3Db",
        "showDeleted=false",
        "showDeleted=true&singleEvents=true",
    ] {
        let answer = ask(forbidden).await;
        assert_eq!(answer.status, 400, "{forbidden}");
    }
    assert_eq!(ask("").await.status, 400, "showDeleted was there in the first list");
    ask("showDeleted=true&maxResults=10&quotaUser=x&alt=json").await.good();
    google.get(&format!("{events}?syncToken=x")).await.refused(400, "invalid");
}

#[tokio::test]
async fn sync_tokens_expire() {
    let google = Google::start().await;
    let events = filled(&google, 2).await;
    let sync = google.get(&events).await.good().text("nextSyncToken");
    google.simulator.expire_sync_tokens();
    let path = format!("{events}?syncToken={sync}");
    google.get(&path).await.refused(410, "fullSyncRequired");
    let sync = google.get(&events).await.good().text("nextSyncToken");
    google.delete(&format!("{events}/as0000")).await;
    google.simulator.forget_tombstones();
    // A deletion that nobody can be told of any more.
    let path = format!("{events}?syncToken={sync}");
    google.get(&path).await.refused(410, "fullSyncRequired");
    let old = format!("{events}?updatedMin=2020-01-01T00:00:00Z");
    google.get(&old).await.refused(410, "updatedMinTooLongAgo");
}

#[tokio::test]
async fn deleted_events_are_shown_on_request() {
    let google = Google::start().await;
    let events = filled(&google, 2).await;
    google.delete(&format!("{events}/as0000")).await;
    assert_eq!(ids(&google.get(&events).await.good().body), ["as0001"]);
    let shown = google.get(&format!("{events}?showDeleted=true")).await.good();
    assert_eq!(shown.body["items"][0]["summary"], "x");
    google.simulator.behave(|switches| switches.tombstones = Tombstones::Bare);
    let bare = google.get(&format!("{events}?showDeleted=true")).await.good();
    assert_eq!(bare.body["items"][0]["id"], "as0000");
    assert!(bare.body["items"][0].get("summary").is_none());
}

#[tokio::test]
async fn lists_can_be_narrowed_and_ordered() {
    let google = Google::start().await;
    let events = filled(&google, 5).await;
    let body = serde_json::json!({
        "id": "at0001", "location": "Grüner Saal",
        "extendedProperties": {"private": {"frnr": "7"}, "shared": {"s": "y"}},
    });
    google.post(&events, with(event("Sonderfall", "2026-07-02"), body)).await.good();
    for (query, expected) in [
        ("timeMin=2026-07-05T00:00:00Z", vec!["as0004"]),
        ("timeMax=2026-07-02T00:00:00%2B02:00", vec!["as0000"]),
        ("q=gr%C3%BCner", vec!["at0001"]),
        ("privateExtendedProperty=frnr%3D7", vec!["at0001"]),
        ("sharedExtendedProperty=s%3Dx", vec![]),
        ("eventTypes=focusTime", vec![]),
        ("singleEvents=true&orderBy=startTime&maxResults=3", vec!["as0000", "as0001", "at0001"]),
    ] {
        let page = google.get(&format!("{events}?{query}")).await.good();
        assert_eq!(ids(&page.body), expected, "{query}");
    }
    google.get(&format!("{events}?orderBy=startTime")).await.refused(400, "badRequest");
    let ordered = google.get(&format!("{events}?orderBy=updated")).await.good();
    assert!(ordered.body.get("nextSyncToken").is_none());
}

#[tokio::test]
async fn answers_can_be_partial() {
    let google = Google::start().await;
    let events = filled(&google, 1).await;
    let part = google.get(&format!("{events}?fields=items(id,start/dateTime)")).await.good();
    assert_eq!(part.body, serde_json::json!({"items": [{"id": "as0000", "start": {"dateTime": "2026-07-01T09:00:00+02:00"}}]}));
    google.get(&format!("{events}?fields=items(")).await.refused(400, "invalidParameter");
}

#[tokio::test]
async fn a_whole_firm_lists_quickly() {
    let google = Google::start().await;
    google.simulator.behave(|switches| switches.quota.enabled = false);
    let events = filled(&google, 200).await;
    let started = std::time::Instant::now();
    for _ in 0..12 {
        google.get(&format!("{events}?maxResults=2500")).await.good();
    }
    // A generous bound for a debug build on a busy machine.
    assert!(started.elapsed() < std::time::Duration::from_secs(2), "{:?}", started.elapsed());
}
