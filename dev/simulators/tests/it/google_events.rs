use advosync_simulators::GoogleEdit;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Google, event, object, send, with};

async fn conditional(google: &Google, method: Method, path: &str, etag: &str, body: &Value) -> Answer {
    send(google.request(method, path).header("If-Match", etag).json(body)).await
}

#[tokio::test]
async fn an_insert_shows_times_in_the_calendars_zone() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let body = json!({
        "summary": "", "visibility": "default",
        "start": {"dateTime": "2026-07-01T07:00:00Z"}, "end": {"dateTime": "2026-07-01T08:00:00Z"},
    });
    let made = google.post(&events, body).await.good();
    assert_eq!(made.body["start"]["dateTime"], "2026-07-01T09:00:00+02:00");
    assert!(made.body.get("summary").is_none() && made.body.get("visibility").is_none());
    for name in ["etag", "iCalUID", "htmlLink", "created", "updated", "organizer", "sequence"] {
        assert!(made.body.get(name).is_some(), "{name}");
    }
    let path = format!("{events}/{}", made.text("id"));
    let seen = google.get(&format!("{path}?timeZone=UTC")).await.good();
    assert_eq!(seen.body["start"]["dateTime"], "2026-07-01T07:00:00Z");
    let known = made.headers["etag"].to_str().expect("an etag").to_owned();
    let again = google.request(Method::GET, &path).header("If-None-Match", known);
    assert_eq!(send(again).await.status, 304);
}

#[tokio::test]
async fn own_ids_are_unique_for_good() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let body = with(event("a", "2026-07-01"), json!({"id": "as0001"}));
    google.post(&events, body.clone()).await.good();
    google.post(&events, body.clone()).await.refused(409, "duplicate");
    assert_eq!(google.delete(&format!("{events}/as0001")).await.status, 204);
    google.post(&events, body.clone()).await.refused(409, "duplicate");
    for bad in ["abcd", "asxyz", "AS0001"] {
        let body = with(body.clone(), json!({"id": bad}));
        google.post(&events, body).await.refused(400, "invalid");
    }
    let other = google.calendar("AW-AI").await;
    google.post(&other, body).await.good();
}

#[tokio::test]
async fn what_cannot_be_held_is_refused() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let base = event("a", "2026-07-01");
    for (changes, reason) in [
        (json!({"summary": "x".repeat(1_025)}), "invalid"),
        (json!({"description": "x".repeat(8_193)}), "invalid"),
        (json!({"start": null}), "required"),
        (json!({"end": {"date": "2026-07-02"}}), "invalid"),
        (json!({"end": {"date": null}}), "required"),
        (json!({"end": {"dateTime": "2026-07-01T08:00:00+02:00"}}), "timeRangeEmpty"),
        (json!({"start": {"dateTime": "2026-07-01T09:00:00"}}), "required"),
        (json!({"start": {"date": "2026-07-01", "dateTime": "2026-07-01T09:00:00Z"}}), "invalid"),
        (json!({"recurrence": ["RRULE:FREQ=OFTEN"]}), "invalid"),
        (json!({"visibility": "secret"}), "invalid"),
    ] {
        google.post(&events, with(base.clone(), changes)).await.refused(400, reason);
    }
    google.simulator.behave(|switches| switches.cuts_silently = true);
    let cut = google.post(&events, with(base, json!({"summary": "x".repeat(1_025)}))).await.good();
    assert_eq!(cut.text("summary").len(), 1_024);
    google.simulator.reset_counters();
    let broken = google.request(Method::POST, &events).body("{");
    send(broken).await.refused(400, "parseError");
    assert_eq!(google.simulator.counters().writes.get("events.insert"), None);
}

#[tokio::test]
async fn writes_can_be_conditional() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let made = google.post(&events, event("a", "2026-07-01")).await.good();
    let path = format!("{events}/{}", made.text("id"));
    let first = made.text("etag");
    let change = event("b", "2026-07-01");
    let updated = conditional(&google, Method::PUT, &path, &first, &change).await.good();
    assert_ne!(updated.text("etag"), first);
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = conditional(&google, method, &path, &first, &change).await;
        answer.refused(412, "conditionNotMet");
    }
    // The same content again is a write like any other.
    let same = google.put(&path, change.clone()).await.good();
    assert_ne!(same.text("etag"), updated.text("etag"));
    let star = conditional(&google, Method::PATCH, &path, "*", &json!({})).await.good();
    let gone = conditional(&google, Method::DELETE, &path, &star.text("etag"), &json!({})).await;
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn an_update_replaces_and_a_patch_merges() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let properties = json!({"private": {"a": "1", "b": "2"}, "shared": {"s": "x"}});
    let body = with(event("a", "2026-07-01"), json!({"location": "hier", "description": "da", "extendedProperties": properties}));
    let made = google.post(&events, body).await.good();
    let path = format!("{events}/{}", made.text("id"));
    let patch = json!({
        "location": null,
        "extendedProperties": {"private": {"a": null, "b": "3", "c": "4"}},
    });
    let patched = google.patch(&path, patch).await.good();
    assert!(patched.body.get("location").is_none());
    assert_eq!(patched.text("description"), "da");
    assert_eq!(patched.body["extendedProperties"], json!({"private": {"b": "3", "c": "4"}, "shared": {"s": "x"}}));
    let replaced = google.put(&path, event("b", "2026-07-02")).await.good();
    assert!(replaced.body.get("description").is_none());
    assert!(replaced.body.get("extendedProperties").is_none());
    assert_eq!(replaced.text("iCalUID"), made.text("iCalUID"));
    assert_eq!(replaced.body["sequence"], 1, "it moved");
    let stale = with(event("c", "2026-07-02"), json!({"sequence": 0}));
    google.put(&path, stale).await.refused(400, "invalid");
}

