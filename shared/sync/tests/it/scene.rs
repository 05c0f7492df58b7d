//! A stage for tests of single rules: both sides, one run, and then one more that must write nothing.

use std::collections::BTreeMap;

use advosync_sync::drift::{Drift, drift};
use advosync_sync::form::Appointment;
use advosync_sync::plan::{NoteKind, Plan, Policy};
use advosync_sync::ports::{FrNr, Object, Verb};
use advosync_sync::run::{Counts, Loaded, Ports, Report, SideCounts, Task, dry_run, planned};
use advosync_sync::undo::{Entry, Obstacle, Reading, Step, Target, plan_undo};
use serde_json::{Value, json};

use crate::checker::{Run, task};
use crate::ports::{OwnClock, Worker};
use crate::world::{EMPLOYEES, Journalled, Shared, World, calendar, today};

/// A number of the firm's that always exists.
pub(crate) const PROBE: FrNr = 90;

/// Two employees, both sides empty but for one appointment of AI's, so that there is a probe.
pub(crate) struct Scene {
    pub(crate) world: Shared,
    tasks: Vec<Task>,
}

fn object(value: Value) -> Object {
    value.as_object().cloned().expect("an object")
}

impl Scene {
    pub(crate) fn new() -> Self {
        let mut scene = Self { world: Shared::new(), tasks: EMPLOYEES.map(task).into() };
        scene.tasks.iter_mut().for_each(|task| task.window.last = today() + chrono::Duration::days(730));
        scene.termin(json!({"frNr": PROBE, "text": "Fristenkontrolle", "anwalt": "AI", "sb": "AI"}));
        scene.world.lock().probes.push(PROBE);
        scene
    }

    /// With other settings.
    pub(crate) fn with(change: impl Fn(&mut Policy)) -> Self {
        let mut scene = Self::new();
        scene.settings(change);
        scene
    }

    /// Changes the settings.
    pub(crate) fn settings(&mut self, change: impl Fn(&mut Policy)) {
        self.tasks.iter_mut().for_each(|task| change(&mut task.policy));
    }

    /// Changes anything of PB's runs.
    pub(crate) fn task(&mut self, change: impl Fn(&mut Task)) {
        change(&mut self.tasks[0]);
    }

    /// An appointment of PB's on 11 May, ten to eleven, with `members` instead; its number.
    pub(crate) fn termin(&self, members: Value) -> FrNr {
        let mut world = self.world.lock();
        world.next_frnr += 1;
        let mut made = object(json!({
            "frNr": world.next_frnr, "text": "Termin", "notiz": "", "ort": "", "datum": "2026-05-11T10:00:00",
            "uhrzeitVon": "10:00:00", "datumBis": "2026-05-11T00:00:00", "uhrzeitBis": "11:00:00", "dauertermin": 0,
            "turnus": 0, "turnusArt": 0, "sb": "PB", "anwalt": "PB", "privat": 0, "geheimesFeld": {"a": [1, null]},
        }));
        made.extend(object(members));
        let frnr = made["frNr"].as_i64().unwrap();
        world.termine.insert(frnr, made);
        frnr
    }

    /// An event that a person made in PB's calendar on 11 May, ten to eleven, with `members` instead.
    pub(crate) fn event(&self, id: &str, members: Value) {
        let mut made = object(json!({
            "summary": "Termin", "colorId": "7",
            "start": {"dateTime": "2026-05-11T10:00:00+02:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-05-11T11:00:00+02:00", "timeZone": "Europe/Berlin"},
        }));
        made.extend(object(members));
        self.world.lock().put_event(&calendar("PB"), id, made);
    }

    /// One run of PB's; see [`Scene::sync_as`].
    pub(crate) fn sync(&self) -> Report {
        self.sync_as("PB")
    }

    /// One run that does just what the plan said, and a second one that writes nothing.
    pub(crate) fn sync_as(&self, kuerzel: &str) -> Report {
        let expected = self.plan_counts(kuerzel);
        let report = self.run(kuerzel);
        assert_eq!((report.counts.google, report.counts.advoware), expected, "the plan is what is done: {report:?}");
        self.quiet(kuerzel);
        report
    }

    /// One run that finds out more on its way than the plan could know, and a second one that writes nothing.
    pub(crate) fn sync_on(&self, kuerzel: &str) -> Report {
        let report = self.run(kuerzel);
        self.quiet(kuerzel);
        report
    }

