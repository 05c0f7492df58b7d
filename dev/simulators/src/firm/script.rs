//! A morning in the firm: edits on both sides, as people make them.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    advoware::{AdvowareEdit, AdvowareSnapshot},
    google::{GoogleEdit, GoogleSnapshot},
};

/// An edit on one of the two sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "side", rename_all = "snake_case")]
pub enum Edit {
    /// In Advoware.
    Advoware(AdvowareEdit),
    /// In Google Calendar.
    Google(GoogleEdit),
}

/// An edit with a line that tells what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptedEdit {
    /// One line without any appointment's text.
    pub title: String,
    /// The edit.
    pub edit: Edit,
}

/// An appointment of Advoware with its event in Google.
#[derive(Clone, Debug)]
struct Pair {
    number: i64,
    kuerzel: String,
    start: NaiveDateTime,
    end: NaiveDateTime,
    calendar: String,
    event: String,
}

struct Script {
    random: StdRng,
    pairs: Vec<Pair>,
    edits: Vec<ScriptedEdit>,
}

/// A believable set of edits to both sides, each to another appointment except where two people
/// touch different fields of the same one. Both snapshots must have been synchronised before.
pub fn edits(seed: u64, advoware: &AdvowareSnapshot, google: &GoogleSnapshot, today: NaiveDate) -> Vec<ScriptedEdit> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut pairs = pairs(advoware, google, today);
    pairs.shuffle(&mut random);
    let mut script = Script { random, pairs, edits: Vec::new() };
    for _ in 0..3 {
        script.hearing_moved();
        script.note_and_place();
    }
    script.shortened_in_google();
    script.retitled_in_google();
    script.note_through_the_editor();
    script.deleted_in_advoware();
    script.deleted_in_google();
    script.created_in_advoware(today);
    script.created_in_google(today);
    script.moved_to_a_colleague();
    script.dragged_to_a_colleague();
    script.edits
}

/// Timed single appointments ahead that both sides show with equal title and start.
fn pairs(advoware: &AdvowareSnapshot, google: &GoogleSnapshot, today: NaiveDate) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for calendar in &google.calendars {
        let Some(kuerzel) = calendar.summary.strip_prefix("AW-") else {
            continue;
        };
        let rows: Vec<(&Map<String, Value>, NaiveDateTime, NaiveDateTime)> = advoware
            .appointments
            .iter()
            .filter(|row| row.get("anwalt").and_then(Value::as_str) == Some(kuerzel))
            .filter_map(|row| plain_times(row, today).map(|(start, end)| (row, start, end)))
            .collect();
        for event in &calendar.events {
            let matching = rows.iter().find(|(row, start, _)| {
                row.get("text") == event.get("summary")
                    && event
                        .get("start")
                        .and_then(|start| start.get("dateTime")?.as_str())
                        .is_some_and(|shown| shown.starts_with(&iso(*start)))
            });
            if let (Some((row, start, end)), "confirmed") = (matching, word(event, "status")) {
                pairs.push(Pair {
                    number: row.get("frNr").and_then(Value::as_i64).unwrap_or_default(),
                    kuerzel: kuerzel.to_owned(),
                    start: *start,
                    end: *end,
                    calendar: calendar.id.clone(),
                    event: word(event, "id").to_owned(),
                });
            }
        }
    }
    pairs
}

fn word<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn iso(moment: NaiveDateTime) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Start and end of an appointment that is timed, single, on one day and ahead.
fn plain_times(row: &Map<String, Value>, today: NaiveDate) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let text = |name: &str| row.get(name)?.as_str();
    let whole = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or(0);
    if whole("frNr") <= 0 || whole("turnus") != 0 || whole("dauertermin") != 0 {
        return None;
    }
    if text("text").is_none_or(str::is_empty) || text("notiz").unwrap_or("").contains('<') {
        return None;
    }
    let day = text("datum")?.get(..10)?;
    if text("datumBis")?.get(..10)? != day {
        return None;
    }
    let at = |clock: &str| NaiveDateTime::parse_from_str(&format!("{day}T{clock}"), "%Y-%m-%dT%H:%M:%S").ok();
    let (start, end) = (at(text("uhrzeitVon")?)?, at(text("uhrzeitBis")?)?);
    let ahead = start.date() > today + TimeDelta::days(1) && start.date() < today + TimeDelta::days(400);
    (ahead && end > start).then_some((start, end))
}

fn advoware_times(start: NaiveDateTime, end: NaiveDateTime) -> Map<String, Value> {
    object(json!({
        "datum": iso(start),
        "uhrzeitVon": start.format("%H:%M:%S").to_string(),
        "datumBis": end.format("%Y-%m-%dT00:00:00").to_string(),
        "uhrzeitBis": end.format("%H:%M:%S").to_string(),
    }))
}

