//! What people do on both sides, and what must therefore be true in the end.

use std::collections::{BTreeMap, BTreeSet};

use advosync_sync::ports::{FrNr, Object, Side};
use serde_json::Value;

use crate::world::{EMPLOYEES, Rng, World, calendar, event, termin};

/// The fields that people edit here, with their names on both sides.
const FIELDS: [(&str, &str); 2] = [("notiz", "description"), ("ort", "location")];

/// What people did to one appointment since both sides were last seen equal.
#[derive(Debug, Default, Clone)]
pub(crate) struct Story {
    /// Deleted by a person; and whether anything was changed since both sides agreed.
    pub(crate) deleted: bool,
    pub(crate) dirty: bool,
    /// The last value that each side was given, by field.
    pub(crate) edits: BTreeMap<&'static str, BTreeMap<Side, String>>,
    /// Sides on which its time was changed.
    pub(crate) times: BTreeMap<Side, String>,
    /// Every value of any field since then.
    pub(crate) values: Vec<String>,
    /// Moved between employees, or restored: then only its number is checked.
    pub(crate) moved: bool,
    /// Moved or deleted at any time: one half of it was made anew since.
    pub(crate) reborn: bool,
}

/// Everything that people made.
#[derive(Debug, Default, Clone)]
pub(crate) struct People {
    pub(crate) stories: BTreeMap<u64, Story>,
    /// Appointments whose halves both came back: from then on they are two, and nobody says which is which.
    parted: BTreeSet<u64>,
    next_uid: u64,
    version: u64,
}

/// From here on: appointments that nobody ever touches, so that there is always a probe.
const UNTOUCHED: u64 = 9_000;

pub(crate) fn uid_of(text: &Value) -> Option<u64> {
    text.as_str()?.strip_prefix('u')?.parse().ok()
}

fn is_untouched(text: &Value) -> bool {
    uid_of(text).is_some_and(|uid| uid >= UNTOUCHED)
}

fn is_own_tombstone(event: &Object) -> bool {
    event["status"] == "cancelled"
        && event.get("extendedProperties").is_some_and(|properties| properties["private"].get("advosyncGone").is_some())
}

/// Numbers that people may touch.
fn touchable(world: &World) -> Vec<FrNr> {
    world
        .termine
        .iter()
        .filter(|(frnr, made)| !is_untouched(&made["text"]) && !in_flight(world, **frnr))
        .map(|(frnr, _)| *frnr)
        .collect()
}

/// What stands for one appointment on each side, Google's with its calendar.
type Halves<'a> = (Vec<&'a Object>, Vec<(&'a String, &'a Object)>);

fn in_flight(world: &World, frnr: FrNr) -> bool {
    // Made by a run that has not linked it yet: people are given a moment before they edit it.
    let number = serde_json::Value::String(frnr.to_string());
    !world.calendars.values().any(|calendar| {
        calendar
            .events
            .values()
            .any(|(event, _)| event.get("extendedProperties").is_some_and(|e| e["private"]["advosyncFrNr"] == number))
    }) && world.termine[&frnr].get("geheimesFeld").is_none()
}

impl People {
    /// Something that a person does on a day like this.
    pub(crate) fn act(&mut self, world: &mut World, rng: &mut Rng) {
        match rng.below(10) {
            0 | 1 => self.create(world, rng),
            2..=4 => self.edit_advoware(world, rng),
            5..=7 => self.edit_google(world, rng),
            8 => self.delete(world, rng),
            _ => self.move_over(world, rng),
        }
    }

    /// One appointment for each employee that nobody ever touches.
    pub(crate) fn lay_ground(&mut self, world: &mut World) {
        for (index, kuerzel) in EMPLOYEES.into_iter().enumerate() {
            let uid = UNTOUCHED + index as u64;
            world.next_frnr += 1;
            let frnr = world.next_frnr;
            let mut made = termin(kuerzel, 2, 7, uid);
            made.insert("frNr".into(), frnr.into());
            world.termine.insert(frnr, made);
            self.stories.insert(uid, Story::default());
        }
    }

    pub(crate) fn create(&mut self, world: &mut World, rng: &mut Rng) {
        self.next_uid += 1;
        let (uid, day, hour) = (self.next_uid, 1 + rng.below(20).cast_signed(), 8 + rng.below(9).cast_signed());
        let kuerzel = EMPLOYEES[usize::from(rng.below(4) == 0)];
        if rng.below(2) == 0 {
            world.next_frnr += 1;
            let frnr = world.next_frnr;
            let mut made = termin(kuerzel, day, hour, uid);
            made.insert("frNr".into(), frnr.into());
            world.termine.insert(frnr, made);
        } else {
            world.put_event(&calendar(kuerzel), &format!("person{uid}"), event(day, hour, uid));
        }
        self.stories.insert(uid, Story { dirty: true, ..Story::default() });
    }

