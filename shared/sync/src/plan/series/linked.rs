//! Occurrences that are linked: equal, changed, gone or moved.

use chrono::{Datelike, Duration, NaiveDateTime};

use super::operation::{Agreement, OccurrenceMerge, SeriesOperation};
use super::view::{Live, State};
use super::{Reason, Spread};
use crate::fingerprint::{Fingerprint, Key};
use crate::form::{FieldSet, Recurrence};
use crate::google;
use crate::plan::draft::Draft;
use crate::plan::merge::{Since, merge};
use crate::plan::pairs::Loose;
use crate::plan::{Answer, Elsewhere, Need, NoteKind, Operation, Ours, Policy};
use crate::ports::{FrNr, Side};
use crate::series::Entry;

/// Days after which a link of the past is given up, at the next write of its series.
const PAST: Duration = Duration::days(31);

/// How the appointment of an occurrence stands in Advoware.
pub(super) enum There<'a> {
    Here(&'a Ours),
    Moved(&'a Ours, &'a str),
    Gone,
    /// It can't be read, or is being asked for, or lies out of the window just as its occurrence.
    Unknown,
}

/// Decides every link of a series.
pub(super) fn plan<'a>(draft: &mut Draft<'a>, spread: &mut Spread<'a>, is_stale: impl Fn(FrNr) -> bool, loose: &mut Loose<'a>) {
    for (original, frnr) in linked(spread) {
        if is_stale(frnr) {
            // It has an event of its own since.
            spread.entries.remove(&original);
            spread.tend.unlink.push(original);
        }
    }
    spread.find_open(draft, Reason::Occurrence);
    rename(spread);
    for (original, frnr) in linked(spread) {
        let entry = spread.entries[&original].clone();
        let state = spread.view.state(original);
        let days = match &state {
            State::Live(live) => (live.first, Some(live.last)),
            _ => (original.date(), Some(original.date())),
        };
        let there = there(draft, frnr, draft.situation.window.overlaps(days));
        let link = Link { original, frnr, entry };
        match (there, state) {
            (There::Unknown, _) => {}
            (_, State::Unreadable(id, fault)) => {
                draft.note(NoteKind::UnreadableInGoogle, Some(frnr), Some(id), vec![fault.to_string()]);
            }
            (There::Here(ours), State::Live(live)) => pair(draft, spread, &link, ours, &live),
            (There::Here(ours), state) => gone_in_google(draft, spread, &link, ours, &state, loose),
            (There::Gone, State::Live(live)) => gone_in_advoware(draft, spread, &link, live),
            (There::Moved(ours, anwalt), State::Live(live)) => moved(draft, spread, &link, ours, &live, anwalt),
            (There::Gone | There::Moved(..), State::Cancelled(_) | State::Dropped) => spread.tend.unlink.push(original),
        }
    }
}

/// One link that is looked at.
struct Link {
    original: NaiveDateTime,
    frnr: FrNr,
    entry: Entry,
}

fn linked(spread: &Spread<'_>) -> Vec<(NaiveDateTime, FrNr)> {
    spread.entries.iter().filter_map(|(original, entry)| Some((*original, entry.frnr?))).collect()
}

/// Where the whole series was moved to another time of day, its occurrences keep their appointments: the one of
/// the same day, else of the same week.
fn rename(spread: &mut Spread<'_>) {
    if spread.open.is_empty() || !spread.view.repeats() {
        return;
    }
    let same_day = |one: NaiveDateTime, other: NaiveDateTime| one.date() == other.date();
    let same_week = |one: NaiveDateTime, other: NaiveDateTime| one.date().iso_week() == other.date().iso_week();
    for same in [&same_day as &dyn Fn(NaiveDateTime, NaiveDateTime) -> bool, &same_week] {
        for (old, _) in linked(spread) {
            let Some(new) = spread.open.keys().copied().find(|new| same(old, *new)) else { continue };
            if matches!(spread.view.state(old), State::Dropped)
                && let Some(entry) = spread.entries.remove(&old)
            {
                spread.open.remove(&new);
                spread.entries.insert(new, entry);
                spread.tend.rename.push((old, new));
            }
        }
    }
}

/// How the appointment stands; asks for it where that matters and isn't known.
pub(super) fn there<'a>(draft: &mut Draft<'a>, frnr: FrNr, in_sight: bool) -> There<'a> {
    let situation = draft.situation;
    match (situation.advoware.get(&frnr), situation.looked_up.get(&frnr)) {
        (Some(Ok(ours)), _) => There::Here(ours),
        (Some(Err(_)), _) => There::Unknown,
        (None, None) => {
            if in_sight {
                draft.need(Need::Lookup(frnr));
            }
            There::Unknown
        }
        (None, Some(Answer::Gone)) => There::Gone,
        (None, Some(Answer::Unreadable(fault))) => {
            draft.note(NoteKind::UnreadableInAdvoware, Some(frnr), None, vec![fault.to_string()]);
            There::Unknown
        }
        (None, Some(Answer::Found(ours))) => match &ours.anwalt {
            Some(anwalt) if *anwalt != situation.policy.kuerzel => There::Moved(ours, anwalt),
            _ => There::Here(ours),
        },
    }
}

