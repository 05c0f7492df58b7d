//! Edits as a person makes them in Google Calendar's own window.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    calendars,
    error::{GoogleError, GoogleResult},
    events::Update,
    store::{AclRule, Event, Object, Project, Role},
};
use crate::advoware::EditError;

/// What a person does in Google Calendar. A calendar is named by its id or its summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum GoogleEdit {
    /// A new event from the members given.
    Add {
        /// The calendar.
        calendar: String,
        /// The event's members.
        event: Map<String, Value>,
    },
    /// Members that the API would not let a client set, such as an organizer elsewhere.
    AddForeign {
        /// The calendar.
        calendar: String,
        /// The event's members; all are kept.
        event: Map<String, Value>,
    },
    /// Some members change, all others stay; `null` clears.
    Change {
        /// The calendar.
        calendar: String,
        /// The event, or one instance of a series.
        id: String,
        /// The members that change.
        fields: Map<String, Value>,
    },
    /// The note goes through Google's editor, which wraps it in HTML.
    OpenNoteInEditor {
        /// The calendar.
        calendar: String,
        /// The event.
        id: String,
        /// The note's new lines; the old note's where missing.
        #[serde(default)]
        note: Option<String>,
    },
    /// The event, or one instance of a series, is deleted.
    Delete {
        /// The calendar.
        calendar: String,
        /// The event.
        id: String,
    },
    /// One occurrence of a series is cancelled.
    CancelOccurrence {
        /// The calendar.
        calendar: String,
        /// The series.
        id: String,
        /// The day on which the occurrence begins.
        day: NaiveDate,
    },
    /// One occurrence of a series changes; what is given changes, all else stays.
    ChangeOccurrence {
        /// The calendar.
        calendar: String,
        /// The series.
        id: String,
        /// The day on which the series has it.
        day: NaiveDate,
        /// The members that change, `start` and `end` among them where it moves.
        fields: Map<String, Value>,
    },
    /// A deleted event is taken back out of the bin.
    Restore {
        /// The calendar.
        calendar: String,
        /// The event.
        id: String,
    },
    /// The event goes to another calendar and keeps its id.
    Move {
        /// The calendar.
        calendar: String,
        /// The event.
        id: String,
        /// The other calendar.
        to: String,
    },
    /// The event is copied, with its properties, under a new id.
    Copy {
        /// The calendar.
        calendar: String,
        /// The event.
        id: String,
        /// The calendar of the copy.
        to: String,
    },
    /// A new calendar of the given account.
    AddCalendar {
        /// Its name.
        summary: String,
        /// Its data owner.
        owner: String,
        /// Its description.
        #[serde(default)]
        description: Option<String>,
    },
    /// A calendar is deleted with everything in it.
    DeleteCalendar {
        /// The calendar.
        calendar: String,
    },
    /// An access rule is set; the role `none` removes it.
    Share {
        /// The calendar.
        calendar: String,
        /// `user`, `group`, `domain` or `default`.
        scope_type: String,
        /// Whom it concerns.
        #[serde(default)]
        scope_value: String,
        /// What it allows.
        role: Role,
    },
}

impl From<GoogleError> for EditError {
    fn from(error: GoogleError) -> Self {
        Self(error.message().to_owned())
    }
}

impl Project {
    /// Makes the edit; returns the id of the event or calendar that it touched.
    pub(super) fn edit(&mut self, edit: GoogleEdit) -> GoogleResult<String> {
        match edit {
            GoogleEdit::Add { calendar, event } => {
                let calendar = self.named(&calendar)?;
                self.insert_event(&calendar, &event, "person@musterkanzlei.example").map(into_id)
            }
            GoogleEdit::AddForeign { calendar, event } => self.add_foreign(&calendar, event),
            GoogleEdit::Change { calendar, id, fields } => self.person_changes(&calendar, &id, &fields),
            GoogleEdit::OpenNoteInEditor { calendar, id, note } => self.open_in_editor(&calendar, &id, note),
            GoogleEdit::Delete { calendar, id } => {
                let calendar = self.named(&calendar)?;
                self.delete_event(&calendar, &id, None).map(into_id)
            }
            GoogleEdit::CancelOccurrence { calendar, id, day } => {
                let calendar = self.named(&calendar)?;
                let occurrence = self.occurrence_on(&calendar, &id, day)?;
                self.delete_event(&calendar, &occurrence, None).map(into_id)
            }
            GoogleEdit::ChangeOccurrence { calendar, id, day, fields } => {
                let calendar = self.named(&calendar)?;
                let occurrence = self.occurrence_on(&calendar, &id, day)?;
                self.person_changes(&calendar, &occurrence, &fields)
            }
            GoogleEdit::Restore { calendar, id } => self.restore(&calendar, &id),
            GoogleEdit::Move { calendar, id, to } => {
                let (calendar, to) = (self.named(&calendar)?, self.named(&to)?);
                self.move_event(&calendar, &id, &to).map(into_id)
            }
            GoogleEdit::Copy { calendar, id, to } => self.copy(&calendar, &id, &to),
            GoogleEdit::AddCalendar { summary, owner, description } => {
                let calendar = self.create_calendar(&summary, &owner, chrono_tz::Europe::Berlin);
                calendar.description = description;
                Ok(calendar.id.clone())
            }
            GoogleEdit::DeleteCalendar { calendar } => {
                let id = self.named(&calendar)?;
                calendars::remove(self, &id);
                Ok(id)
            }
            GoogleEdit::Share { calendar, scope_type, scope_value, role } => {
                self.share(&calendar, AclRule::new(role, &scope_type, &scope_value))
            }
        }
    }