    /// The edit says the same in other words: no run writes anything.
    pub(crate) fn says_the_same(&self) {
        self.quiet("PB");
        assert_eq!(self.plan("PB").operations, []);
    }

    /// A further run writes nothing.
    pub(crate) fn quiet(&self, kuerzel: &str) {
        let before = self.world.lock().writes;
        let report = self.run(kuerzel);
        assert_eq!(self.world.lock().writes, before, "a second run writes nothing: {report:?}");
    }

    /// One run.
    pub(crate) fn run(&self, kuerzel: &str) -> Report {
        let task = self.tasks.iter().find(|task| task.policy.kuerzel == kuerzel).unwrap().clone();
        Run::with(&self.world, task).finish().unwrap()
    }

    /// What a run of `kuerzel` would do, looked at without touching anything.
    pub(crate) fn plan(&self, kuerzel: &str) -> Plan {
        self.look(kuerzel).1
    }

    /// How far PB's sides are apart.
    pub(crate) fn drift(&self) -> Drift {
        drift(&self.look("PB").0, &self.tasks[0])
    }

    /// Takes back everything that was journalled, as far as that goes.
    pub(crate) fn undo(&self) -> Vec<(Target, Obstacle)> {
        let policy = &self.tasks[0].policy;
        let mut world = self.world.lock();
        let journal = world.journal.replace(Vec::new()).expect("a journal");
        let entries: Vec<_> = journal.iter().map(entry).collect();
        let name = calendar("PB");
        let mut current = BTreeMap::new();
        for target in entries.iter().filter_map(Entry::target) {
            let found = match &target {
                Target::Termin(frnr) => world.termine.get(frnr).cloned(),
                Target::Event(id) => world.calendars[&name].events.get(id).map(|(event, _)| event.clone()),
            };
            current.extend(found.map(|object| (target, object)));
        }
        let reading = Reading { calendar: &name, deployment: policy.deployment(), keys: &policy.keys };
        let undo = plan_undo(&entries, &current, reading);
        for (target, step) in undo.steps {
            match (target, step) {
                (Target::Termin(frnr), Step::Replace(object)) => drop(world.termine.insert(frnr, object)),
                (Target::Termin(_), Step::Create(object)) => drop(world.create(object)),
                (Target::Termin(frnr), Step::Delete) => drop(world.termine.remove(&frnr)),
                (Target::Event(id), Step::Replace(object)) => drop(world.put_event(&name, &id, object)),
                (Target::Event(_), Step::Create(object)) => {
                    let id = object["id"].as_str().unwrap().to_owned();
                    world.put_event(&name, &id, object);
                }
                (Target::Event(id), Step::Delete) => world.bury(&name, &id),
            }
        }
        undo.impossible
    }

    fn look(&self, kuerzel: &str) -> (Loaded, Plan) {
        let task = self.tasks.iter().find(|task| task.policy.kuerzel == kuerzel).unwrap();
        let before = {
            let world = self.world.lock();
            (world.writes, world.redis.clone())
        };
        let worker = Worker { world: self.world.clone(), kuerzel: kuerzel.into(), token: 0 };
        let ports = Ports { advoware: &worker, google: &worker, store: &worker, lease: &OwnClock::default() };
        let (loaded, plan) = crate::checker::wait_for(dry_run(ports, task)).unwrap();
        let world = self.world.lock();
        assert_eq!((world.writes, &world.redis), (before.0, &before.1), "looking changes nothing");
        (loaded, plan)
    }

    fn plan_counts(&self, kuerzel: &str) -> (SideCounts, SideCounts) {
        let task = self.tasks.iter().find(|task| task.policy.kuerzel == kuerzel).unwrap();
        let mut counts = Counts::default();
        for operation in planned(&self.plan(kuerzel), &task.policy.scope) {
            let side = match operation.side {
                advosync_sync::ports::Side::Google => &mut counts.google,
                advosync_sync::ports::Side::Advoware => &mut counts.advoware,
            };
            match operation.operation {
                Verb::Create => side.created += 1,
                Verb::Update => side.updated += 1,
                Verb::Delete => side.deleted += 1,
            }
        }
        (counts.google, counts.advoware)
    }

