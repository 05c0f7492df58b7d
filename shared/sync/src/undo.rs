//! Taking back what a run wrote, from its journal: what to write back, and where that is no longer possible.
//!
//! Pure: the journal's entries and the items as they stand now go in, plain data comes out. Each item goes
//! back on the side that the run wrote, with its links and base as they stand: so the next run takes this as
//! that side's change and carries it over, and never redoes what was undone. That holds for creations as
//! well: undone, the item is deleted, and with it, by the ordinary rules and the guard, its other half.

use std::collections::BTreeMap;

use data_encoding::BASE32HEX_NOPAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::advoware::{self, Termin, with_owner};
use crate::fingerprint::KeyRing;
use crate::form::{Appointment, Field, FieldSet};
use crate::google::{self, Event, read_event};
use crate::identity::{Deployment, strip};
use crate::plan::Reason;
use crate::ports::{FrNr, Object, Side, Verb};

/// What an event that is put back must not claim of itself: the server fills it in.
const SERVERS_OWN: [&str; 9] =
    ["etag", "status", "iCalUID", "htmlLink", "created", "updated", "sequence", "recurringEventId", "originalStartTime"];

/// One write of the run that is taken back, in the order in which they were made.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The side that was written.
    pub side: Side,
    /// What was done.
    pub verb: Verb,
    /// Why.
    pub reason: Reason,
    /// The appointment, where its number is known.
    pub frnr: Option<FrNr>,
    /// The event, where there was one.
    pub event_id: Option<&'a str>,
    /// The fields that were written.
    pub fields: FieldSet,
    /// The whole object before; `None` where it was made, or where no contents were kept.
    pub before: Option<&'a Object>,
    /// The whole object as sent; `None` where it was deleted, or where no contents were kept.
    pub after: Option<&'a Object>,
}

/// An item that was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An appointment.
    Termin(FrNr),
    /// An event.
    Event(String),
}

/// How one item goes back.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Replace it as a whole, if it still is what was read (an event: under its `etag`).
    Replace(Object),
    /// Make it anew; an event carries an id that is always the same for the same undo.
    Create(Object),
    /// Delete it, if it still is what was read. An event gets no mark: it is a person's deletion.
    Delete,
}

/// Why an item can't go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Obstacle {
    /// Somebody changed it since.
    #[error("changed since")]
    ChangedSince,
    /// It is not there any more.
    #[error("gone since")]
    GoneSince,
    /// The journal kept no contents, or none that can be read.
    #[error("no contents were kept")]
    NoContents,
    /// Its appointment lives on in another event: bringing this one back would double it.
    #[error("lives on elsewhere")]
    LivesOn,
}

/// What taking a run back would do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undo {
    /// What to write, the last written first.
    pub steps: Vec<(Target, Step)>,
    /// What stays as it is, and why.
    pub impossible: Vec<(Target, Obstacle)>,
}

/// How events are read here.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The employee's calendar.
    pub calendar: &'a str,
    /// The installation.
    pub deployment: &'a Deployment,
    /// Fingerprint keys.
    pub keys: &'a KeyRing,
}

impl Entry<'_> {
    /// Whether it wrote links, marks or the base alone: those are never taken back.
    fn is_bookkeeping(&self) -> bool {
        self.side == Side::Google && self.verb == Verb::Update && self.fields.is_empty()
    }

    /// The item that was written; `None` where its number or id never came to be known.
    pub fn target(&self) -> Option<Target> {
        match self.side {
            Side::Advoware => self.frnr.map(Target::Termin),
            Side::Google => self.event_id.map(|id| Target::Event(id.to_owned())),
        }
    }
}

/// Everything that the run did to one item.
struct Whole<'a> {
    side: Side,
    made: bool,
    deleted: bool,
    reason: Reason,
    fields: FieldSet,
    before: Option<&'a Object>,
    after: Option<&'a Object>,
}

