use advosync_sync::ports::{Certainty, Conditional, FailureKind, Google as _, Inserted};
use advosync_upstream::fake::{Answer, Asked};
use serde_json::json;

use crate::google::{EVENTS, Google, object, refusal};

#[tokio::test]
async fn a_list_merges_pages_and_keeps_every_item_as_it_came() {
    let google = Google::open(|asked: &Asked| match asked.param("pageToken") {
        "" => Answer::text(200, r#"{"items": [{"id": "a", "start": {"dateTime": "garbage"}}, 7], "nextPageToken": "p2"}"#),
        "p2" => Answer::text(200, r#"{"nextPageToken": "p3"}"#),
        _ => Answer::text(200, r#"{"items": [{"id": "b"}, {"id": "a", "later": true}], "nextSyncToken": "s1"}"#),
    })
    .await;
    let listing = google.client().await.list("cal", None).await.expect("a list");
    let items: Vec<_> = listing.items.iter().map(|item| item.get()).collect();
    assert_eq!(items, [r#"{"id": "a", "later": true}"#, "7", r#"{"id": "b"}"#]);
    assert_eq!(listing.next_sync_token.as_deref(), Some("s1"));
    for asked in google.asked() {
        assert_eq!(
            (asked.path.as_str(), asked.param("showDeleted"), asked.param("singleEvents"), asked.param("maxResults")),
            (EVENTS, "true", "false", "2500")
        );
        assert!(!asked.query.contains_key("syncToken"));
        assert!(asked.param("quotaUser").len() == 32 && !asked.param("quotaUser").contains("cal"));
    }
}

#[tokio::test]
async fn an_incremental_list_has_the_same_parameters() {
    let google = Google::saying(200, json!({"items": [], "nextSyncToken": "s2"})).await;
    let client = google.client().await;
    client.list("cal", None).await.expect("a list");
    assert_eq!(client.list("cal", Some("s1")).await.expect("a list").next_sync_token.as_deref(), Some("s2"));
    let mut queries: Vec<_> = google.asked().into_iter().map(|asked| asked.query).collect();
    assert_eq!(queries[1].remove("syncToken").as_deref(), Some("s1"));
    assert_eq!(queries[0], queries[1]);
}

#[tokio::test]
async fn a_sync_token_ends_and_a_calendar_can_be_missing() {
    for (answer, kind) in [
        (refusal(410, "fullSyncRequired"), FailureKind::TokenExpired),
        (refusal(410, "updatedMinTooLongAgo"), FailureKind::TokenExpired),
        (refusal(400, "invalid"), FailureKind::TokenExpired),
        (refusal(404, "notFound"), FailureKind::CalendarMissing),
        (Answer::html(404), FailureKind::Unavailable),
        (Answer::html(410), FailureKind::Unavailable),
    ] {
        let google = Google::open(move |_| answer.clone()).await;
        assert_eq!(google.client().await.list("cal", Some("s")).await.expect_err("no list").kind, kind);
    }
    let google = Google::open(|_| refusal(400, "invalid")).await;
    assert_eq!(google.client().await.list("cal", None).await.expect_err("no list").kind, FailureKind::Refused);
}

#[tokio::test]
async fn an_event_is_there_cancelled_or_unknown() {
    let tombstone = object(json!({"id": "e1", "status": "cancelled"}));
    let google = Google::saying(200, json!(tombstone)).await;
    assert_eq!(google.client().await.get("cal", "e1").await, Ok(Some(tombstone)));
    assert_eq!(google.asked()[0].path, format!("{EVENTS}/e1"));
    let google = Google::open(|_| refusal(404, "notFound")).await;
    assert_eq!(google.client().await.get("cal", "e1").await, Ok(None));
    let google = Google::open(|_| Answer::html(404)).await;
    assert_eq!(google.client().await.get("cal", "e1").await.expect_err("a page").kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn an_insert_with_an_id_of_our_own_is_created_or_taken() {
    let event = object(json!({"id": "aw1", "summary": "x"}));
    let shown = object(json!({"id": "aw1", "etag": "\"1\""}));
    let google = Google::saying(200, json!(shown)).await;
    assert_eq!(google.client().await.insert("cal", &event).await, Ok(Inserted::Created(shown)));
    let asked = &google.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), asked.param("sendUpdates"), asked.json()),
        ("POST", EVENTS, "none", json!(event))
    );

    let google = Google::open(|_| refusal(409, "duplicate")).await;
    assert_eq!(google.client().await.insert("cal", &event).await, Ok(Inserted::Taken));
    let google = Google::open(|_| refusal(404, "notFound")).await;
    assert_eq!(google.client().await.insert("cal", &event).await.expect_err("no calendar").kind, FailureKind::CalendarMissing);
}

#[tokio::test]
async fn writes_carry_their_precondition() {
    let event = object(json!({"id": "aw1", "summary": null}));
    let google = Google::saying(200, json!({"id": "aw1", "etag": "\"2\""})).await;
    let client = google.client().await;
    assert_eq!(
        client.update("cal", "aw1", "\"1\"", &event).await,
        Ok(Conditional::Done(object(json!({"id": "aw1", "etag": "\"2\""}))))
    );
    assert_eq!(client.delete("cal", "aw1", "\"2\"").await, Ok(Conditional::Done(())));
    let asked = google.asked();
    assert_eq!(
        (asked[0].method.as_str(), asked[0].headers["if-match"].as_str(), asked[0].json()),
        ("PUT", "\"1\"", json!(event))
    );
    assert_eq!((asked[1].method.as_str(), asked[1].headers["if-match"].as_str()), ("DELETE", "\"2\""));
    assert!(asked.iter().all(|asked| asked.path == format!("{EVENTS}/aw1") && asked.param("sendUpdates") == "none"));
}

#[tokio::test]
async fn a_precondition_that_failed_and_an_event_that_is_gone_are_answers() {
    for (status, reason) in [(412, "conditionNotMet"), (404, "notFound"), (410, "deleted")] {
        let google = Google::open(move |_| refusal(status, reason)).await;
        let client = google.client().await;
        let (updated, deleted) =
            (client.update("cal", "e", "\"1\"", &object(json!({}))).await, client.delete("cal", "e", "\"1\"").await);
        if status == 412 {
            assert_eq!((updated, deleted), (Ok(Conditional::Changed), Ok(Conditional::Changed)));
        } else {
            assert_eq!((updated, deleted), (Ok(Conditional::Missing), Ok(Conditional::Missing)));
        }
        assert_eq!(google.asked().len(), 2);
    }
}

#[tokio::test]
async fn an_event_that_google_refuses_is_that_events_trouble_alone() {
    for (status, reason) in [(400, "invalid"), (403, "forbidden"), (403, "forbiddenForNonOrganizer"), (413, "uploadTooLarge")] {
        let google = Google::open(move |_| refusal(status, reason)).await;
        let failure = google.client().await.update("cal", "e", "\"1\"", &object(json!({}))).await.expect_err("refused");
        assert_eq!(
            (failure.kind, failure.certainty, failure.code),
            (FailureKind::Refused, Certainty::NotDone, format!("google.events.update: {status}"))
        );
    }
    for reason in ["insufficientPermissions", "accessNotConfigured", "requiredAccessLevel"] {
        let google = Google::open(move |_| refusal(403, reason)).await;
        let failure = google.client().await.insert("cal", &object(json!({}))).await.expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Denied, "{reason}");
    }
    let google = Google::open(|_| refusal(403, "forbidden")).await;
    assert_eq!(google.client().await.list("cal", None).await.expect_err("refused").kind, FailureKind::Denied);
}

#[tokio::test]
async fn instances_are_those_that_would_have_been_in_the_window() {
    let google = Google::saying(
        200,
        json!({"items": [
            {"id": "m_1", "originalStartTime": {"dateTime": "2026-03-10T09:00:00+01:00"}},
            {"id": "m_2", "originalStartTime": {"dateTime": "2026-04-10T09:00:00+02:00"}, "status": "cancelled"},
        ]}),
    )
    .await;
    let at = |text: &str| text.parse().expect("a time");
    let instances = google
        .client()
        .await
        .instances("cal", "m", at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"))
        .await
        .expect("instances");
    assert_eq!(instances.len(), 1);
    let asked = &google.asked()[0];
    assert_eq!((asked.path.clone(), asked.param("showDeleted")), (format!("{EVENTS}/m/instances"), "true"));
    assert!(asked.param("timeMin") < "2026-03-01" && asked.param("timeMax") > "2026-04-01");
}

#[tokio::test]
async fn a_strange_calendar_id_stays_one_segment() {
    let google = Google::saying(200, json!({"items": []})).await;
    google.client().await.list("de.german#holiday@group.v.calendar.google.com?x/y", None).await.expect("a list");
    assert_eq!(google.asked()[0].path, "/calendar/v3/calendars/de.german%23holiday@group.v.calendar.google.com%3Fx%2Fy/events");
}
