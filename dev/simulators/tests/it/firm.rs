//! The generated firm inside the simulators, its edits, and the witness.

use advosync_simulators::{
    AdvowareConfig, AdvowareControl, DifferenceKind, Edit, Firm, FirmConfig, GoogleConfig, GoogleControl, GoogleEdit, Window,
    compare, edits,
};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::support::{Advoware, Google, object};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 15).expect("a day")
}

async fn started(config: FirmConfig) -> (Advoware, Google) {
    let firm = Firm::generate(&config);
    let advoware = Advoware::with(AdvowareConfig {
        employees: firm.employees,
        appointments: firm.appointments,
        ..AdvowareConfig::default()
    })
    .await;
    let google = Google::with(GoogleConfig { calendars: firm.calendars, ..GoogleConfig::default() }).await;
    (advoware, google)
}

#[tokio::test]
async fn the_whole_firm_can_be_listed() {
    let (advoware, google) = started(FirmConfig::new(today())).await;
    let employees = advoware.get("Mitarbeiter?aktiv=true").await.good().body;
    let employees = employees.as_array().expect("an array").clone();
    assert_eq!(employees.len(), 12);
    let mut rows = 0;
    for employee in &employees {
        let kuerzel = employee["kuerzel"].as_str().expect("a name");
        rows += advoware.list(kuerzel, "2025-01-01", "2030-01-01").await.len();
    }
    assert!(rows > 2_500, "{rows} with those that Advoware generates");
    let list = google.get("users/me/calendarList").await.good().body;
    let names: Vec<&str> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|item| item["summary"].as_str())
        .filter(|name| name.starts_with("AW-"))
        .collect();
    assert_eq!(names.len(), 4);
}

/// An event that shows just what a plain appointment does.
fn twin(row: &Map<String, Value>) -> Option<Map<String, Value>> {
    let plain = row["frNr"].as_i64() > Some(0)
        && row["dauertermin"] == 0
        && row["turnus"] == 0
        && row["uhrzeitBis"].as_str().is_some_and(|time| time.len() == 8 && time != "00:00:00")
        && row["uhrzeitVon"].as_str().is_some_and(|time| time.len() == 8)
        && row["datum"].as_str()?.get(..10) == row["datumBis"].as_str()?.get(..10);
    let moment = |time: &Value| {
        json!({
            "dateTime": format!("{}T{}", &row["datum"].as_str().unwrap_or_default()[..10], time.as_str().unwrap_or_default()),
            "timeZone": "Europe/Berlin",
        })
    };
    let note = row["notiz"].as_str().map(|note| {
        let beginning: String = note.chars().take(8_000).collect();
        beginning.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    });
    plain.then(|| {
        object(json!({
            "summary": row["text"], "description": note, "location": row["ort"],
            "visibility": if row["privat"] == 1 { "private" } else { "default" },
            "start": moment(&row["uhrzeitVon"]), "end": moment(&row["uhrzeitBis"]),
        }))
    })
}

#[tokio::test]
async fn edits_are_possible_and_the_witness_sees_them() {
    let config = FirmConfig { employees: 3, appointments: 150, ..FirmConfig::new(today()) };
    let mut firm = Firm::generate(&config);
    firm.appointments.retain(|row| twin(row).is_some());
    let advoware = Advoware::with(AdvowareConfig {
        employees: firm.employees.clone(),
        appointments: firm.appointments.clone(),
        ..AdvowareConfig::default()
    })
    .await;
    let google = Google::start().await;
    for kuerzel in ["PB", "AI", "SB"] {
        google.calendar(&format!("AW-{kuerzel}")).await;
    }
    for row in &firm.appointments {
        let calendar = format!("AW-{}", row["anwalt"].as_str().unwrap_or_default());
        let event = twin(row).expect("a plain appointment");
        google.simulator.edit(GoogleEdit::Add { calendar, event }).expect("an event");
    }
    let window = Window::around(today(), 30, 730);
    let (ours, theirs) = (advoware.simulator.state(), google.simulator.state());
    assert_eq!(compare(&ours, &theirs, window), []);

    let script = edits(5, &ours, &theirs, today());
    assert_eq!(script, edits(5, &ours, &theirs, today()), "the same seed, the same edits");
    assert!(script.len() >= 15, "{}", script.len());
    let advoware_control = AdvowareControl::new(&advoware.simulator.url());
    let google_control = GoogleControl::new(&google.simulator.token_uri().replace("/token", "/"));
    for scripted in &script {
        match &scripted.edit {
            Edit::Advoware(edit) => advoware_control.edit(edit).await.expect(&scripted.title),
            Edit::Google(edit) => google_control.edit(edit).await.expect(&scripted.title),
        };
    }
    let (ours, theirs) = (advoware.simulator.state(), google.simulator.state());
    let differences = compare(&ours, &theirs, window);
    for kind in [DifferenceKind::MissingInGoogle, DifferenceKind::MissingInAdvoware, DifferenceKind::Different] {
        assert!(differences.iter().any(|one| one.kind == kind), "no {kind:?}");
    }
    let both =
        differences.iter().filter(|one| one.fields.contains(&"notiz".to_owned()) && one.fields.contains(&"ort".to_owned()));
    assert_eq!(both.count(), 3, "a note here and a place there of the same appointment");
}