/// Plans to take `entries` back; `current` are the items as they stand, without those that are gone.
pub fn plan_undo(entries: &[Entry<'_>], current: &BTreeMap<Target, Object>, reading: Reading<'_>) -> Undo {
    let mut order: Vec<Target> = Vec::new();
    let mut wholes: BTreeMap<Target, Whole<'_>> = BTreeMap::new();
    for entry in entries {
        let Some(target) = entry.target() else { continue };
        if entry.is_bookkeeping() {
            continue;
        }
        order.retain(|earlier| *earlier != target);
        order.push(target.clone());
        let whole = wholes.entry(target).or_insert(Whole {
            side: entry.side,
            made: entry.verb == Verb::Create,
            deleted: false,
            reason: entry.reason,
            fields: FieldSet::NONE,
            before: entry.before,
            after: None,
        });
        whole.deleted = entry.verb == Verb::Delete;
        whole.reason = entry.reason;
        whole.fields = whole.fields.union(entry.fields);
        whole.after = entry.after;
    }
    let mut undo = Undo::default();
    for target in order.into_iter().rev() {
        match step(&target, &wholes[&target], current.get(&target), reading) {
            Ok(Some(step)) => undo.steps.push((target, step)),
            Ok(None) => {}
            Err(obstacle) => undo.impossible.push((target, obstacle)),
        }
    }
    undo
}

fn step(target: &Target, whole: &Whole<'_>, current: Option<&Object>, reading: Reading<'_>) -> Result<Option<Step>, Obstacle> {
    match (whole.made, whole.deleted) {
        (true, true) => Ok(None),
        (false, true) => bring_back(target, whole, current).map(Some),
        (true, false) => {
            let Some(current) = current else { return Ok(None) };
            let after = whole.after.ok_or(Obstacle::NoContents)?;
            standing(whole.side, after, current, reading)?;
            Ok(Some(Step::Delete))
        }
        (false, false) => {
            let (before, after) = whole.before.zip(whole.after).ok_or(Obstacle::NoContents)?;
            let current = current.ok_or(Obstacle::GoneSince)?;
            standing(whole.side, after, current, reading)?;
            put_back(whole, before, current, reading).map(Step::Replace).map(Some)
        }
    }
}

/// A deleted item comes back whole, under a new number or id: its old one stays taken.
fn bring_back(target: &Target, whole: &Whole<'_>, current: Option<&Object>) -> Result<Step, Obstacle> {
    if current.is_some_and(|current| current.get("status").and_then(Value::as_str) != Some("cancelled")) {
        return Err(Obstacle::ChangedSince);
    }
    if matches!(whole.reason, Reason::MovedInAdvoware | Reason::Duplicate) {
        return Err(Obstacle::LivesOn);
    }
    let mut object = whole.before.ok_or(Obstacle::NoContents)?.clone();
    match target {
        Target::Termin(_) => object.retain(|name, _| !name.eq_ignore_ascii_case("frNr")),
        Target::Event(id) => {
            object.retain(|name, _| !SERVERS_OWN.contains(&name.as_str()));
            strip(&mut object);
            object.insert("id".to_owned(), new_id(id, whole.before).into());
        }
    }
    Ok(Step::Create(object))
}

/// The id under which an event comes back: the same however often it is tried.
fn new_id(id: &str, before: Option<&Object>) -> String {
    let etag = before.and_then(|before| before.get("etag")).and_then(Value::as_str).unwrap_or_default();
    let digest = Sha256::digest(format!("{id}\0{etag}"));
    format!("undo{}", BASE32HEX_NOPAD.encode(&digest[..16]).to_ascii_lowercase())
}

/// Refuses where anybody has changed the item since it was written.
fn standing(side: Side, after: &Object, current: &Object, reading: Reading<'_>) -> Result<(), Obstacle> {
    match side {
        Side::Advoware => {
            let (then, now) = (termin(after, current)?, termin(current, current)?);
            if then.form == now.form && then.anwalt == now.anwalt { Ok(()) } else { Err(Obstacle::ChangedSince) }
        }
        Side::Google => {
            let (then, now) = (event(after, current, reading)?, event(current, current, reading)?);
            if now.cancelled {
                return Err(Obstacle::GoneSince);
            }
            let (Ok(then), Ok(form)) = (&then.form, &now.form) else { return Err(Obstacle::ChangedSince) };
            let same = Field::ALL.into_iter().all(|field| is_same(field, then, form, &now, reading.keys));
            if same { Ok(()) } else { Err(Obstacle::ChangedSince) }
        }
    }
}

/// Whether Google shows `field` as it was sent, or as its answer to that was agreed on.
fn is_same(field: Field, sent: &Appointment, shown: &Appointment, event: &Event, keys: &KeyRing) -> bool {
    if shown.with([field].into_iter().collect(), sent) == *shown {
        return true;
    }
    let Some(base) = event.marks.as_ref().and_then(|marks| marks.base.as_ref()) else { return false };
    let Some(key) = keys.find(&base.key) else { return false };
    base.advoware.of(field) == key.field(field, sent) && base.google.of(field) == key.field(field, shown)
}

/// The item as it stands, with the fields that the run wrote as they were before.
fn put_back(whole: &Whole<'_>, before: &Object, current: &Object, reading: Reading<'_>) -> Result<Object, Obstacle> {
    match whole.side {
        Side::Advoware => {
            let then = termin(before, current)?;
            let form = then.form.map_err(|_| Obstacle::NoContents)?;
            let object = advoware::overlay(current, &form, whole.fields).map_err(|_| Obstacle::NoContents)?;
            let now = termin(current, current)?;
            Ok(match then.anwalt {
                Some(anwalt) if now.anwalt.as_ref() != Some(&anwalt) => with_owner(&object, &anwalt),
                _ => object,
            })
        }
        Side::Google => {
            let form = event(before, current, reading)?.form.map_err(|_| Obstacle::NoContents)?;
            let mut object = current.clone();
            google::overlay(&mut object, &form, whole.fields, false);
            Ok(object)
        }
    }
}

/// Reads an appointment, under the number of the one that stands where it was sent without.
fn termin(object: &Object, current: &Object) -> Result<Termin, Obstacle> {
    let numbered = advoware::read_object(object).or_else(|_| {
        let number = current.iter().find(|(name, _)| name.eq_ignore_ascii_case("frNr"));
        let mut object = object.clone();
        object.extend(number.map(|(name, number)| (name.clone(), number.clone())));
        advoware::read_object(&object)
    });
    numbered.map_err(|_| Obstacle::NoContents)
}

fn event(object: &Object, current: &Object, reading: Reading<'_>) -> Result<Event, Obstacle> {
    let mut object = object.clone();
    object.entry("id").or_insert_with(|| current.get("id").cloned().unwrap_or_default());
    read_event(&object, reading.calendar, reading.deployment).map_err(|_| Obstacle::NoContents)
}
