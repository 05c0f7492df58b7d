//! What is known of one appointment, whichever side knows it.

use std::collections::BTreeSet;

use advosync_state::{JournalEntry, LookStore};
use advosync_sync::advoware::read_object;
use advosync_sync::identity::{Deployment, Scope};
use advosync_sync::mirror::{Item, Seen};
use advosync_sync::plan::{Note, Reason};
use advosync_sync::ports::{Advoware, Lookup, Side, Store, Verb};
use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Europe::Berlin;

use crate::app::App;
use crate::problem::Problem;

/// Whether Advoware has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is there.
    Found,
    /// It is there and can't be read: the fault's name.
    Unreadable(String),
    /// It is not there.
    Gone,
    /// Advoware did not say.
    Unknown,
}

/// How an event stands in the employee's calendar, by the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventState {
    /// It is there and stands for an appointment.
    Linked,
    /// It is there and stands for none yet.
    Unlinked,
    /// It is there and not ours to touch: an invitation, a birthday, a working place.
    LeftAlone,
    /// It is there and can't be read: the fault's name.
    Unreadable(String),
    /// It was deleted.
    Deleted,
    /// No calendar of ours had it when it was last looked at.
    Unseen,
}

/// What is known of one event; no text of it.
#[derive(Debug, Clone)]
pub(crate) struct EventStory {
    /// Whose calendar has or had it.
    pub(crate) kuerzel: Option<String>,
    pub(crate) state: EventState,
    /// The appointment that it stands for.
    pub(crate) frnr: Option<i64>,
}

/// What is known of one appointment; no text of it.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) place: Place,
    /// Whose it is.
    pub(crate) kuerzel: Option<String>,
    /// Whether that employee is synchronised.
    pub(crate) synchronised: bool,
    /// The first and the last day; a series without an end has no last.
    pub(crate) days: Option<(NaiveDate, Option<NaiveDate>)>,
    /// Whether it lies in the days that are synchronised.
    pub(crate) in_window: bool,
    /// Its live events in the employee's calendar, by the mirror.
    pub(crate) event_ids: Vec<String>,
    /// What the employee's last run reported of it.
    pub(crate) notes: Vec<Note>,
    /// Whether a write of it waits for a person.
    pub(crate) held: bool,
    /// The number under which an undo brought it back.
    pub(crate) came_back_as: Option<i64>,
    /// When that employee's calendar was last looked at.
    pub(crate) checked_at: Option<DateTime<Utc>>,
}

impl App {
    /// Gathers what both sides and Redis know of the appointment with this number; `writes` are its own in the
    /// journal, the newest first.
    pub(crate) async fn story(&self, frnr: i64, writes: &[JournalEntry]) -> Result<Story, Problem> {
        let (place, kuerzel, days) = self.in_advoware(frnr).await;
        let mut story = Story {
            place,
            in_window: days.is_some_and(|days| self.in_window(days)),
            days,
            synchronised: false,
            event_ids: Vec::new(),
            notes: Vec::new(),
            held: false,
            came_back_as: came_back_as(frnr, writes),
            checked_at: None,
            kuerzel,
        };
        let Some(kuerzel) = story.kuerzel.clone() else { return Ok(story) };
        let known = self.ask(self.fleet().known_employees()).await?;
        story.synchronised = known.is_some_and(|known| known.synchronised.contains(&kuerzel));
        let standing = self.ask(self.standing(&kuerzel)).await?;
        story.checked_at = standing.checked_at();
        story.held = standing.held.iter().any(|held| held.item.frnr == Some(frnr));
        let notes = standing.report.into_iter().flat_map(|stored| stored.report.notes);
        story.notes = notes.filter(|note| note.frnr == Some(frnr)).collect();
        story.event_ids = self.events_of(&kuerzel, frnr).await?;
        if story.event_ids.is_empty() {
            // The mirror learns of our own writes with the next list only.
            story.event_ids = last_written(writes, &kuerzel).into_iter().collect();
        }
        Ok(story)
    }

    async fn in_advoware(&self, frnr: i64) -> (Place, Option<String>, Option<(NaiveDate, Option<NaiveDate>)>) {
        let answer = self.fleet().advoware().for_run().get(frnr).await;
        let object = match answer {
            Ok(Lookup::Found(object)) => object,
            Ok(Lookup::Gone) => return (Place::Gone, None, None),
            Err(_) => return (Place::Unknown, None, None),
        };
        match read_object(&object) {
            Ok(termin) => match termin.form {
                Ok(form) => (Place::Found, termin.anwalt, Some(form.days())),
                Err(fault) => (Place::Unreadable(format!("{fault:?}")), termin.anwalt, None),
            },
            Err(fault) => (Place::Unreadable(format!("{fault:?}")), None, None),
        }
    }

