//! A series that Advoware held as a whole, and can't hold any more: first the single appointments, made from its
//! whole object, then it ends.

use super::linked::{There, there};
use super::{Reason, SeriesOperation, Spread, Stands};
use crate::form::{Field, FieldSet};
use crate::mirror::Seen;
use crate::plan::draft::Draft;
use crate::plan::links::Link;
use crate::plan::merge::{Since, merge};
use crate::plan::pairs::{Loose, is_held};
use crate::plan::{Merge, NoteKind, Operation, Ours};
use crate::ports::Side;

/// The fields that a series and its occurrences share.
fn shared() -> FieldSet {
    FieldSet::ALL.without(undecided())
}

/// The fields that the split is about.
fn undecided() -> FieldSet {
    [Field::Time, Field::Recurrence].into_iter().collect()
}

/// Takes a linked series that Advoware can't hold any more; `false` for any other pair.
pub(in crate::plan) fn split<'a>(
    draft: &mut Draft<'a>,
    ours: &'a Ours,
    link: &Link<'a>,
    seen: &'a Seen,
    loose: &mut Loose<'a>,
) -> bool {
    let Ok(form) = &seen.form else { return false };
    let agrees = ours.shown.of(Field::Recurrence) == form.shown.of(Field::Recurrence);
    let lost = !is_held(form) && !agrees;
    if !lost && (draft.exceptions.of(link.event_id).is_empty() || form.series.is_none()) {
        return false;
    }
    let Some(mut spread) = Spread::new(draft, link.event_id, seen) else { return true };
    let excepted = spread.view.has_exception(draft.situation.window);
    if !lost && !excepted {
        return false;
    }
    let policy = draft.situation.policy;
    let base = seen.marks.as_ref().and_then(|marks| marks.base.as_ref());
    let since = Since::base(base, &seen.pending, ours, form.changed, policy);
    let mut merge = merge(ours, form, since, policy);
    let rule_changed_there = since.is_none_or(|since| !since.advoware.without(shared()).is_empty());
    if rule_changed_there && (policy.conflict == Side::Advoware || !lost) {
        // Changed on both sides, or nobody knows: by policy, Advoware's series as it is.
        // What single occurrences had of their own can be lost in Google with it: each is named.
        for (event_id, fields) in spread.view.own_changes() {
            draft.note_fields(NoteKind::Conflict, link.frnr, event_id, fields);
        }
        return prefer_advoware(draft, link, seen, merge, lost, since.is_some());
    }
    merge.to_google = merge.to_google.without(undecided());
    merge.to_advoware = merge.to_advoware.without(undecided());
    if !merge.to_google.is_empty() || !merge.to_advoware.is_empty() {
        // The texts first: whatever was changed on either side is then in both.
        note_conflicts(draft, link, merge.conflicts);
        tell_exceptions(draft, &spread, ours, merge.to_google);
        push_merge(draft, link, seen, Merge { keep: undecided(), ..merge });
        return true;
    }
    spread.tend.whole = Some(ours.frnr);
    spread.find_open(draft, Reason::SeriesSplit);
    loose.series.push(spread);
    true
}

/// What was changed in the series alone is changed in its occurrences that stand for themselves as well, unless
/// that is just what they have of their own.
fn tell_exceptions(draft: &mut Draft<'_>, spread: &Spread<'_>, ours: &Ours, to_google: FieldSet) {
    let key = draft.situation.policy.keys.current();
    let base = spread.seen.marks.as_ref().and_then(|marks| marks.base.as_ref()).filter(|base| base.key == *key.id());
    let Some(base) = base else { return };
    for live in spread.view.alive(draft.situation.window) {
        let fields = to_google.without(live.fields.differing(&base.google));
        if matches!(live.slot.stands, Stands::ForItself { .. }) && !fields.is_empty() {
            draft.push(Operation::Series(SeriesOperation::Change { frnr: ours.frnr, slot: live.slot, fields }));
        }
    }
}

/// Both sides changed when the series takes place: Advoware's word counts, and the rest is as in any pair.
fn prefer_advoware(draft: &mut Draft<'_>, link: &Link<'_>, seen: &Seen, mut merge: Merge, lost: bool, known: bool) -> bool {
    if lost {
        merge.to_google = merge.to_google.union(undecided());
        merge.to_advoware = merge.to_advoware.without(undecided());
    }
    if known {
        merge.conflicts.add(Field::Recurrence);
    }
    note_conflicts(draft, link, merge.conflicts);
    push_merge(draft, link, seen, merge);
    true
}

fn note_conflicts(draft: &mut Draft<'_>, link: &Link<'_>, conflicts: FieldSet) {
    if !conflicts.is_empty() {
        draft.note_fields(NoteKind::Conflict, link.frnr, link.event_id, conflicts);
    }
}

fn push_merge(draft: &mut Draft<'_>, link: &Link<'_>, seen: &Seen, merge: Merge) {
    let (event_id, etag) = (link.event_id.to_owned(), seen.etag.clone());
    draft.push(Operation::Merge {
        frnr: link.frnr,
        event_id,
        etag,
        merge,
        generation: link.supersedes,
        reason: Reason::SeriesSplit,
    });
}

/// Once every occurrence has its appointment, the series ends in Advoware; then its event lets go of it.
pub(super) fn end<'a>(draft: &mut Draft<'a>, spread: &mut Spread<'a>) -> Option<SeriesOperation> {
    let whole = spread.tend.whole?;
    let ours = match there(draft, whole, true) {
        There::Here(ours) | There::Moved(ours, _) => ours,
        There::Gone => {
            spread.tend.let_go = true;
            return None;
        }
        There::Unknown => return None,
    };
    let window = draft.situation.window;
    let (first, last) = ours.form.days();
    if last.is_some_and(|last| last < window.first) {
        spread.tend.let_go = true;
        return None;
    }
    if carry_texts(draft, spread, ours) {
        return None;
    }
    let until = window.first.pred_opt().filter(|until| first <= *until);
    let (created, found) = (spread.tend.create.iter(), spread.tend.agree.iter());
    let once_linked = created.map(|one| one.slot.original).chain(found.map(|one| one.original)).collect();
    Some(SeriesOperation::End { frnr: whole, event_id: spread.event_id.to_owned(), until, once_linked })
}

/// A text that was changed in Advoware while the series was being split goes to Google, and from there to the single
/// appointments.
fn carry_texts(draft: &mut Draft<'_>, spread: &Spread<'_>, ours: &Ours) -> bool {
    let base = spread.seen.marks.as_ref().and_then(|marks| marks.base.as_ref());
    let changed = base.and_then(|base| ours.changed_since(base, &draft.situation.policy.keys)).unwrap_or_default();
    let texts = if draft.situation.policy.anonymise { shared().without(Field::TEXTS) } else { shared() };
    let to_google = changed.common(texts);
    if to_google.is_empty() || !spread.tend.is_nothing() {
        return !to_google.is_empty();
    }
    tell_exceptions(draft, spread, ours, to_google);
    let merge = Merge { to_google, keep: undecided(), refresh: true, ..Merge::default() };
    let (event_id, etag) = (spread.event_id.to_owned(), spread.seen.etag.clone());
    draft.push(Operation::Merge { frnr: ours.frnr, event_id, etag, merge, generation: None, reason: Reason::SeriesSplit });
    true
}