    /// The calendar with that id, else the first with that summary.
    pub(super) fn named(&self, name: &str) -> GoogleResult<String> {
        if self.calendars.contains_key(name) {
            return Ok(name.to_owned());
        }
        self.calendars
            .values()
            .find(|calendar| calendar.summary == name)
            .map(|calendar| calendar.id.clone())
            .ok_or_else(GoogleError::not_found)
    }

    fn person_changes(&mut self, calendar: &str, id: &str, fields: &Map<String, Value>) -> GoogleResult<String> {
        let calendar = self.named(calendar)?;
        self.update_event(&calendar, id, fields, Update::Patch, None).map(into_id)
    }

    fn stored(&self, calendar: &str, id: &str) -> GoogleResult<Event> {
        self.calendars.get(calendar).and_then(|calendar| calendar.find(id)).ok_or_else(GoogleError::not_found)
    }

    /// The id of the occurrence that a series has on a day.
    fn occurrence_on(&self, calendar: &str, id: &str, day: NaiveDate) -> GoogleResult<String> {
        let master = self.stored(calendar, id)?;
        let from = day.and_time(NaiveTime::MIN);
        let starts = master.recurrence.as_ref().map(|series| series.between(from, from + TimeDelta::seconds(86_399)));
        let first = starts.and_then(|starts| starts.first().copied());
        first.map(|start| format!("{id}_{}", start.id_suffix())).ok_or_else(GoogleError::not_found)
    }

    fn add_foreign(&mut self, calendar: &str, mut event: Object) -> GoogleResult<String> {
        let calendar = self.named(calendar)?;
        let id = self.insert_event(&calendar, &event, "person@musterkanzlei.example")?;
        let mut stored = self.stored(&calendar, id.id())?;
        for read_only in ["id", "start", "end"] {
            event.remove(read_only);
        }
        stored.resource.extend(event);
        self.store_event(&calendar, stored).map(into_id)
    }

    fn open_in_editor(&mut self, calendar: &str, id: &str, note: Option<String>) -> GoogleResult<String> {
        let calendar_id = self.named(calendar)?;
        let held = self.stored(&calendar_id, id)?;
        let note = note.unwrap_or_else(|| held.text("description").to_owned());
        let change = json!({"description": editor_html(&note)});
        self.person_changes(&calendar_id, id, change.as_object().unwrap_or(&Map::new()))
    }

    fn restore(&mut self, calendar: &str, id: &str) -> GoogleResult<String> {
        let calendar = self.named(calendar)?;
        let mut event = self.stored(&calendar, id)?;
        if !event.is_cancelled() || event.bare {
            return Err(GoogleError::invalid("The event is not in the bin."));
        }
        event.resource.insert("status".to_owned(), json!("confirmed"));
        self.store_event(&calendar, event).map(into_id)
    }

    fn copy(&mut self, calendar: &str, id: &str, to: &str) -> GoogleResult<String> {
        let (calendar, to) = (self.named(calendar)?, self.named(to)?);
        let mut copied = self.stored(&calendar, id)?.resource;
        for own in ["id", "iCalUID", "sequence", "recurringEventId", "originalStartTime"] {
            copied.remove(own);
        }
        self.insert_event(&to, &copied, "person@musterkanzlei.example").map(into_id)
    }

    fn share(&mut self, calendar: &str, mut rule: AclRule) -> GoogleResult<String> {
        let id = self.named(calendar)?;
        rule.revision = self.tick();
        let calendar = self.calendars.get_mut(&id).ok_or_else(GoogleError::not_found)?;
        if rule.role == Role::None {
            calendar.acl.remove(&rule.id);
        } else {
            calendar.acl.insert(rule.id.clone(), rule);
        }
        Ok(id)
    }

    /// Makes Google forget its deleted events, and with them the sync tokens from before.
    pub(super) fn forget_tombstones(&mut self) {
        let revision = self.tick();
        for calendar in self.calendars.values_mut() {
            let before = calendar.events.len();
            calendar.events.retain(|_, event| !event.is_cancelled() || event.master_id().is_some());
            if calendar.events.len() < before {
                calendar.forgotten = revision;
            }
        }
    }
}

fn into_id(event: Event) -> String {
    event.id().to_owned()
}

/// The HTML that Google's editor makes of plain lines, or of HTML that it made before.
fn editor_html(note: &str) -> String {
    if note.starts_with("<html-blob>") {
        return note.to_owned();
    }
    let escaped =
        note.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("\r\n", "\n").replace('\n', "<br>");
    format!("<html-blob>{escaped}</html-blob>")
}