    fn edit_advoware(&mut self, world: &mut World, rng: &mut Rng) {
        let numbers = touchable(world);
        let Some(frnr) = rng.pick(&numbers) else { return };
        self.version += 1;
        let made = world.termine.get_mut(frnr).unwrap();
        let Some(story) = uid_of(&made["text"]).and_then(|uid| self.stories.get_mut(&uid)) else { return };
        story.dirty = true;
        if rng.below(4) == 0 {
            let hour = 8 + rng.below(9);
            made.insert("uhrzeitVon".into(), format!("{hour:02}:00:00").into());
            made.insert("uhrzeitBis".into(), format!("{hour:02}:30:00").into());
            story.values.push(format!("{hour:02}"));
            story.times.insert(Side::Advoware, format!("{hour:02}"));
        } else {
            let (field, _) = *rng.pick(&FIELDS).unwrap();
            let value = format!("a{}", self.version);
            made.insert(field.into(), value.clone().into());
            story.values.push(value.clone());
            story.edits.entry(field).or_default().insert(Side::Advoware, value);
        }
    }

    fn alive(world: &World) -> Vec<(String, String)> {
        world
            .calendars
            .iter()
            .flat_map(|(name, calendar)| {
                calendar.alive().filter(|(_, made)| !is_untouched(&made["summary"])).map(|(id, _)| (name.clone(), id.clone()))
            })
            .collect()
    }

    fn edit_google(&mut self, world: &mut World, rng: &mut Rng) {
        let Some((calendar, id)) = rng.pick(&Self::alive(world)).cloned() else { return };
        self.version += 1;
        let mut made: Object = world.calendars[&calendar].events[&id].0.clone();
        let Some(story) = uid_of(&made["summary"]).and_then(|uid| self.stories.get_mut(&uid)) else { return };
        story.dirty = true;
        if rng.below(4) == 0 {
            let hour = 8 + rng.below(9);
            for (name, minute) in [("start", "00"), ("end", "30")] {
                let day = made[name]["dateTime"].as_str().unwrap()[..10].to_owned();
                made.insert(
                    name.into(),
                    serde_json::json!({"dateTime": format!("{day}T{hour:02}:{minute}:00"), "timeZone": "Europe/Berlin"}),
                );
            }
            story.values.push(format!("{hour:02}"));
            story.times.insert(Side::Google, format!("{hour:02}"));
        } else {
            let (field, name) = *rng.pick(&FIELDS).unwrap();
            let value = format!("g{}", self.version);
            made.insert(name.into(), value.clone().into());
            story.values.push(value.clone());
            story.edits.entry(field).or_default().insert(Side::Google, value);
        }
        world.put_event(&calendar, &id, made);
    }

    fn delete(&mut self, world: &mut World, rng: &mut Rng) {
        if rng.below(2) == 0 {
            let numbers = touchable(world);
            let Some(frnr) = rng.pick(&numbers) else { return };
            let made = world.termine.remove(frnr).unwrap();
            self.deleted(&made["text"]);
        } else {
            let Some((name, id)) = rng.pick(&Self::alive(world)).cloned() else { return };
            let text = world.calendars[&name].events[&id].0["summary"].clone();
            self.deleted(&text);
            // Once it was dragged away from under our own deletion, its tombstone there says that this one may be
            // the rest of that: then it is no evidence, and the appointment comes back.
            if world.calendars.values().any(|calendar| calendar.events.get(&id).is_some_and(|(event, _)| is_own_tombstone(event)))
                && let Some(story) = uid_of(&text).and_then(|uid| self.stories.get_mut(&uid))
            {
                story.dirty = true;
            }
            world.bury(&name, &id);
        }
    }

    fn deleted(&mut self, text: &Value) {
        if let Some(story) = uid_of(text).and_then(|uid| self.stories.get_mut(&uid)) {
            story.deleted = true;
            story.reborn = true;
        }
    }

    /// Gives an appointment to the other employee, or drags its event there.
    fn move_over(&mut self, world: &mut World, rng: &mut Rng) {
        let other = |kuerzel: &str| if kuerzel == EMPLOYEES[0] { EMPLOYEES[1] } else { EMPLOYEES[0] };
        if rng.below(2) == 0 {
            let numbers = touchable(world);
            let Some(frnr) = rng.pick(&numbers) else { return };
            let made = world.termine.get_mut(frnr).unwrap();
            let to = other(made["anwalt"].as_str().unwrap());
            made.insert("anwalt".into(), to.into());
            made.insert("sb".into(), to.into());
            let text = made["text"].clone();
            self.moved(&text);
        } else {
            let Some((from, id)) = rng.pick(&Self::alive(world)).cloned() else { return };
            let to = calendar(other(from.strip_prefix("cal-").unwrap()));
            if world.calendars[&to].events.contains_key(&id) {
                return;
            }
            let made = world.calendars[&from].events[&id].0.clone();
            self.moved(&made["summary"]);
            world.bury(&from, &id);
            world.put_event(&to, &id, made);
        }
    }