/// The fingerprint of an appointment under `key`, as Google would show it.
fn whole(ours: &Ours, key: &Key, policy: &Policy) -> Fingerprint {
    if key.id() == policy.keys.current().id() {
        key.whole(&ours.shown)
    } else {
        key.whole(&key.fields(&google::shown(&ours.form, policy.anonymise)))
    }
}

/// Whether the appointment was changed since it was linked; `None` where the link's key is unknown.
pub(super) fn changed(ours: &Ours, entry: &Entry, policy: &Policy) -> Option<bool> {
    Some(whole(ours, policy.keys.find(&entry.key)?, policy) != entry.agreed)
}

/// The same, where what a run of ours was about to write is no change.
fn changed_by_people(spread: &Spread<'_>, link: &Link, ours: &Ours, policy: &Policy) -> Option<bool> {
    let shown = policy.keys.current().whole(&ours.shown);
    Some(changed(ours, &link.entry, policy)? && !is_announced(spread, link, Side::Advoware, shown))
}

/// Whether a run of ours was about to make the occurrence `shown` on `side`.
fn is_announced(spread: &Spread<'_>, link: &Link, side: Side, shown: Fingerprint) -> bool {
    let announced = &spread.seen.announced;
    announced.iter().any(|one| one.original == link.original && one.side == side && one.target == shown)
}

/// Whether the occurrence was changed since it was linked; `None` where the link's key is unknown.
fn changed_in_google(live: &Live<'_>, entry: &Entry, policy: &Policy) -> Option<bool> {
    let shown = live.whole(policy.keys.find(&entry.key)?, policy)?;
    Some(shown != entry.shown.unwrap_or(entry.agreed))
}

/// What each side changed since the link: all or nothing, for there is one fingerprint.
fn since(spread: &Spread<'_>, link: &Link, ours: &Ours, live: &Live<'_>, policy: &Policy) -> Option<Since> {
    let mut advoware = changed(ours, &link.entry, policy)?;
    let mut google = changed_in_google(live, &link.entry, policy)?;
    let key = policy.keys.current();
    // What a run of ours was about to write is the other side's word.
    if advoware && is_announced(spread, link, Side::Advoware, key.whole(&ours.shown)) {
        (advoware, google) = (false, true);
    } else if google && is_announced(spread, link, Side::Google, key.whole(&live.fields)) {
        (advoware, google) = (true, false);
    }
    let all = |changed| if changed { FieldSet::ALL } else { FieldSet::NONE };
    Some(Since { advoware: all(advoware), google: all(google), anonymised: link.entry.anonymised })
}

/// Both are there.
fn pair<'a>(draft: &mut Draft<'a>, spread: &mut Spread<'a>, link: &Link, ours: &Ours, live: &Live<'a>) {
    let policy = &draft.situation.policy;
    let instance_id = live.slot.instance_id.clone();
    if ours.form.recurrence != Recurrence::None {
        // It became a series of its own: its occurrence here makes way, then it gets its own event.
        return draft.push(cancel(spread, link, live, Reason::Changed, None, FieldSet::NONE));
    }
    let since = since(spread, link, ours, live, policy);
    let merge = merge(ours, &live.as_form(), since, policy);
    if !merge.conflicts.is_empty() {
        draft.note_fields(NoteKind::Conflict, link.frnr, &instance_id, merge.conflicts);
    }
    if merge.is_nothing() {
        draft.plan.unchanged += 1;
        return;
    }
    let mut target = ours.shown;
    for field in merge.to_advoware.iter() {
        target.set(field, live.fields.of(field));
    }
    let target = policy.keys.current().whole(&target);
    let Link { original, frnr, .. } = *link;
    if merge.to_advoware.is_empty() && merge.to_google.is_empty() {
        return spread.tend.agree.push(Agreement { original, frnr, agreed: target });
    }
    let reason = match since {
        None => Reason::BaseUnknown,
        Some(_) if !merge.conflicts.is_empty() => Reason::Conflict,
        Some(_) => Reason::Changed,
    };
    spread.tend.merge.push(OccurrenceMerge { slot: live.slot.clone(), frnr, merge, target, reason });
}

fn cancel(
    spread: &Spread<'_>,
    link: &Link,
    live: &Live<'_>,
    reason: Reason,
    to: Option<&str>,
    to_advoware: FieldSet,
) -> Operation {
    Operation::Series(SeriesOperation::Cancel {
        to_advoware,
        frnr: link.frnr,
        master: spread.event_id.to_owned(),
        slot: live.slot.clone(),
        to: to.map(str::to_owned),
        reason,
    })
}

