//! Changes to events, whether they come through the API or from a person.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::resource;
use crate::{
    clock,
    google::{
        error::{GoogleError, GoogleResult},
        store::{Event, Object, Project, text_of},
    },
    merge,
};

/// Members that an update cannot change.
const FIXED: [&str; 11] = [
    "kind",
    "id",
    "created",
    "creator",
    "organizer",
    "iCalUID",
    "htmlLink",
    "recurringEventId",
    "originalStartTime",
    "etag",
    "updated",
];

/// How an update treats members that were not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::google) enum Update {
    /// They are cleared.
    Replace,
    /// They stay.
    Patch,
}

impl Project {
    /// Inserts an event; the id may have been chosen by the client.
    pub(in crate::google) fn insert_event(&mut self, calendar_id: &str, sent: &Object, creator: &str) -> GoogleResult<Event> {
        let id = match sent.get("id").filter(|id| !id.is_null()) {
            None => self.new_id(),
            Some(id) => {
                let id = id.as_str().unwrap_or_default();
                if !resource::is_event_id(id) {
                    return Err(GoogleError::invalid("Invalid resource id value."));
                }
                id.to_owned()
            }
        };
        let kept = resource::clean(sent, &self.behaviour)?;
        let calendar = self.held(calendar_id)?;
        if calendar.events.contains_key(&id) {
            return Err(GoogleError::duplicate());
        }
        let mut whole = kept;
        let now = clock::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let uid = match text_of(sent, "iCalUID") {
            "" => format!("{id}@google.com"),
            uid => uid.to_owned(),
        };
        let who = json!({"email": calendar.id, "displayName": calendar.summary, "self": true});
        whole.extend([
            ("kind".to_owned(), json!("calendar#event")),
            ("created".to_owned(), Value::from(now)),
            ("creator".to_owned(), json!({"email": creator})),
            ("organizer".to_owned(), who),
            ("iCalUID".to_owned(), Value::from(uid)),
            ("sequence".to_owned(), json!(0)),
            ("htmlLink".to_owned(), Value::from(format!("https://www.google.com/calendar/event?eid={id}"))),
            ("id".to_owned(), Value::from(id)),
        ]);
        let event = self.checked(calendar_id, whole)?;
        self.store_event(calendar_id, event)
    }

    /// Replaces or patches an event; `if_match` is the ETag it must still have.
    pub(in crate::google) fn update_event(
        &mut self,
        calendar_id: &str,
        id: &str,
        sent: &Object,
        how: Update,
        if_match: Option<&str>,
    ) -> GoogleResult<Event> {
        let old = self.existing(calendar_id, id, if_match)?;
        let lost = old.master_id().is_none() || self.held(calendar_id)?.is_orphan(&old);
        if old.is_cancelled() && lost && !self.behaviour.revival {
            return Err(GoogleError::forbidden("The event has been deleted and cannot be changed."));
        }
        let whole = match how {
            Update::Replace => sent.clone(),
            Update::Patch => {
                let mut whole = Value::Object(old.resource.clone());
                merge::merge(&mut whole, &Value::Object(sent.clone()));
                match whole {
                    Value::Object(whole) => whole,
                    _ => return Err(GoogleError::parse_error()),
                }
            }
        };
        check_sequence(&old, sent)?;
        let mut kept = resource::clean(&whole, &self.behaviour)?;
        for name in FIXED {
            if let Some(value) = old.resource.get(name) {
                kept.insert(name.to_owned(), value.clone());
            }
        }
        if old.master_id().is_some() {
            kept.remove("recurrence");
        }
        if text_of(&kept, "eventType") != old.text("eventType") {
            return Err(GoogleError::bad_request("eventTypeRestriction", "The event type cannot be changed."));
        }
        let mut event = self.checked(calendar_id, kept)?;
        let moved = event.span != old.span;
        let sequence = old.resource.get("sequence").and_then(Value::as_u64);
        let sequence = sequence.unwrap_or(0) + u64::from(moved);
        event.resource.insert("sequence".to_owned(), Value::from(sequence));
        let event = self.store_event(calendar_id, event)?;
        self.prune_exceptions(calendar_id, &event)?;
        Ok(event)
    }

    /// Deletes an event, or cancels one instance of a series.
    pub(in crate::google) fn delete_event(&mut self, calendar_id: &str, id: &str, if_match: Option<&str>) -> GoogleResult<Event> {
        let mut event = self.existing(calendar_id, id, if_match)?;
        if event.is_cancelled() {
            return Err(GoogleError::deleted());
        }
        event.resource.insert("status".to_owned(), json!("cancelled"));
        let event = self.store_event(calendar_id, event)?;
        self.cancel_exceptions(calendar_id, id)?;
        Ok(event)
    }

