//! What taking a run back would do now.

use std::collections::{BTreeMap, BTreeSet};

use advosync_state::{Contents, JournalEntry, failure};
use advosync_sync::advoware::read_object;
use advosync_sync::form::{Appointment, Field, FieldSet};
use advosync_sync::google::read_event;
use advosync_sync::identity::Deployment;
use advosync_sync::plan::Reason;
use advosync_sync::ports::{Advoware, Failure, FailureKind, FrNr, Google, Lookup, Object, Side, Verb};
use advosync_sync::undo::{Entry, Obstacle, Reading, Step, Target, Undo, plan_undo};
use chrono::{DateTime, NaiveDateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use super::{UndoError, ids, obstacle_word};
use crate::Fleet;

/// Items read at a time.
const AT_A_TIME: usize = 4;

/// What taking back one employee's run would do.
#[derive(Debug, Clone, Serialize)]
pub struct UndoLook {
    /// Whose run it is.
    pub kuerzel: String,
    /// The run that is taken back.
    pub run_id: String,
    /// Item by item, the last written first.
    pub items: Vec<UndoItem>,
}

/// One item that the run wrote.
#[derive(Debug, Clone, Serialize)]
pub struct UndoItem {
    /// The side that the run wrote, and that is written again.
    pub side: Side,
    /// What would be done; `None` where it stays as it is.
    pub operation: Option<Verb>,
    /// The appointment, where it has a number.
    #[serde(rename = "frNr")]
    pub frnr: Option<FrNr>,
    /// The event, where it is known.
    pub event_id: Option<String>,
    /// The fields that the run wrote.
    pub fields: Vec<String>,
    /// Why it stays as it is: `changed-since`, `gone-since`, `no-contents` or `lives-on`.
    pub obstacle: Option<&'static str>,
    /// When the version that the run overwrote was made, where that side says so.
    pub former_at: Option<DateTime<Utc>>,
    /// The run's last reason.
    pub reason: Option<Reason>,
    /// As it stands.
    #[serde(skip)]
    pub from: Option<Appointment>,
    /// As it would be.
    #[serde(skip)]
    pub to: Option<Appointment>,
}

/// A run's writes, with their contents.
pub(super) struct Written(pub(super) Vec<(JournalEntry, Option<Contents>)>);

impl Written {
    /// The items that were written.
    pub(super) fn targets(&self) -> BTreeSet<Target> {
        self.entries().iter().filter_map(Entry::target).collect()
    }

    /// As the plan takes them.
    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        self.0.iter().map(|(entry, contents)| as_planned(entry, contents.as_ref())).collect()
    }

    /// When the version before the run's first write of an item was made, and the reason of its last.
    fn story(&self, target: &Target) -> (Option<DateTime<Utc>>, Option<Reason>) {
        let mut own = self.0.iter().filter(|(entry, _)| as_planned(entry, None).target().as_ref() == Some(target));
        let first = own.next();
        let former = first.and_then(|(_, contents)| contents.as_ref()?.before.as_ref());
        (former.and_then(changed_at), own.next_back().or(first).map(|(entry, _)| entry.reason))
    }

    /// What is known of one item's writes: its number, its event, its fields.
    pub(super) fn known(&self, target: &Target) -> (Option<FrNr>, Option<String>, FieldSet) {
        let mut known = (None, None, FieldSet::NONE);
        for (entry, _) in &self.0 {
            if as_planned(entry, None).target().as_ref() == Some(target) {
                known.0 = entry.frnr.or(known.0);
                known.1 = entry.event_id.clone().or(known.1);
                known.2 = known.2.union(fields(entry));
            }
        }
        known
    }
}

/// When an object was last changed, as its own side says.
#[must_use]
pub fn changed_at(object: &Object) -> Option<DateTime<Utc>> {
    let text = |name: &str| object.get(name).and_then(|value| value.as_str());
    if let Some(updated) = text("updated") {
        return DateTime::parse_from_rfc3339(updated).ok().map(|at| at.to_utc());
    }
    let local: NaiveDateTime = text("zuletztGeaendertAm")?.parse().ok()?;
    local.and_local_timezone(chrono_tz::Europe::Berlin).earliest().map(|at| at.to_utc())
}

fn fields(entry: &JournalEntry) -> FieldSet {
    Field::ALL.into_iter().filter(|field| entry.fields.iter().any(|name| name == field.name())).collect()
}

fn as_planned<'a>(entry: &'a JournalEntry, contents: Option<&'a Contents>) -> Entry<'a> {
    Entry {
        side: entry.side,
        verb: entry.verb,
        reason: entry.reason,
        frnr: entry.frnr,
        event_id: entry.event_id.as_deref(),
        fields: fields(entry),
        before: contents.and_then(|contents| contents.before.as_ref()),
        after: contents.and_then(|contents| contents.after.as_ref()),
    }
}