fn google_moment(at: NaiveDateTime) -> Value {
    json!({"dateTime": iso(at), "timeZone": "Europe/Berlin"})
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

impl Script {
    fn say(&mut self, title: String, edit: Edit) {
        self.edits.push(ScriptedEdit { title, edit });
    }

    fn change_in_advoware(&mut self, title: String, fr_nr: i64, fields: Map<String, Value>) {
        self.say(title, Edit::Advoware(AdvowareEdit::Change { fr_nr, fields }));
    }

    fn change_in_google(&mut self, title: String, pair: &Pair, fields: Value) {
        let edit = GoogleEdit::Change { calendar: pair.calendar.clone(), id: pair.event.clone(), fields: object(fields) };
        self.say(title, Edit::Google(edit));
    }

    fn hearing_moved(&mut self) {
        let Some(pair) = self.pairs.pop() else { return };
        let days = TimeDelta::days(7 * self.random.random_range(1..4));
        let fields = advoware_times(pair.start + days, pair.end + days);
        let title = format!("Advoware · {} · Termin um Wochen verlegt", pair.kuerzel);
        self.change_in_advoware(title, pair.number, fields);
    }

    /// The same appointment, another field on each side: both must survive.
    fn note_and_place(&mut self) {
        let Some(pair) = self.pairs.pop() else { return };
        let title = format!("Advoware · {} · Notiz ergänzt", pair.kuerzel);
        let fields = json!({"notiz": "Neue Unterlagen sind da.\r\nBitte vorher lesen."});
        self.change_in_advoware(title, pair.number, object(fields));
        let title = format!("Google · {} · Ort desselben Termins geändert", pair.kuerzel);
        self.change_in_google(title, &pair, json!({"location": "Besprechungsraum 2 (Gartenseite)"}));
    }

    fn shortened_in_google(&mut self) {
        let Some(pair) = self.pairs.pop() else { return };
        let end = pair.start + TimeDelta::minutes(20);
        let title = format!("Google · {} · Termin gekürzt", pair.kuerzel);
        self.change_in_google(title, &pair, json!({"end": google_moment(end)}));
    }

    fn retitled_in_google(&mut self) {
        let Some(pair) = self.pairs.pop() else { return };
        let title = format!("Google · {} · Titel geändert", pair.kuerzel);
        self.change_in_google(title, &pair, json!({"summary": "Vergleichsgespräch (vertraulich)"}));
    }

    fn note_through_the_editor(&mut self) {
        let Some(pair) = self.pairs.pop() else { return };
        let title = format!("Google · {} · Notiz im Editor geschrieben", pair.kuerzel);
        let edit = GoogleEdit::OpenNoteInEditor {
            calendar: pair.calendar,
            id: pair.event,
            note: Some("Unterlagen:\n- Vollmacht\n- Ausweis & Belege".to_owned()),
        };
        self.say(title, Edit::Google(edit));
    }

    fn deleted_in_advoware(&mut self) {
        let Some(pair) = self.pairs.pop() else { return };
        let title = format!("Advoware · {} · Termin gelöscht", pair.kuerzel);
        let edit = AdvowareEdit::Delete { fr_nr: pair.number };
        self.say(title, Edit::Advoware(edit));
    }

    fn deleted_in_google(&mut self) {
        let Some(pair) = self.pairs.pop() else { return };
        let title = format!("Google · {} · Termin gelöscht", pair.kuerzel);
        let edit = GoogleEdit::Delete { calendar: pair.calendar, id: pair.event };
        self.say(title, Edit::Google(edit));
    }

    fn created_in_advoware(&mut self, today: NaiveDate) {
        let Some(pair) = self.pairs.last().cloned() else {
            return;
        };
        let start = today.and_time(super::draft::time(11, 0)) + TimeDelta::days(2);
        let mut fields = advoware_times(start, start + TimeDelta::hours(1));
        fields.extend(object(json!({
            "text": "Eilantrag besprechen",
            "ort": "Büro",
            "vorbereitungsDauer": "00:00:00",
            "dauertermin": 0,
            "anwalt": pair.kuerzel,
            "sb": pair.kuerzel,
        })));
        let title = format!("Advoware · {} · neuer Termin", pair.kuerzel);
        self.say(title, Edit::Advoware(AdvowareEdit::Add { fields }));
    }

    fn created_in_google(&mut self, today: NaiveDate) {
        let Some(pair) = self.pairs.last().cloned() else {
            return;
        };
        let start = today.and_time(super::draft::time(15, 30)) + TimeDelta::days(3);
        let event = object(json!({
            "summary": "Mandantin ruft zurück 📞",
            "description": "Bitte Akte bereitlegen",
            "location": "unterwegs",
            "start": google_moment(start),
            "end": google_moment(start + TimeDelta::minutes(30)),
        }));
        let title = format!("Google · {} · neuer Mandantentermin", pair.kuerzel);
        let calendar = pair.calendar;
        self.say(title, Edit::Google(GoogleEdit::Add { calendar, event }));
    }

    /// An appointment and a colleague to whom it can go.
    fn handover(&mut self) -> Option<(Pair, Pair)> {
        let pair = self.pairs.pop()?;
        let colleague = self.pairs.iter().find(|other| other.kuerzel != pair.kuerzel)?.clone();
        Some((pair, colleague))
    }

    fn moved_to_a_colleague(&mut self) {
        let Some((pair, colleague)) = self.handover() else { return };
        let title = format!("Advoware · {} → {} · Termin abgegeben", pair.kuerzel, colleague.kuerzel);
        let edit = AdvowareEdit::Reassign { fr_nr: pair.number, kuerzel: colleague.kuerzel };
        self.say(title, Edit::Advoware(edit));
    }

    fn dragged_to_a_colleague(&mut self) {
        let Some((pair, colleague)) = self.handover() else { return };
        let title = format!("Google · {} → {} · Termin in anderen Kalender gezogen", pair.kuerzel, colleague.kuerzel);
        let edit = GoogleEdit::Move { calendar: pair.calendar, id: pair.event, to: colleague.calendar };
        self.say(title, Edit::Google(edit));
    }
}
