//! Which event stands for which appointment.

use super::{Situation, series};
use crate::form::FieldSet;
use crate::mirror::{Item, Seen};
use crate::ports::FrNr;

/// An event that names an appointment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) frnr: FrNr,
    /// −1 for an event that was not born from this appointment in this calendar.
    pub(super) generation: i64,
    pub(super) event_id: &'a str,
    pub(super) item: &'a Item,
    /// A higher generation was deleted: where the appointment is gone as well, a person brought this one back.
    pub(super) outlived: bool,
    /// The generation that it has to count as from now on, so that it comes after all others.
    pub(super) supersedes: Option<u32>,
    /// Whether another live event stands for the same appointment.
    pub(super) accompanied: bool,
}

impl Link<'_> {
    /// Alive counts more than dead, staying more than going, changed more than unchanged.
    fn weight(&self) -> u8 {
        let alive = matches!(self.item, Item::Live(_));
        u8::from(alive) + u8::from(self.is_staying()) + u8::from(alive && !self.is_unchanged())
    }

    /// Alive, and just as both sides last agreed.
    pub(super) fn is_unchanged(&self) -> bool {
        let Item::Live(Seen { form: Ok(form), .. }) = self.item else { return false };
        form.changed.is_some_and(FieldSet::is_empty)
    }

    /// When it was deleted, as far as Google says so; `None` while it is alive.
    fn deleted_at(&self) -> Option<i64> {
        if let Item::Tombstone(tombstone) = self.item { tombstone.updated_ms } else { None }
    }

    /// Dragged here from another calendar of ours.
    pub(super) fn has_arrived(&self, situation: &Situation<'_>) -> bool {
        self.item.marks().is_some_and(|marks| !situation.policy.scope.is_home_of(marks))
    }

    /// Whether it and an appointment were linked before this run. A tombstone that was dealt with, which a full list
    /// brings back, is none: it would widen the share of pairs that may be deleted unseen.
    fn is_pair(&self, situation: &Situation<'_>) -> bool {
        let is_here = || {
            situation.ours(self.frnr).is_some_and(|ours| ours.anwalt.as_ref().is_none_or(|at| *at == situation.policy.kuerzel))
        };
        self.item.marks().is_some() && (matches!(self.item, Item::Live(_)) || !self.is_marked_gone() && is_here())
    }

    /// Deleted by us, or about to be.
    pub(super) fn is_marked_gone(&self) -> bool {
        self.item.marks().is_some_and(|marks| marks.gone)
    }

    /// Alive, and not marked to be deleted by us.
    pub(super) fn is_staying(&self) -> bool {
        matches!(self.item, Item::Live(_)) && !self.is_marked_gone()
    }
}

/// Every event of the mirror, sorted by what it means.
#[derive(Debug, Default)]
pub(super) struct Links<'a> {
    /// The one event whose state counts for each appointment, by number.
    pub(super) best: Vec<Link<'a>>,
    /// Events that stand for no appointment yet, by id.
    pub(super) loose: Vec<(&'a str, &'a Item)>,
    /// Live events of which a better one exists, of the same generation.
    pub(super) doubles: Vec<Link<'a>>,
    /// Series whose occurrences are linked one by one.
    pub(super) series: Vec<(&'a str, &'a Item)>,
    /// Tombstones without any meaning.
    pub(super) spent: Vec<&'a str>,
    /// How many pairs were linked before this run.
    pub(super) linked: usize,
}

impl Links<'_> {
    /// Whether an event of its own stands for the appointment, and stays.
    pub(super) fn has_own_event(&self, frnr: FrNr) -> bool {
        self.best.binary_search_by_key(&frnr, |link| link.frnr).is_ok_and(|at| self.best[at].is_staying())
    }
}

