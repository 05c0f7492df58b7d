//! An independent witness: do both sides show the same?
//!
//! It knows nothing of the engine that synchronises them. Both sides are counted out into single
//! occurrences on the wall clock in Berlin, and these are compared one to one, so that it does not
//! matter how a side holds a series.

mod advoware;
mod google;
mod occurrence;
mod text;

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::{
    advoware::AdvowareSnapshot,
    google::{CalendarSnapshot, GoogleSnapshot},
};
use occurrence::{Occurrence, Source};

/// The days that are compared, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl Window {
    /// So many days back and ahead of a day.
    pub fn around(today: NaiveDate, past_days: i64, future_days: i64) -> Self {
        Self { first: today - TimeDelta::days(past_days), last: today + TimeDelta::days(future_days) }
    }

    fn holds(&self, occurrence: &Occurrence) -> bool {
        occurrence.start.date() <= self.last && occurrence.end.date() >= self.first
    }
}

/// How the sides differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The employee has no calendar.
    CalendarMissing,
    /// Advoware shows it, Google does not.
    MissingInGoogle,
    /// Google shows it, Advoware does not.
    MissingInAdvoware,
    /// Both show it, but not the same.
    Different,
}

/// One difference; it holds no text of any appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Whose calendar.
    pub kuerzel: String,
    /// How they differ.
    pub kind: DifferenceKind,
    /// The start on the side that shows it; Advoware's where both do.
    pub start: Option<NaiveDateTime>,
    /// The appointment's number.
    pub fr_nr: Option<i64>,
    /// The event's id.
    pub event_id: Option<String>,
    /// Fields that differ: `time`, `text`, `notiz`, `ort`, `private`.
    pub fields: Vec<String>,
}

/// Everything in which the two sides differ for active employees.
pub fn compare(advoware: &AdvowareSnapshot, google: &GoogleSnapshot, window: Window) -> Vec<Difference> {
    let mut differences = Vec::new();
    for kuerzel in advoware::active_employees(advoware) {
        let mut ours = advoware::occurrences(advoware, kuerzel, window);
        ours.retain(|occurrence| window.holds(occurrence));
        let Some(calendar) = calendar_of(google, kuerzel) else {
            differences.push(calendar_missing(kuerzel));
            continue;
        };
        let mut theirs = google::occurrences(calendar, window);
        theirs.retain(|occurrence| window.holds(occurrence));
        differences.extend(pair_up(ours, theirs).into_iter().map(|pair| pair.difference(kuerzel)));
    }
    differences
}

/// The calendar by name; of several the one whose description names the employee.
fn calendar_of<'a>(google: &'a GoogleSnapshot, kuerzel: &str) -> Option<&'a CalendarSnapshot> {
    let name = format!("AW-{kuerzel}");
    let named = || google.calendars.iter().filter(|calendar| calendar.summary == name);
    named()
        .find(|calendar| calendar.description.as_ref().is_some_and(|description| description.contains(kuerzel)))
        .or_else(|| named().next())
}

fn calendar_missing(kuerzel: &str) -> Difference {
    Difference {
        kuerzel: kuerzel.to_owned(),
        kind: DifferenceKind::CalendarMissing,
        start: None,
        fr_nr: None,
        event_id: None,
        fields: Vec::new(),
    }
}

/// Two halves that belong together but are not equal; a missing half has no partner.
enum Unequal {
    OnlyAdvoware(Occurrence),
    OnlyGoogle(Occurrence),
    Both(Box<(Occurrence, Occurrence)>),
}

impl Unequal {
    fn difference(self, kuerzel: &str) -> Difference {
        let (kind, ours, theirs) = match self {
            Self::OnlyAdvoware(ours) => (DifferenceKind::MissingInGoogle, Some(ours), None),
            Self::OnlyGoogle(theirs) => (DifferenceKind::MissingInAdvoware, None, Some(theirs)),
            Self::Both(pair) => (DifferenceKind::Different, Some(pair.0), Some(pair.1)),
        };
        let fields = ours.as_ref().zip(theirs.as_ref()).map(|(ours, theirs)| ours.differing_fields(theirs)).unwrap_or_default();
        let mut difference = Difference {
            kind,
            start: ours.as_ref().or(theirs.as_ref()).map(|one| one.start),
            fields: fields.into_iter().map(str::to_owned).collect(),
            ..calendar_missing(kuerzel)
        };
        for one in [ours, theirs].into_iter().flatten() {
            match one.source {
                Source::Appointment(number) => difference.fr_nr = Some(number),
                Source::Event(id) => difference.event_id = Some(id),
            }
        }
        difference
    }
}

/// Takes away what is equal, one to one, and pairs the rest: by time, then by title.
fn pair_up(ours: Vec<Occurrence>, theirs: Vec<Occurrence>) -> Vec<Unequal> {
    let mut unequal = Vec::new();
    let (ours, theirs, _) = matched(ours, theirs, Occurrence::time_key, Occurrence::equals);
    let (ours, theirs, pairs) = matched(ours, theirs, Occurrence::time_key, |_, _| true);
    unequal.extend(pairs);
    let (ours, theirs, pairs) = matched(ours, theirs, Occurrence::title_key, |_, _| true);
    unequal.extend(pairs);
    unequal.extend(ours.into_iter().map(Unequal::OnlyAdvoware));
    unequal.extend(theirs.into_iter().map(Unequal::OnlyGoogle));
    unequal
}

type Matched = (Vec<Occurrence>, Vec<Occurrence>, Vec<Unequal>);

/// Pairs occurrences with the same key that fit; returns what is left of both and the pairs.
fn matched<K: std::hash::Hash + Eq>(
    ours: Vec<Occurrence>,
    theirs: Vec<Occurrence>,
    key: impl Fn(&Occurrence) -> K,
    fits: impl Fn(&Occurrence, &Occurrence) -> bool,
) -> Matched {
    let mut waiting: HashMap<K, Vec<Occurrence>> = HashMap::new();
    for occurrence in theirs {
        waiting.entry(key(&occurrence)).or_default().push(occurrence);
    }
    let (mut left, mut pairs) = (Vec::new(), Vec::new());
    for occurrence in ours {
        let candidates = waiting.get_mut(&key(&occurrence));
        let partner = candidates.and_then(|candidates| {
            let place = candidates.iter().position(|one| fits(&occurrence, one))?;
            Some(candidates.swap_remove(place))
        });
        match partner {
            Some(partner) => pairs.push(Unequal::Both(Box::new((occurrence, partner)))),
            None => left.push(occurrence),
        }
    }
    (left, waiting.into_values().flatten().collect(), pairs)
}

#[cfg(test)]
mod tests;
