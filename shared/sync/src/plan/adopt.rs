//! What stands alone on either side: found to be the same, or new on the other side.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::merge::{Since, merge};
use super::pairs::Loose;
use super::series::{self, Spread};
use super::{Elsewhere, NoteKind, Operation, Ours, Reason};
use crate::fingerprint::Fingerprint;
use crate::identity::{Claim, Marks};
use crate::mirror::{Item, Seen, SeenForm};
use crate::ports::FrNr;

/// How many times longer a creation that was begun for another employee is left to that employee's runs.
pub(super) const FOREIGN_CLAIM_PATIENCE: i64 = 10;

/// Decides what is left over: first the creations that were begun, then what is equal, then what is new.
pub(super) fn plan_loose<'a>(draft: &mut Draft<'a>, loose: &mut Loose<'a>) {
    let mut taken = BTreeSet::new();
    let mut rest = Vec::new();
    series::adopt_claims(draft, loose, &mut taken);
    let mut spread = std::mem::take(&mut loose.series);
    for (event_id, item) in std::mem::take(&mut loose.events) {
        match item.marks().and_then(|marks| marks.claim.as_ref()) {
            Some(claim) if !claimed(draft, event_id, item, claim, loose, &mut taken) => rest.push((event_id, item)),
            Some(_) => {}
            None => rest.push((event_id, item)),
        }
    }
    let mut equals = equal_forms(draft, loose, &taken);
    for (event_id, item) in rest {
        match item {
            Item::Tombstone(_) => draft.forget(event_id),
            Item::Live(seen) => unclaimed(draft, event_id, seen, &mut equals, &mut taken, &mut spread),
        }
    }
    series::finish(draft, spread, &mut equals, &mut taken);
    for (ours, generation, reason) in &loose.termine {
        if !taken.contains(&ours.frnr) && draft.situation.window.overlaps(ours.form.days()) {
            let (frnr, reason) = (ours.frnr, *reason);
            // A live event that records another number only takes the id.
            let generation = free_generation(draft, frnr, *generation);
            draft.push(Operation::CreateEvent { frnr, generation, reason });
        }
    }
}

/// A creation in Advoware that was begun: done, or to be waited for. Whether it is decided; else it came to nothing.
fn claimed(
    draft: &mut Draft<'_>,
    event_id: &str,
    item: &Item,
    claim: &Claim,
    loose: &Loose<'_>,
    taken: &mut BTreeSet<FrNr>,
) -> bool {
    let policy = draft.situation.policy;
    let done = loose.termine.iter().map(|(ours, ..)| *ours).find(|ours| {
        !taken.contains(&ours.frnr) && ours.changed_since(&claim.base, &policy.keys).is_some_and(crate::form::FieldSet::is_empty)
    });
    if matches!(item, Item::Live(_)) && policy.keys.find(&claim.base.key).is_none() {
        // Nobody can say any more what was begun: whatever is equal may be it.
        return false;
    }
    let waiting = done.is_none() && waits(draft, item.marks());
    match (item, done) {
        (Item::Tombstone(_), None) if waiting => {}
        (Item::Tombstone(_), None) => draft.forget(event_id),
        (Item::Tombstone(tombstone), Some(ours)) => {
            if !draft.ask_colleagues(event_id) {
                taken.insert(ours.frnr);
            } else if let Some(to) = draft.found_elsewhere(event_id, &[Elsewhere::Arrived]) {
                // It was dragged away in the middle of being created: the appointment follows.
                taken.insert(ours.frnr);
                draft.push(Operation::ChangeOwner { frnr: ours.frnr, event_id: event_id.to_owned(), to });
            } else if draft.found_elsewhere(event_id, &[Elsewhere::Settled, Elsewhere::Marked]).is_some() {
                draft.forget(event_id);
            } else if tombstone.marks.as_ref().is_some_and(|marks| !marks.gone) {
                taken.insert(ours.frnr);
                draft.push(Operation::DeleteTermin {
                    frnr: ours.frnr,
                    event_id: event_id.to_owned(),
                    reason: Reason::GoneInGoogle,
                });
            }
        }
        (Item::Live(seen), Some(ours)) => {
            taken.insert(ours.frnr);
            let Some(form) = readable(draft, event_id, seen) else {
                return true;
            };
            let since = Since::base(Some(&claim.base), &[], ours, form.changed_since_claim, policy);
            link(draft, ours, event_id, seen, since, form, Reason::ClaimAdopted);
        }
        (Item::Live(_), None) if waiting => {}
        (Item::Live(_), None) => return false,
    }
    true
}

/// Whether a creation that was begun may still arrive, so that it must not be repeated.
fn waits(draft: &mut Draft<'_>, marks: Option<&Marks>) -> bool {
    let policy = draft.situation.policy;
    let Some((marks, claim)) = marks.and_then(|marks| Some((marks, marks.claim.as_ref()?))) else { return false };
    // Begun in another calendar and dragged here meanwhile: that employee's run finds what it made first.
    let begun_elsewhere = !policy.scope.is_home_of(marks);
    let patience = policy.claim_patience_ms * if begun_elsewhere { FOREIGN_CLAIM_PATIENCE } else { 1 };
    let due = claim.at_ms + patience;
    let waits = draft.situation.now_ms < due;
    if waits && !begun_elsewhere {
        draft.plan.wait_until_ms = Some(draft.plan.wait_until_ms.map_or(due, |other| other.min(due)));
    }
    waits
}