    fn in_window(&self, (first, last): (NaiveDate, Option<NaiveDate>)) -> bool {
        let (today, sync) = (self.now().with_timezone(&Berlin).date_naive(), self.fleet().sync());
        let begin = today.checked_sub_days(Days::new(sync.past_days.into())).unwrap_or(NaiveDate::MIN);
        let end = today.checked_add_days(Days::new(sync.future_days.into())).unwrap_or(NaiveDate::MAX);
        first <= end && last.is_none_or(|last| last >= begin)
    }

    /// What the mirrors and the journal know of the event; `writes` are its own in the journal, the newest first.
    pub(crate) async fn event_story(&self, event_id: &str, writes: &[JournalEntry]) -> Result<EventStory, Problem> {
        let known = self.ask(self.fleet().known_employees()).await?;
        let employees: Vec<String> = known.map_or_else(Vec::new, |known| known.synchronised.into_iter().collect());
        let state = self.fleet().state();
        let seen_at = self.ask(state.whose_event(&employees, event_id)).await?;
        let kuerzel = seen_at.clone().or_else(|| writes.first().map(|write| write.kuerzel.clone()));
        let written = writes.iter().find_map(|write| write.frnr);
        let state_before = if was_deleted(writes) { EventState::Deleted } else { EventState::Unseen };
        let mut story = EventStory { kuerzel, state: state_before, frnr: written };
        let Some(kuerzel) = &seen_at else { return Ok(story) };
        let memory = LookStore::new(state, kuerzel).load().await?;
        let mut items = memory.mirror.into_iter().flat_map(|(_, items)| items);
        let Some(item) = items.find(|(id, _)| id == event_id).and_then(|(_, text)| serde_json::from_str::<Item>(&text).ok())
        else {
            return Ok(story);
        };
        story.frnr = self.number_of(kuerzel, event_id, &item).or(story.frnr);
        story.state = match &item {
            Item::Tombstone(_) => EventState::Deleted,
            Item::Live(seen) if seen.foreign => EventState::LeftAlone,
            Item::Live(Seen { form: Err(fault), .. }) => EventState::Unreadable(format!("{fault:?}")),
            Item::Live(_) if story.frnr.is_some() => EventState::Linked,
            Item::Live(_) => EventState::Unlinked,
        };
        Ok(story)
    }

    /// The appointment that an event stands for: by what it records, or by its own id.
    fn number_of(&self, kuerzel: &str, event_id: &str, item: &Item) -> Option<i64> {
        let scope = Scope::new(&Deployment(self.fleet().sync().deployment.clone()), kuerzel);
        let recorded = item.marks().and_then(|marks| marks.frnr);
        recorded.or_else(|| scope.parse(event_id).map(|(frnr, _)| frnr))
    }

    /// Live events that stand for the appointment: by what they record, or by their own ids.
    async fn events_of(&self, kuerzel: &str, frnr: i64) -> Result<Vec<String>, Problem> {
        let memory = LookStore::new(self.fleet().state(), kuerzel).load().await?;
        let stands_for = |(id, text): (String, String)| {
            let item: Item = serde_json::from_str(&text).ok()?;
            (matches!(item, Item::Live(_)) && self.number_of(kuerzel, &id, &item) == Some(frnr)).then_some(id)
        };
        let items = memory.mirror.into_iter().flat_map(|(_, items)| items);
        let ids: BTreeSet<String> = items.filter_map(stands_for).collect();
        Ok(ids.into_iter().collect())
    }
}

/// Whether the journal's last word on an event is its deletion, here or by a person in Google.
fn was_deleted(writes: &[JournalEntry]) -> bool {
    let last = writes.iter().find(|write| write.done_at.is_some());
    last.is_some_and(|last| last.verb == Verb::Delete && (last.side == Side::Google || last.reason == Reason::GoneInGoogle))
}

/// The number under which an undo brought an appointment back, by its writes.
fn came_back_as(frnr: i64, writes: &[JournalEntry]) -> Option<i64> {
    let undone = |write: &&JournalEntry| {
        write.reason == Reason::Undone && write.verb == Verb::Create && write.side == Side::Advoware && write.done_at.is_some()
    };
    writes.iter().filter(undone).filter_map(|write| write.frnr).find(|number| *number != frnr)
}

/// The event that was last written for the appointment, unless that write deleted it.
fn last_written(writes: &[JournalEntry], kuerzel: &str) -> Option<String> {
    let last = writes.iter().find(|write| write.side == Side::Google && write.kuerzel == kuerzel && write.done_at.is_some())?;
    if last.verb == Verb::Delete { None } else { last.event_id.clone() }
}