impl Fleet {
    /// What [`Fleet::undo`] would do now, for each employee whom the run wrote for; of all items, or `only` these.
    /// Writes nothing anywhere.
    ///
    /// # Errors
    /// Where Redis or one side can't be read.
    pub async fn look_undo(&self, run_id: &str, only: Option<&[Target]>) -> Result<Vec<UndoLook>, Failure> {
        let parts = self.undo_parts(run_id).await.map_err(as_failure)?;
        let mut looks = Vec::with_capacity(parts.len());
        for (kuerzel, run_id) in parts {
            let written = Written(self.journal().whole_run(&run_id).await.map_err(failure)?);
            let calendar = self.calendars().get(&kuerzel).await.map_err(failure)?.map(|record| record.id).unwrap_or_default();
            let mut targets = written.targets();
            targets.retain(|target| only.is_none_or(|only| only.contains(target)));
            let current = self.current(&calendar, targets.clone()).await?;
            let mut undo = self.plan_undo(&kuerzel, &calendar, &written, &current);
            undo.steps.retain(|(target, _)| targets.contains(target));
            undo.impossible.retain(|(target, _)| targets.contains(target));
            let items = self.items(&calendar, &written, undo, &current);
            looks.push(UndoLook { kuerzel, run_id, items });
        }
        Ok(looks)
    }

    /// The items as they stand, without those that are gone.
    async fn current(&self, calendar: &str, targets: BTreeSet<Target>) -> Result<BTreeMap<Target, Object>, Failure> {
        let read = futures::stream::iter(targets.into_iter().map(async |target| {
            let object = self.standing(calendar, &target).await?;
            Ok::<_, Failure>(object.map(|object| (target, object)))
        }));
        let found: Vec<Option<(Target, Object)>> = read.buffer_unordered(AT_A_TIME).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// One item as it stands, a tombstone included; `None` where it is gone.
    pub(super) async fn standing(&self, calendar: &str, target: &Target) -> Result<Option<Object>, Failure> {
        match target {
            Target::Termin(frnr) => Ok(match self.advoware().for_run().get(*frnr).await? {
                Lookup::Found(object) => Some(object),
                Lookup::Gone => None,
            }),
            Target::Event(id) => self.google().for_run(true).get(calendar, id).await,
        }
    }

    pub(super) fn plan_undo(&self, kuerzel: &str, calendar: &str, written: &Written, current: &BTreeMap<Target, Object>) -> Undo {
        let policy = self.policy(kuerzel);
        let reading = Reading { calendar, deployment: policy.deployment(), keys: &policy.keys };
        let mut undo = plan_undo(&written.entries(), current, reading);
        if policy.anonymise {
            // An event that shows no text would come back as an appointment without one.
            let textless =
                |(target, step): &mut (Target, Step)| matches!((&*target, &*step), (Target::Event(_), Step::Create(_)));
            let textless: Vec<_> = undo.steps.extract_if(.., textless).collect();
            undo.impossible.extend(textless.into_iter().map(|(target, _)| (target, Obstacle::NoContents)));
        }
        undo
    }

    fn items(&self, calendar: &str, written: &Written, undo: Undo, current: &BTreeMap<Target, Object>) -> Vec<UndoItem> {
        let deployment = Deployment(self.sync().deployment.clone());
        let form = |target: &Target, object: &Object| match target {
            Target::Termin(_) => form_of_termin(object),
            Target::Event(_) => read_event(object, calendar, &deployment).ok()?.form.ok(),
        };
        let item = |target: &Target| {
            let (frnr, event_id, fields) = written.known(target);
            let (own_frnr, own_event) = ids(target);
            let (former_at, reason) = written.story(target);
            UndoItem {
                former_at,
                reason,
                side: if own_frnr.is_some() { Side::Advoware } else { Side::Google },
                operation: None,
                frnr: own_frnr.or(frnr),
                event_id: own_event.map(str::to_owned).or(event_id),
                fields: fields.names().into_iter().map(str::to_owned).collect(),
                obstacle: None,
                from: current.get(target).and_then(|object| form(target, object)),
                to: None,
            }
        };
        let possible = undo.steps.iter().map(|(target, step)| {
            let (operation, to) = match step {
                Step::Replace(object) => (Verb::Update, form(target, object)),
                Step::Create(object) => (Verb::Create, form(target, object)),
                Step::Delete => (Verb::Delete, None),
            };
            UndoItem { operation: Some(operation), to, ..item(target) }
        });
        let impossible = undo
            .impossible
            .iter()
            .map(|(target, obstacle)| UndoItem { obstacle: Some(obstacle_word(*obstacle)), ..item(target) });
        possible.chain(impossible).collect()
    }
}

/// Reads an appointment that may not have its number yet.
pub(super) fn form_of_termin(object: &Object) -> Option<Appointment> {
    let mut object = object.clone();
    object.entry("frNr").or_insert(1.into());
    read_object(&object).ok()?.form.ok()
}

fn as_failure(error: UndoError) -> Failure {
    match error {
        UndoError::Link(error) => failure(error),
        _ => Failure::not_done(FailureKind::Unavailable, "redis.undo"),
    }
}