/// Links two that stood alone, and merges what differs.
fn link(draft: &mut Draft<'_>, ours: &Ours, event_id: &str, seen: &Seen, since: Option<Since>, form: &SeenForm, reason: Reason) {
    let mut merge = merge(ours, form, since, draft.situation.policy);
    merge.refresh = true;
    if !merge.to_advoware.is_empty() {
        return draft.push(Operation::Link { frnr: ours.frnr, event_id: event_id.to_owned(), etag: seen.etag.clone() });
    }
    if !merge.conflicts.is_empty() {
        draft.note_fields(NoteKind::Conflict, ours.frnr, event_id, merge.conflicts);
    }
    let (frnr, event_id, etag) = (ours.frnr, event_id.to_owned(), seen.etag.clone());
    // It comes after whatever stood for the appointment before.
    let generation = Some(free_generation(draft, frnr, 0)).filter(|generation| *generation > 0);
    draft.push(Operation::Merge { frnr, event_id, etag, merge, generation, reason });
}

/// The first generation from `least` on whose id is not known to be taken.
fn free_generation(draft: &Draft<'_>, frnr: FrNr, least: u32) -> u32 {
    let situation = draft.situation;
    let is_taken = |generation| situation.google.contains_key(&situation.policy.scope.event_id(frnr, generation));
    (least..u32::MAX).find(|generation| !is_taken(*generation)).unwrap_or(u32::MAX)
}

/// Loose appointments by the fingerprint of their whole form, as Advoware has it and as Google would show it.
fn equal_forms<'a>(draft: &Draft<'_>, loose: &Loose<'a>, taken: &BTreeSet<FrNr>) -> BTreeMap<Fingerprint, Vec<&'a Ours>> {
    let key = draft.situation.policy.keys.current();
    let mut out: BTreeMap<Fingerprint, Vec<&Ours>> = BTreeMap::new();
    // Popped from the end: the smallest number first.
    for (ours, ..) in loose.termine.iter().rev().filter(|(ours, ..)| !taken.contains(&ours.frnr)) {
        let (whole, shown) = (key.whole(&ours.fields), key.whole(&ours.shown));
        out.entry(whole).or_default().push(ours);
        if shown != whole {
            out.entry(shown).or_default().push(ours);
        }
    }
    out
}

/// An event that nobody began to create in Advoware.
fn unclaimed<'a>(
    draft: &mut Draft<'a>,
    event_id: &'a str,
    seen: &'a Seen,
    equals: &mut BTreeMap<Fingerprint, Vec<&'a Ours>>,
    taken: &mut BTreeSet<FrNr>,
    series: &mut Vec<Spread<'a>>,
) {
    let situation = draft.situation;
    let in_window = seen.form.as_ref().is_ok_and(|form| situation.window.overlaps((form.first, form.last)));
    let whole = seen.form.as_ref().ok().map(|form| situation.policy.keys.current().whole(&form.shown));
    let equal = whole.and_then(|whole| equals.get_mut(&whole)).and_then(|same| {
        while let Some(ours) = same.pop() {
            if taken.insert(ours.frnr) {
                return Some(ours);
            }
        }
        None
    });
    if let (Some(ours), Ok(form)) = (equal, &seen.form) {
        return link(draft, ours, event_id, seen, None, form, Reason::Adopted);
    }
    if (in_window || seen.form.is_err()) && !waits(draft, seen.marks.as_ref()) {
        create_termin(draft, event_id, seen, series);
    }
}

fn readable<'a>(draft: &mut Draft<'_>, event_id: &str, seen: &'a Seen) -> Option<&'a SeenForm> {
    match &seen.form {
        Ok(form) => Some(form),
        Err(fault) => {
            draft.note(NoteKind::UnreadableInGoogle, None, Some(event_id), vec![fault.to_string()]);
            None
        }
    }
}

fn create_termin<'a>(draft: &mut Draft<'a>, event_id: &'a str, seen: &'a Seen, series: &mut Vec<Spread<'a>>) {
    if readable(draft, event_id, seen).is_none() || series::takes(draft, event_id, seen, series) {
        return;
    }
    let replaces =
        seen.marks.as_ref().and_then(|marks| marks.frnr).filter(|_| !seen.marks.as_ref().is_some_and(|marks| marks.gone));
    let reason = match replaces {
        Some(_) if seen.form.as_ref().is_ok_and(|form| form.changed.is_some()) => Reason::ChangeBeatsDelete,
        Some(_) => Reason::ComesBack,
        None => Reason::NewInGoogle,
    };
    draft.push(Operation::CreateTermin { event_id: event_id.to_owned(), etag: seen.etag.clone(), replaces, reason });
}
