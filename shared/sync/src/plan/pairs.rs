//! Appointments and the events that stand for them: equal, changed, gone or moved.

use super::draft::Draft;
use super::links::{Link, Links};
use super::merge::{Since, merge};
use super::series::{self, Spread};
use super::{Answer, Elsewhere, Need, NoteKind, Operation, Ours, Reason};
use crate::form::Field;
use crate::mirror::{Item, Repeats, Seen, SeenForm, Tombstone};
use crate::ports::{FrNr, Side};

/// What no pair was found for.
#[derive(Debug, Default)]
pub(super) struct Loose<'a> {
    /// Appointments without an event, by number, with the generation and reason of a creation.
    pub(super) termine: Vec<(&'a Ours, u32, Reason)>,
    /// Events without an appointment, by id.
    pub(super) events: Vec<(&'a str, &'a Item)>,
    /// Series whose occurrences are linked one by one, or will be.
    pub(super) series: Vec<Spread<'a>>,
}

/// Decides every link; returns what is left over on either side.
pub(super) fn plan_links<'a>(draft: &mut Draft<'a>, links: &Links<'a>) -> Loose<'a> {
    let mut loose = Loose { events: links.loose.clone(), ..Loose::default() };
    for double in &links.doubles {
        twice(draft, double);
    }
    for event_id in &links.spent {
        draft.forget(event_id);
    }
    let mut best = links.best.iter().peekable();
    for (frnr, row) in draft.situation.advoware {
        while let Some(link) = best.next_if(|link| link.frnr < *frnr) {
            unlisted(draft, link, &mut loose);
        }
        let link = best.next_if(|link| link.frnr == *frnr);
        let Ok(ours) = row else { continue };
        match link {
            Some(link) => listed(draft, ours, link, &mut loose),
            None => loose.termine.push((ours, 0, Reason::NewInAdvoware)),
        }
    }
    for link in best {
        unlisted(draft, link, &mut loose);
    }
    loose
}

/// Another event stands for the appointment: what a move there and back left behind.
fn twice(draft: &mut Draft<'_>, double: &Link<'_>) {
    let Item::Live(seen) = double.item else { return };
    let (frnr, event_id, etag) = (double.frnr, double.event_id.to_owned(), seen.etag.clone());
    if double.is_unchanged() {
        return draft.push(Operation::DeleteEvent { frnr, event_id, etag, reason: Reason::Duplicate });
    }
    match draft.situation.ours(frnr) {
        // Decided once the other event is: then this one is the last.
        None => {}
        Some(ours) if matches!(&seen.form, Ok(form) if form.changed.is_some()) => carry_over(draft, ours, double, seen, None),
        Some(_) => draft.note(NoteKind::DoubleLink, Some(frnr), Some(double.event_id), Vec::new()),
    }
}

/// The appointment is there.
fn listed<'a>(draft: &mut Draft<'a>, ours: &'a Ours, link: &Link<'a>, loose: &mut Loose<'a>) {
    match link.item {
        Item::Live(seen) if series::split(draft, ours, link, seen, loose) => {}
        Item::Live(seen) => pair(draft, ours, link, seen),
        Item::Tombstone(tombstone) => deleted_in_google(draft, ours, link, tombstone, loose),
    }
}

/// Both are there.
fn pair(draft: &mut Draft<'_>, ours: &Ours, link: &Link<'_>, seen: &Seen) {
    let Some(theirs) = readable(draft, link, seen) else {
        return;
    };
    if link.accompanied && link.has_arrived(draft.situation) {
        // It settles here once what stood here before is gone.
        return;
    }
    let policy = draft.situation.policy;
    let base = seen.marks.as_ref().and_then(|marks| marks.base.as_ref());
    let since = Since::base(base, &seen.pending, ours, theirs.changed, policy);
    let mut merge = merge(ours, theirs, since, policy);
    // A mark that was set and not followed by the deletion is taken off again; a dragged event settles here.
    merge.refresh |= link.supersedes.is_some();
    merge.refresh |= seen.marks.as_ref().is_some_and(|marks| marks.gone || !policy.scope.is_home_of(marks));
    if !merge.conflicts.is_empty() {
        draft.note_fields(NoteKind::Conflict, ours.frnr, link.event_id, merge.conflicts);
    }
    if merge.is_nothing() {
        draft.plan.unchanged += 1;
        return;
    }
    let reason = match since {
        None => Reason::BaseUnknown,
        Some(_) if !merge.conflicts.is_empty() => Reason::Conflict,
        Some(_) => Reason::Changed,
    };
    let (frnr, event_id, etag) = (ours.frnr, link.event_id.to_owned(), seen.etag.clone());
    draft.push(Operation::Merge { frnr, event_id, etag, merge, generation: link.supersedes, reason });
}

