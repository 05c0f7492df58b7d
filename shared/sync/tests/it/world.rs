//! Both remote systems and Redis, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use advosync_sync::form::FieldSet;
use advosync_sync::mirror::Made;
use advosync_sync::plan::{HeldItem, Reason};
use advosync_sync::ports::{FrNr, Object, Side, Verb};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::mutation::Mutation;

/// The two employees.
pub(crate) const EMPLOYEES: [&str; 2] = ["PB", "AI"];

/// The day that counts as today.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 4).unwrap()
}

/// One employee's Redis.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) made: Option<Made>,
    pub(crate) items: BTreeMap<String, String>,
    pub(crate) deletions: Vec<(Side, i64)>,
    pub(crate) buried: BTreeMap<String, FrNr>,
    pub(crate) held: Vec<HeldItem>,
    pub(crate) released: BTreeSet<HeldItem>,
}

/// One calendar of Google's.
#[derive(Debug, Default, Clone)]
pub(crate) struct Calendar {
    /// Event and the revision of its last change.
    pub(crate) events: BTreeMap<String, (Object, u64)>,
}

impl Calendar {
    pub(crate) fn alive(&self) -> impl Iterator<Item = (&String, &Object)> {
        self.events.iter().filter(|(_, (event, _))| event["status"] != "cancelled").map(|(id, (event, _))| (id, event))
    }
}

/// What people do right before a worker's next call of a kind.
pub(crate) type Interrupt = (Call, fn(&mut World));

/// Everything there is.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) termine: BTreeMap<FrNr, Object>,
    pub(crate) next_frnr: FrNr,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    pub(crate) revision: u64,
    pub(crate) redis: BTreeMap<String, Kept>,
    pub(crate) probes: Vec<FrNr>,
    pub(crate) now_ms: i64,
    /// The fencing token that holds each employee's lease.
    pub(crate) leases: BTreeMap<String, u64>,
    pub(crate) last_token: u64,
    /// Employees whose run was asked for.
    pub(crate) woken: BTreeSet<String>,
    /// Writes to either side.
    pub(crate) writes: usize,
    /// Faults that the next remote calls meet, drawn one per call.
    pub(crate) faults: Faults,
    /// What each worker (by its token) last read of an appointment.
    pub(crate) last_read: BTreeMap<(u64, FrNr), Object>,
    /// Texts of appointments that a person changed between a worker's last look and its write: Advoware has no
    /// precondition that could notice.
    pub(crate) overwritten: BTreeSet<String>,
    /// Whether lists give tombstones with their id only.
    pub(crate) bare_tombstones: bool,
    pub(crate) mutation: Option<Mutation>,
    /// Numbers whose look-up answers with an error page.
    pub(crate) broken_lookups: BTreeSet<FrNr>,
    /// The order in which lists come; `None` is by id.
    pub(crate) shuffle: Option<u64>,
    /// How often single events were asked for.
    pub(crate) looks: usize,
    /// Events that no list shows.
    pub(crate) hidden: BTreeSet<String>,
    /// The title of what one side does not take.
    pub(crate) refused: Option<(Side, &'static str)>,
    /// How many creations in Advoware lose their answer; negative: so many are not even done.
    pub(crate) lost_creations: i64,
    /// The next creation loses its answer and is done only after so many milliseconds.
    pub(crate) slow_creations: Option<i64>,
    /// Creations that are still to be done: when, and what.
    pub(crate) late: Vec<(i64, Object)>,
    /// Tokens below this one are no longer valid.
    pub(crate) oldest_token: u64,
    /// Members that Advoware's list leaves out.
    pub(crate) list_lacks: Vec<&'static str>,
    /// Rows that stand in Advoware's list beside the appointments.
    pub(crate) garbage: Vec<&'static str>,
    /// What Google makes of every event that is written to it.
    pub(crate) rewrite: Option<fn(&mut Object)>,
    /// What people do right before a worker's next call of a kind.
    pub(crate) interrupts: Vec<Interrupt>,
    /// What was written, where a test wants to know.
    pub(crate) journal: Option<Vec<Journalled>>,
    /// Under [`Mutation::BaseFirst`]: an update that is done only after the next write to Google.
    pub(crate) deferred: Option<(FrNr, Object)>,
    /// Under [`Mutation::NoLookup`]: what the last list showed.
    pub(crate) listed: BTreeSet<FrNr>,
}

