use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Europe::Berlin;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    behaviour::AdvowareBehaviour,
    wire::{self, Object},
};
use crate::clock;

/// A row that lists return just as it is, whatever it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRow {
    /// Whose list has it.
    pub kuerzel: String,
    /// The row.
    pub row: Value,
}

/// Everything the simulated Advoware holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdvowareSnapshot {
    /// Employees, inactive ones too.
    pub employees: Vec<Object>,
    /// Appointments as stored, by rising number.
    pub appointments: Vec<Object>,
    /// Rows that lists return as they are.
    pub raw_rows: Vec<RawRow>,
}

/// Why a write was refused; the text is German, as the server's would be.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("{0}")]
    Invalid(String),
    #[error("Der Termin {0} wurde nicht gefunden.")]
    Missing(i64),
    #[error("Der Termin {0} wurde automatisch erzeugt und kann nicht bearbeitet werden.")]
    Generated(i64),
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) behaviour: AdvowareBehaviour,
    pub(super) employees: Vec<Object>,
    pub(super) appointments: BTreeMap<i64, Object>,
    pub(super) raw_rows: Vec<RawRow>,
    pub(super) tokens: HashMap<String, DateTime<Utc>>,
    pub(super) nonces: HashSet<String>,
    revision: usize,
    highest: i64,
}

pub(super) fn text_of<'a>(fields: &'a Object, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number_of(fields: &Object, name: &str) -> Option<i64> {
    fields.get(name).and_then(Value::as_i64)
}

impl Store {
    pub(super) fn new(behaviour: AdvowareBehaviour, employees: Vec<Object>, appointments: Vec<Object>) -> Self {
        let mut store = Self { behaviour, employees, highest: 1_000, ..Self::default() };
        for appointment in appointments {
            if let Some(number) = number_of(&appointment, "frNr") {
                store.highest = store.highest.max(number);
                store.appointments.insert(number, appointment);
            }
        }
        store
    }

    pub(super) fn snapshot(&self) -> AdvowareSnapshot {
        AdvowareSnapshot {
            employees: self.employees.clone(),
            appointments: self.appointments.values().cloned().collect(),
            raw_rows: self.raw_rows.clone(),
        }
    }

    pub(super) fn token_is_valid(&self, token: &str) -> bool {
        self.tokens.get(token).is_some_and(|expiry| *expiry > clock::now())
    }

    pub(super) fn list(&self, kuerzel: &str, from: NaiveDateTime, to: NaiveDateTime) -> Vec<Value> {
        let own = self
            .appointments
            .values()
            .filter(|fields| text_of(fields, "anwalt") == kuerzel)
            .filter(|fields| wire::overlaps(fields, from, to))
            .map(|fields| wire::render(fields, &self.behaviour, true));
        let raw = self.raw_rows.iter().filter(|raw| raw.kuerzel == kuerzel).map(|raw| raw.row.clone());
        own.chain(raw).collect()
    }

    pub(super) fn create(&mut self, sent: &Object) -> Result<i64, Refused> {
        let mut fields = wire::parse(sent, None).map_err(Refused::Invalid)?;
        if text_of(&fields, "anwalt").is_empty() && text_of(&fields, "sb").is_empty() {
            let reason = "Das Feld 'anwalt' ist erforderlich.";
            return Err(Refused::Invalid(reason.to_owned()));
        }
        self.highest += 1;
        let number = self.highest;
        self.stamp(&mut fields, number);
        self.appointments.insert(number, fields);
        Ok(number)
    }

    /// Replaces the whole appointment: a member that was not sent is lost.
    pub(super) fn replace(&mut self, number: i64, sent: &Object) -> Result<(), Refused> {
        let previous = self.writable(number)?;
        let mut fields = wire::parse(sent, Some(previous)).map_err(Refused::Invalid)?;
        self.stamp(&mut fields, number);
        self.appointments.insert(number, fields);
        Ok(())
    }

    pub(super) fn delete(&mut self, number: i64) -> Result<(), Refused> {
        self.writable(number)?;
        self.appointments.remove(&number);
        // What Advoware generated for an appointment goes with it.
        self.appointments.retain(|own, fields| *own >= 0 || number_of(fields, "bezugFrNr") != Some(number));
        Ok(())
    }

    fn writable(&self, number: i64) -> Result<&Object, Refused> {
        let fields = self.appointments.get(&number).ok_or(Refused::Missing(number))?;
        if number < 0 {
            return Err(Refused::Generated(number));
        }
        Ok(fields)
    }

    fn stamp(&mut self, fields: &mut Object, number: i64) {
        self.revision += 1;
        fields.insert("frNr".to_owned(), Value::from(number));
        let now = clock::now().with_timezone(&Berlin).naive_local();
        let stamp = last_change(now, self.revision);
        fields.insert("zuletztGeaendertAm".to_owned(), Value::String(stamp));
    }
}

/// The time of a change with 0 to 7 digits of a second, as .NET drops trailing zeros.
pub(crate) fn last_change(moment: NaiveDateTime, variation: usize) -> String {
    let whole = moment.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    let digits = variation % 8;
    let seconds_end = whole.find('.').unwrap_or(whole.len());
    let end = if digits == 0 { seconds_end } else { seconds_end + 1 + digits };
    whole[..end.min(whole.len())].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fraction_of_the_last_change_varies() {
        let moment = chrono::NaiveDate::from_ymd_opt(2026, 5, 4)
            .and_then(|day| day.and_hms_nano_opt(9, 8, 7, 123_456_789))
            .expect("a valid moment");
        assert_eq!(last_change(moment, 0), "2026-05-04T09:08:07");
        assert_eq!(last_change(moment, 3), "2026-05-04T09:08:07.123");
        assert_eq!(last_change(moment, 7), "2026-05-04T09:08:07.1234567");
    }
}