    /// A linked pair: number and event id.
    pub(crate) fn pair(&self, members: Value) -> (FrNr, String) {
        let frnr = self.termin(members);
        self.sync();
        (frnr, self.event_id(frnr))
    }

    /// The id of the live event that records `frnr`.
    pub(crate) fn event_id(&self, frnr: FrNr) -> String {
        let world = self.world.lock();
        let found = world.calendars[&calendar("PB")].alive().find(|(_, event)| recorded(event) == Some(frnr));
        found.map(|(id, _)| id.clone()).expect("a linked event")
    }

    /// Edits members of an appointment, as a person does.
    pub(crate) fn edit(&self, frnr: FrNr, members: Value) {
        self.world.lock().termine.get_mut(&frnr).unwrap().extend(object(members));
    }

    /// Edits members of an event in PB's calendar, as a person does.
    pub(crate) fn edit_event(&self, id: &str, members: Value) {
        let mut event = self.raw_event(id);
        event.extend(object(members));
        self.world.lock().put_event(&calendar("PB"), id, event);
    }

    /// Deletes an event in PB's calendar, as a person does.
    pub(crate) fn delete_event(&self, id: &str) {
        self.world.lock().bury(&calendar("PB"), id);
    }

    /// Deletes an appointment, as a person does.
    pub(crate) fn delete(&self, frnr: FrNr) {
        self.world.lock().termine.remove(&frnr).unwrap();
    }

    /// An appointment as it stands.
    pub(crate) fn raw(&self, frnr: FrNr) -> Object {
        self.world.lock().termine[&frnr].clone()
    }

    /// An event of PB's calendar as it stands, dead or alive.
    pub(crate) fn raw_event(&self, id: &str) -> Object {
        self.world.lock().calendars[&calendar("PB")].events[id].0.clone()
    }

    /// PB's live events.
    pub(crate) fn events(&self) -> Vec<Object> {
        self.events_of("PB")
    }

    /// An employee's live events.
    pub(crate) fn events_of(&self, kuerzel: &str) -> Vec<Object> {
        self.world.lock().calendars[&calendar(kuerzel)].alive().map(|(_, event)| event.clone()).collect()
    }

    /// PB's appointments.
    pub(crate) fn termine(&self) -> Vec<Object> {
        self.world.lock().termine.values().filter(|termin| termin["anwalt"] == "PB").cloned().collect()
    }

    /// Whether both sides have exactly `count` appointments of PB's.
    pub(crate) fn has(&self, count: usize) -> bool {
        (self.termine().len(), self.events().len()) == (count, count)
    }

    /// The two halves of a pair in standard form.
    pub(crate) fn forms(&self, frnr: FrNr) -> (Appointment, Appointment) {
        let ours = advosync_sync::advoware::read_object(&self.raw(frnr)).unwrap().form.unwrap();
        let deployment = self.tasks[0].policy.deployment().clone();
        let event = self.raw_event(&self.event_id(frnr));
        let theirs = advosync_sync::google::read_event(&event, &calendar("PB"), &deployment).unwrap().form.unwrap();
        (ours, theirs)
    }

    /// The world as people see it.
    pub(crate) fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock());
    }
}

/// A journal's entry, as an undo takes it.
fn entry(written: &Journalled) -> Entry<'_> {
    Entry {
        side: written.side,
        verb: written.verb,
        reason: written.reason,
        frnr: written.frnr,
        event_id: written.event_id.as_deref(),
        fields: written.fields,
        before: written.before.as_ref(),
        after: written.after.as_ref(),
    }
}

/// The number that an event records.
pub(crate) fn recorded(event: &Object) -> Option<FrNr> {
    event.get("extendedProperties")?["private"]["advosyncFrNr"].as_str()?.parse().ok()
}

/// The fields of the report's conflicts.
pub(crate) fn conflicts(report: &Report) -> Vec<&str> {
    let of_kind = report.notes.iter().filter(|note| note.kind == NoteKind::Conflict);
    of_kind.flat_map(|note| note.detail.iter().map(String::as_str)).collect()
}

/// Whether the report has a note of `kind`.
pub(crate) fn notes(report: &Report, kind: NoteKind) -> bool {
    report.notes.iter().any(|note| note.kind == kind)
}

/// One side's counts.
pub(crate) fn counts(created: usize, updated: usize, deleted: usize) -> SideCounts {
    SideCounts { created, updated, deleted }
}
