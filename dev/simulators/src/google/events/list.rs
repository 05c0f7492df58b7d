//! Lists of events: filters, instances, pages, and what changed since a sync token.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{
    query::Parameters,
    tokens::{self, PageToken, SyncToken},
};
use crate::{
    clock,
    google::{
        behaviour::Tombstones,
        error::{GoogleError, GoogleResult},
        store::{Calendar, Event, Object, Project},
    },
};

const USUAL_PAGE: usize = 250;
const LARGEST_PAGE: usize = 2_500;
/// How far instances are counted out where no bound was given.
const HORIZON_DAYS: i64 = 3 * 366;
/// How far back changes may be asked for by time.
const UPDATED_MIN_DAYS: i64 = 28;

/// What a list was asked for.
struct Selection {
    since: Option<u64>,
    show_deleted: bool,
    single_events: bool,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    updated_min: Option<DateTime<Utc>>,
    zone: Tz,
    bare_tombstones: bool,
}

/// One item with the key it is sorted by.
struct Item {
    key: (String, String),
    event: Event,
}

impl Project {
    /// One page of a calendar's events.
    pub(super) fn list_events(&self, calendar: &Calendar, principal: &str, parameters: &Parameters) -> GoogleResult<Value> {
        let since = self.since(calendar, parameters)?;
        let selection = self.selection(calendar, parameters, since)?;
        let items = sorted_items(calendar, &selection, parameters)?;
        let page_token = page_token(parameters)?;
        let revision = page_token.as_ref().map_or(self.revision(), |token| token.revision);
        let shown = |event: &Event| selection.show(event);
        let mut answer = self.paged(&items, page_token, parameters, shown)?;
        let last_page = !answer.contains_key("nextPageToken");
        if last_page && parameters.allow_sync_token() {
            let token =
                SyncToken { calendar: calendar.id.clone(), revision, epoch: self.epoch, parameters: parameters.fingerprint() };
            answer.insert("nextSyncToken".to_owned(), tokens::seal(&token).into());
        }
        describe(&mut answer, calendar, selection.zone, principal);
        Ok(Value::Object(answer))
    }

    /// One page of a series' instances.
    pub(super) fn list_instances(
        &self,
        calendar: &Calendar,
        principal: &str,
        master_id: &str,
        parameters: &Parameters,
    ) -> GoogleResult<Value> {
        let master = calendar.events.get(master_id).ok_or_else(GoogleError::not_found)?;
        let mut selection = self.selection(calendar, parameters, None)?;
        selection.single_events = true;
        let original = parameters.instant("originalStart")?;
        let mut events = Vec::new();
        if !master.is_cancelled() {
            expand(calendar, master, &selection, &mut events);
        }
        events.extend(calendar.exceptions_of(master_id).filter(|event| selection.takes(calendar, event)).cloned());
        let mut items: Vec<Item> = events
            .into_iter()
            .filter(|event| {
                original.is_none_or(|wanted| {
                    event.original_start(calendar.zone).is_some_and(|start| start.instant(calendar.zone) == wanted)
                })
            })
            .map(|event| Item { key: (String::new(), event.id().to_owned()), event })
            .collect();
        items.sort_by(|left, right| left.key.cmp(&right.key));
        let page_token = page_token(parameters)?;
        let shown = |event: &Event| selection.show(event);
        let mut answer = self.paged(&items, page_token, parameters, shown)?;
        describe(&mut answer, calendar, selection.zone, principal);
        Ok(Value::Object(answer))
    }

    /// The revision that a sync token picks up from.
    fn since(&self, calendar: &Calendar, parameters: &Parameters) -> GoogleResult<Option<u64>> {
        let Some(text) = parameters.get("syncToken") else {
            return Ok(None);
        };
        parameters.check_with_sync_token()?;
        let token: SyncToken = tokens::open(text)
            .filter(|token: &SyncToken| token.calendar == calendar.id)
            .ok_or_else(|| GoogleError::invalid("Invalid sync token value."))?;
        if token.epoch < self.epoch || token.revision < calendar.forgotten {
            return Err(GoogleError::full_sync_required());
        }
        if token.parameters != parameters.fingerprint() {
            return Err(GoogleError::invalid("The parameters differ from those of the initial synchronization."));
        }
        Ok(Some(token.revision))
    }

