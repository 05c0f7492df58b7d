use serde_json::json;

use advosync_simulators::GoogleEdit;

use crate::support::Google;

#[tokio::test]
async fn calendars_are_made_changed_and_deleted() {
    let google = Google::start().await;
    let body = json!({"summary": "AW-PB", "description": "mark", "timeZone": "Europe/Berlin"});
    let made = google.post("calendars", body).await.good();
    assert_eq!((made.text("description"), made.text("timeZone")), ("mark".into(), "Europe/Berlin".into()));
    let path = format!("calendars/{}", made.text("id"));
    let etag = made.text("etag");
    let patched = google.patch(&path, json!({"summary": "AW-X"})).await.good();
    assert_eq!((patched.text("summary"), patched.text("description")), ("AW-X".into(), "mark".into()));
    assert_ne!(patched.text("etag"), etag);
    let cleared = google.patch(&path, json!({"description": null})).await.good();
    assert!(cleared.body.get("description").is_none());
    google.get(&path).await.good();
    assert_eq!(google.delete(&path).await.status, 204);
    google.get(&path).await.refused(404, "notFound");
    google.get(&format!("{path}/events")).await.refused(404, "notFound");
    google.post("calendars", json!({})).await.refused(400, "required");
    let writes = google.simulator.counters().writes;
    assert_eq!((writes["calendars.insert"], writes["calendars.patch"], writes["calendars.delete"]), (1, 2, 1));
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let google = Google::start().await;
    for number in 0..5 {
        google.calendar(&format!("AW-{number}")).await;
    }
    let mut names = Vec::new();
    let mut page_token = String::new();
    loop {
        let path = format!("users/me/calendarList?maxResults=2&pageToken={page_token}");
        let page = google.get(path.trim_end_matches("&pageToken=")).await.good();
        let items = page.body["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|item| item["summary"].to_string()));
        page_token = page.text("nextPageToken");
        if page_token.is_empty() {
            break;
        }
        assert!(page.body.get("nextSyncToken").is_none());
    }
    assert_eq!(names.len(), 6, "five and the main calendar");
}

#[tokio::test]
async fn sharing_knows_roles_scopes_and_mails() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let acl = events.replace("/events", "/acl");
    let scope = json!({"type": "user", "value": "boss@musterkanzlei.example"});
    let rule = json!({"role": "owner", "scope": scope});
    let made = google.post(&format!("{acl}?sendNotifications=false"), rule.clone()).await.good();
    assert_eq!(made.text("id"), "user:boss@musterkanzlei.example");
    google.post(&acl, rule).await.good();
    assert_eq!(google.simulator.counters().sharing_mails, 1, "mails are the rule");
    let rules = google.get(&acl).await.good();
    assert_eq!(rules.body["items"].as_array().map(Vec::len), Some(2));
    let one = format!("{acl}/user:boss@musterkanzlei.example");
    let patched = google.patch(&one, json!({"role": "reader"})).await.good();
    assert_eq!(patched.text("role"), "reader");
    assert_eq!(google.delete(&one).await.status, 204);
    google.get(&one).await.refused(404, "notFound");
    let own = format!("{acl}/user:{}", google.simulator.account().email());
    google.delete(&own).await.refused(400, "cannotChangeOwnAcl");
    google.post(&acl, json!({"role": "reader", "scope": {"type": "user", "value": "nobody"}})).await.refused(400, "invalid");
}

#[tokio::test]
async fn others_calendars_are_seen_as_far_as_they_are_shared() {
    let google = Google::start().await;
    let id = google
        .simulator
        .edit(GoogleEdit::AddCalendar {
            summary: "Privat".to_owned(),
            owner: "boss@musterkanzlei.example".to_owned(),
            description: None,
        })
        .expect("a calendar");
    let path = format!("calendars/{id}/events");
    google.get(&path).await.refused(404, "notFound");
    google
        .simulator
        .edit(GoogleEdit::Share {
            calendar: id.clone(),
            scope_type: "user".to_owned(),
            scope_value: google.simulator.account().email().to_owned(),
            role: advosync_simulators::Role::Reader,
        })
        .expect("a rule");
    google.get(&path).await.good();
    google.post(&path, crate::support::event("x", "2026-07-01")).await.refused(403, "forbidden");
}

#[tokio::test]
async fn too_many_new_calendars_are_refused() {
    let google = Google::start().await;
    google.simulator.behave(|switches| switches.calendar_creation.count = 2);
    google.calendar("AW-1").await;
    google.calendar("AW-2").await;
    let body = json!({"summary": "AW-3"});
    google.post("calendars", body.clone()).await.refused(403, "quotaExceeded");
    google.simulator.behave(|switches| switches.calendar_creation.enabled = false);
    google.post("calendars", body).await.good();
}
