//! Series whose occurrences are single appointments in Advoware: those with a rule that it can't hold, and
//! those of which single occurrences were moved, changed or cancelled in Google.
//!
//! | Advoware | Google | then |
//! |---|---|---|
//! | – | takes place in the window | create the single appointment |
//! | = link | = link | nothing |
//! | changed | = link | the occurrence becomes an exception |
//! | = link | changed, or its series was | write to Advoware |
//! | changed | changed | each differing field is a conflict, by policy |
//! | gone, by look-up and probe | = link | cancel the occurrence |
//! | gone, by look-up and probe | changed | create it anew |
//! | = link | cancelled, or its series deleted | delete the single appointment |
//! | changed | cancelled, or its series deleted | an event of its own |
//! | another employee's | any | carry over what Google changed, then cancel the occurrence here |

mod claims;
mod dead;
mod linked;
mod operation;
mod split;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;

use super::draft::Draft;
use super::links::Links;
use super::pairs::Loose;
use super::{NoteKind, Operation, Ours, Reason};
use crate::fingerprint::Fingerprint;
use crate::identity::Marks;
use crate::mirror::{Item, Repeats, Seen};
use crate::ports::FrNr;
use crate::series::{Entries, unpack};
use view::{Blind, Live, View};

pub(super) use claims::adopt_claims;
pub use operation::{Agreement, Creation, OccurrenceMerge, SeriesOperation, SeriesTexts, Slot, Stands, Tend};
pub(super) use split::split;
pub(super) use view::Exceptions;

/// One series in the making of a plan.
#[derive(Debug)]
pub(super) struct Spread<'a> {
    event_id: &'a str,
    seen: &'a Seen,
    view: View<'a>,
    /// The links, by the occurrences' names of today.
    entries: Entries,
    /// Occurrences that have no appointment.
    open: BTreeMap<NaiveDateTime, (Live<'a>, Reason)>,
    /// Appointments whose occurrences the rule doesn't name any more.
    dropped: Vec<FrNr>,
    /// Something else comes first: a creation that was begun, an appointment that follows its series here.
    waits: bool,
    tend: Tend,
}

impl<'a> Spread<'a> {
    /// Looks at a series occurrence by occurrence; reports it where that can't be done.
    fn new(draft: &mut Draft<'a>, event_id: &'a str, seen: &'a Seen) -> Option<Self> {
        let view = match View::new(draft, event_id, seen) {
            Ok(view) => view,
            Err(blind) => {
                let (kind, fault) = match blind {
                    Blind::Unreadable(fault) => (NoteKind::UnreadableInGoogle, fault.to_string()),
                    Blind::Uncountable(fault) => (NoteKind::UnsupportedSeries, fault.to_string()),
                };
                draft.note(kind, None, Some(event_id), vec![fault]);
                return None;
            }
        };
        let marks = seen.marks.as_ref();
        let tend = Tend {
            event_id: event_id.to_owned(),
            etag: seen.etag.clone(),
            rename: Vec::new(),
            unlink: Vec::new(),
            agree: Vec::new(),
            merge: Vec::new(),
            create: Vec::new(),
            whole: marks.filter(|marks| marks.is_spread()).and_then(|marks| marks.frnr),
            let_go: false,
            texts: None,
            like: None,
            again: false,
        };
        let entries = marks.map(|marks| unpack(&marks.occurrences)).unwrap_or_default();
        let mut spread = Self { event_id, seen, view, entries, open: BTreeMap::new(), dropped: Vec::new(), waits: false, tend };
        spread.settle_texts(draft);
        Some(spread)
    }

    /// Decides which texts the series shows, where they are or were anonymised.
    fn settle_texts(&mut self, draft: &Draft<'a>) {
        let situation = draft.situation;
        let listed = |frnr: &FrNr| matches!(situation.advoware.get(frnr), Some(Ok(_)));
        self.tend.like = self.entries.values().filter_map(|entry| entry.frnr).rfind(listed);
        let anonymous = self.view.is_anonymous();
        if situation.policy.anonymise {
            self.tend.texts = (!anonymous).then_some(SeriesTexts::Anonymous);
            self.view.anonymise();
        } else if anonymous && self.entries.values().any(|entry| entry.anonymised) {
            let like = self.tend.like.and_then(|frnr| situation.ours(frnr));
            self.tend.texts = like.map(|ours| SeriesTexts::Of(ours.frnr));
            if let Some(ours) = like {
                self.view.retell(&ours.shown);
            }
        }
    }