    fn selection(&self, calendar: &Calendar, parameters: &Parameters, since: Option<u64>) -> GoogleResult<Selection> {
        let updated_min = parameters.instant("updatedMin")?;
        if updated_min.is_some_and(|instant| instant < clock::now() - TimeDelta::days(UPDATED_MIN_DAYS)) {
            return Err(GoogleError::updated_min_too_long_ago());
        }
        let show_deleted = parameters.flag("showDeleted")?.unwrap_or(false);
        let (from, to) = (parameters.instant("timeMin")?, parameters.instant("timeMax")?);
        if from.zip(to).is_some_and(|(from, to)| to <= from) {
            return Err(GoogleError::bad_request("timeRangeEmpty", "The specified time range is empty."));
        }
        Ok(Selection {
            since,
            single_events: parameters.flag("singleEvents")?.unwrap_or(false),
            from,
            to,
            updated_min,
            zone: parameters.zone()?.unwrap_or(calendar.zone),
            // An incremental list tells no details where deleted events were not asked for.
            bare_tombstones: self.behaviour.tombstones == Tombstones::Bare || !show_deleted,
            show_deleted,
        })
    }

    fn paged(
        &self,
        items: &[Item],
        page_token: Option<PageToken>,
        parameters: &Parameters,
        shown: impl Fn(&Event) -> Object,
    ) -> GoogleResult<Object> {
        let largest = self.behaviour.page_size_cap.clamp(1, LARGEST_PAGE);
        let size = parameters.page_size(USUAL_PAGE, largest)?;
        let empty = self.behaviour.empty_pages && page_token.is_none();
        let revision = page_token.as_ref().map_or(self.revision(), |token| token.revision);
        let after = page_token.map(|token| token.after).unwrap_or_default();
        let begin = items.partition_point(|item| item.key <= after);
        let rest = &items[begin..];
        let page = &rest[..if empty { 0 } else { size.min(rest.len()) }];
        let mut answer = Object::new();
        answer.insert("items".to_owned(), page.iter().map(|item| Value::Object(shown(&item.event))).collect());
        if empty || page.len() < rest.len() {
            let token = PageToken {
                revision,
                after: page.last().map(|item| item.key.clone()).unwrap_or_default(),
                parameters: parameters.fingerprint(),
            };
            answer.insert("nextPageToken".to_owned(), tokens::seal(&token).into());
        }
        Ok(answer)
    }
}

fn page_token(parameters: &Parameters) -> GoogleResult<Option<PageToken>> {
    parameters
        .get("pageToken")
        .map(|text| {
            tokens::open(text)
                .filter(|token: &PageToken| token.parameters == parameters.fingerprint())
                .ok_or_else(|| GoogleError::invalid("Invalid page token value."))
        })
        .transpose()
}

fn describe(answer: &mut Object, calendar: &Calendar, zone: Tz, principal: &str) {
    let updated = clock::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let etag = format!("\"p{}\"", calendar.events_revision.max(calendar.revision));
    answer.insert("kind".to_owned(), json!("calendar#events"));
    answer.insert("etag".to_owned(), etag.into());
    answer.insert("summary".to_owned(), calendar.summary.as_str().into());
    if let Some(description) = &calendar.description {
        answer.insert("description".to_owned(), description.as_str().into());
    }
    answer.insert("updated".to_owned(), updated.into());
    answer.insert("timeZone".to_owned(), zone.name().into());
    answer.insert("accessRole".to_owned(), json!(calendar.role_of(principal)));
    answer.insert("defaultReminders".to_owned(), json!([]));
}

impl Selection {
    /// The event as this list shows it.
    fn show(&self, event: &Event) -> Object {
        if event.is_cancelled() && (event.bare || self.bare_tombstones) {
            event.bare_tombstone()
        } else {
            event.shown_in(self.zone)
        }
    }