/// The form of a live linked event, where it can be synchronised at all.
fn readable<'a>(draft: &mut Draft<'_>, link: &Link<'_>, seen: &'a Seen) -> Option<&'a SeenForm> {
    match &seen.form {
        Err(fault) => {
            draft.note(NoteKind::UnreadableInGoogle, Some(link.frnr), Some(link.event_id), vec![fault.to_string()]);
            None
        }
        Ok(form) => Some(form),
    }
}

/// Whether Advoware can hold the event's recurrence; what is agreed already counts as held.
pub(super) fn is_held(form: &SeenForm) -> bool {
    match form.repeats {
        Repeats::Never | Repeats::Held => true,
        Repeats::Soft | Repeats::Foreign => form.changed.is_some_and(|changed| !changed.has(Field::Recurrence)),
    }
}

/// The event is a tombstone and the appointment is there.
fn deleted_in_google<'a>(draft: &mut Draft<'a>, ours: &'a Ours, link: &Link<'a>, tombstone: &Tombstone, loose: &mut Loose<'a>) {
    let policy = draft.situation.policy;
    let next = u32::try_from(link.generation + 1).unwrap_or(0);
    let marks = tombstone.marks.as_ref();
    if link.is_marked_gone() {
        // We deleted it ourselves, and the appointment is here (again).
        loose.termine.push((ours, next, Reason::NewInAdvoware));
        return;
    }
    let changed = marks.and_then(|marks| marks.base.as_ref()).and_then(|base| ours.changed_since(base, &policy.keys));
    let Some(changed) = changed else {
        draft.note(NoteKind::CameBack, Some(ours.frnr), Some(link.event_id), Vec::new());
        loose.termine.push((ours, next, Reason::ComesBack));
        return;
    };
    if !tombstone.unmoved && !draft.ask_colleagues(link.event_id) {
        return;
    }
    let lived_elsewhere = if tombstone.seen_alive || tombstone.unmoved {
        Some(false)
    } else {
        draft.lived_elsewhere(ours.frnr, tombstone.updated_ms)
    };
    let Some(lived_elsewhere) = lived_elsewhere else { return };
    if let Some(to) = draft.found_elsewhere(link.event_id, &[Elsewhere::Arrived]) {
        draft.push(Operation::ChangeOwner { frnr: ours.frnr, event_id: link.event_id.to_owned(), to });
    } else if draft.found_elsewhere(link.event_id, &[Elsewhere::Settled, Elsewhere::Marked]).is_some() {
        // It had settled there: either Advoware gave the appointment back to this employee since, or that
        // employee's run has just changed whose it is. One more look tells.
        match draft.situation.looked_up.get(&ours.frnr) {
            None => draft.need(Need::Lookup(ours.frnr)),
            Some(Answer::Found(now)) if now.anwalt.as_ref().is_some_and(|anwalt| *anwalt != policy.kuerzel) => {
                draft.forget(link.event_id);
            }
            Some(_) => loose.termine.push((ours, next, Reason::NewInAdvoware)),
        }
    } else if lived_elsewhere {
        // Left behind when the appointment went to a colleague, and dealt with then.
        loose.termine.push((ours, next, Reason::NewInAdvoware));
    } else if !changed.is_empty() && policy.keep_changed {
        loose.termine.push((ours, next, Reason::ChangeBeatsDelete));
    } else {
        draft.push(Operation::DeleteTermin { frnr: ours.frnr, event_id: link.event_id.to_owned(), reason: Reason::GoneInGoogle });
    }
}

/// The appointment is not in the list: gone, moved to another employee, or only out of the window.
fn unlisted<'a>(draft: &mut Draft<'a>, link: &Link<'a>, loose: &mut Loose<'a>) {
    let situation = draft.situation;
    if matches!(link.item, Item::Tombstone(_)) && link.is_marked_gone() {
        // Our own deletion: should the appointment be here again, its id's being taken will say so.
        return draft.forget(link.event_id);
    }
    let in_sight = link.item.days().is_none_or(|days| situation.window.overlaps(days));
    if !in_sight && !situation.looked_up.contains_key(&link.frnr) {
        return;
    }
    match (situation.looked_up.get(&link.frnr), link.item) {
        (None, _) => draft.need(Need::Lookup(link.frnr)),
        (Some(Answer::Unreadable(fault)), _) => {
            draft.note(NoteKind::UnreadableInAdvoware, Some(link.frnr), Some(link.event_id), vec![fault.to_string()]);
        }
        (Some(Answer::Gone), Item::Tombstone(_)) => draft.forget(link.event_id),
        (Some(Answer::Gone), Item::Live(seen)) => gone_in_advoware(draft, link, seen, loose),
        (Some(Answer::Found(ours)), item) => match (&ours.anwalt, item) {
            (Some(anwalt), Item::Live(seen)) if *anwalt != situation.policy.kuerzel => moved(draft, ours, link, seen, anwalt),
            (Some(anwalt), Item::Tombstone(_)) if *anwalt != situation.policy.kuerzel => draft.forget(link.event_id),
            (_, Item::Live(_)) => listed(draft, ours, link, loose),
            // Deleted in Google while out of the window: decided when it rolls in.
            (_, Item::Tombstone(_)) if !situation.window.overlaps(ours.form.days()) => {}
            (_, Item::Tombstone(_)) => listed(draft, ours, link, loose),
        },
    }
}