    /// Moves an event to another calendar under its id; a bare tombstone stays behind.
    pub(in crate::google) fn move_event(&mut self, calendar_id: &str, id: &str, destination: &str) -> GoogleResult<Event> {
        let event = self.existing(calendar_id, id, None)?;
        if event.is_cancelled() {
            return Err(GoogleError::deleted());
        }
        if event.master_id().is_some() {
            return Err(GoogleError::bad_request(
                "cannotChangeOrganizerOfInstance",
                "Cannot change the organizer of an instance.",
            ));
        }
        if text_of(&event.resource, "eventType") != "default" {
            return Err(GoogleError::bad_request("eventTypeRestriction", "Only default events can be moved."));
        }
        let there = self.held(destination)?;
        if there.id == calendar_id {
            return Err(GoogleError::invalid("Source and destination are the same."));
        }
        if there.events.get(id).is_some_and(|event| !event.is_cancelled()) {
            return Err(GoogleError::duplicate());
        }
        let who = json!({"email": there.id, "displayName": there.summary, "self": true});
        let exceptions: Vec<Event> = self.held(calendar_id)?.exceptions_of(id).cloned().collect();
        for exception in exceptions {
            self.forget(calendar_id, exception.id())?;
            self.store_event(destination, exception)?;
        }
        let mut tombstone = event.clone();
        tombstone.resource.insert("status".to_owned(), json!("cancelled"));
        tombstone.bare = true;
        self.store_event(calendar_id, tombstone)?;
        let mut moved = event;
        moved.resource.insert("organizer".to_owned(), who);
        self.store_event(destination, moved)
    }

    /// The stored event or instance, where it exists and still has the expected ETag.
    fn existing(&self, calendar_id: &str, id: &str, if_match: Option<&str>) -> GoogleResult<Event> {
        let event = self.held(calendar_id)?.find(id).ok_or_else(GoogleError::not_found)?;
        let matches = if_match.is_none_or(|etag| etag.split(',').map(str::trim).any(|one| one == "*" || one == event.etag()));
        if !matches {
            return Err(GoogleError::condition_not_met());
        }
        Ok(event)
    }

    /// A calendar whose access was checked before.
    fn held(&self, calendar_id: &str) -> GoogleResult<&crate::google::store::Calendar> {
        self.calendars.get(calendar_id).ok_or_else(GoogleError::not_found)
    }

    /// The event with its times in the calendar's form.
    fn checked(&self, calendar_id: &str, resource: Object) -> GoogleResult<Event> {
        let zone = self.held(calendar_id)?.zone;
        let mut event = Event::new(resource, zone)?;
        if event.recurrence.is_some() && !event.span.start.is_day() && !event.span.zone_named {
            return Err(GoogleError::required("Missing time zone definition for start time."));
        }
        event.resource = event.shown_in(zone);
        Ok(event)
    }

    /// Exceptions of what are no occurrences of the changed series any more disappear.
    fn prune_exceptions(&mut self, calendar_id: &str, master: &Event) -> GoogleResult<()> {
        let calendar = self.held(calendar_id)?;
        let zone = calendar.zone;
        let stale: Vec<Event> = calendar
            .exceptions_of(master.id())
            .filter(|exception| {
                let original = exception.original_start(zone);
                let series = master.recurrence.as_ref();
                !series.zip(original).is_some_and(|(series, original)| series.has(original))
            })
            .cloned()
            .collect();
        for mut exception in stale {
            if exception.is_cancelled() {
                self.forget(calendar_id, exception.id())?;
            } else {
                exception.resource.insert("status".to_owned(), json!("cancelled"));
                self.store_event(calendar_id, exception)?;
            }
        }
        Ok(())
    }

    /// With a series its exceptions go, without any word of their own.
    fn cancel_exceptions(&mut self, calendar_id: &str, master_id: &str) -> GoogleResult<()> {
        let calendar = self.calendars.get_mut(calendar_id).ok_or_else(GoogleError::not_found)?;
        for event in calendar.events.values_mut() {
            if event.master_id() == Some(master_id) {
                event.resource.insert("status".to_owned(), json!("cancelled"));
            }
        }
        Ok(())
    }

    fn forget(&mut self, calendar_id: &str, id: &str) -> GoogleResult<()> {
        self.calendars.get_mut(calendar_id).ok_or_else(GoogleError::not_found)?.events.remove(id);
        Ok(())
    }
}

fn check_sequence(old: &Event, sent: &Object) -> GoogleResult<()> {
    let held = old.resource.get("sequence").and_then(Value::as_u64);
    let given = sent.get("sequence").and_then(Value::as_u64);
    if given.zip(held).is_some_and(|(given, held)| given < held) {
        return Err(GoogleError::invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.",
        ));
    }
    Ok(())
}