    /// Notes what takes place in the window and has no link.
    fn find_open(&mut self, draft: &Draft<'_>, reason: Reason) {
        for live in self.view.alive(draft.situation.window) {
            if !self.entries.contains_key(&live.slot.original) {
                self.open.insert(live.slot.original, (live, reason));
            }
        }
    }
}

/// Whether `item` is a series with links of its own.
pub(super) fn has_links(item: &Item) -> bool {
    item.marks().is_some_and(Marks::is_spread)
}

/// Decides every series with links. Their appointments are taken out of `loose`; what comes back as an event of
/// its own goes in.
pub(super) fn plan_series<'a>(draft: &mut Draft<'a>, links: &mut Links<'a>, loose: &mut Loose<'a>) {
    let mut bound = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for (event_id, item) in &links.series {
        let Some(marks) = item.marks() else { continue };
        links.linked += unpack(&marks.occurrences).len();
        for frnr in numbers(marks) {
            // Linked by two series: by the first.
            if !bound.insert(frnr) {
                twice.insert((*event_id, frnr));
            }
        }
    }
    loose.termine.retain(|(ours, ..)| !bound.contains(&ours.frnr));
    for (event_id, item) in &links.series {
        match item {
            Item::Tombstone(tombstone) => {
                dead::plan(draft, event_id, tombstone, |frnr| links.has_own_event(frnr), loose);
            }
            Item::Live(seen) => {
                let Some(mut spread) = Spread::new(draft, event_id, seen) else { continue };
                let is_stale = |frnr: FrNr| twice.contains(&(*event_id, frnr)) || links.has_own_event(frnr);
                linked::plan(draft, &mut spread, is_stale, loose);
                loose.series.push(spread);
            }
        }
    }
}

/// Every appointment that a series names.
fn numbers(marks: &Marks) -> BTreeSet<FrNr> {
    unpack(&marks.occurrences).values().filter_map(|entry| entry.frnr).chain(marks.frnr).collect()
}

/// Takes a series that has no appointment yet and that Advoware can't hold; `false` for any other event.
pub(super) fn takes<'a>(draft: &mut Draft<'a>, event_id: &'a str, seen: &'a Seen, loose: &mut Vec<Spread<'a>>) -> bool {
    let Ok(form) = &seen.form else { return false };
    let held = match form.repeats {
        Repeats::Never => return false,
        Repeats::Held => true,
        Repeats::Soft | Repeats::Foreign => false,
    };
    if held && draft.exceptions.of(event_id).is_empty() {
        return false;
    }
    let window = draft.situation.window;
    let Some(mut spread) = Spread::new(draft, event_id, seen) else { return true };
    if held && !spread.view.has_exception(window) {
        return false;
    }
    spread.find_open(draft, Reason::Occurrence);
    loose.push(spread);
    true
}

/// Finishes every series: what has no appointment yet is found or created.
pub(super) fn finish<'a>(
    draft: &mut Draft<'a>,
    series: Vec<Spread<'a>>,
    equals: &mut BTreeMap<Fingerprint, Vec<&'a Ours>>,
    taken: &mut BTreeSet<FrNr>,
) {
    for mut spread in series {
        if !spread.waits {
            claims::adopt_equals(draft, &mut spread, equals, taken);
            claims::create(&mut spread);
        }
        if !spread.dropped.is_empty() {
            let (event_id, singles) = (spread.event_id.to_owned(), std::mem::take(&mut spread.dropped));
            draft.push(Operation::Series(SeriesOperation::DeleteSingles { event_id, singles, reason: Reason::GoneInGoogle }));
            spread.waits = true;
        }
        let end = if spread.waits { None } else { split::end(draft, &mut spread) };
        if settles(draft, &spread) {
            linked::forget_the_past(draft, &mut spread);
            draft.push(Operation::Series(SeriesOperation::Tend(spread.tend)));
        }
        end.into_iter().for_each(|end| draft.push(Operation::Series(end)));
    }
}

/// Whether the series itself has to be written.
fn settles(draft: &Draft<'_>, spread: &Spread<'_>) -> bool {
    let marks = spread.seen.marks.as_ref();
    // Dragged here from another calendar: it is at home once every appointment has followed.
    let arrived = marks.is_some_and(|marks| !draft.situation.policy.scope.is_home_of(marks)) && !spread.waits;
    // About to be split: from now on it is no whole any more, even where nothing is left to be created.
    let splits = spread.tend.whole.is_some() && !marks.is_some_and(Marks::is_spread);
    !spread.tend.is_nothing() || arrived || splits
}