    fn moved(&mut self, text: &Value) {
        if let Some(story) = uid_of(text).and_then(|uid| self.stories.get_mut(&uid)) {
            story.moved = true;
            story.reborn = true;
            story.dirty = true;
        }
    }

    /// Checks both sides, now that everything is quiet; forgets what was settled.
    pub(crate) fn verify(&mut self, world: &World, flushed: bool) -> Result<(), String> {
        let mut found: BTreeMap<u64, Halves<'_>> = BTreeMap::new();
        for made in world.termine.values() {
            found.entry(uid_of(&made["text"]).ok_or("a foreign text in Advoware")?).or_default().0.push(made);
        }
        for calendar in world.calendars.iter() {
            for (_, made) in calendar.1.alive() {
                found.entry(uid_of(&made["summary"]).ok_or("a foreign text in Google")?).or_default().1.push((calendar.0, made));
            }
        }
        for (uid, story) in &self.stories {
            let (termine, events) = found.remove(uid).unwrap_or_default();
            if world.overwritten.contains(&format!("u{uid}")) || self.parted.contains(uid) {
                continue;
            }
            if story.may_part() && termine.len() == events.len() && termine.len() > 1 {
                self.parted.insert(*uid);
                continue;
            }
            story.check(&termine, &events, flushed).map_err(|fault| format!("u{uid}: {fault}; {story:?}"))?;
        }
        if let Some(uid) = found.keys().next() {
            return Err(format!("u{uid} was made by nobody"));
        }
        let settled = |story: &Story| Story { reborn: story.reborn, ..Story::default() };
        let alive: Vec<u64> = world.termine.values().filter_map(|made| uid_of(&made["text"])).collect();
        self.stories =
            self.stories.iter().filter(|(uid, _)| alive.contains(uid)).map(|(uid, story)| (*uid, settled(story))).collect();
        Ok(())
    }
}

impl Story {
    /// Deleted while it was on its way between two calendars, and edited there: each half may come back.
    fn may_part(&self) -> bool {
        self.deleted && self.dirty && self.moved
    }

    fn check(&self, termine: &[&Object], events: &[(&String, &Object)], flushed: bool) -> Result<(), String> {
        let (a, g) = (termine.len(), events.len());
        match (self.deleted, self.dirty) {
            (false, _) if (a, g) != (1, 1) => return Err(format!("{a} in Advoware, {g} in Google")),
            (true, false) if (a, g) != (0, 0) => return Err(format!("came back: {a} in Advoware, {g} in Google")),
            (true, true) if (a, g) != (0, 0) && (a, g) != (1, 1) => return Err(format!("half deleted: {a}, {g}")),
            _ => {}
        }
        let ([termin], [(calendar, event)]) = (termine, events) else { return Ok(()) };
        if **calendar != crate::world::calendar(termin["anwalt"].as_str().unwrap()) {
            return Err("in another employee's calendar".into());
        }
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        for (field, name) in FIELDS {
            let (ours, theirs) = (text(termin.get(field)), text(event.get(name)));
            if ours != theirs {
                return Err(format!("{field} differs: {ours:?} {theirs:?}"));
            }
            // What was edited on the side where it was deleted is gone with it.
            let Some(edits) = self.edits.get(field).filter(|_| !self.deleted) else { continue };
            // Where Redis lost what a run noted before it died, our own write counts as a person's. On its way
            // between two calendars it is there twice, and each may be edited.
            if !edits.values().any(|value| *value == ours) && !((flushed || self.moved) && self.values.contains(&ours)) {
                return Err(format!("{field}: the edit was lost, {ours:?}"));
            }
        }
        let ours = termin["uhrzeitVon"].as_str().unwrap()[..2].to_owned();
        let theirs = event["start"]["dateTime"].as_str().unwrap()[11..13].to_owned();
        if ours != theirs {
            return Err(format!("time differs: {ours} {theirs}"));
        }
        if !self.deleted
            && !self.times.is_empty()
            && !self.times.values().any(|hour| *hour == ours)
            && !((flushed || self.moved) && self.values.contains(&ours))
        {
            return Err(format!("time: the edit was lost, {ours}"));
        }
        if !self.reborn && termin.get("geheimesFeld").is_none() && event.get("colorId").is_none() {
            return Err("what we don't understand was lost on the side it was born".into());
        }
        Ok(())
    }
}