    /// Whether a stored event, taken by itself, is in the list.
    fn takes(&self, calendar: &Calendar, event: &Event) -> bool {
        if self.since.is_some_and(|revision| event.revision <= revision) {
            return false;
        }
        if event.is_cancelled() && !self.takes_cancelled(calendar, event) {
            return false;
        }
        if let Some(earliest) = self.updated_min {
            let updated = DateTime::parse_from_rfc3339(event.text("updated"));
            if updated.is_ok_and(|updated| updated < earliest) {
                return false;
            }
        }
        match (&event.recurrence, self.from.or(self.to)) {
            (Some(series), Some(_)) => {
                let from = self.from.unwrap_or_else(|| event.span.start.instant(calendar.zone));
                let to = self.to.unwrap_or_else(|| from + TimeDelta::days(HORIZON_DAYS));
                !series.touching(&event.span, from, to).is_empty()
            }
            _ => event.span.touches(calendar.zone, self.from, self.to),
        }
    }

    fn takes_cancelled(&self, calendar: &Calendar, event: &Event) -> bool {
        if self.show_deleted || self.since.is_some() || self.updated_min.is_some() {
            return true;
        }
        // A cancelled instance of a living series is part of the series.
        !self.single_events && event.master_id().is_some() && !calendar.is_orphan(event)
    }
}

fn sorted_items(calendar: &Calendar, selection: &Selection, parameters: &Parameters) -> GoogleResult<Vec<Item>> {
    let mut events = Vec::new();
    for event in calendar.events.values() {
        if selection.single_events && event.recurrence.is_some() && !event.is_cancelled() {
            if selection.since.is_none_or(|since| event.revision > since) {
                expand(calendar, event, selection, &mut events);
            }
        } else if selection.takes(calendar, event) {
            events.push(event.clone());
        }
    }
    let order = parameters.get("orderBy");
    match order {
        None | Some("updated") => {}
        Some("startTime") if selection.single_events => {}
        Some(_) => {
            return Err(GoogleError::bad_request(
                "badRequest",
                "The requested ordering is not available for the particular query.",
            ));
        }
    }
    let mut items: Vec<Item> = events
        .into_iter()
        .filter(|event| matches_filters(event, parameters))
        .map(|event| {
            let first = match order {
                Some("updated") => event.text("updated").to_owned(),
                Some(_) => event.span.start.instant(calendar.zone).to_rfc3339(),
                None => String::new(),
            };
            Item { key: (first, event.id().to_owned()), event }
        })
        .collect();
    items.sort_by(|left, right| left.key.cmp(&right.key));
    Ok(items)
}

/// Adds the untouched instances of a series that the selection covers.
fn expand(calendar: &Calendar, master: &Event, selection: &Selection, into: &mut Vec<Event>) {
    let Some(series) = &master.recurrence else {
        return;
    };
    let from = selection.from.unwrap_or_else(|| master.span.start.instant(calendar.zone));
    let to = selection.to.unwrap_or_else(|| clock::now().max(from) + TimeDelta::days(HORIZON_DAYS));
    let instances = series
        .touching(&master.span, from, to)
        .into_iter()
        .map(|start| master.instance(start, calendar.zone))
        .filter(|instance| !calendar.events.contains_key(instance.id()));
    into.extend(instances);
}

fn matches_filters(event: &Event, parameters: &Parameters) -> bool {
    let words_match = parameters.get("q").is_none_or(|words| {
        let words = words.to_lowercase();
        ["summary", "description", "location"].iter().any(|name| event.text(name).to_lowercase().contains(&words))
    });
    let uid_matches = parameters.get("iCalUID").is_none_or(|uid| event.text("iCalUID") == uid);
    let kind_matches =
        parameters.get("eventTypes").is_none() || parameters.all("eventTypes").any(|kind| event.text("eventType") == kind);
    words_match
        && uid_matches
        && kind_matches
        && has_properties(event, parameters, "privateExtendedProperty", "private")
        && has_properties(event, parameters, "sharedExtendedProperty", "shared")
}

fn has_properties(event: &Event, parameters: &Parameters, parameter: &str, group: &str) -> bool {
    parameters.all(parameter).all(|wanted| {
        wanted.split_once('=').is_some_and(|(key, value)| {
            event.resource.get("extendedProperties").and_then(|properties| properties.get(group)?.get(key)?.as_str())
                == Some(value)
        })
    })
}
