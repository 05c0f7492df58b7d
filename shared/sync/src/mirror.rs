//! What is remembered of a calendar between runs: ids, versions, links and fingerprints, no texts.
//!
//! The mirror is Google's state as of its sync token. It changes only together with the token, and a lost
//! one costs a full list and nothing else.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::fingerprint::{Base, Fingerprint, Fingerprints, KeyId, KeyRing};
use crate::form::{Appointment, Field, FieldSet, Recurrence, Unreadable};
use crate::google::{Event, Kind};
use crate::identity::Marks;
use crate::ports::Side;
use crate::series::unpack;

pub use crate::google::Series;

/// How a live event repeats, as far as planning needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeats {
    /// It doesn't.
    Never,
    /// By a rule that Advoware can hold.
    Held,
    /// By a rule that Advoware holds only where it is already agreed.
    Soft,
    /// By one that Advoware can't hold.
    Foreign,
}

/// A readable live event's form, without its texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenForm {
    /// Fingerprints of what Google shows, under the mirror's key.
    pub shown: Fingerprints,
    /// First day.
    #[serde(with = "day_number")]
    pub first: NaiveDate,
    /// Last day; `None` where it has no end.
    #[serde(with = "day_number::optional")]
    pub last: Option<NaiveDate>,
    /// How it repeats.
    pub repeats: Repeats,
    /// What differs from the base, as Google showed it then. `None`: base unknown.
    pub changed: Option<FieldSet>,
    /// What differs from the claim, where there is one that can be read.
    pub changed_since_claim: Option<FieldSet>,
    /// For a series: what its occurrences follow from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// For a series or one of its occurrences: the same fingerprints under the other keys that may be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<(KeyId, Fingerprints)>,
}

/// What a run was about to make of one occurrence of a series, noted before it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// The occurrence's name in its series.
    pub original: NaiveDateTime,
    /// The side that was about to be written.
    pub side: Side,
    /// The occurrence as Google is to show it, under the current key.
    pub target: Fingerprint,
}

/// A day as its number since the year 1: a mirror of many thousand events is read at every run.
mod day_number {
    use chrono::{Datelike, NaiveDate};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        day.num_days_from_ce().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
        let number = i32::deserialize(deserializer)?;
        NaiveDate::from_num_days_from_ce_opt(number).ok_or_else(|| D::Error::custom("not a day"))
    }

    /// The same, where there may be none.
    pub(super) mod optional {
        use super::{Datelike, Deserialize, Deserializer, Error, NaiveDate, Serialize, Serializer};

        pub(in super::super) fn serialize<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
            day.map(|day| day.num_days_from_ce()).serialize(serializer)
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
            let number = Option::<i32>::deserialize(deserializer)?;
            let day = |number| NaiveDate::from_num_days_from_ce_opt(number).ok_or_else(|| D::Error::custom("not a day"));
            number.map(day).transpose()
        }
    }
}

/// Where a changed occurrence belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The series' event id.
    pub master: String,
    /// Its start by the rule, in Berlin wall-clock time.
    pub original: NaiveDateTime,
}

/// How many unfinished writes of one event are remembered.
pub const MAX_PENDING: usize = 8;

/// Fields that a run was about to write to Advoware, and what it was about to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The fields.
    pub fields: FieldSet,
    /// The appointment as it was to be.
    pub target: Base,
}

/// A live event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its version.
    pub etag: String,
    /// Whether it is not ours to touch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
    /// Set on a changed occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Our marks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// What runs were about to write to Advoware since the base, noted before it was written: where
    /// Advoware shows just that, it is no person's change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// Of a series whose occurrences are single appointments: the same for these, since their links were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub announced: Vec<Announced>,
    /// Its form, or why it has none.
    pub form: Result<SeenForm, Unreadable>,
}

/// A deleted event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tombstone {
    /// Set on a cancelled occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Our marks: from the tombstone itself, else as last seen alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// Its days as last seen alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<(NaiveDate, Option<NaiveDate>)>,
    /// Whether the mirror knew it alive: then its deletion is news, and not one that was dealt with long ago.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seen_alive: bool,
    /// Whether no other calendar of ours was found to have it: a person can't move it there any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmoved: bool,
    /// When it was deleted, in milliseconds since 1970, where Google says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_ms: Option<i64>,
}

