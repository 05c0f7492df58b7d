use advosync_simulators::{AdvowareControl, AdvowareEdit, ControlError, Fault, FaultRule, GoogleControl, GoogleEdit};
use serde_json::json;

use crate::support::{Advoware, Google, appointment, event, object};

#[tokio::test]
async fn advoware_is_controlled_over_http() {
    let advoware = Advoware::start().await;
    let control = AdvowareControl::new(&advoware.simulator.url());
    let add = AdvowareEdit::Add { fields: object(appointment("2026-07-01")) };
    let number = control.edit(&add).await.expect("an edit")["frNr"].as_i64().expect("a number");
    let change = AdvowareEdit::Change { fr_nr: number, fields: object(json!({"ort": "Saal 3"})) };
    control.edit(&change).await.expect("an edit");
    let move_on = AdvowareEdit::Reassign { fr_nr: number, kuerzel: "AI".to_owned() };
    control.edit(&move_on).await.expect("an edit");
    let raw = AdvowareEdit::AddRawRow { kuerzel: "AI".to_owned(), row: json!({"frNr": "Unsinn", "datum": 7}) };
    control.edit(&raw).await.expect("an edit");
    let rows = advoware.list("AI", "2026-01-01", "2027-01-01").await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["ort"], "Saal 3");
    assert_eq!(rows[1], json!({"frNr": "Unsinn", "datum": 7}));
    let rename = AdvowareEdit::RenameEmployee { kuerzel: "AI".to_owned(), to: "AIX".to_owned() };
    control.edit(&rename).await.expect("an edit");
    let state = control.state().await.expect("a state");
    assert_eq!(state.appointments[0]["anwalt"], "AIX");
    assert_eq!(state, advoware.simulator.state());
    let missing = control.edit(&AdvowareEdit::Delete { fr_nr: 1 }).await;
    assert!(matches!(missing, Err(ControlError::Refused { status: 409, .. })));
    assert_eq!(control.counters().await.expect("counters").total_writes(), 0);
}

#[tokio::test]
async fn google_is_controlled_over_http() {
    let google = Google::start().await;
    let control = GoogleControl::new(&google.simulator.token_uri().replace("/token", "/"));
    google.calendar("AW-PB").await;
    let add = GoogleEdit::Add { calendar: "AW-PB".to_owned(), event: object(event("a", "2026-07-01")) };
    control.edit(&add).await.expect("an edit");
    let state = control.state().await.expect("a state");
    let calendar = state.calendars.iter().find(|calendar| calendar.summary == "AW-PB").expect("a calendar");
    assert_eq!(calendar.events.len(), 1);
    control.behave(&json!({"quota": {"per_user": 2}})).await.expect("a switch");
    assert!(control.behave(&json!({"quota": {"per_user": "x"}})).await.is_err());
    google.get("users/me/calendarList").await.good();
    google.get("users/me/calendarList").await.refused(403, "rateLimitExceeded");
    control.behave(&json!({"quota": {"enabled": false}})).await.expect("a switch");
    control.inject(&FaultRule::new(Fault::DropBefore)).await.expect("a fault");
    assert!(google.request(reqwest::Method::GET, "x").send().await.is_err());
    control.clear_faults().await.expect("no faults");
    control.reset_counters().await.expect("no counts");
    control.expire_tokens().await.expect("no tokens");
    control.expire_sync_tokens().await.expect("no sync tokens");
    control.forget_tombstones().await.expect("no tombstones");
    google.get("users/me/calendarList").await.refused(401, "authError");
    assert_eq!(control.counters().await.expect("counters").total_requests(), 1);
}
