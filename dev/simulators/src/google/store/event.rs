use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{Moment, Object, Recurrence, Span, text_of};
use crate::google::error::GoogleResult;

/// One event as a calendar holds it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The whole resource.
    pub(crate) resource: Object,
    pub(crate) span: Span,
    pub(crate) recurrence: Option<Recurrence>,
    /// Rises with each write in the whole project.
    pub(crate) revision: u64,
    /// Left behind by a move: nothing but its id is known any more.
    pub(crate) bare: bool,
}

impl Event {
    /// An event from a resource whose start, end and recurrence are readable.
    pub(crate) fn new(resource: Object, calendar_zone: Tz) -> GoogleResult<Self> {
        let span = Span::parse(&resource, calendar_zone)?;
        let lines: Vec<String> = resource
            .get("recurrence")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let recurrence = if lines.is_empty() { None } else { Some(Recurrence::parse(&span, &lines)?) };
        Ok(Self { resource, span, recurrence, revision: 0, bare: false })
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        text_of(&self.resource, name)
    }

    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    pub(crate) fn etag(&self) -> &str {
        self.text("etag")
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.text("status") == "cancelled"
    }

    /// The series that it is an exception of.
    pub(crate) fn master_id(&self) -> Option<&str> {
        self.resource.get("recurringEventId")?.as_str()
    }

    /// The start that its series gives it.
    pub(crate) fn original_start(&self, calendar_zone: Tz) -> Option<Moment> {
        Moment::read(self.resource.get("originalStartTime")?, calendar_zone)
    }

    /// The occurrence that begins at the given start, untouched as its series has it.
    pub(crate) fn instance(&self, original: Moment, calendar_zone: Tz) -> Self {
        let span = self.span.moved_to(original);
        let mut resource = self.resource.clone();
        resource.remove("recurrence");
        let suffix = original.id_suffix();
        let etag = format!("\"{}-{suffix}\"", self.etag().trim_matches('"'));
        let start = original.to_json(calendar_zone);
        resource.extend([
            ("id".to_owned(), json!(format!("{}_{suffix}", self.id()))),
            ("etag".to_owned(), Value::from(etag)),
            ("recurringEventId".to_owned(), Value::from(self.id())),
            ("originalStartTime".to_owned(), start.clone()),
            ("start".to_owned(), start),
            ("end".to_owned(), span.end.to_json(calendar_zone)),
        ]);
        Self { resource, span, recurrence: None, revision: self.revision, bare: self.bare }
    }

    /// Gives it a new ETag and time of change.
    pub(crate) fn stamp(&mut self, revision: u64, now: DateTime<Utc>) {
        self.revision = revision;
        let updated = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        self.resource.insert("etag".to_owned(), Value::from(etag(revision)));
        self.resource.insert("updated".to_owned(), Value::from(updated));
    }

    /// The tombstone of which only the id is guaranteed.
    pub(crate) fn bare_tombstone(&self) -> Object {
        let mut shown = Object::new();
        for name in ["kind", "etag", "id", "status", "recurringEventId", "originalStartTime"] {
            if let Some(value) = self.resource.get(name) {
                shown.insert(name.to_owned(), value.clone());
            }
        }
        shown
    }

    /// The resource with its times in another zone's offset.
    pub(crate) fn shown_in(&self, zone: Tz) -> Object {
        let mut shown = self.resource.clone();
        shown.insert("start".to_owned(), self.span.start.to_json(zone));
        shown.insert("end".to_owned(), self.span.end.to_json(zone));
        if let Some(original) = self.original_start(zone) {
            shown.insert("originalStartTime".to_owned(), original.to_json(zone));
        }
        shown
    }
}

/// The ETag of a revision.
pub(crate) fn etag(revision: u64) -> String {
    format!("\"{:016}\"", 3_400_000_000_000_000 + revision * 2_000)
}
