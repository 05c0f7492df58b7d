//! What Google shows of each occurrence of a series.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};

use super::operation::{Slot, Stands};
use crate::fingerprint::{Fingerprint, Fingerprints, Key, KeyId};
use crate::form::{Appointment, Field, FieldSet, Recurrence, Span, Unreadable};
use crate::google::{self, Series};
use crate::mirror::{Item, Repeats, Seen, SeenForm};
use crate::plan::draft::Draft;
use crate::plan::{Policy, Situation, Window};
use crate::series::{Occurrence, Uncountable, name_of, occurrences};

/// The occurrences that stand for themselves, by series.
#[derive(Debug, Default)]
pub(in crate::plan) struct Exceptions<'a>(BTreeMap<&'a str, Vec<(NaiveDateTime, &'a str, &'a Item)>>);

impl<'a> Exceptions<'a> {
    pub(in crate::plan) fn new(situation: &'a Situation<'a>) -> Self {
        let mut out = Self::default();
        for (event_id, item) in situation.google {
            if let Some(place) = item.place() {
                out.0.entry(&place.master).or_default().push((name_of(place.original), event_id, item));
            }
        }
        out
    }

    /// Those of one series.
    pub(super) fn of(&self, event_id: &str) -> &[(NaiveDateTime, &'a str, &'a Item)] {
        self.0.get(event_id).map_or(&[], Vec::as_slice)
    }
}

/// Why a series can't be looked at occurrence by occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blind {
    Unreadable(Unreadable),
    Uncountable(Uncountable),
}

/// One series, occurrence by occurrence.
#[derive(Debug)]
pub(super) struct View<'a> {
    event_id: &'a str,
    key: &'a Key,
    /// Fingerprints of an occurrence that nobody touched, but for its time.
    pub(super) fields: Fingerprints,
    older: &'a [(KeyId, Fingerprints)],
    /// `None`: it is no series any more.
    series: Option<&'a Series>,
    /// By the rule, touching the window.
    regular: BTreeMap<NaiveDateTime, Occurrence>,
    exceptions: BTreeMap<NaiveDateTime, (&'a str, &'a Item)>,
}

/// How one occurrence stands in Google.
#[derive(Debug)]
pub(super) enum State<'a> {
    Live(Live<'a>),
    Cancelled(&'a str),
    Unreadable(&'a str, Unreadable),
    /// The rule doesn't name it any more.
    Dropped,
}

/// An occurrence that takes place.
#[derive(Debug, Clone)]
pub(super) struct Live<'a> {
    pub(super) slot: Slot,
    /// Its fingerprints under the current key.
    pub(super) fields: Fingerprints,
    older: &'a [(KeyId, Fingerprints)],
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
}

impl Live<'_> {
    /// Its fingerprint as a whole under `key`, if that was known when it was read.
    pub(super) fn whole(&self, key: &Key, policy: &Policy) -> Option<Fingerprint> {
        if key.id() == policy.keys.current().id() {
            return Some(key.whole(&self.fields));
        }
        let (_, fields) = self.older.iter().find(|(id, _)| id == key.id())?;
        Some(key.whole(&match &self.slot.stands {
            Stands::WithItsSeries(span) => key.occurrence(fields, span),
            Stands::ForItself { .. } => *fields,
        }))
    }

    /// The same, as the decision table takes it.
    pub(super) fn as_form(&self) -> SeenForm {
        SeenForm {
            shown: self.fields,
            first: self.first,
            last: Some(self.last),
            repeats: Repeats::Never,
            changed: None,
            changed_since_claim: None,
            series: None,
            older: Vec::new(),
        }
    }
}

impl<'a> View<'a> {
    pub(super) fn new(draft: &Draft<'a>, event_id: &'a str, seen: &'a Seen) -> Result<Self, Blind> {
        let form = seen.form.as_ref().map_err(|fault| Blind::Unreadable(*fault))?;
        let situation = draft.situation;
        let window = situation.window;
        let series = match (form.repeats, &form.series) {
            (Repeats::Never, _) => None,
            (_, Some(series)) => Some(series),
            (_, None) => return Err(Blind::Uncountable(Uncountable::Zone)),
        };
        let regular = match series {
            Some(series) => occurrences(series, window.first, window.last).map_err(Blind::Uncountable)?,
            None => Vec::new(),
        };
        let exceptions = draft.exceptions.of(event_id);
        Ok(Self {
            event_id,
            key: situation.policy.keys.current(),
            fields: form.shown,
            older: &form.older,
            series,
            regular: regular.into_iter().map(|occurrence| (occurrence.original, occurrence)).collect(),
            exceptions: exceptions.iter().map(|(original, id, item)| (*original, (*id, *item))).collect(),
        })
    }

    /// Whether it is still a series.
    pub(super) fn repeats(&self) -> bool {
        self.series.is_some()
    }

