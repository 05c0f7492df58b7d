//! Google's side: live events, series counted out, exceptions in place of their instances.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Europe::Berlin;
use serde_json::{Map, Value};

use super::{
    Window,
    occurrence::{Occurrence, Source},
    text::Shown,
};
use crate::{
    clock,
    google::{CalendarSnapshot, Event, Moment},
};

/// Occurrences of the calendar's own events.
pub(super) fn occurrences(calendar: &CalendarSnapshot, window: Window) -> Vec<Occurrence> {
    let from = clock::instant_of(window.first.and_time(NaiveTime::MIN), Berlin);
    let to = clock::instant_of((window.last + TimeDelta::days(1)).and_time(NaiveTime::MIN), Berlin);
    let mut found = Vec::new();
    for resource in &calendar.events {
        if !is_ours(resource) {
            continue;
        }
        let Ok(event) = Event::new(resource.clone(), Berlin) else {
            continue;
        };
        match &event.recurrence {
            None => found.push(occurrence(&event)),
            Some(series) => found.extend(
                series
                    .touching(&event.span, from, to)
                    .into_iter()
                    .map(|start| event.instance(start, Berlin))
                    .filter(|instance| !has_exception(calendar, instance.id()))
                    .map(|instance| occurrence(&instance)),
            ),
        }
    }
    found
}

fn text<'a>(resource: &'a Map<String, Value>, name: &str) -> &'a str {
    resource.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Live, of the ordinary type, and not only an invitation.
fn is_ours(resource: &Map<String, Value>) -> bool {
    let invited = resource
        .get("attendees")
        .and_then(Value::as_array)
        .is_some_and(|attendees| attendees.iter().any(|one| one["self"] == true));
    let organised_here = resource.get("organizer").is_none_or(|organizer| organizer["self"] == true);
    text(resource, "status") != "cancelled"
        && matches!(text(resource, "eventType"), "" | "default")
        && (organised_here || !invited)
}

fn has_exception(calendar: &CalendarSnapshot, id: &str) -> bool {
    calendar.events.iter().any(|event| text(event, "id") == id)
}

fn occurrence(event: &Event) -> Occurrence {
    let local = |moment: Moment| -> NaiveDateTime { moment.instant(Berlin).with_timezone(&Berlin).naive_local() };
    let (start, mut end) = (local(event.span.start), local(event.span.end));
    // Google's end at midnight is exclusive: the last minute is the one before.
    if end > start && end.time() == NaiveTime::MIN {
        end -= TimeDelta::minutes(1);
    }
    Occurrence {
        start,
        end,
        all_day: event.span.start.is_day(),
        text: Shown::line(event.text("summary")),
        note: Shown::html_note(event.text("description")),
        place: Shown::line(event.text("location")),
        private: matches!(event.text("visibility"), "private" | "confidential"),
        source: Source::Event(event.id().to_owned()),
    }
    .normalised()
}
