//! Occurrences without an appointment: creations that were begun, what is equal, what is new.

use std::collections::{BTreeMap, BTreeSet};

use super::Spread;
use super::operation::{Agreement, Creation};
use super::view::State;
use crate::fingerprint::Fingerprint;
use crate::plan::adopt::FOREIGN_CLAIM_PATIENCE;
use crate::plan::draft::Draft;
use crate::plan::pairs::Loose;
use crate::plan::{Ours, Policy, Reason};
use crate::ports::FrNr;
use crate::series::Entry;

/// Finds what creations that were begun have made, one to one.
pub(in crate::plan) fn adopt_claims<'a>(draft: &mut Draft<'a>, loose: &mut Loose<'a>, taken: &mut BTreeSet<FrNr>) {
    let mut series = std::mem::take(&mut loose.series);
    for spread in &mut series {
        let claimed: Vec<_> = spread.entries.iter().filter(|(_, entry)| entry.frnr.is_none()).map(|(at, _)| *at).collect();
        if claimed.is_empty() {
            continue;
        }
        let marks = spread.seen.marks.as_ref();
        let due = marks.map_or(i64::MAX, |marks| due(marks, draft.situation.policy));
        let waiting = draft.situation.now_ms < due;
        for original in claimed {
            if let Some(ours) = find(&spread.entries[&original], loose, taken, draft.situation.policy) {
                taken.insert(ours.frnr);
                let agreed = draft.situation.policy.keys.current().whole(&ours.shown);
                spread.tend.agree.push(Agreement { original, frnr: ours.frnr, agreed });
                // What changed since the claim is merged next.
                spread.tend.again = true;
                spread.waits = true;
            } else if waiting {
                spread.waits = true;
                draft.wait_until(due);
            } else {
                abandon(draft, spread, original);
            }
        }
    }
    loose.series = series;
}

/// When a creation that was begun may be repeated. One that was begun in another calendar is that employee's run's
/// to find first.
pub(super) fn due(marks: &crate::identity::Marks, policy: &Policy) -> i64 {
    let patience = policy.claim_patience_ms * if policy.scope.is_home_of(marks) { 1 } else { FOREIGN_CLAIM_PATIENCE };
    marks.begun_ms.unwrap_or(0) + patience
}

/// The appointment that a creation has made: unlinked, and just what was to be created.
pub(super) fn find<'a>(entry: &Entry, loose: &Loose<'a>, taken: &BTreeSet<FrNr>, policy: &Policy) -> Option<&'a Ours> {
    let key = policy.keys.find(&entry.key)?;
    let is_current = key.id() == policy.keys.current().id();
    let made = |ours: &Ours| {
        let fields = if is_current { ours.fields } else { key.fields(&ours.form) };
        key.whole(&fields) == entry.agreed
    };
    loose.termine.iter().map(|(ours, ..)| *ours).find(|ours| !taken.contains(&ours.frnr) && made(ours))
}

/// A creation that was begun and not done: it is repeated where its occurrence still takes place.
fn abandon<'a>(draft: &Draft<'a>, spread: &mut Spread<'a>, original: chrono::NaiveDateTime) {
    match spread.view.state(original) {
        State::Live(live) if draft.situation.window.overlaps((live.first, Some(live.last))) => {
            spread.open.insert(original, (live, Reason::Occurrence));
        }
        _ => spread.tend.unlink.push(original),
    }
}

/// Links occurrences to unlinked appointments that are just the same.
pub(super) fn adopt_equals<'a>(
    draft: &Draft<'a>,
    spread: &mut Spread<'a>,
    equals: &mut BTreeMap<Fingerprint, Vec<&'a Ours>>,
    taken: &mut BTreeSet<FrNr>,
) {
    let key = draft.situation.policy.keys.current();
    spread.open.retain(|original, (live, _)| {
        let agreed = key.whole(&live.fields);
        let Some(same) = equals.get_mut(&agreed) else { return true };
        while let Some(ours) = same.pop() {
            if taken.insert(ours.frnr) {
                let agreed = key.whole(&ours.shown);
                spread.tend.agree.push(Agreement { original: *original, frnr: ours.frnr, agreed });
                return false;
            }
        }
        true
    });
}

/// What is still without an appointment gets one.
pub(super) fn create(spread: &mut Spread<'_>) {
    for (live, reason) in std::mem::take(&mut spread.open).into_values() {
        let own = spread.view.own_fields(&live);
        let reason = if spread.tend.whole.is_some() { Reason::SeriesSplit } else { reason };
        spread.tend.create.push(Creation { slot: live.slot, own, reason });
    }
}
