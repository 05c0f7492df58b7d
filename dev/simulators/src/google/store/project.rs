use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

use super::{AclRule, Calendar, Event, Object, Role};
use crate::{
    clock,
    google::{
        behaviour::GoogleBehaviour,
        error::{GoogleError, GoogleResult},
        oauth::Grant,
        push::{Channel, Push},
        quota::{Quota, SlidingWindow},
    },
};

/// One calendar as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalendarSnapshot {
    /// Its id.
    pub id: String,
    /// Its name.
    pub summary: String,
    /// Its description.
    pub description: Option<String>,
    /// Its IANA time zone.
    pub time_zone: String,
    /// Its data owner.
    pub owner: String,
    /// Whether it is somebody's main calendar.
    pub primary: bool,
    /// Its access rules.
    pub acl: Vec<AclRule>,
    /// Its events, cancelled ones and exceptions too.
    pub events: Vec<Object>,
}

/// One notification channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelSnapshot {
    /// Its id.
    pub id: String,
    /// The id of what it watches, which stopping it needs.
    pub resource_id: String,
    /// The calendar it watches.
    pub calendar_id: String,
    /// Where its notifications go.
    pub address: String,
    /// When it ends, in milliseconds since 1970.
    pub expiration: i64,
}

/// Everything the simulated Google Calendar holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GoogleSnapshot {
    /// All calendars.
    pub calendars: Vec<CalendarSnapshot>,
    /// Channels that have not ended.
    pub channels: Vec<ChannelSnapshot>,
}

/// The whole state.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) behaviour: GoogleBehaviour,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    pub(crate) tokens: HashMap<String, Grant>,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) quota: Quota,
    pub(crate) creations: SlidingWindow,
    pub(crate) sharings: SlidingWindow,
    /// Sync tokens of an earlier epoch have expired.
    pub(crate) epoch: u64,
    revision: u64,
    random: StdRng,
    pushes: UnboundedSender<Push>,
}

impl Project {
    pub(crate) fn new(behaviour: GoogleBehaviour, seed: u64, pushes: UnboundedSender<Push>) -> Self {
        Self {
            behaviour,
            calendars: BTreeMap::new(),
            tokens: HashMap::new(),
            channels: BTreeMap::new(),
            quota: Quota::default(),
            creations: SlidingWindow::default(),
            sharings: SlidingWindow::default(),
            epoch: 0,
            revision: 0,
            random: StdRng::seed_from_u64(seed),
            pushes,
        }
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The next revision.
    pub(crate) fn tick(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// A random id in base32hex, as Google gives to events.
    pub(crate) fn new_id(&mut self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        (0..26).map(|_| char::from(DIGITS[self.random.random_range(0..DIGITS.len())])).collect()
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.random.random::<f64>() < probability
    }

    pub(crate) fn number_up_to(&mut self, most: u64) -> u64 {
        self.random.random_range(1..=most)
    }

    /// A calendar that the caller may use in that role.
    pub(crate) fn calendar(&self, id: &str, principal: &str, needed: Role) -> GoogleResult<&Calendar> {
        let id = if id == "primary" { principal } else { id };
        let calendar = self.calendars.get(id).ok_or_else(GoogleError::not_found)?;
        calendar.require(principal, needed)?;
        Ok(calendar)
    }

    /// The same, to be changed.
    pub(crate) fn calendar_mut(&mut self, id: &str, principal: &str, needed: Role) -> GoogleResult<&mut Calendar> {
        let id = self.calendar(id, principal, needed)?.id.clone();
        self.calendars.get_mut(&id).ok_or_else(GoogleError::not_found)
    }

    /// Makes a new calendar of an account.
    pub(crate) fn create_calendar(&mut self, summary: &str, owner: &str, zone: Tz) -> &mut Calendar {
        let id = format!("c_{}@group.calendar.google.com", self.new_id());
        let revision = self.tick();
        let mut calendar = Calendar::new(id.clone(), summary.to_owned(), owner, zone);
        calendar.revision = revision;
        self.calendars.entry(id).or_insert(calendar)
    }

    /// Stores an event under a new ETag and tells the calendar's channels.
    pub(crate) fn store_event(&mut self, calendar_id: &str, mut event: Event) -> GoogleResult<Event> {
        let revision = self.tick();
        let calendar = self.calendars.get_mut(calendar_id).ok_or_else(GoogleError::not_found)?;
        event.stamp(revision, clock::now());
        calendar.events_revision = revision;
        calendar.events.insert(event.id().to_owned(), event.clone());
        self.notify(calendar_id);
        Ok(event)
    }

    /// Sends a notification to each channel that watches the calendar.
    fn notify(&mut self, calendar_id: &str) {
        let now = clock::now();
        self.channels.retain(|_, channel| channel.expires > now);
        let watching: Vec<String> = self
            .channels
            .values()
            .filter(|channel| channel.calendar_id == calendar_id)
            .map(|channel| channel.id.clone())
            .collect();
        for id in watching {
            let (loss, delay_ms) = (self.behaviour.push_loss, self.behaviour.push_delay_ms);
            let lost = self.chance(loss);
            let step = self.number_up_to(3);
            if let Some(channel) = self.channels.get_mut(&id) {
                let push = channel.next_push("exists", step, delay_ms, lost);
                self.send(push);
            }
        }
    }

    pub(crate) fn send(&self, push: Push) {
        // Where the sender has ended the simulator is about to end too.
        let _ = self.pushes.send(push);
    }

    pub(crate) fn snapshot(&self) -> GoogleSnapshot {
        let now = clock::now();
        GoogleSnapshot {
            calendars: self.calendars.values().map(snapshot_of).collect(),
            channels: self.channels.values().filter(|channel| channel.expires > now).map(Channel::snapshot).collect(),
        }
    }
}

fn snapshot_of(calendar: &Calendar) -> CalendarSnapshot {
    CalendarSnapshot {
        id: calendar.id.clone(),
        summary: calendar.summary.clone(),
        description: calendar.description.clone(),
        time_zone: calendar.zone.name().to_owned(),
        owner: calendar.owner.clone(),
        primary: calendar.primary,
        acl: calendar.acl.values().cloned().collect(),
        events: calendar.events.values().map(|event| event.resource.clone()).collect(),
    }
}