/// A look-up by number says that the appointment is gone.
fn gone_in_advoware<'a>(draft: &mut Draft<'a>, link: &Link<'a>, seen: &Seen, loose: &mut Loose<'a>) {
    if !draft.situation.probe {
        draft.need(Need::Probe);
        draft.note(NoteKind::NoEvidence, Some(link.frnr), Some(link.event_id), Vec::new());
        return;
    }
    let changed = match &seen.form {
        Ok(form) => form.changed,
        Err(_) => None,
    };
    let unchanged = changed.is_some_and(crate::form::FieldSet::is_empty);
    // Out of Google's bin: a person wants it back.
    let restored = draft.situation.buried.get(link.event_id) == Some(&link.frnr);
    let deleted = !link.outlived && !restored && (unchanged || changed.is_some() && !draft.situation.policy.keep_changed);
    if deleted {
        let (frnr, event_id, etag) = (link.frnr, link.event_id.to_owned(), seen.etag.clone());
        draft.push(Operation::DeleteEvent { frnr, event_id, etag, reason: Reason::GoneInAdvoware });
    } else {
        if changed.is_none() && seen.form.is_ok() {
            draft.note(NoteKind::CameBack, Some(link.frnr), Some(link.event_id), Vec::new());
        }
        loose.events.push((link.event_id, link.item));
    }
}

/// The appointment is another employee's.
fn moved(draft: &mut Draft<'_>, ours: &Ours, link: &Link<'_>, seen: &Seen, anwalt: &str) {
    let situation = draft.situation;
    let dragged = seen.marks.as_ref().is_some_and(|marks| !situation.policy.scope.is_home_of(marks));
    if dragged && situation.colleagues.contains(anwalt) {
        let key = (link.event_id.to_owned(), anwalt.to_owned());
        match situation.elsewhere.get(&key) {
            None => {
                return draft.need(Need::Elsewhere { event_id: key.0, kuerzel: key.1 });
            }
            // It was dragged here out of that calendar: the appointment follows its event.
            Some(Elsewhere::Tombstone) => {
                let to = situation.policy.kuerzel.clone();
                return draft.push(Operation::ChangeOwner { frnr: link.frnr, event_id: link.event_id.to_owned(), to });
            }
            Some(Elsewhere::Nowhere | Elsewhere::Arrived | Elsewhere::Settled | Elsewhere::Marked) => {}
        }
    }
    carry_over(draft, ours, link, seen, Some(anwalt));
}

/// Takes what Google changed to Advoware, and the event away: to another employee, or because it is one too many.
fn carry_over(draft: &mut Draft<'_>, ours: &Ours, link: &Link<'_>, seen: &Seen, to: Option<&str>) {
    let policy = draft.situation.policy;
    let Some(theirs) = readable(draft, link, seen) else {
        return;
    };
    let base = seen.marks.as_ref().and_then(|marks| marks.base.as_ref());
    let since = Since::base(base, &seen.pending, ours, theirs.changed, policy);
    let mut merge = merge(ours, theirs, since, policy);
    if theirs.repeats == Repeats::Foreign && merge.to_advoware.has(Field::Recurrence) {
        // Advoware can't hold it, and it goes away from here: reported, and left behind.
        merge.to_advoware = merge.to_advoware.without([Field::Recurrence].into_iter().collect());
        merge.conflicts.add(Field::Recurrence);
    }
    if !merge.conflicts.is_empty() {
        draft.note_fields(NoteKind::Conflict, link.frnr, link.event_id, merge.conflicts);
    }
    draft.push(Operation::MoveAway {
        frnr: link.frnr,
        event_id: link.event_id.to_owned(),
        etag: seen.etag.clone(),
        to_advoware: merge.to_advoware,
        to: to.map(str::to_owned),
    });
}

/// The side on which an operation deletes, for the guard.
pub(super) fn deletes_on(operation: &Operation) -> Option<(Side, Option<FrNr>, &str)> {
    match operation {
        Operation::DeleteEvent { frnr, event_id, reason: Reason::GoneInAdvoware, .. } => {
            Some((Side::Google, Some(*frnr), event_id))
        }
        Operation::DeleteTermin { frnr, event_id, .. } => Some((Side::Advoware, Some(*frnr), event_id)),
        Operation::Series(operation) => {
            let (frnr, event_id) = operation.subject();
            operation.deletes_on().map(|side| (side, frnr, event_id))
        }
        _ => None,
    }
}