/// One write, as the journal keeps it.
#[derive(Debug, Clone)]
pub(crate) struct Journalled {
    pub(crate) side: Side,
    pub(crate) verb: Verb,
    pub(crate) reason: Reason,
    pub(crate) frnr: Option<FrNr>,
    pub(crate) event_id: Option<String>,
    pub(crate) fields: FieldSet,
    pub(crate) before: Option<Object>,
    pub(crate) after: Option<Object>,
}

/// A worker's call that a person may come before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Get,
    Create,
    Update,
}

/// How remote calls fail.
#[derive(Debug, Default)]
pub(crate) enum Faults {
    #[default]
    None,
    /// The n-th call from now on loses its answer (or fails before it is done).
    At { countdown: usize, done: bool },
    /// Every call fails.
    Always,
    /// Each call fails with a chance of one in `one_in`.
    Random { rng: Rng, one_in: u64 },
}

/// What happens to one remote call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Normal,
    FailsBefore,
    AnswerLost,
}

impl Faults {
    pub(crate) fn draw(&mut self) -> Fate {
        match self {
            Self::None => Fate::Normal,
            Self::Always => Fate::FailsBefore,
            Self::At { countdown, done } => {
                let fate = match (*countdown, *done) {
                    (0, true) => Fate::AnswerLost,
                    (0, false) => Fate::FailsBefore,
                    _ => Fate::Normal,
                };
                *countdown = countdown.wrapping_sub(1);
                fate
            }
            Self::Random { rng, one_in } => match rng.below(2 * *one_in) {
                0 => Fate::FailsBefore,
                1 => Fate::AnswerLost,
                _ => Fate::Normal,
            },
        }
    }
}

/// A small deterministic generator (splitmix64), so that a seed replays anywhere.
#[derive(Debug, Clone)]
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    /// Brings `items` into some order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, usize::try_from(self.below(end as u64 + 1)).unwrap());
        }
    }
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(usize::try_from(self.below(of.len() as u64)).unwrap()) }
    }
}

/// The world, shared by workers and people.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new() -> Self {
        let shared = Self::default();
        let mut world = shared.lock();
        world.next_frnr = 100;
        world.now_ms = 1_777_000_000_000;
        for kuerzel in EMPLOYEES {
            world.calendars.insert(calendar(kuerzel), Calendar::default());
            world.redis.insert(kuerzel.into(), Kept::default());
        }
        drop(world);
        shared
    }
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }
}

/// The calendar of an employee.
pub(crate) fn calendar(kuerzel: &str) -> String {
    format!("cal-{kuerzel}")
}

/// Google's clock: a second for every change.
fn at_revision(revision: u64) -> String {
    chrono::DateTime::from_timestamp(1_777_000_000 + revision.cast_signed(), 0).unwrap().to_rfc3339()
}

impl World {
    /// Both sides in a few words, for a replay.
    pub(crate) fn brief(&self) -> String {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut lines = Vec::new();
        for (frnr, t) in &self.termine {
            let hour = &text(&t["uhrzeitVon"])[..2];
            let (what, whose) = (text(&t["text"]), text(&t["anwalt"]));
            lines.push(format!("  {frnr} {whose} {what} {hour}h {} {}", text(&t["notiz"]), text(&t["ort"])));
        }
        for (name, calendar) in &self.calendars {
            for (id, (event, _)) in &calendar.events {
                let marks = &event.get("extendedProperties").cloned().unwrap_or_default()["private"];
                let signs: Vec<_> =
                    ["Claim", "Gone", "Base"].iter().filter(|sign| marks.get(format!("advosync{sign}")).is_some()).collect();
                lines.push(format!(
                    "  {name} {id} {} {}h {} {} {} frnr={} home={} {signs:?}",
                    text(&event["status"]),
                    &text(&event["start"]["dateTime"])[11..13],
                    text(&event["summary"]),
                    text(&event.get("description").cloned().unwrap_or_default()),
                    text(&event.get("location").cloned().unwrap_or_default()),
                    text(&marks["advosyncFrNr"]),
                    text(&marks["advosyncHome"]),
                ));
            }
        }
        lines.join("\n")
    }

