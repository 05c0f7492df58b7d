//! Why an appointment is in the calendar as it is, or is not.

use std::process::ExitCode;

use serde_json::Value;

use crate::backend::{Backend, path};
use crate::output::{self, cell, row};

/// Tells the story of an appointment by its number, or of an event by its id.
pub(super) async fn explain(backend: &Backend, kuerzel: &str, what: &str, json: bool) -> anyhow::Result<ExitCode> {
    let by_number = what.parse::<i64>().is_ok();
    let folder: &[&str] = if by_number { &["appointments"] } else { &["google", "events"] };
    let story = backend.get(&path(&[folder, &[what]].concat(), &[])).await?;
    if json {
        output::json(&story);
        return Ok(ExitCode::SUCCESS);
    }
    let appointment = if by_number { &story } else { &story["appointment"] };
    let mut facts = if by_number { Vec::new() } else { event_facts(&story) };
    if appointment.is_object() {
        facts.extend(appointment_facts(appointment, kuerzel));
    }
    for fact in facts {
        output::say!("· {fact}");
    }
    for note in appointment["notes"].as_array().into_iter().flatten() {
        output::say!("· the last run reports: {}", output::note(note));
    }
    let writes = story["writes"].as_array().cloned().unwrap_or_default();
    if writes.is_empty() {
        output::say!("· nothing was written to it in the last 30 days");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::table(&["when", "side", "did", "fields", "why", "who", "run"]);
    for write in &writes {
        table.add_row(row(write, &["at", "side", "verb", "fields", "reason", "who", "run_id"]));
    }
    output::say!("{table}");
    Ok(ExitCode::SUCCESS)
}

fn event_facts(story: &Value) -> Vec<String> {
    let whose = cell(&story["kuerzel"]);
    vec![match story["state"].as_str().unwrap_or_default() {
        "linked" => format!("the event is in {whose}'s calendar"),
        "unlinked" => format!("the event is in {whose}'s calendar and has no appointment yet: the next run makes it"),
        "left-alone" => {
            format!("the event in {whose}'s calendar is left alone: it is an invitation, a birthday or a working place")
        }
        "unreadable" => format!("the event is in Google but can't be read ({}): mend it there", cell(&story["fault"])),
        "deleted" => format!("the event was deleted in {whose}'s calendar"),
        _ => "no calendar of ours had this event when it was last looked at".to_owned(),
    }]
}

fn appointment_facts(story: &Value, asked_for: &str) -> Vec<String> {
    let whose = cell(&story["kuerzel"]);
    let number = &story["frNr"];
    let is = |name: &str| story[name] == true;
    let mut facts = vec![match story["advoware"].as_str().unwrap_or_default() {
        "found" => format!("appointment {number} is in Advoware, {whose}'s"),
        "unreadable" => {
            format!("appointment {number} is in Advoware but can't be read ({}): mend it there", cell(&story["fault"]))
        }
        "gone" => format!("there is no appointment {number} in Advoware"),
        _ => "Advoware did not answer: what it has is unknown".to_owned(),
    }];
    if let Some(number) = story["came_back_as"].as_i64() {
        facts.push(format!("it was restored and now has the number {number}"));
    }
    if story["advoware"] == "found" {
        if whose != asked_for {
            facts.push(format!("it is not {asked_for}'s, so it does not belong in that calendar"));
        }
        if !is("in_window") {
            facts.push(format!("it lies on {}, outside the days that are synchronised", cell(&story["first_day"])));
        }
        if !is("synchronised") {
            facts.push(format!("{whose} is not synchronised: not active, or left out by CALENDAR_SYNC_DEBUG_EMPLOYEES"));
        }
    }
    match story["event_ids"].as_array().map(Vec::as_slice) {
        Some([]) | None => facts.push("Google does not show it, as last seen".to_owned()),
        Some(ids) => facts.push(format!("Google shows it as event {}", ids.iter().map(cell).collect::<Vec<_>>().join(", "))),
    }
    if is("held") {
        facts.push(format!("a deletion or creation of it waits for a decision: `advosync release {whose} --list`"));
    }
    if story["last_checked_at"].is_string() {
        facts.push(format!("the calendar was last checked at {}", cell(&story["last_checked_at"])));
    }
    facts
}
