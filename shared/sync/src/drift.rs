//! Drift: how far the two sides are apart right now, whatever the base says, without writing anything.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::fingerprint::{Base, KeyRing};
use crate::form::FieldSet;
use crate::mirror::{Item, Seen, SeenForm};
use crate::plan::{Answer, Ours};
use crate::ports::FrNr;
use crate::run::{Loaded, Task};
use crate::series::unpack;

/// How far one employee's two sides are apart, within the window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// Pairs that say the same.
    pub equal: usize,
    /// Appointments that Google doesn't show.
    pub missing: Vec<FrNr>,
    /// Events for which there is no appointment of this employee's.
    pub extra: Vec<String>,
    /// Pairs that differ.
    pub different: Vec<Difference>,
    /// Items that can't be read, and are therefore not compared.
    pub unreadable: usize,
}

/// A pair that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The appointment.
    #[serde(rename = "frNr")]
    pub frnr: FrNr,
    /// The event.
    pub event_id: String,
    /// The names of the fields.
    pub fields: Vec<String>,
}

impl Drift {
    /// Whether both sides say the same.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.different.is_empty()
    }
}

/// Compares both sides as they were loaded, by a [`crate::run::dry_run`] say. What is not looked up counts as gone.
///
/// Occurrences that stand for single appointments are compared by whether the appointment is there.
pub fn drift(loaded: &Loaded, task: &Task) -> Drift {
    let mut out = Drift { unreadable: loaded.advoware.values().filter(|row| row.is_err()).count(), ..Drift::default() };
    let mut shown = BTreeSet::new();
    for (event_id, item) in &loaded.google {
        let Item::Live(seen) = item else { continue };
        if !seen.foreign && seen.place.is_none() {
            compare(&mut out, &mut shown, loaded, task, event_id, seen);
        }
    }
    let in_window = |ours: &Ours| task.window.overlaps(ours.form.days());
    let rows = loaded.advoware.iter().filter(|(frnr, row)| row.as_ref().is_ok_and(in_window) && !shown.contains(*frnr));
    out.missing = rows.map(|(frnr, _)| *frnr).collect();
    out
}

/// One live event and whatever it stands for.
fn compare(out: &mut Drift, shown: &mut BTreeSet<FrNr>, loaded: &Loaded, task: &Task, event_id: &str, seen: &Seen) {
    let singles = seen.marks.iter().flat_map(|marks| unpack(&marks.occurrences).into_values());
    let singles: Vec<FrNr> = singles.filter_map(|entry| entry.frnr).collect();
    let Ok(form) = &seen.form else {
        out.unreadable += 1;
        return shown.extend(number(task, event_id, seen).into_iter().chain(singles));
    };
    let in_window = task.window.overlaps((form.first, form.last));
    if !singles.is_empty() {
        out.equal += usize::from(in_window);
        return shown.extend(singles);
    }
    let number = number(task, event_id, seen);
    if number.is_some_and(|frnr| matches!(loaded.advoware.get(&frnr), Some(Err(_)))) {
        return shown.extend(number);
    }
    match number.and_then(|frnr| theirs(loaded, task, frnr)) {
        Some(ours) if shown.insert(ours.frnr) => {
            if !in_window && !task.window.overlaps(ours.form.days()) {
                return;
            }
            let base = seen.marks.as_ref().and_then(|marks| marks.base.as_ref());
            let fields = differing(ours, form, base, &task.policy.keys);
            if fields.is_empty() {
                out.equal += 1;
            } else {
                let fields = fields.names().into_iter().map(str::to_owned).collect();
                out.different.push(Difference { frnr: ours.frnr, event_id: event_id.to_owned(), fields });
            }
        }
        _ if in_window => out.extra.push(event_id.to_owned()),
        _ => {}
    }
}

/// The number that an event records, else the one that its id names.
fn number(task: &Task, event_id: &str, seen: &Seen) -> Option<FrNr> {
    let recorded = seen.marks.as_ref().map(|marks| marks.frnr);
    recorded.unwrap_or_else(|| task.policy.scope.parse(event_id).map(|(frnr, _)| frnr))
}

/// The appointment of that number, if it is this employee's.
fn theirs<'a>(loaded: &'a Loaded, task: &Task, frnr: FrNr) -> Option<&'a Ours> {
    match loaded.advoware.get(&frnr) {
        Some(row) => row.as_ref().ok(),
        None => match loaded.looked_up.get(&frnr) {
            Some(Answer::Found(ours)) if ours.anwalt.as_ref().is_none_or(|anwalt| *anwalt == task.policy.kuerzel) => Some(ours),
            _ => None,
        },
    }
}

/// The fields that differ, save where Google's own form of one was agreed on.
fn differing(ours: &Ours, form: &SeenForm, base: Option<&Base>, keys: &KeyRing) -> FieldSet {
    let differing = ours.shown.differing(&form.shown);
    let agreed = base.and_then(|base| {
        let changed = ours.changed_since(base, keys)?.union(form.changed?);
        Some(base.advoware.differing(&base.google).without(changed))
    });
    differing.without(agreed.unwrap_or(FieldSet::NONE))
}
