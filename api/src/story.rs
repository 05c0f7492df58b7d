//! What is known of one appointment, whichever side knows it.

use std::collections::BTreeSet;

use advosync_state::{JournalEntry, LookStore};
use advosync_sync::advoware::read_object;
use advosync_sync::identity::{Deployment, Scope};
use advosync_sync::mirror::Item;
use advosync_sync::plan::Note;
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

    /// Live events that stand for the appointment: by what they record, or by their own ids.
    async fn events_of(&self, kuerzel: &str, frnr: i64) -> Result<Vec<String>, Problem> {
        let memory = LookStore::new(self.fleet().state(), kuerzel).load().await?;
        let scope = Scope::new(&Deployment(self.fleet().sync().deployment.clone()), kuerzel);
        let stands_for = |(id, text): (String, String)| {
            let item: Item = serde_json::from_str(&text).ok()?;
            let recorded = item.marks().and_then(|marks| marks.frnr);
            let number = recorded.or_else(|| scope.parse(&id).map(|(frnr, _)| frnr));
            (matches!(item, Item::Live(_)) && number == Some(frnr)).then_some(id)
        };
        let items = memory.mirror.into_iter().flat_map(|(_, items)| items);
        let ids: BTreeSet<String> = items.filter_map(stands_for).collect();
        Ok(ids.into_iter().collect())
    }
}

/// The event that was last written for the appointment, unless that write deleted it.
fn last_written(writes: &[JournalEntry], kuerzel: &str) -> Option<String> {
    let last = writes.iter().find(|write| write.side == Side::Google && write.kuerzel == kuerzel && write.done_at.is_some())?;
    if last.verb == Verb::Delete { None } else { last.event_id.clone() }
}
