//! A believable law firm from a seed: employees, their appointments, and edits to them.

mod draft;
mod events;
mod everyday;
mod people;
mod script;
mod special;
mod texts;

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Map, Value};

use draft::Draft;
use people::Person;

pub use script::{Edit, ScriptedEdit, edits};

/// What a generated firm is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirmConfig {
    /// The same seed and day make the same firm.
    pub seed: u64,
    /// The day around which its appointments lie.
    pub today: NaiveDate,
    /// How many active employees it has, at most 12.
    pub employees: usize,
    /// How many appointments it has in all, special ones included.
    pub appointments: usize,
    /// Whether series in Google have rules that Advoware cannot hold.
    pub difficult_series: bool,
}

impl FirmConfig {
    /// The demonstration's firm: 12 employees with 2,500 appointments.
    pub fn new(today: NaiveDate) -> Self {
        Self { seed: 7, today, employees: 12, appointments: 2_500, difficult_series: true }
    }
}

/// A whole firm, ready to be put into both simulators.
#[derive(Clone, Debug, PartialEq)]
pub struct Firm {
    /// Employees in Advoware, inactive ones too.
    pub employees: Vec<Map<String, Value>>,
    /// Appointments in Advoware.
    pub appointments: Vec<Map<String, Value>>,
    /// Calendars that are in Google already, by name, each with its events.
    pub calendars: BTreeMap<String, Vec<Map<String, Value>>>,
}

/// How far the appointments reach back and ahead, in days: two years together.
const PAST_DAYS: i64 = 150;
const FUTURE_DAYS: i64 = 580;
/// The number of the first appointment.
const FIRST_NUMBER: i64 = 40_001;

/// The sources of chance and time that all generators share.
struct Dice {
    random: StdRng,
    today: NaiveDate,
}

impl Dice {
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())]
    }

    fn number(&mut self, range: std::ops::Range<i64>) -> i64 {
        self.random.random_range(range)
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.random::<f64>() < probability
    }

    /// A day of work within the firm's two years.
    fn working_day(&mut self) -> NaiveDate {
        let day = self.today + TimeDelta::days(self.number(-PAST_DAYS..FUTURE_DAYS));
        draft::on_or_after_working_day(day)
    }
}

impl Firm {
    /// Makes the firm.
    pub fn generate(config: &FirmConfig) -> Self {
        let mut dice = Dice { random: StdRng::seed_from_u64(config.seed), today: config.today };
        let people = people::active(config.employees);
        let mut drafts = Vec::new();
        for person in people {
            drafts.extend(special::appointments(&mut dice, person));
        }
        drafts.truncate(config.appointments);
        let weights: usize = people.iter().map(|person| person.weight()).sum();
        let everyday = config.appointments - drafts.len();
        for person in people {
            let share = everyday * person.weight() / weights.max(1);
            drafts.extend((0..share).map(|_| everyday::appointment(&mut dice, person)));
        }
        while let Some(person) = people.first()
            && drafts.len() < config.appointments
        {
            drafts.push(everyday::appointment(&mut dice, person));
        }
        let appointments = number(&mut dice, drafts);
        let calendars = events::calendars(&mut dice, people, &appointments, config);
        Self { employees: people::rows(config.employees), appointments, calendars }
    }
}

/// Numbers the drafts and adds what Advoware itself generates for some of them.
fn number(dice: &mut Dice, drafts: Vec<Draft>) -> Vec<Map<String, Value>> {
    let mut rows = Vec::with_capacity(drafts.len());
    let mut generated = Vec::new();
    for (number, draft) in (FIRST_NUMBER..).zip(drafts) {
        let journey = draft.needs_journey && dice.chance(0.15);
        if journey && let Some(row) = draft.journey(number) {
            generated.push(row);
        }
        rows.push(draft.into_row(number, dice.today));
    }
    rows.extend(generated);
    rows
}

/// The name of an employee's calendar.
fn calendar_name(person: &Person) -> String {
    format!("AW-{}", person.kuerzel)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn config() -> FirmConfig {
        FirmConfig::new(NaiveDate::from_ymd_opt(2026, 6, 15).expect("a day"))
    }

    fn own(firm: &Firm) -> impl Iterator<Item = &Map<String, Value>> {
        firm.appointments.iter().filter(|row| row["frNr"].as_i64() > Some(0))
    }

    #[test]
    fn the_same_seed_makes_the_same_firm() {
        let firm = Firm::generate(&config());
        assert_eq!(firm, Firm::generate(&config()));
        let other = FirmConfig { seed: 8, ..config() };
        assert_ne!(firm, Firm::generate(&other));
    }

    #[test]
    fn it_has_the_size_that_was_asked_for() {
        let firm = Firm::generate(&config());
        assert_eq!(own(&firm).count(), 2_500);
        let small = FirmConfig { employees: 3, appointments: 60, ..config() };
        let small = Firm::generate(&small);
        assert_eq!(own(&small).count(), 60);
        let owners: BTreeSet<_> = own(&small).map(|row| row["anwalt"].to_string()).collect();
        assert!(owners.len() <= 3);
    }

    #[test]
    fn every_kind_of_appointment_occurs() {
        let firm = Firm::generate(&config());
        let any = |what: &str, test: &dyn Fn(&Map<String, Value>) -> bool| {
            assert!(firm.appointments.iter().any(test), "no {what}");
        };
        let text = |row: &Map<String, Value>, name: &str| row[name].as_str().unwrap_or("").to_owned();
        any("generated row", &|row| row["frNr"].as_i64() < Some(0));
        any("all-day", &|row| row["dauertermin"] == 1 && row["turnus"] == 0);
        any("private", &|row| row["privat"] == 1);
        for kind in 1..=4 {
            any("series", &|row| row["turnusArt"] == kind && row["turnus"].as_i64() > Some(0));
        }
        any("CRLF", &|row| text(row, "notiz").contains("\r\n"));
        any("emoji", &|row| text(row, "text").contains('🎂'));
        any("umlaut", &|row| text(row, "ort").contains('ü'));
        any("long note", &|row| text(row, "notiz").chars().count() > 8_192);
        any("missing end", &|row| row["uhrzeitBis"].is_null());
        any("missing start", &|row| row["uhrzeitVon"].is_null());
        any("across midnight", &|row| row["uhrzeitVon"] == "22:30:00" && row["uhrzeitBis"] == "01:15:00");
        any("markup", &|row| text(row, "notiz").contains("<b>"));
    }
}
