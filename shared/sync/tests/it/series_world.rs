//! Recurring events: instances that nobody touched are made up when they are asked for, as Google does.

use std::collections::BTreeMap;

use advosync_sync::berlin;
use advosync_sync::form::{Appointment, Recurrence, Span};
use advosync_sync::google::read_event;
use advosync_sync::identity::Deployment;
use advosync_sync::ports::{FrNr, Object};
use advosync_sync::series::{Occurrence, occurrences};
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value, json};

use crate::scene::Scene;
use crate::world::{World, calendar};

/// What is left of a deleted event where only the least is told.
pub(crate) fn bare(event: &Object) -> Object {
    let kept = ["id", "status", "recurringEventId", "originalStartTime"];
    event.iter().filter(|(name, _)| kept.contains(&name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The occurrences of a master between two days.
fn by_rule(master: &Object, first: NaiveDate, last: NaiveDate) -> Vec<Occurrence> {
    let event = read_event(master, "any", &Deployment("model".into())).unwrap();
    event.series.map(|series| occurrences(&series, first, last).unwrap_or_default()).unwrap_or_default()
}

fn instance(master: &Object, occurrence: &Occurrence) -> Object {
    let mut out = master.clone();
    let id = occurrence.instance_id(master["id"].as_str().unwrap());
    let at = |wall: NaiveDateTime| json!({"dateTime": berlin::to_utc(wall).to_rfc3339(), "timeZone": "Europe/Berlin"});
    let (start, end) = match occurrence.span {
        Span::AllDay { first, last } => {
            (json!({"date": first.to_string()}), json!({"date": last.succ_opt().unwrap().to_string()}))
        }
        Span::Timed { start, end } => (at(start), at(end)),
    };
    out.remove("recurrence");
    out.insert("etag".into(), format!("{}-{id}", master["etag"].as_str().unwrap()).into());
    out.insert("id".into(), id.into());
    out.insert("recurringEventId".into(), master["id"].clone());
    out.insert("originalStartTime".into(), start.clone());
    out.insert("start".into(), start);
    out.insert("end".into(), end);
    out
}

impl World {
    /// An event as it stands, stored or made up.
    pub(crate) fn standing(&self, calendar: &str, id: &str) -> Option<Object> {
        let events = &self.calendars[calendar].events;
        if let Some((event, _)) = events.get(id) {
            return Some(event.clone());
        }
        let (master, suffix) = id.rsplit_once('_')?;
        let (master, _) = events.get(master)?;
        let day = NaiveDate::parse_from_str(suffix.get(..8)?, "%Y%m%d").ok()?;
        let around = (day.pred_opt()?, day.succ_opt()?);
        let found = by_rule(master, around.0, around.1);
        let found = found.iter().find(|occurrence| occurrence.instance_id(master["id"].as_str().unwrap()) == id)?;
        (master["status"] != "cancelled").then(|| instance(master, found))
    }

    /// Exceptions of what are no occurrences of the changed series any more disappear.
    pub(crate) fn prune(&mut self, calendar: &str, master: &str) {
        let Some((event, _)) = self.calendars[calendar].events.get(master).cloned() else { return };
        let exceptions: Vec<(String, Object)> = self.calendars[calendar]
            .events
            .iter()
            .filter(|(_, (exception, _))| exception.get("recurringEventId") == Some(&event["id"]))
            .map(|(id, (exception, _))| (id.clone(), exception.clone()))
            .collect();
        for (id, exception) in exceptions {
            let day = NaiveDate::parse_from_str(&id[master.len() + 1..][..8], "%Y%m%d").unwrap();
            let names = by_rule(&event, day.pred_opt().unwrap(), day.succ_opt().unwrap());
            if names.iter().any(|occurrence| occurrence.instance_id(master) == id) {
                continue;
            }
            if exception["status"] == "cancelled" {
                self.calendars.get_mut(calendar).unwrap().events.remove(&id);
            } else {
                self.bury(calendar, &id);
            }
        }
    }
}

/// When something takes place, and what it says.
pub(crate) type Told = (Span, String, String, String);

fn told(form: &Appointment) -> Told {
    (form.time, form.text.clone(), form.notiz.clone(), form.ort.clone())
}

/// Everything that Advoware shows of PB's between two days, occurrence by occurrence.
pub(crate) fn shown_in_advoware(world: &World, first: NaiveDate, last: NaiveDate) -> Vec<Told> {
    let mut out = Vec::new();
    for termin in world.termine.values().filter(|termin| termin["anwalt"] == "PB") {
        let form = advosync_sync::advoware::read_object(termin).unwrap().form.unwrap();
        let rule = match form.recurrence {
            Recurrence::None => None,
            Recurrence::Held(rule) | Recurrence::Soft(rule) => Some(rule),
            Recurrence::Foreign(_) => panic!("not in Advoware"),
        };
        let days = (0..).map_while(|index| match rule {
            None => (index == 0).then_some(form.time.first_day()),
            Some(rule) => rule.nth(form.time.first_day(), index).filter(|day| *day <= rule.until.unwrap_or(last) && *day <= last),
        });
        let spans = days.map(|day| form.time.on_day(day)).filter(|span| span.last_day() >= first && span.first_day() <= last);
        out.extend(spans.map(|time| told(&Appointment { time, ..form.clone() })));
    }
    out.sort();
    out
}

/// Everything that Google shows in PB's calendar between two days, occurrence by occurrence.
pub(crate) fn shown_in_google(world: &World, first: NaiveDate, last: NaiveDate) -> Vec<Told> {
    let name = calendar("PB");
    let events = &world.calendars[&name].events;
    let mut found: BTreeMap<String, Object> = BTreeMap::new();
    for (id, (event, _)) in events {
        if event.get("recurrence").is_none() {
            found.insert(id.clone(), event.clone());
        } else if event["status"] != "cancelled" {
            for occurrence in by_rule(event, first, last) {
                let instance = instance(event, &occurrence);
                found.entry(occurrence.instance_id(id)).or_insert(instance);
            }
        }
    }
    // What is stored of an instance counts, not what the rule would make of it.
    found.extend(
        events
            .iter()
            .filter(|(_, (event, _))| event.get("recurrence").is_none())
            .map(|(id, (event, _))| (id.clone(), event.clone())),
    );
    let mut out: Vec<Told> = found
        .values()
        .filter(|event| event["status"] != "cancelled")
        .filter(|event| {
            event.get("recurringEventId").is_none_or(|master| events[master.as_str().unwrap()].0["status"] != "cancelled")
        })
        .map(|event| read_event(event, &name, &Deployment("model".into())).unwrap().form.unwrap())
        .filter(|form| form.time.last_day() >= first && form.time.first_day() <= last)
        .map(|form| told(&form))
        .collect();
    out.sort();
    out
}

/// A weekly event of PB's calendar from Monday, 11 May, nine to ten.
pub(crate) fn series(lines: &[&str]) -> Value {
    json!({
        "summary": "Besprechung", "description": "Saal 3", "recurrence": lines,
        "start": {"dateTime": "2026-05-11T09:00:00+02:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-05-11T10:00:00+02:00", "timeZone": "Europe/Berlin"},
    })
}

impl Scene {
    /// The instance of `master` that the rule has on `day`.
    pub(crate) fn instance_id(&self, master: &str, day: &str) -> String {
        let day: NaiveDate = day.parse().unwrap();
        let found = by_rule(&self.raw_event(master), day, day);
        found.first().unwrap_or_else(|| panic!("an occurrence on {day}")).instance_id(master)
    }

    /// Edits one instance, as a person does.
    pub(crate) fn edit_instance(&self, master: &str, day: &str, members: Value) {
        let id = self.instance_id(master, day);
        let mut world = self.world.lock();
        let mut event = world.standing(&calendar("PB"), &id).expect("an instance");
        event.extend(members.as_object().unwrap().clone());
        world.put_event(&calendar("PB"), &id, event);
    }

    /// Moves one instance to another hour of `to`, as a person does.
    pub(crate) fn move_instance(&self, master: &str, day: &str, to: &str, hour: u32) {
        self.edit_instance(master, day, at(to, hour));
    }

    /// Cancels one instance, as a person does.
    pub(crate) fn cancel_instance(&self, master: &str, day: &str) {
        let id = self.instance_id(master, day);
        self.world.lock().bury(&calendar("PB"), &id);
    }

    /// Edits a whole series, as a person does.
    pub(crate) fn edit_series(&self, master: &str, members: Value) {
        self.edit_event(master, members);
        self.world.lock().prune(&calendar("PB"), master);
    }

    /// Stored exceptions of a series, cancelled ones too.
    pub(crate) fn exceptions(&self, master: &str) -> Vec<Object> {
        let world = self.world.lock();
        let of_master = |event: &&Object| event.get("recurringEventId").is_some_and(|id| id == master);
        world.calendars[&calendar("PB")].events.values().map(|(event, _)| event).filter(of_master).cloned().collect()
    }

    /// PB's appointment that starts on `day`.
    pub(crate) fn single(&self, day: &str) -> FrNr {
        let found: Vec<FrNr> = self
            .termine()
            .iter()
            .filter(|termin| termin["datum"].as_str().unwrap().starts_with(day))
            .map(|termin| termin["frNr"].as_i64().unwrap())
            .collect();
        assert_eq!(found.len(), 1, "one appointment on {day}");
        found[0]
    }

    /// The first days of PB's appointments.
    pub(crate) fn days(&self) -> Vec<String> {
        let mut days: Vec<String> =
            self.termine().iter().map(|termin| termin["datum"].as_str().unwrap()[5..10].to_owned()).collect();
        days.sort();
        days
    }

    /// Both sides show the same between two days; how much it is.
    pub(crate) fn even(&self, first: &str, last: &str) -> usize {
        let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
        let world = self.world.lock();
        let (ours, theirs) = (shown_in_advoware(&world, first, last), shown_in_google(&world, first, last));
        assert_eq!(ours, theirs, "Advoware and Google show the same");
        ours.len()
    }
}

/// Start and end of an hour on a day.
pub(crate) fn at(day: &str, hour: u32) -> Value {
    let wall = |hour| {
        let wall = day.parse::<NaiveDate>().unwrap().and_hms_opt(hour, 0, 0).unwrap();
        json!({"dateTime": berlin::to_utc(wall).to_rfc3339(), "timeZone": "Europe/Berlin"})
    };
    json!({"start": wall(hour), "end": wall(hour + 1)})
}