/// The occurrence was cancelled, or the rule doesn't name it any more.
fn gone_in_google<'a>(
    draft: &mut Draft<'a>,
    spread: &mut Spread<'a>,
    link: &Link,
    ours: &'a Ours,
    state: &State<'_>,
    loose: &mut Loose<'a>,
) {
    let policy = &draft.situation.policy;
    let Link { original, frnr, .. } = *link;
    if !spread.view.repeats() && policy.keys.current().whole(&ours.shown) == policy.keys.current().whole(&spread.view.fields) {
        // The series became this one event: it takes the appointment over once the others are gone.
        if spread.entries.len() == 1 {
            spread.tend.unlink.push(original);
        }
        return;
    }
    match changed_by_people(spread, link, ours, policy) {
        Some(true) if policy.keep_changed => {
            spread.tend.unlink.push(original);
            loose.termine.push((ours, 0, Reason::ChangeBeatsDelete));
        }
        None => {
            draft.note(NoteKind::CameBack, Some(frnr), Some(spread.event_id), Vec::new());
            spread.tend.unlink.push(original);
            loose.termine.push((ours, 0, Reason::ComesBack));
        }
        Some(_) => match state {
            State::Cancelled(id) => {
                let (event_id, singles) = ((*id).to_owned(), vec![frnr]);
                draft.push(Operation::Series(SeriesOperation::DeleteSingles { event_id, singles, reason: Reason::GoneInGoogle }));
            }
            _ => spread.dropped.push(frnr),
        },
    }
}

/// A look-up by number says that the appointment is gone.
fn gone_in_advoware<'a>(draft: &mut Draft<'a>, spread: &mut Spread<'a>, link: &Link, live: Live<'a>) {
    let policy = &draft.situation.policy;
    if !draft.situation.probe {
        draft.need(Need::Probe);
        return draft.note(NoteKind::NoEvidence, Some(link.frnr), Some(&live.slot.instance_id), Vec::new());
    }
    let shown = policy.keys.current().whole(&live.fields);
    let own = is_announced(spread, link, Side::Google, shown);
    let reason = match changed_in_google(&live, &link.entry, policy).map(|changed| changed && !own) {
        Some(true) if policy.keep_changed => Reason::ChangeBeatsDelete,
        Some(_) => return draft.push(cancel(spread, link, &live, Reason::GoneInAdvoware, None, FieldSet::NONE)),
        None => {
            draft.note(NoteKind::CameBack, Some(link.frnr), Some(&live.slot.instance_id), Vec::new());
            Reason::ComesBack
        }
    };
    if draft.situation.window.overlaps((live.first, Some(live.last))) {
        spread.open.insert(link.original, (live, reason));
    }
}

/// The appointment is another employee's.
fn moved<'a>(draft: &mut Draft<'a>, spread: &mut Spread<'a>, link: &Link, ours: &Ours, live: &Live<'a>, anwalt: &str) {
    let situation = draft.situation;
    let dragged = spread.seen.marks.as_ref().is_some_and(|marks| !situation.policy.scope.is_home_of(marks));
    if dragged && situation.colleagues.contains(anwalt) {
        let key = (spread.event_id.to_owned(), anwalt.to_owned());
        match situation.elsewhere.get(&key) {
            None => return draft.need(Need::Elsewhere { event_id: key.0, kuerzel: key.1 }),
            // The series was dragged here out of that calendar: its appointments follow it.
            Some(Elsewhere::Tombstone) => {
                spread.waits = true;
                let to = situation.policy.kuerzel.clone();
                return draft.push(Operation::ChangeOwner { frnr: link.frnr, event_id: key.0, to });
            }
            Some(_) => {}
        }
    }
    let since = since(spread, link, ours, live, situation.policy);
    let merge = merge(ours, &live.as_form(), since, situation.policy);
    if !merge.conflicts.is_empty() {
        draft.note_fields(NoteKind::Conflict, link.frnr, &live.slot.instance_id, merge.conflicts);
    }
    draft.push(cancel(spread, link, live, Reason::MovedInAdvoware, Some(anwalt), merge.to_advoware));
}

/// Gives up links of occurrences that lie well in the past, so that a series without an end doesn't fill up.
pub(super) fn forget_the_past(draft: &Draft<'_>, spread: &mut Spread<'_>) {
    let before = draft.situation.window.first - PAST;
    let untouched = |original: NaiveDateTime| match spread.view.state(original) {
        State::Live(live) => live.last < before,
        State::Cancelled(_) | State::Dropped => true,
        State::Unreadable(..) => false,
    };
    let past = linked(spread).into_iter().filter(|(original, frnr)| {
        original.date() < before && !draft.situation.advoware.contains_key(frnr) && untouched(*original)
    });
    let past: Vec<NaiveDateTime> = past.map(|(original, _)| original).collect();
    spread.tend.unlink.extend(past);
}