/// One event as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "nearly all items are alive, so a box would only add an indirection")]
pub enum Item {
    /// Alive.
    #[serde(rename = "l")]
    Live(Seen),
    /// Deleted, and not dealt with yet.
    #[serde(rename = "t")]
    Tombstone(Tombstone),
}

impl Item {
    /// Our marks, dead or alive.
    pub fn marks(&self) -> Option<&Marks> {
        match self {
            Self::Live(seen) => seen.marks.as_ref(),
            Self::Tombstone(tombstone) => tombstone.marks.as_ref(),
        }
    }

    /// Where it belongs, if it is an occurrence of a series.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Live(seen) => seen.place.as_ref(),
            Self::Tombstone(tombstone) => tombstone.place.as_ref(),
        }
    }

    /// The days on which it is known to lie.
    pub fn days(&self) -> Option<(NaiveDate, Option<NaiveDate>)> {
        match self {
            Self::Live(seen) => seen.form.as_ref().ok().map(|form| (form.first, form.last)),
            Self::Tombstone(tombstone) => tombstone.days,
        }
    }
}

/// What the mirror was made with: anything else means it can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Form of the mirror itself.
    pub version: u32,
    /// The key of its fingerprints.
    pub key: KeyId,
    /// The calendar it mirrors.
    pub calendar: String,
    /// Google's token for what comes after it.
    pub sync_token: String,
}

impl Made {
    /// The form that this program writes and reads.
    pub const VERSION: u32 = 1;
}

/// Every event of one calendar by id.
pub type Items = BTreeMap<String, Item>;

/// The mirror's view of a freshly read event; `before` is what was known of it.
pub fn observe(event: &Event, before: Option<&Item>, keys: &KeyRing) -> Item {
    let place = match &event.kind {
        Kind::Instance(instance) => Some(Place { master: instance.master.clone(), original: instance.original }),
        Kind::Event | Kind::Foreign => None,
    };
    if event.cancelled {
        let marks = event.marks.clone().or_else(|| before.and_then(Item::marks).cloned());
        let days = before.and_then(Item::days).or_else(|| event.form.as_ref().ok().map(Appointment::days));
        let seen_alive = match before {
            Some(Item::Live(_)) => true,
            Some(Item::Tombstone(tombstone)) => tombstone.seen_alive,
            None => false,
        };
        return Item::Tombstone(Tombstone { place, marks, days, seen_alive, unmoved: false, updated_ms: event.updated_ms });
    }
    let form = event.form.as_ref().map(|form| seen_form(form, event, keys)).map_err(|fault| *fault);
    let announced = match before {
        Some(Item::Live(seen)) => still_announced(seen, event.marks.as_ref()),
        _ => Vec::new(),
    };
    let agreed = |marks: Option<&Marks>| marks.and_then(|marks| marks.base.clone());
    let pending = match before {
        Some(Item::Live(seen)) if agreed(seen.marks.as_ref()) == agreed(event.marks.as_ref()) => seen.pending.clone(),
        _ => Vec::new(),
    };
    Item::Live(Seen {
        pending,
        announced,
        etag: event.etag.clone(),
        foreign: event.kind == Kind::Foreign,
        place,
        marks: event.marks.clone(),
        form,
    })
}

/// What was announced of occurrences whose links were not written since.
fn still_announced(before: &Seen, marks: Option<&Marks>) -> Vec<Announced> {
    let links = |marks: Option<&Marks>| marks.map(|marks| unpack(&marks.occurrences)).unwrap_or_default();
    if before.announced.is_empty() {
        return Vec::new();
    }
    let (old, new) = (links(before.marks.as_ref()), links(marks));
    let unwritten = |one: &&Announced| old.get(&one.original) == new.get(&one.original);
    before.announced.iter().filter(unwritten).cloned().collect()
}

