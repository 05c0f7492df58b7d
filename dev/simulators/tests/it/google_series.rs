use advosync_simulators::GoogleEdit;
use serde_json::{Value, json};

use crate::support::{Google, event, object, with};

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().expect("items").iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Four Wednesdays at nine, the last one after the change to winter time.
async fn weekly(google: &Google) -> String {
    let events = google.calendar("AW-PB").await;
    let rule = json!({"id": "serie", "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]});
    google.post(&events, with(event("Jour fixe", "2026-10-07"), rule)).await.good();
    events
}

const SECOND: &str = "serie_20261014T070000Z";
const LAST: &str = "serie_20261028T080000Z";

#[tokio::test]
async fn instances_keep_the_wall_clock() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    let page = google.get(&format!("{events}/serie/instances")).await.good();
    assert_eq!(ids(&page.body), ["serie_20261007T070000Z", SECOND, "serie_20261021T070000Z", LAST]);
    let last = &page.body["items"][3];
    assert_eq!(last["start"]["dateTime"], "2026-10-28T09:00:00+01:00");
    assert_eq!(last["recurringEventId"], "serie");
    assert!(last.get("recurrence").is_none());
    let single = google.get(&format!("{events}/{LAST}")).await.good();
    assert_eq!(single.body["originalStartTime"]["dateTime"], "2026-10-28T09:00:00+01:00");
    google.get(&format!("{events}/serie_20261015T070000Z")).await.refused(404, "notFound");
    let from = "timeMin=2026-10-20T00:00:00Z&timeMax=2026-10-22T00:00:00Z";
    let narrowed = google.get(&format!("{events}/serie/instances?{from}")).await.good();
    assert_eq!(ids(&narrowed.body), ["serie_20261021T070000Z"]);
}

#[tokio::test]
async fn a_list_shows_the_series_or_its_instances() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    assert_eq!(ids(&google.get(&events).await.good().body), ["serie"]);
    let single = google.get(&format!("{events}?singleEvents=true&orderBy=startTime")).await.good();
    assert_eq!(ids(&single.body).len(), 4);
    let late = format!("{events}?timeMin=2026-10-25T00:00:00Z");
    assert_eq!(ids(&google.get(&late).await.good().body), ["serie"]);
    let later = format!("{events}?timeMin=2026-11-25T00:00:00Z");
    assert!(ids(&google.get(&later).await.good().body).is_empty());
}

#[tokio::test]
async fn a_moved_instance_is_an_exception() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    let sync = google.get(&events).await.good().text("nextSyncToken");
    let master = google.get(&format!("{events}/serie")).await.text("etag");
    let moved = event("verlegt", "2026-10-15");
    let exception = google.put(&format!("{events}/{SECOND}"), moved).await.good();
    assert_eq!(exception.body["originalStartTime"]["dateTime"], "2026-10-14T09:00:00+02:00");
    assert_eq!(exception.text("recurringEventId"), "serie");
    let changed = google.get(&format!("{events}?syncToken={sync}")).await.good();
    assert_eq!(ids(&changed.body), [SECOND]);
    assert_eq!(google.get(&format!("{events}/serie")).await.text("etag"), master);
    let single = google.get(&format!("{events}?singleEvents=true")).await.good();
    assert_eq!(ids(&single.body).len(), 4, "it stands in place of its instance");
    let original = "originalStart=2026-10-14T09:00:00%2B02:00";
    let found = google.get(&format!("{events}/serie/instances?{original}")).await.good();
    assert_eq!(found.body["items"][0]["summary"], "verlegt");
}

