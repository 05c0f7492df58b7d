//! The client against the simulated Google Calendar, which was written from the same facts by other hands.
use std::collections::BTreeSet;
use std::time::Duration;

use advosync_google::{Dependencies, GoogleClient, GoogleSettings, Grant, Grantee, Right, Role, ServiceAccount, Watch};
use advosync_simulators::{ErrorPage, Fault, FaultRule, GoogleConfig, GoogleSimulator};
use advosync_sync::ports::{Certainty, Conditional, FailureKind, Google as _, Inserted, Object};
use advosync_upstream::RetryPolicy;
use serde_json::json;

use crate::google::object;

async fn google() -> (GoogleSimulator, GoogleClient) {
    let simulator = GoogleSimulator::start(GoogleConfig::default()).await.expect("a simulator");
    let file = tempfile::NamedTempFile::new().expect("a file");
    simulator.write_service_account(file.path()).expect("written");
    let account = ServiceAccount::read(file.path()).expect("a service account");
    let mut settings = GoogleSettings::new(account, simulator.url().parse().expect("a URL"));
    settings.retry = RetryPolicy { base: Duration::from_millis(5), ..RetryPolicy::default() };
    let client = GoogleClient::new(settings, Dependencies::default()).await.expect("a client");
    (simulator, client)
}

async fn calendar(client: &GoogleClient) -> String {
    client.create_calendar("AW-PB", "mark").await.expect("made").id.expect("an id")
}

fn event(id: &str) -> Object {
    object(json!({"id": id, "summary": "Termin", "start": {"dateTime": "2026-03-02T10:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-02T11:00:00", "timeZone": "Europe/Berlin"}}))
}

fn etag(event: &Object) -> &str {
    event["etag"].as_str().expect("an etag")
}

fn created(inserted: Inserted) -> Object {
    let Inserted::Created(event) = inserted else { panic!("the id was free") };
    event
}

#[tokio::test]
async fn an_event_lives_and_dies() {
    let (_simulator, client) = google().await;
    let calendar = calendar(&client).await;
    let first = created(client.insert(&calendar, &event("av0001")).await.expect("inserted"));
    assert_eq!(client.insert(&calendar, &event("av0001")).await, Ok(Inserted::Taken));
    let listing = client.list(&calendar, None).await.expect("a list");
    let token = listing.next_sync_token.expect("a token");
    assert_eq!(listing.items.len(), 1);

    let changed = Object::from_iter(
        [("summary".to_owned(), json!("Neu"))].into_iter().chain(first.clone().into_iter().filter(|(key, _)| key != "summary")),
    );
    let Ok(Conditional::Done(second)) = client.update(&calendar, "av0001", etag(&first), &changed).await else {
        panic!("updated")
    };
    assert_eq!(second["summary"], "Neu");
    assert_eq!(client.update(&calendar, "av0001", etag(&first), &changed).await, Ok(Conditional::Changed));
    assert_eq!(client.delete(&calendar, "av0001", etag(&first)).await, Ok(Conditional::Changed));
    assert_eq!(client.delete(&calendar, "av0001", etag(&second)).await, Ok(Conditional::Done(())));
    let tombstone = client.get(&calendar, "av0001").await.expect("an answer").expect("a tombstone");
    assert_eq!(client.delete(&calendar, "av0001", etag(&tombstone)).await, Ok(Conditional::Missing));
    assert_eq!(client.insert(&calendar, &event("av0001")).await, Ok(Inserted::Taken), "a tombstone keeps its id");

    let listing = client.list(&calendar, Some(&token)).await.expect("a list");
    assert_eq!(listing.items.len(), 1);
    assert!(listing.items[0].get().contains("cancelled"));
    assert_eq!(tombstone["status"], "cancelled");
    assert_eq!(client.get(&calendar, "av0002").await, Ok(None));
}

#[tokio::test]
async fn tokens_of_both_kinds_expire() {
    let (simulator, client) = google().await;
    let calendar = calendar(&client).await;
    let token = client.list(&calendar, None).await.expect("a list").next_sync_token.expect("a token");
    simulator.expire_tokens();
    client.list(&calendar, Some(&token)).await.expect("a list");
    simulator.expire_sync_tokens();
    assert_eq!(client.list(&calendar, Some(&token)).await.expect_err("expired").kind, FailureKind::TokenExpired);
    assert_eq!(
        client.list("nobody@group.calendar.google.com", None).await.expect_err("missing").kind,
        FailureKind::CalendarMissing
    );
}

