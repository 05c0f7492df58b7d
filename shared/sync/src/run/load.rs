//! Loading: Advoware first, then Google, so that whatever another worker made is seen with its claim.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::value::RawValue;
use tracing::Instrument;

use super::{Ports, Task, trace};
use crate::advoware::{Termin, read_object, read_row};
use crate::form::Unreadable;
use crate::google::{read_event, read_raw};
use crate::mirror::{Item, Items, Made, Tombstone, observe};
use crate::plan::{Answer, Elsewhere, HeldItem, Need, Ours, Plan, Situation, plan};
use crate::ports::{Advoware, Failure, FailureKind, FrNr, Google, Lease, Listing, Lookup, MirrorStep, Object, Side, Store};

/// How often look-ups may lead to further look-ups.
const MAX_QUESTIONS: usize = 8;
/// How many numbers are tried as a probe.
const MAX_PROBES: usize = 4;
/// How many generations of an appointment's event are looked through in a colleague's calendar.
const MAX_GENERATIONS: u32 = 20;
/// Unanswered questions in a row after which no more are asked.
const MAX_STRIKES: usize = 3;

/// Why the sides are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be synchronised: the mirror moves on.
    Run,
    /// To be looked at: nothing is written, not even to Redis.
    Look,
}

/// Both sides as loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Redis's time at the start, in milliseconds since 1970.
    pub now_ms: i64,
    /// Advoware's appointments by number.
    pub advoware: BTreeMap<FrNr, Result<Ours, Unreadable>>,
    /// Rows without a readable number.
    pub nameless: usize,
    /// Google's side.
    pub google: Items,
    /// Events of this load in full, by id.
    pub(super) raw: HashMap<String, Box<RawValue>>,
    pub(super) made: Option<Made>,
    pub(crate) looked_up: BTreeMap<FrNr, Answer>,
    pub(super) probe: bool,
    pub(super) probes: Vec<FrNr>,
    pub(super) elsewhere: BTreeMap<(String, String), Elsewhere>,
    pub(super) homes: BTreeMap<(FrNr, String), bool>,
    pub(super) recent_deletions: (usize, usize),
    pub(super) buried: BTreeMap<String, FrNr>,
    pub(super) released: BTreeSet<HeldItem>,
    /// What could not be found out, and why.
    pub(super) unanswered: BTreeMap<Need, String>,
    /// How many pairs were linked when the run began.
    pub(super) linked_before: Option<usize>,
}

impl Loaded {
    /// What a run would do now, as far as it is known without asking further.
    pub fn plan(&self, task: &Task) -> Plan {
        plan_loaded(task, &task.colleagues.keys().cloned().collect(), self)
    }

    /// Lets what was read by number stand in for a row that says the same as before: a row may lack members.
    pub(super) fn complete(&mut self, whole: &BTreeMap<FrNr, (Ours, Ours)>, kuerzel: &str) {
        for (frnr, (listed, whole)) in whole {
            if self.advoware.get(frnr).is_none_or(|row| row.as_ref() != Ok(listed)) {
                continue;
            }
            if whole.anwalt.as_deref().is_none_or(|anwalt| anwalt == kuerzel) {
                self.advoware.insert(*frnr, Ok(whole.clone()));
            } else {
                self.advoware.remove(frnr);
                self.looked_up.insert(*frnr, Answer::Found(Box::new(whole.clone())));
            }
        }
    }

    /// Supposes that the appointment is `kuerzel`'s.
    pub(super) fn hand_over(&mut self, frnr: FrNr, kuerzel: &str) {
        if let Some(ours) = self.ours(frnr) {
            let ours = Ours { anwalt: Some(kuerzel.to_owned()), ..ours.clone() };
            self.advoware.insert(frnr, Ok(ours));
        }
    }

    /// The appointment as it was read in this run.
    pub(super) fn ours(&self, frnr: FrNr) -> Option<&Ours> {
        match self.advoware.get(&frnr) {
            Some(Ok(ours)) => Some(ours),
            Some(Err(_)) => None,
            None => match self.looked_up.get(&frnr) {
                Some(Answer::Found(ours)) => Some(ours),
                _ => None,
            },
        }
    }
}

