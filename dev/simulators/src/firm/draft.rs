use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};
use serde_json::{Map, Value, json};

use crate::advoware::last_change;

/// A series: every so many days, weeks, months or years, until a last day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    pub(super) every: i64,
    /// 1 to 4: days, weeks, months, years.
    pub(super) kind: i64,
    pub(super) until: NaiveDate,
}

/// An appointment before it has a number.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) owner: &'static str,
    pub(super) handler: &'static str,
    pub(super) text: String,
    pub(super) note: Option<String>,
    pub(super) place: Option<String>,
    pub(super) start: NaiveDateTime,
    pub(super) end: NaiveDateTime,
    pub(super) all_day: bool,
    pub(super) private: bool,
    pub(super) series: Option<Series>,
    /// The matter's number and its short name.
    pub(super) matter: Option<(i64, String)>,
    pub(super) needs_journey: bool,
    /// Members that are written otherwise than the rest would have them.
    pub(super) odd: Vec<(&'static str, Value)>,
}

pub(super) fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
}

pub(super) fn on_or_after_working_day(day: NaiveDate) -> NaiveDate {
    match day.weekday() {
        Weekday::Sat => day + TimeDelta::days(2),
        Weekday::Sun => day + TimeDelta::days(1),
        _ => day,
    }
}

/// The last Sunday of a month, when the clocks change.
pub(super) fn last_sunday(year: i32, month: u32) -> NaiveDate {
    let last = NaiveDate::from_ymd_opt(year, month, 31).unwrap_or_default();
    last - TimeDelta::days(i64::from(last.weekday().num_days_from_sunday()))
}

impl Draft {
    pub(super) fn timed(owner: &'static str, text: impl Into<String>, start: NaiveDateTime, length: TimeDelta) -> Self {
        Self {
            owner,
            handler: owner,
            text: text.into(),
            note: None,
            place: None,
            start,
            end: start + length,
            all_day: false,
            private: false,
            series: None,
            matter: None,
            needs_journey: false,
            odd: Vec::new(),
        }
    }

    pub(super) fn all_day(owner: &'static str, text: impl Into<String>, first: NaiveDate, last: NaiveDate) -> Self {
        let mut draft = Self::timed(owner, text, first.and_time(NaiveTime::MIN), TimeDelta::zero());
        draft.end = last.and_time(time(23, 59));
        draft.all_day = true;
        draft
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub(super) fn place(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    pub(super) fn private(mut self) -> Self {
        self.private = true;
        self
    }

    pub(super) fn every(mut self, every: i64, kind: i64, until: NaiveDate) -> Self {
        self.series = Some(Series { every, kind, until });
        self
    }

    pub(super) fn odd(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.odd.push((name, value.into()));
        self
    }

    /// The journey that Advoware generates before an appointment away from the office.
    pub(super) fn journey(&self, number: i64) -> Option<Map<String, Value>> {
        let mut journey = Self::timed(
            self.owner,
            format!("Anfahrt: {}", self.text),
            self.start - TimeDelta::minutes(45),
            TimeDelta::minutes(45),
        );
        journey.place.clone_from(&self.place);
        let mut row = journey.into_row(-number, self.start.date());
        row.insert("bezugFrNr".to_owned(), Value::from(number));
        Some(row)
    }

    pub(super) fn into_row(self, number: i64, today: NaiveDate) -> Map<String, Value> {
        let last_day = self.series.map_or(self.end.date(), |series| series.until);
        let (every, kind) = self.series.map_or((0, 0), |series| (series.every, series.kind));
        let changed = today.and_time(time(7, 30)) - TimeDelta::minutes(number % 9_973);
        let (matter, short_name) = self.matter.unzip();
        let row = json!({
            "frNr": number,
            "text": self.text,
            "notiz": self.note,
            "ort": self.place,
            "datum": self.start.format("%Y-%m-%dT%H:%M:%S").to_string(),
            "uhrzeitVon": self.start.format("%H:%M:%S").to_string(),
            "datumBis": last_day.format("%Y-%m-%dT00:00:00").to_string(),
            "uhrzeitBis": self.end.format("%H:%M:%S").to_string(),
            "dauertermin": i64::from(self.all_day),
            "turnus": every,
            "turnusArt": kind,
            "vorbereitungsDauer": "00:00:00",
            "sb": self.handler,
            "anwalt": self.owner,
            "privat": i64::from(self.private),
            "zuletztGeaendertAm": last_change(changed, usize::try_from(number.unsigned_abs() % 8).unwrap_or(0)),
            "nr": matter.unwrap_or(0),
            "azRubrum": short_name,
            "kategorie": if self.needs_journey { "Gericht" } else { "Allgemein" },
            "erinnerung": 15 * (number.unsigned_abs() % 5),
            "beteiligte": [{"rolle": "SB", "kuerzel": self.handler}],
        });
        let mut members = match row {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        for (name, value) in self.odd {
            members.insert(name.to_owned(), value);
        }
        members
    }
}