fn seen_form(form: &Appointment, event: &Event, keys: &KeyRing) -> SeenForm {
    let marks = event.marks.as_ref();
    let (first, last) = form.days();
    let shown = keys.current().fields(form);
    let differs = |base: &Base| differs_from(base, &base.google, form, &shown, keys);
    let repeats = match &form.recurrence {
        Recurrence::None => Repeats::Never,
        Recurrence::Held(_) => Repeats::Held,
        Recurrence::Soft(_) => Repeats::Soft,
        Recurrence::Foreign(_) => Repeats::Foreign,
    };
    let in_a_series = event.series.is_some() || matches!(event.kind, Kind::Instance(_));
    let others = keys.others().filter(|_| in_a_series);
    SeenForm {
        shown,
        first,
        last,
        repeats,
        changed: marks.and_then(|marks| marks.base.as_ref()).and_then(differs),
        changed_since_claim: marks.and_then(|marks| marks.claim.as_ref()).and_then(|claim| differs(&claim.base)),
        series: event.series.clone(),
        older: others.map(|key| (key.id().clone(), key.fields(form))).collect(),
    }
}

/// The fields of `form` that differ from `agreed`, one side of `base`; `None` where its key is unknown.
///
/// `current` are the fingerprints of `form` under the current key.
pub fn differs_from(
    base: &Base,
    agreed: &Fingerprints,
    form: &Appointment,
    current: &Fingerprints,
    keys: &KeyRing,
) -> Option<FieldSet> {
    if base.key == *keys.current().id() {
        return Some(current.differing(agreed));
    }
    let key = keys.find(&base.key)?;
    Some(Field::ALL.into_iter().filter(|field| key.field(*field, form) != agreed.of(*field)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::read_event;
    use crate::identity::{Deployment, Scope};
    use crate::ports::Object;

    fn read(object: &Object) -> Event {
        read_event(object, "c", &Deployment("d".into())).unwrap()
    }

    #[test]
    fn a_bare_tombstone_keeps_what_was_known_of_the_event() {
        let keys = KeyRing::new([b"k"]);
        let mut event: Object = serde_json::from_str(
            r#"{"id":"e","etag":"1","summary":"T","start":{"date":"2026-05-04"},"end":{"date":"2026-05-05"}}"#,
        )
        .unwrap();
        let scope = Scope::new(&Deployment("d".into()), "PB");
        Marks { frnr: Some(7), ..Marks::default() }.write(&mut event, "e", &scope);
        let marks = Marks::read(&event, "e", scope.deployment()).unwrap();
        let alive = observe(&read(&event), None, &keys);
        let bare: Object = serde_json::from_str(r#"{"id":"e","status":"cancelled"}"#).unwrap();
        let dead = observe(&read(&bare), Some(&alive), &keys);
        assert_eq!((dead.marks(), dead.days()), (Some(&marks), alive.days()));
        let text = serde_json::to_string(&alive).unwrap();
        assert_eq!(serde_json::from_str::<Item>(&text).unwrap(), alive);
        assert!(!text.contains('T'), "no text in the mirror: {text}");
    }

    #[test]
    fn a_change_is_seen_against_the_base_under_any_known_key() {
        let (old, new) = (KeyRing::new([b"old"]), KeyRing::new([&b"new"[..], b"old"]));
        let mut event: Object = serde_json::from_str(
            r#"{"id":"e","etag":"1","summary":"T","start":{"date":"2026-05-04"},"end":{"date":"2026-05-05"}}"#,
        )
        .unwrap();
        let fields = old.current().fields(&read(&event).form.unwrap());
        let base = Base { key: old.current().id().clone(), advoware: fields, google: fields, anonymised: false };
        Marks { frnr: Some(7), base: Some(base), ..Marks::default() }.write(
            &mut event,
            "e",
            &Scope::new(&Deployment("d".into()), "PB"),
        );
        event.insert("summary".into(), "U".into());
        for (keys, expected) in [(&old, Some(vec!["text"])), (&new, Some(vec!["text"])), (&KeyRing::new([b"third"]), None)] {
            let Item::Live(Seen { form: Ok(form), .. }) = observe(&read(&event), None, keys) else { panic!("alive") };
            assert_eq!(form.changed.map(FieldSet::names), expected);
        }
    }
}