#[tokio::test]
async fn a_cancelled_instance_belongs_to_its_living_series() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    assert_eq!(google.delete(&format!("{events}/{SECOND}")).await.status, 204);
    google.delete(&format!("{events}/{SECOND}")).await.refused(410, "deleted");
    let listed = google.get(&events).await.good();
    assert_eq!(ids(&listed.body), ["serie", SECOND]);
    let cancelled = &listed.body["items"][1];
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(cancelled["originalStartTime"]["dateTime"], "2026-10-14T09:00:00+02:00");
    assert!(cancelled.get("summary").is_none());
    let single = google.get(&format!("{events}?singleEvents=true")).await.good();
    assert_eq!(ids(&single.body).len(), 3);
    // An instance may be brought back.
    google.put(&format!("{events}/{SECOND}"), event("doch", "2026-10-14")).await.good();
    google.delete(&format!("{events}/serie")).await;
    assert!(ids(&google.get(&events).await.good().body).is_empty());
    let seen = google.get(&format!("{events}/{SECOND}")).await.good();
    assert_eq!(seen.text("status"), "cancelled", "it goes with its series");
}

#[tokio::test]
async fn a_changed_series_drops_exceptions_that_fit_no_more() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    google.put(&format!("{events}/{SECOND}"), event("verlegt", "2026-10-15")).await.good();
    google.patch(&format!("{events}/serie"), json!({"summary": "neu"})).await.good();
    assert_eq!(google.get(&format!("{events}/{SECOND}")).await.text("status"), "confirmed");
    let at = |hour: u32| json!({"dateTime": format!("2026-10-07T{hour:02}:00:00"), "timeZone": "Europe/Berlin"});
    let later = json!({"start": at(15), "end": at(16)});
    google.patch(&format!("{events}/serie"), later).await.good();
    assert_eq!(google.get(&format!("{events}/{SECOND}")).await.text("status"), "cancelled");
}

#[tokio::test]
async fn a_series_needs_a_zone_and_instances_cannot_move() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    let without = json!({
        "start": {"dateTime": "2026-10-07T09:00:00+02:00"},
        "end": {"dateTime": "2026-10-07T10:00:00+02:00"},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"],
    });
    google.post(&events, without).await.refused(400, "required");
    let other = google.calendar("AW-AI").await;
    let destination = other.split('/').nth(1).expect("an id");
    let path = format!("{events}/{SECOND}/move?destination={destination}");
    google.post(&path, json!({})).await.refused(400, "cannotChangeOrganizerOfInstance");
}

#[tokio::test]
async fn whole_days_repeat_as_days() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let body = json!({
        "id": "taglang", "start": {"date": "2026-03-27"}, "end": {"date": "2026-03-28"},
        "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20260330", "EXDATE;VALUE=DATE:20260328"],
    });
    google.post(&events, body).await.good();
    let page = google.get(&format!("{events}/taglang/instances")).await.good();
    assert_eq!(ids(&page.body), ["taglang_20260327", "taglang_20260329", "taglang_20260330"]);
    assert_eq!(page.body["items"][1]["end"]["date"], "2026-03-30");
}

#[tokio::test]
async fn people_cancel_and_move_single_occurrences() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    let (calendar, id) = ("AW-PB".to_owned(), "serie".to_owned());
    let day = |text: &str| text.parse().expect("a day");
    let cancel = GoogleEdit::CancelOccurrence { calendar: calendar.clone(), id: id.clone(), day: day("2026-10-28") };
    assert_eq!(google.simulator.edit(cancel).expect("an edit"), LAST);
    let fields = object(event("verlegt", "2026-10-15"));
    let change = GoogleEdit::ChangeOccurrence { calendar: calendar.clone(), id: id.clone(), day: day("2026-10-14"), fields };
    assert_eq!(google.simulator.edit(change).expect("an edit"), SECOND);
    assert_eq!(google.get(&format!("{events}/{LAST}")).await.text("status"), "cancelled");
    assert_eq!(google.get(&format!("{events}/{SECOND}")).await.text("summary"), "verlegt");
    let wrong = GoogleEdit::CancelOccurrence { calendar, id, day: day("2026-10-15") };
    assert!(google.simulator.edit(wrong).is_err());
}

#[tokio::test]
async fn an_instance_of_a_deleted_series_stays_dead() {
    let google = Google::start().await;
    let events = weekly(&google).await;
    google.delete(&format!("{events}/serie")).await;
    google.put(&format!("{events}/{SECOND}"), event("doch", "2026-10-14")).await.refused(403, "forbidden");
}