#[tokio::test]
async fn all_day_to_timed_needs_the_date_cleared() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let day = json!({"start": {"date": "2026-07-01"}, "end": {"date": "2026-07-02"}});
    let made = google.post(&events, day).await.good();
    let path = format!("{events}/{}", made.text("id"));
    let at = |hour: u32| json!({"dateTime": format!("2026-07-01T{hour:02}:00:00+02:00")});
    let patch = json!({"start": at(9), "end": at(10)});
    google.patch(&path, patch).await.refused(400, "invalid");
    let cleared = |hour| with(at(hour), json!({"date": null}));
    let patch = json!({"start": cleared(9), "end": cleared(10)});
    let timed = google.patch(&path, patch).await.good();
    assert!(timed.body["start"].get("date").is_none());
}

#[tokio::test]
async fn a_deleted_event_is_a_tombstone() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let made = google.post(&events, event("a", "2026-07-01")).await.good();
    let path = format!("{events}/{}", made.text("id"));
    assert_eq!(google.delete(&path).await.status, 204);
    let tombstone = google.get(&path).await.good();
    assert_eq!((tombstone.text("status"), tombstone.text("summary")), ("cancelled".into(), "a".into()));
    google.delete(&path).await.refused(410, "deleted");
    google.patch(&path, json!({"status": "confirmed"})).await.refused(403, "forbidden");
    google.simulator.behave(|switches| switches.revival = true);
    let revived = google.put(&path, event("a", "2026-07-01")).await.good();
    assert_eq!(revived.text("status"), "confirmed");
    google.simulator.behave(|switches| switches.bare_get = true);
    google.delete(&path).await;
    assert!(google.get(&path).await.good().body.get("summary").is_none());
    google.simulator.forget_tombstones();
    google.get(&path).await.refused(404, "notFound");
}

#[tokio::test]
async fn a_move_keeps_the_id() {
    let google = Google::start().await;
    let (from, to) = (google.calendar("AW-PB").await, google.calendar("AW-AI").await);
    let body = with(event("a", "2026-07-01"), json!({"id": "as0001", "extendedProperties": {"private": {"k": "v"}}}));
    google.post(&from, body).await.good();
    let destination = to.split('/').nth(1).expect("an id");
    let path = format!("{from}/as0001/move?destination={destination}");
    let moved = google.post(&path, json!({})).await.good();
    assert_eq!(moved.body["organizer"]["email"], destination);
    let left = google.get(&format!("{from}/as0001")).await.good();
    assert_eq!((left.text("status"), left.text("summary")), ("cancelled".into(), String::new()));
    let there = google.get(&format!("{to}/as0001")).await.good();
    assert_eq!(there.body["extendedProperties"]["private"]["k"], "v");
    google.post(&path, json!({})).await.refused(410, "deleted");
    let source = from.split('/').nth(1).expect("an id");
    let back = format!("{to}/as0001/move?destination={source}");
    google.post(&back, json!({})).await.good();
    assert_eq!(google.get(&format!("{from}/as0001")).await.text("summary"), "a");
}

#[tokio::test]
async fn people_restore_copy_and_write_notes() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let properties = json!({"private": {"link": "7"}});
    let body = with(
        event("a", "2026-07-01"),
        json!({"id": "as0001", "description": "eins\nzwei & drei", "extendedProperties": properties}),
    );
    google.post(&events, body).await.good();
    let edit = |edit: GoogleEdit| google.simulator.edit(edit);
    let (calendar, id) = ("AW-PB".to_owned(), "as0001".to_owned());
    edit(GoogleEdit::Delete { calendar: calendar.clone(), id: id.clone() }).expect("deleted");
    edit(GoogleEdit::Restore { calendar: calendar.clone(), id: id.clone() }).expect("restored");
    let to = calendar.clone();
    let copy = edit(GoogleEdit::Copy { calendar: calendar.clone(), id: id.clone(), to }).expect("copied");
    let copied = google.get(&format!("{events}/{copy}")).await.good();
    assert_ne!(copied.text("id"), id);
    assert_eq!(copied.body["extendedProperties"]["private"]["link"], "7");
    let note = GoogleEdit::OpenNoteInEditor { calendar: calendar.clone(), id: id.clone(), note: None };
    edit(note).expect("written");
    let seen = google.get(&format!("{events}/as0001")).await.good();
    assert_eq!(seen.text("description"), "<html-blob>eins<br>zwei &amp; drei</html-blob>");
    let foreign = object(with(
        event("Einladung", "2026-07-03"),
        json!({"organizer": {"email": "x@y"}, "attendees": [{"email": "me", "self": true}]}),
    ));
    let invited = edit(GoogleEdit::AddForeign { calendar, event: foreign }).expect("added");
    let seen = google.get(&format!("{events}/{invited}")).await.good();
    assert_eq!(seen.body["organizer"]["email"], "x@y");
    assert_eq!(google.simulator.counters().total_writes(), 2, "people's edits are no client's writes");
}