#[tokio::test]
async fn a_calendar_is_made_shared_watched_and_described() {
    let (simulator, client) = google().await;
    let id = calendar(&client).await;
    let grant = &Grant { grantee: Grantee::User("kanzlei@example.org".into()), role: Role::Owner };
    let former = BTreeSet::from([grant.grantee.digest()]);
    for (grants, granted, revoked) in
        [(std::slice::from_ref(grant), 1, 0), (std::slice::from_ref(grant), 0, 0), (&[], 0, 1), (&[], 0, 0)]
    {
        let sharing = client.share(&id, grants, &former).await.expect("shared");
        assert_eq!((sharing.granted, sharing.revoked, sharing.others), (granted, revoked, 0));
    }
    client.describe_calendar(&id, "another mark").await.expect("described");
    let listed = client.calendars().await.expect("a list");
    let ours = listed.iter().find(|calendar| calendar.id.as_deref() == Some(&id)).expect("it is listed");
    assert_eq!((ours.summary.as_deref(), ours.description.as_deref()), (Some("AW-PB"), Some("another mark")));

    let address = format!("{}push", simulator.url());
    let watch = Watch { channel_id: "ch-1", token: "mac".to_owned().into(), address: &address, ttl: Duration::from_hours(1) };
    let watched = client.watch(&id, &watch).await.expect("a channel");
    assert!(watched.expires_at.is_some());
    client.stop("ch-1", &watched.resource_id).await.expect("stopped");
    client.stop("ch-1", &watched.resource_id).await.expect("stopped already");
}

#[tokio::test]
async fn rights_are_proven_without_writing() {
    let (simulator, client) = google().await;
    let id = calendar(&client).await;
    let before = simulator.counters().writes;
    for right in Right::ALL {
        assert_eq!(client.prove(right, &id).await, Ok(()), "{right:?}");
    }
    assert_eq!(simulator.counters().writes, before);
}

#[tokio::test]
async fn a_series_shows_its_instances_in_the_window() {
    let (_simulator, client) = google().await;
    let calendar = calendar(&client).await;
    let mut series = event("av0003");
    series.insert("recurrence".into(), json!(["RRULE:FREQ=WEEKLY;UNTIL=20260601T000000Z"]));
    client.insert(&calendar, &series).await.expect("inserted");
    let at = |text: &str| text.parse().expect("a time");
    let instances =
        client.instances(&calendar, "av0003", at("2026-03-02T00:00:00Z"), at("2026-03-30T00:00:00Z")).await.expect("instances");
    assert_eq!(instances.len(), 4);
}

#[tokio::test]
async fn a_fifth_of_all_answers_is_faulty_and_nothing_is_doubled() {
    let (simulator, client) = google().await;
    let calendar = calendar(&client).await;
    for fault in [
        Fault::Status {
            status: 403,
            page: ErrorPage::Json,
            reason: Some("rateLimitExceeded".into()),
            retry_after: None,
            after_work: false,
        },
        Fault::Status { status: 429, page: ErrorPage::Json, reason: None, retry_after: None, after_work: false },
        Fault::Status { status: 500, page: ErrorPage::Json, reason: None, retry_after: None, after_work: false },
        Fault::Status { status: 503, page: ErrorPage::Html, reason: None, retry_after: None, after_work: false },
        Fault::DropBefore,
        Fault::DropAfter,
    ] {
        simulator.inject(FaultRule::new(fault).probability(0.2 / 6.0)).expect("a rule");
    }
    for number in 0..60 {
        let id = format!("av{number:04}");
        client.for_run(false).insert(&calendar, &event(&id)).await.expect("there, however often it was sent");
        let shown = client.for_run(false).get(&calendar, &id).await.expect("an answer").expect("an event");
        match client.for_run(false).delete(&calendar, &id, etag(&shown)).await {
            Ok(outcome) => assert_eq!(outcome, Conditional::Done(()), "a certain failure is repeated, an uncertain one is not"),
            Err(failure) => assert_eq!(failure.certainty, Certainty::Unknown),
        }
    }
    assert_eq!(client.for_run(false).list(&calendar, None).await.expect("a list").items.len(), 60);
}