    /// The one occurrence that is named `original`.
    pub(super) fn state(&self, original: NaiveDateTime) -> State<'a> {
        match self.exceptions.get(&original) {
            Some((id, Item::Tombstone(_))) => State::Cancelled(id),
            Some((id, Item::Live(seen))) => match &seen.form {
                Err(fault) => State::Unreadable(id, *fault),
                Ok(form) => State::Live(self.exception(original, id, seen, form)),
            },
            None => self.by_rule(original).map_or(State::Dropped, |occurrence| State::Live(self.untouched(&occurrence))),
        }
    }

    /// Every occurrence that takes place in the window.
    pub(super) fn alive(&self, window: Window) -> Vec<Live<'a>> {
        let names: BTreeSet<NaiveDateTime> =
            self.regular.keys().chain(self.exceptions.keys()).copied().filter(|_| self.repeats()).collect();
        let live = names.into_iter().filter_map(|original| match self.state(original) {
            State::Live(live) => Some(live),
            State::Cancelled(_) | State::Unreadable(..) | State::Dropped => None,
        });
        live.filter(|live| window.overlaps((live.first, Some(live.last)))).collect()
    }

    /// Whether an occurrence that counts in the window was moved, changed or cancelled.
    pub(super) fn has_exception(&self, window: Window) -> bool {
        self.exceptions.keys().any(|original| match (self.state(*original), self.regular.get(original)) {
            (State::Live(live), Some(occurrence)) => live.fields != self.untouched(occurrence).fields,
            (State::Live(live), None) => window.overlaps((live.first, Some(live.last))),
            (State::Cancelled(_), by_rule) => by_rule.is_some(),
            (State::Unreadable(..) | State::Dropped, _) => false,
        })
    }

    /// Occurrences that were moved, changed or cancelled, with the fields that they have of their own.
    pub(super) fn own_changes(&self) -> impl Iterator<Item = (&'a str, FieldSet)> {
        self.exceptions.iter().filter_map(|(original, (event_id, _))| {
            let by_rule = self.regular.get(original)?;
            let fields = match self.state(*original) {
                State::Live(live) => live.fields.differing(&self.untouched(by_rule).fields),
                State::Cancelled(_) => [Field::Recurrence].into_iter().collect(),
                State::Unreadable(..) | State::Dropped => FieldSet::NONE,
            };
            (!fields.is_empty()).then_some((*event_id, fields))
        })
    }

    /// Whether it shows what an anonymised series shows.
    pub(super) fn is_anonymous(&self) -> bool {
        Field::TEXTS.iter().all(|field| self.fields.of(field) == self.key.field(field, &anonymous()))
    }

    /// From here on it is looked at as if its texts were those of `fields`.
    pub(super) fn retell(&mut self, texts: &Fingerprints) {
        for field in Field::TEXTS.iter() {
            self.fields.set(field, texts.of(field));
        }
    }

    /// From here on it is looked at as if it were anonymised.
    pub(super) fn anonymise(&mut self) {
        self.retell(&self.key.fields(&anonymous()));
    }

    /// Fields in which `live` is not as its series has it, its time aside.
    pub(super) fn own_fields(&self, live: &Live<'_>) -> FieldSet {
        live.fields.differing(&self.fields).without([Field::Time, Field::Recurrence].into_iter().collect())
    }

    /// The occurrence as the rule has it, whatever became of it.
    fn by_rule(&self, original: NaiveDateTime) -> Option<Occurrence> {
        if let Some(occurrence) = self.regular.get(&original) {
            return Some(occurrence.clone());
        }
        let day = original.date();
        occurrences(self.series?, day, day).ok()?.into_iter().find(|occurrence| occurrence.original == original)
    }

    fn untouched(&self, occurrence: &Occurrence) -> Live<'a> {
        let Occurrence { original, span, .. } = *occurrence;
        let instance_id = occurrence.instance_id(self.event_id);
        Live {
            slot: Slot { original, instance_id, stands: Stands::WithItsSeries(span) },
            fields: self.key.occurrence(&self.fields, &span),
            older: self.older,
            first: span.first_day(),
            last: span.last_day(),
        }
    }

    fn exception(&self, original: NaiveDateTime, id: &str, seen: &Seen, form: &'a SeenForm) -> Live<'a> {
        let stands = Stands::ForItself { etag: seen.etag.clone() };
        Live {
            slot: Slot { original, instance_id: id.to_owned(), stands },
            fields: form.shown,
            older: &form.older,
            first: form.first,
            last: form.last.unwrap_or(form.first),
        }
    }
}

/// What Google shows of any anonymised appointment, its time aside.
fn anonymous() -> Appointment {
    let day = NaiveDate::MIN;
    let nothing = Appointment {
        time: Span::AllDay { first: day, last: day },
        text: String::new(),
        notiz: String::new(),
        ort: String::new(),
        private: false,
        recurrence: Recurrence::None,
    };
    google::shown(&nothing, true)
}