    /// Creates an appointment under a new number.
    pub(crate) fn create(&mut self, mut termin: Object) -> FrNr {
        self.next_frnr += 1;
        termin.insert("frNr".into(), self.next_frnr.into());
        self.termine.insert(self.next_frnr, termin);
        self.next_frnr
    }

    /// Does what is late and due by now.
    pub(crate) fn catch_up(&mut self) {
        let now = self.now_ms;
        let (due, late) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = late;
        for (_, termin) in due {
            self.create(termin);
        }
    }

    /// Stores an event under a new version.
    pub(crate) fn put_event(&mut self, calendar: &str, id: &str, mut event: Object) -> Object {
        self.revision += 1;
        event.insert("id".into(), id.into());
        event.insert("etag".into(), format!("\"{}\"", self.revision).into());
        event.insert("updated".into(), at_revision(self.revision).into());
        event.entry("status").or_insert_with(|| "confirmed".into());
        self.calendars.get_mut(calendar).unwrap().events.insert(id.into(), (event.clone(), self.revision));
        event
    }

    /// Lets people come first.
    pub(crate) fn interrupt(&mut self, call: Call) {
        if let Some(at) = self.interrupts.iter().position(|(before, _)| *before == call) {
            let (_, act) = self.interrupts.remove(at);
            act(self);
        }
    }

    /// Stores what a worker writes, as Google makes of it.
    pub(crate) fn put_written(&mut self, calendar: &str, id: &str, mut event: Object) -> Object {
        if let Some(rewrite) = self.rewrite {
            rewrite(&mut event);
        }
        self.put_event(calendar, id, event)
    }

    /// Every token given so far is no longer valid.
    pub(crate) fn expire_tokens(&mut self) {
        self.revision += 1;
        self.oldest_token = self.revision;
    }

    /// Deletes an event: its tombstone stays.
    pub(crate) fn bury(&mut self, calendar: &str, id: &str) {
        let Some(mut event) = self.standing(calendar, id) else { return };
        event.insert("status".into(), "cancelled".into());
        self.put_event(calendar, id, event);
    }

    /// A new lease: every older one is over.
    pub(crate) fn take_lease(&mut self, kuerzel: &str) -> u64 {
        self.last_token += 1;
        self.leases.insert(kuerzel.into(), self.last_token);
        self.last_token
    }

    /// Redis loses everything; a holder that is alive doesn't know yet.
    pub(crate) fn flush(&mut self) {
        for kept in self.redis.values_mut() {
            *kept = Kept::default();
        }
        self.probes.clear();
        self.leases.clear();
    }
}

/// The end of an event's day count: two weeks either way.
pub(crate) fn termin(kuerzel: &str, day: i64, hour: i64, uid: u64) -> Object {
    let date = today() + chrono::Duration::days(day);
    json!({
        "text": format!("u{uid}"), "notiz": "", "ort": null, "datum": date.to_string(), "uhrzeitVon": format!("{hour:02}:00:00"),
        "datumBis": date.to_string(), "uhrzeitBis": format!("{:02}:30:00", hour), "dauertermin": 0, "turnus": 0, "turnusArt": 0,
        "sb": kuerzel, "anwalt": kuerzel, "privat": 0, "geheimesFeld": {"uid": uid},
    })
    .as_object()
    .unwrap()
    .clone()
}

/// An event as a person makes it.
pub(crate) fn event(day: i64, hour: i64, uid: u64) -> Object {
    let date = today() + chrono::Duration::days(day);
    json!({
        "summary": format!("u{uid}"),
        "start": {"dateTime": format!("{date}T{hour:02}:00:00"), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": format!("{date}T{hour:02}:30:00"), "timeZone": "Europe/Berlin"},
        "colorId": "7",
    })
    .as_object()
    .unwrap()
    .clone()
}