/// Sorts the mirror: only the highest generation of an appointment counts.
pub(super) fn links<'a>(situation: &'a Situation<'a>) -> Links<'a> {
    let mut out = Links::default();
    let mut named = Vec::with_capacity(situation.google.len());
    for (event_id, item) in situation.google {
        let is_occurrence = match item {
            Item::Live(seen) => seen.place.is_some() || seen.foreign,
            Item::Tombstone(tombstone) => tombstone.place.is_some(),
        };
        if is_occurrence {
            continue;
        }
        if series::has_links(item) {
            out.series.push((event_id, item));
            continue;
        }
        match link(situation, event_id, item) {
            Some((frnr, generation)) => {
                named.push(Link { frnr, generation, event_id, item, outlived: false, supersedes: None, accompanied: false })
            }
            None => out.loose.push((event_id, item)),
        }
    }
    // Highest generation first; among equals the one that has most to say, then the smallest id.
    named.sort_by(|a, b| (a.frnr, b.generation, b.weight(), a.event_id).cmp(&(b.frnr, a.generation, a.weight(), b.event_id)));
    for same in named.chunk_by_mut(|a, b| a.frnr == b.frnr) {
        let highest = same[0].generation;
        let outlived = outlive(same, situation);
        let best = same[0];
        let supersedes = (best.generation < highest).then(|| u32::try_from(highest + 1).unwrap_or(u32::MAX));
        let doubles = out.doubles.len();
        for link in &same[1..] {
            match link.item {
                Item::Tombstone(_) => out.spent.push(link.event_id),
                // What was dragged here, or is about to be deleted by us, is the same appointment twice.
                Item::Live(_) if link.has_arrived(situation) || !link.is_staying() => out.doubles.push(*link),
                // A live event of a lower generation was brought back by a person: a new one.
                Item::Live(_) if link.generation < best.generation => out.loose.push((link.event_id, link.item)),
                Item::Live(_) => out.doubles.push(*link),
            }
        }
        let accompanied = out.doubles.len() > doubles;
        out.linked += usize::from(best.is_pair(situation));
        out.best.push(Link { outlived, supersedes, accompanied, ..best });
    }
    out.loose.sort_by_key(|(event_id, _)| *event_id);
    out
}

/// Brings the live event that counts to the front where the highest generation is not it: one that was dragged
/// here while the other says nothing, or, where the highest is dead, one that came later or outlived our own
/// deletion. Whether it is the latter. Where all are dead, what was deleted last counts, as far as that is known.
fn outlive(same: &mut [Link<'_>], situation: &Situation<'_>) -> bool {
    let best = same[0];
    let outlives = |link: &Link<'_>| {
        let arrived = link.has_arrived(situation);
        link.is_staying()
            && if best.is_staying() {
                arrived && best.is_unchanged()
            } else {
                arrived || best.is_marked_gone() || link.generation < 0
            }
    };
    let died_later =
        |link: &Link<'_>| link.generation < 0 && link.deleted_at().zip(best.deleted_at()).is_some_and(|(a, b)| a > b);
    let others = &same[1..];
    match others.iter().position(outlives).or_else(|| others.iter().position(died_later)) {
        Some(at) => {
            same[..=at + 1].rotate_right(1);
            same[0].is_staying() && !best.is_staying() && !same[0].has_arrived(situation)
        }
        None => false,
    }
}

/// The number and generation that an event stands for: as it records, else as its id says.
fn link(situation: &Situation<'_>, event_id: &str, item: &Item) -> Option<(FrNr, i64)> {
    let named = situation.policy.scope.parse(event_id);
    match item.marks() {
        // A creation that was begun decides what the event stands for.
        Some(marks) if marks.claim.is_some() => None,
        Some(marks) => {
            let frnr = marks.frnr?;
            let by_id = named.filter(|(named, _)| *named == frnr).map(|(_, generation)| generation);
            Some((frnr, marks.generation.max(by_id).map_or(-1, i64::from)))
        }
        None => named.map(|(frnr, generation)| (frnr, i64::from(generation))),
    }
}
