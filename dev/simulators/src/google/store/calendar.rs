use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Event, Moment, Object, event::etag};
use crate::google::error::{GoogleError, GoogleResult};

/// What an account may do with a calendar; each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Nothing.
    None,
    /// See when it is busy.
    FreeBusyReader,
    /// Read.
    Reader,
    /// Write events.
    Writer,
    /// Manage it and its access rules.
    Owner,
}

/// One access rule of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclRule {
    /// Its id, such as `user:someone@example.com`.
    pub id: String,
    /// What it allows.
    pub role: Role,
    /// `user`, `group`, `domain` or `default`.
    pub scope_type: String,
    /// Whom it concerns; empty for `default`.
    pub scope_value: String,
    /// The project's revision at its last change.
    pub revision: u64,
}

impl AclRule {
    pub(crate) fn new(role: Role, scope_type: &str, scope_value: &str) -> Self {
        let id = if scope_type == "default" { "default".to_owned() } else { format!("{scope_type}:{scope_value}") };
        Self { id, role, scope_type: scope_type.to_owned(), scope_value: scope_value.to_owned(), revision: 0 }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut scope = json!({"type": self.scope_type});
        if self.scope_type != "default" {
            scope["value"] = Value::from(self.scope_value.as_str());
        }
        json!({
            "kind": "calendar#aclRule",
            "etag": etag(self.revision),
            "id": self.id,
            "scope": scope,
            "role": self.role,
        })
    }
}

/// One calendar with everything in it.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) summary: String,
    pub(crate) description: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) zone: Tz,
    /// Its data owner for good.
    pub(crate) owner: String,
    pub(crate) primary: bool,
    pub(crate) acl: BTreeMap<String, AclRule>,
    pub(crate) events: BTreeMap<String, Event>,
    /// The revision of its own last change, without its events'.
    pub(crate) revision: u64,
    /// The revision of the last change to its events.
    pub(crate) events_revision: u64,
    /// Sync tokens from before this revision cannot be served any more.
    pub(crate) forgotten: u64,
}

impl Calendar {
    pub(crate) fn new(id: String, summary: String, owner: &str, zone: Tz) -> Self {
        let rule = AclRule::new(Role::Owner, "user", owner);
        Self {
            id,
            summary,
            description: None,
            location: None,
            zone,
            owner: owner.to_owned(),
            primary: false,
            acl: BTreeMap::from([(rule.id.clone(), rule)]),
            events: BTreeMap::new(),
            revision: 0,
            events_revision: 0,
            forgotten: 0,
        }
    }

    /// What an account may do.
    pub(crate) fn role_of(&self, principal: &str) -> Role {
        let own = self.acl.get(&format!("user:{principal}"));
        let anyone = self.acl.get("default");
        [own, anyone].into_iter().flatten().map(|rule| rule.role).max().unwrap_or(Role::None)
    }

    /// The role, where it reaches; 404 where the calendar cannot be seen at all.
    pub(crate) fn require(&self, principal: &str, needed: Role) -> GoogleResult<()> {
        let role = self.role_of(principal);
        if role < Role::FreeBusyReader {
            return Err(GoogleError::not_found());
        }
        if role < needed {
            return Err(GoogleError::forbidden("You need to have writer access to this calendar."));
        }
        Ok(())
    }

    /// The calendar resource.
    pub(crate) fn to_json(&self) -> Object {
        let mut shown = Object::new();
        shown.insert("kind".to_owned(), json!("calendar#calendar"));
        shown.insert("etag".to_owned(), Value::from(etag(self.revision)));
        shown.insert("id".to_owned(), Value::from(self.id.as_str()));
        shown.insert("summary".to_owned(), Value::from(self.summary.as_str()));
        for (name, value) in [("description", &self.description), ("location", &self.location)] {
            if let Some(text) = value {
                shown.insert(name.to_owned(), Value::from(text.as_str()));
            }
        }
        shown.insert("timeZone".to_owned(), Value::from(self.zone.name()));
        shown.insert("conferenceProperties".to_owned(), json!({"allowedConferenceSolutionTypes": ["hangoutsMeet"]}));
        shown
    }

    /// The event with an id: one that is stored, or an untouched instance of a series.
    pub(crate) fn find(&self, id: &str) -> Option<Event> {
        if let Some(event) = self.events.get(id) {
            return Some(event.clone());
        }
        let (master_id, suffix) = id.rsplit_once('_')?;
        let master = self.events.get(master_id)?;
        let original = moment_of_suffix(suffix, master)?;
        let series = master.recurrence.as_ref()?;
        series.has(original).then(|| master.instance(original, self.zone))
    }

    /// Exceptions of a series, cancelled ones too.
    pub(crate) fn exceptions_of(&self, master_id: &str) -> impl Iterator<Item = &Event> {
        self.events.values().filter(move |event| event.master_id() == Some(master_id))
    }

    /// Whether an event is an exception of a series that was deleted.
    pub(crate) fn is_orphan(&self, event: &Event) -> bool {
        event.master_id().is_some_and(|master| self.events.get(master).is_none_or(Event::is_cancelled))
    }
}

fn moment_of_suffix(suffix: &str, master: &Event) -> Option<Moment> {
    match master.span.start {
        Moment::Day(_) => NaiveDate::parse_from_str(suffix, "%Y%m%d").ok().map(Moment::Day),
        Moment::Time { zone, .. } => {
            let utc = NaiveDateTime::parse_from_str(suffix, "%Y%m%dT%H%M%SZ").ok()?;
            Some(Moment::Time { instant: utc.and_utc(), zone })
        }
    }
}