/// Loads both sides.
pub(super) async fn load<A, G, S, L>(ports: Ports<'_, A, G, S, L>, task: &Task, purpose: Purpose) -> Result<Loaded, Failure>
where
    A: Advoware,
    G: Google,
    S: Store,
    L: Lease,
{
    let now_ms = ports.store.now().await?.timestamp_millis();
    let memory = ports.store.load().await?;
    let rows = {
        let listed = ports.advoware.list(&task.policy.kuerzel, task.window.first, task.window.last);
        listed.instrument(trace::step("load advoware")).await?
    };
    let mut loaded = Loaded {
        now_ms,
        advoware: BTreeMap::new(),
        nameless: 0,
        google: Items::new(),
        raw: HashMap::new(),
        made: None,
        looked_up: BTreeMap::new(),
        probe: false,
        probes: memory.probes,
        elsewhere: BTreeMap::new(),
        homes: BTreeMap::new(),
        recent_deletions: memory.recent_deletions,
        buried: memory.buried,
        released: memory.released,
        unanswered: BTreeMap::new(),
        linked_before: None,
    };
    for row in &rows {
        sort_row(read_row(row), task, &mut loaded);
    }
    let (before, token) = known(memory.mirror, task);
    load_google(ports, task, purpose, before, token, &mut loaded).instrument(trace::step("load google")).await?;
    if purpose == Purpose::Run {
        remember(ports, &loaded).await?;
    }
    Ok(loaded)
}

fn sort_row(row: Result<Termin, Unreadable>, task: &Task, loaded: &mut Loaded) {
    let Ok(termin) = row else {
        loaded.nameless += 1;
        return;
    };
    if termin.frnr < 0 {
        return;
    }
    let Termin { frnr, anwalt, form } = termin;
    let ours = form.map(|form| Ours::new(frnr, anwalt.clone(), form, &task.policy));
    match (&anwalt, ours) {
        // Listed here, but another's: as good as looked up.
        (Some(anwalt), ours) if *anwalt != task.policy.kuerzel => {
            loaded.looked_up.insert(frnr, ours.map_or_else(Answer::Unreadable, |ours| Answer::Found(Box::new(ours))));
        }
        (_, ours) => {
            loaded.advoware.insert(frnr, ours);
        }
    }
}

/// The mirror as far as it can still be read, and its token where it can be continued.
fn known(mirror: Option<(Made, Vec<(String, String)>)>, task: &Task) -> (Items, Option<String>) {
    let Some((made, items)) = mirror else {
        return (Items::new(), None);
    };
    if made.calendar != task.calendar || made.version != Made::VERSION {
        return (Items::new(), None);
    }
    let expected = items.len();
    let items: Items = items.into_iter().filter_map(|(id, item)| Some((id, serde_json::from_str(&item).ok()?))).collect();
    let whole = items.len() == expected && made.key == *task.policy.keys.current().id();
    (items, whole.then_some(made.sync_token))
}

async fn load_google<A, G, S, L>(
    ports: Ports<'_, A, G, S, L>,
    task: &Task,
    purpose: Purpose,
    before: Items,
    token: Option<String>,
    loaded: &mut Loaded,
) -> Result<(), Failure>
where
    G: Google,
    S: Store,
{
    let (listing, replace) = list(ports.google, &task.calendar, token.as_deref()).await?;
    let mut step = MirrorStep { replace, ..MirrorStep::default() };
    // A later page may repeat an event that changed while the list was read: the last word counts.
    let mut seen = BTreeMap::new();
    for raw in listing.items {
        match read_raw(&raw, &task.calendar, task.deployment()) {
            Ok((object, event)) => {
                seen.insert(event.id.clone(), (raw, object, event));
            }
            Err(_) => loaded.nameless += 1,
        }
    }
    let mut items = before.clone();
    if replace {
        // What Google lists no more is no evidence, but a deletion that was seen and not dealt with stays one.
        items.retain(|id, item| matches!(item, Item::Tombstone(_)) && !seen.contains_key(id));
        step.put.extend(items.iter().map(|(id, item)| (id.clone(), stored(item))));
    }
    for (id, (raw, _, mut event)) in seen {
        if event.cancelled && !event.has_properties && !matches!(event.kind, crate::google::Kind::Instance(_)) {
            // A bare tombstone: the event itself may still tell whose it was.
            let object = match ports.google.get(&task.calendar, &id).await {
                Err(failure) if failure.kind == FailureKind::Refused => None,
                object => object?,
            };
            if let Some(object) = object
                && let Ok(whole) = read_event(&object, &task.calendar, task.deployment())
            {
                event = whole;
            }
        }
        let item = observe(&event, before.get(&id), &task.policy.keys);
        step.put.push((id.clone(), stored(&item)));
        items.insert(id.clone(), item);
        loaded.raw.insert(id, raw);
    }
    loaded.google = items;
    if let Some(sync_token) = listing.next_sync_token {
        let key = task.policy.keys.current().id().clone();
        let made = Made { version: Made::VERSION, key, calendar: task.calendar.clone(), sync_token };
        let moved_on = replace || !step.put.is_empty() || token.as_deref() != Some(made.sync_token.as_str());
        if purpose == Purpose::Run && moved_on {
            ports.store.save_mirror(&made, &step).await?;
        }
        loaded.made = Some(made);
    }
    Ok(())
}

/// An item in the form in which it is kept.
pub(super) fn stored(item: &Item) -> String {
    serde_json::to_string(item).unwrap_or_default()
}

/// What changed since `token`, or everything; and whether it is everything.
async fn list<G: Google>(google: &G, calendar: &str, token: Option<&str>) -> Result<(Listing, bool), Failure> {
    if let Some(token) = token {
        match google.list(calendar, Some(token)).await {
            Err(failure) if failure.kind == FailureKind::TokenExpired => {}
            listing => return Ok((listing?, false)),
        }
    }
    Ok((google.list(calendar, None).await?, true))
}

/// Remembers a few numbers that exist, so that a later run has a probe.
async fn remember<A, G, S, L>(ports: Ports<'_, A, G, S, L>, loaded: &Loaded) -> Result<(), Failure>
where
    S: Store,
{
    let alive: Vec<FrNr> = loaded.advoware.iter().filter(|(_, row)| row.is_ok()).map(|(frnr, _)| *frnr).rev().take(2).collect();
    if alive.iter().all(|frnr| loaded.probes.contains(frnr)) {
        return Ok(());
    }
    ports.store.remember_probes(&alive).await
}

/// Plans, answers what the plan asks for, and plans again until nothing is asked. `answered` hears of each answer.
///
/// What can't be found out is left alone and reported; it stops nothing else.
pub(super) async fn settle_needs<A, G, S, L>(
    ports: Ports<'_, A, G, S, L>,
    task: &Task,
    loaded: &mut Loaded,
    answered: impl Fn() + Send,
) -> Result<Plan, Failure>
where
    A: Advoware,
    G: Google,
{
    let colleagues: BTreeSet<String> = task.colleagues.keys().cloned().collect();
    let mut strikes = 0;
    for _ in 0..MAX_QUESTIONS {
        let plan = plan_loaded(task, &colleagues, loaded);
        let mut learned = false;
        for need in &plan.needs {
            if strikes >= MAX_STRIKES || loaded.unanswered.contains_key(need) {
                loaded.unanswered.entry(need.clone()).or_insert_with(|| "not asked".to_owned());
                continue;
            }
            match answer(ports, task, loaded, need).await {
                Ok(something) => {
                    learned |= something;
                    strikes = 0;
                }
                Err(failure) if matches!(failure.kind, FailureKind::Refused | FailureKind::Unavailable) => {
                    strikes += usize::from(failure.kind == FailureKind::Unavailable);
                    loaded.unanswered.insert(need.clone(), failure.code);
                }
                Err(failure) => return Err(failure),
            }
            answered();
        }
        if !learned {
            return Ok(plan);
        }
    }
    Ok(plan_loaded(task, &colleagues, loaded))
}

fn plan_loaded(task: &Task, colleagues: &BTreeSet<String>, loaded: &Loaded) -> Plan {
    plan(&Situation {
        policy: &task.policy,
        window: task.window,
        now_ms: loaded.now_ms,
        advoware: &loaded.advoware,
        google: &loaded.google,
        looked_up: &loaded.looked_up,
        probe: loaded.probe,
        elsewhere: &loaded.elsewhere,
        homes: &loaded.homes,
        colleagues,
        recent_deletions: loaded.recent_deletions,
        buried: &loaded.buried,
        released: &loaded.released,
        linked_before: loaded.linked_before,
    })
}

/// Answers one need; whether anything was learned.
async fn answer<A, G, S, L>(ports: Ports<'_, A, G, S, L>, task: &Task, loaded: &mut Loaded, need: &Need) -> Result<bool, Failure>
where
    A: Advoware,
    G: Google,
{
    match need {
        Need::Lookup(frnr) => {
            let answer = look_up(ports.advoware, task, *frnr).await?;
            loaded.probe |= matches!(answer, Answer::Found(_));
            loaded.looked_up.insert(*frnr, answer);
            Ok(true)
        }
        Need::Probe => probe(ports.advoware, task, loaded).await,
        Need::Home { frnr, kuerzel, since_ms } => {
            let lived = has_lived(ports.google, task, *frnr, kuerzel, *since_ms).await?;
            loaded.homes.insert((*frnr, kuerzel.clone()), lived);
            Ok(true)
        }
        Need::Elsewhere { event_id, kuerzel } => {
            let Some(calendar) = task.colleagues.get(kuerzel) else {
                return Ok(false);
            };
            let found = match ports.google.get(calendar, event_id).await {
                Ok(object) => whereabouts(object.as_ref(), calendar, kuerzel, task),
                Err(failure) if failure.kind == FailureKind::CalendarMissing => Elsewhere::Nowhere,
                Err(failure) => return Err(failure),
            };
            loaded.elsewhere.insert((event_id.clone(), kuerzel.clone()), found);
            Ok(true)
        }
    }
}

async fn look_up<A: Advoware>(advoware: &A, task: &Task, frnr: FrNr) -> Result<Answer, Failure> {
    Ok(match advoware.get(frnr).await? {
        Lookup::Gone => Answer::Gone,
        Lookup::Found(object) => match read_object(&object) {
            Ok(termin) => match termin.form {
                Ok(form) => Answer::Found(Box::new(Ours::new(frnr, termin.anwalt, form, &task.policy))),
                Err(fault) => Answer::Unreadable(fault),
            },
            Err(fault) => Answer::Unreadable(fault),
        },
    })
}

/// Looks up numbers that should exist, until one gives a whole appointment.
async fn probe<A: Advoware>(advoware: &A, task: &Task, loaded: &mut Loaded) -> Result<bool, Failure> {
    let listed = loaded.advoware.iter().filter(|(_, row)| row.is_ok()).map(|(frnr, _)| *frnr).take(MAX_PROBES);
    let remembered = loaded.probes.iter().copied().filter(|frnr| !loaded.looked_up.contains_key(frnr));
    let candidates: Vec<FrNr> = listed.chain(remembered).take(MAX_PROBES).collect();
    for frnr in candidates {
        match look_up(advoware, task, frnr).await {
            Ok(Answer::Found(_)) => {
                loaded.probe = true;
                return Ok(true);
            }
            Ok(Answer::Gone | Answer::Unreadable(_)) => {}
            Err(failure) if matches!(failure.kind, FailureKind::Refused | FailureKind::Unavailable) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(false)
}

/// Whether `frnr` has, or has had since `since_ms`, an event of its own in a colleague's calendar.
async fn has_lived<G>(google: &G, task: &Task, frnr: FrNr, kuerzel: &str, since_ms: Option<i64>) -> Result<bool, Failure>
where
    G: Google,
{
    let (Some(calendar), scope) = (task.colleagues.get(kuerzel), task.scope_of(kuerzel)) else {
        return Ok(false);
    };
    for generation in 0..MAX_GENERATIONS {
        let object = match google.get(calendar, &scope.event_id(frnr, generation)).await {
            Ok(Some(object)) => object,
            Ok(None) => break,
            Err(failure) if failure.kind == FailureKind::CalendarMissing => break,
            Err(failure) => return Err(failure),
        };
        let Ok(event) = read_event(&object, calendar, task.deployment()) else { continue };
        if !event.cancelled || event.updated_ms.zip(since_ms).is_some_and(|(updated, since)| updated > since) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn whereabouts(object: Option<&Object>, calendar: &str, kuerzel: &str, task: &Task) -> Elsewhere {
    let Some(event) = object.and_then(|object| read_event(object, calendar, task.deployment()).ok()) else {
        return Elsewhere::Nowhere;
    };
    let marks = event.marks.as_ref();
    match event.cancelled {
        true if marks.is_some_and(|marks| marks.gone) => Elsewhere::Marked,
        true => Elsewhere::Tombstone,
        false if marks.is_some_and(|marks| task.scope_of(kuerzel).is_home_of(marks)) => Elsewhere::Settled,
        false => Elsewhere::Arrived,
    }
}

/// Lets the mirror forget the tombstones that are dealt with.
pub(super) async fn forget<A, G, S, L>(ports: Ports<'_, A, G, S, L>, loaded: &Loaded, plan: &Plan) -> Result<(), Failure>
where
    S: Store,
{
    let remove: Vec<String> =
        plan.forget.iter().filter(|id| matches!(loaded.google.get(*id), Some(Item::Tombstone(_)))).cloned().collect();
    match &loaded.made {
        Some(made) if !remove.is_empty() => ports.store.save_mirror(made, &MirrorStep { remove, ..MirrorStep::default() }).await,
        _ => Ok(()),
    }
}

/// Notes what was found out of the deletions that wait for a person, so that no further run has to ask again.
pub(super) async fn remember_unmoved<A, G, S, L>(
    ports: Ports<'_, A, G, S, L>,
    loaded: &Loaded,
    plan: &Plan,
) -> Result<(), Failure>
where
    S: Store,
{
    for event_id in plan.held.iter().filter(|item| item.side == Side::Advoware).filter_map(|item| item.event_id.as_ref()) {
        if let Some(Item::Tombstone(tombstone)) = loaded.google.get(event_id)
            && !tombstone.unmoved
        {
            let item = Item::Tombstone(Tombstone { unmoved: true, ..tombstone.clone() });
            ports.store.amend_mirror(event_id, &stored(&item)).await?;
        }
    }
    Ok(())
}
