//! A series with links that was deleted in Google.

use std::collections::BTreeSet;

use super::linked::{There, changed, there};
use super::{SeriesOperation, claims, numbers};
use crate::identity::Marks;
use crate::mirror::Tombstone;
use crate::plan::draft::Draft;
use crate::plan::pairs::Loose;
use crate::plan::{Elsewhere, NoteKind, Operation, Ours, Reason};
use crate::ports::FrNr;
use crate::series::unpack;

/// Its unchanged appointments go with it; changed ones come back as events of their own.
pub(super) fn plan<'a>(
    draft: &mut Draft<'a>,
    event_id: &'a str,
    tombstone: &'a Tombstone,
    has_own_event: impl Fn(FrNr) -> bool,
    loose: &mut Loose<'a>,
) {
    let Some(marks) = &tombstone.marks else { return draft.forget(event_id) };
    if marks.gone {
        return draft.forget(event_id);
    }
    if !draft.ask_colleagues(event_id) {
        return;
    }
    if let Some(to) = draft.found_elsewhere(event_id, &[Elsewhere::Arrived]) {
        return follow(draft, event_id, marks, &to);
    }
    if draft.found_elsewhere(event_id, &[Elsewhere::Settled, Elsewhere::Marked]).is_some() {
        return draft.forget(event_id);
    }
    let (mut singles, mut waits) = (Vec::new(), false);
    let mut taken = BTreeSet::new();
    for (original, entry) in unpack(&marks.occurrences) {
        let Some(frnr) = entry.frnr else {
            // A creation that was begun: what it made goes as well.
            match claims::find(&entry, loose, &taken, draft.situation.policy) {
                Some(ours) => {
                    taken.insert(ours.frnr);
                    singles.push(ours.frnr);
                }
                None => waits |= draft.situation.now_ms < claims::due(marks, draft.situation.policy),
            }
            continue;
        };
        if has_own_event(frnr) {
            continue;
        }
        let in_sight = draft.situation.window.overlaps((original.date(), Some(original.date())));
        match there(draft, frnr, in_sight) {
            There::Here(ours) => match changed(ours, &entry, draft.situation.policy) {
                Some(true) if draft.situation.policy.keep_changed => come_back(loose, ours, Reason::ChangeBeatsDelete),
                Some(_) => singles.push(frnr),
                None => {
                    draft.note(NoteKind::CameBack, Some(frnr), Some(event_id), Vec::new());
                    come_back(loose, ours, Reason::ComesBack);
                }
            },
            There::Unknown => waits |= in_sight,
            There::Gone | There::Moved(..) => {}
        }
    }
    singles.extend(marks.frnr.and_then(|whole| unchanged_whole(draft, marks, whole)));
    loose.termine.retain(|(ours, ..)| !taken.contains(&ours.frnr));
    if !singles.is_empty() {
        let (event_id, reason) = (event_id.to_owned(), Reason::GoneInGoogle);
        draft.push(Operation::Series(SeriesOperation::DeleteSingles { event_id, singles, reason }));
    } else if !waits {
        draft.forget(event_id);
    }
}

fn come_back<'a>(loose: &mut Loose<'a>, ours: &'a Ours, reason: Reason) {
    loose.termine.push((ours, 0, reason));
}

/// The series in Advoware that was just being split, if nobody changed it.
fn unchanged_whole(draft: &mut Draft<'_>, marks: &Marks, whole: FrNr) -> Option<FrNr> {
    let There::Here(ours) = there(draft, whole, true) else { return None };
    let base = marks.base.as_ref()?;
    ours.changed_since(base, &draft.situation.policy.keys).filter(|changed| changed.is_empty())?;
    Some(whole)
}

/// It was dragged to a colleague's calendar: its appointments follow.
fn follow(draft: &mut Draft<'_>, event_id: &str, marks: &Marks, to: &str) {
    let mut followed = false;
    for frnr in numbers(marks) {
        if let There::Here(_) = there(draft, frnr, false) {
            followed = true;
            draft.push(Operation::ChangeOwner { frnr, event_id: event_id.to_owned(), to: to.to_owned() });
        }
    }
    if !followed {
        draft.forget(event_id);
    }
}
