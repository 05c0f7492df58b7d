//! What needs a person now.

use std::collections::{BTreeMap, BTreeSet};

use advosync_queue::{DeadFilter, DeadLetter, LastRun, Queue, QueueError, RunFilter, RunRecord, WorkerInfo};
use advosync_state::{CalendarRecord, Calendars, EmployeeLists, Held, HeldSince, Reports, State, StoredReport};
use chrono::{DateTime, TimeDelta, Utc};

use super::moment;

/// Dead letters and runs that are looked at.
const LETTERS: usize = 500;
const RUNS: usize = 200;
/// A calendar that nobody has looked at for so long is no longer known to be right.
const STALE_AFTER: TimeDelta = TimeDelta::hours(26);

/// A kind of cause; each has its texts and its patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// No worker is alive.
    NoWorker,
    /// Google refuses the credentials.
    DeniedGoogle,
    /// Advoware refuses the credentials.
    DeniedAdvoware,
    /// Google does not answer.
    AwayGoogle,
    /// Advoware does not answer.
    AwayAdvoware,
    /// Workers died of a job.
    Deaths,
    /// Other jobs were given up.
    Dead,
    /// Deletions wait for a decision.
    Held,
    /// Single appointments can't be synchronised.
    Partial,
    /// Nobody has looked for long.
    Stale,
    /// Somebody opened the calendar to everybody.
    Open,
}

impl Kind {
    /// Its word in causes, texts and the wire.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NoWorker => "no-worker",
            Self::DeniedGoogle => "denied-google",
            Self::DeniedAdvoware => "denied-advoware",
            Self::AwayGoogle => "away-google",
            Self::AwayAdvoware => "away-advoware",
            Self::Deaths => "deaths",
            Self::Dead => "dead",
            Self::Held => "held",
            Self::Partial => "partial",
            Self::Stale => "stale",
            Self::Open => "open",
        }
    }

    /// The kind of a cause's id.
    pub(super) fn of(cause: &str) -> Option<Self> {
        let word = cause.split(':').next()?;
        ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// How long it has to hold before anybody is told: what passes by itself is no news.
    pub(super) fn patience(self) -> TimeDelta {
        match self {
            Self::NoWorker => TimeDelta::minutes(2),
            Self::AwayGoogle | Self::AwayAdvoware => TimeDelta::minutes(5),
            Self::Partial => TimeDelta::minutes(30),
            _ => TimeDelta::zero(),
        }
    }
}

const ALL: [Kind; 11] = [
    Kind::NoWorker,
    Kind::DeniedGoogle,
    Kind::DeniedAdvoware,
    Kind::AwayGoogle,
    Kind::AwayAdvoware,
    Kind::Deaths,
    Kind::Dead,
    Kind::Held,
    Kind::Partial,
    Kind::Stale,
    Kind::Open,
];

/// One thing that needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    /// What it is.
    pub(super) kind: Kind,
    /// Whose calendars are concerned, as far as that is known; `ALL` for everybody's.
    pub(super) whose: BTreeSet<String>,
    /// How many items.
    pub(super) count: usize,
    /// Since when, where that is known.
    pub(super) since: Option<DateTime<Utc>>,
}

/// What causes are drawn from.
pub(super) struct Facts {
    pub(super) now: DateTime<Utc>,
    pub(super) letters: Vec<DeadLetter>,
    pub(super) runs: Vec<RunRecord>,
    pub(super) workers: Vec<WorkerInfo>,
    pub(super) last: Vec<(String, LastRun)>,
    pub(super) held: BTreeMap<String, Vec<HeldSince>>,
    pub(super) reports: BTreeMap<String, StoredReport>,
    pub(super) calendars: BTreeMap<String, CalendarRecord>,
}

impl Facts {
    /// Reads them; a number of round trips that does not grow with the firm.
    pub(super) async fn load(queue: &Queue, state: &State) -> Result<Self, QueueError> {
        let now = moment(queue.redis().time_ms().await?).unwrap_or_default();
        let employees = EmployeeLists::new(state).get().await?.map(|list| list.kuerzel).unwrap_or_default();
        let last = queue.last_runs(&employees).await?;
        Ok(Self {
            now,
            letters: queue.dead_letters(&DeadFilter::default(), None, LETTERS).await?.items,
            runs: queue.runs(&RunFilter::default(), None, RUNS).await?.items,
            workers: queue.workers().await?,
            last: employees.into_iter().zip(last).collect(),
            held: Held::new(state).held_all().await?,
            reports: Reports::new(state).last_all().await?,
            calendars: Calendars::new(state).all().await?,
        })
    }

    /// Everything that needs a person, by cause.
    pub(super) fn causes(&self) -> BTreeMap<String, Cause> {
        let mut causes = BTreeMap::new();
        self.fleet(&mut causes);
        // Whatever keeps everybody from being looked at is said once, not for each.
        let told_for_all = !causes.is_empty();
        self.employees(&mut causes, told_for_all);
        causes
    }

    fn fleet(&self, causes: &mut BTreeMap<String, Cause>) {
        if !self.workers.iter().any(|worker| worker.alive) {
            add(causes, Kind::NoWorker, "ALL", None);
        }
        for letter in &self.letters {
            let kind = match (letter.class.as_str(), system(&letter.code)) {
                ("denied", "google") => Kind::DeniedGoogle,
                ("denied", "advoware") => Kind::DeniedAdvoware,
                ("unavailable" | "refused", "google") => Kind::AwayGoogle,
                ("unavailable" | "refused", "advoware") => Kind::AwayAdvoware,
                _ if letter.reason == "deaths" => Kind::Deaths,
                _ => Kind::Dead,
            };
            add(causes, kind, &letter.key, moment(letter.died_at_ms()));
        }
        for run in self.runs.iter().filter(|run| !run.status.is_final()) {
            let Some((_, code)) = run.error.as_ref().filter(|(class, _)| class == "unavailable") else { continue };
            match system(code) {
                "advoware" => add(causes, Kind::AwayAdvoware, &run.key, run.queued_at),
                "google" => add(causes, Kind::AwayGoogle, &run.key, run.queued_at),
                _ => {}
            }
        }
    }

    fn employees(&self, causes: &mut BTreeMap<String, Cause>, told_for_all: bool) {
        for (kuerzel, held) in &self.held {
            for item in held {
                add_own(causes, Kind::Held, kuerzel, Some(item.since));
            }
        }
        for (kuerzel, last) in &self.last {
            let errors = self.reports.get(kuerzel).map_or(0, |stored| stored.report.counts.errors);
            for _ in 0..errors {
                add_own(causes, Kind::Partial, kuerzel, self.reports.get(kuerzel).map(|stored| stored.at));
            }
            let checked = last.checked_at_ms.and_then(moment);
            if checked.is_some_and(|checked| self.now - checked > STALE_AFTER) && !told_for_all {
                add_own(causes, Kind::Stale, kuerzel, checked);
            }
        }
        for (kuerzel, calendar) in &self.calendars {
            if calendar.reports.iter().any(|report| report == "open-to-everybody") {
                add_own(causes, Kind::Open, kuerzel, None);
            }
        }
    }
}

/// One cause for the whole fleet.
fn add(causes: &mut BTreeMap<String, Cause>, kind: Kind, whose: &str, since: Option<DateTime<Utc>>) {
    add_to(causes, kind.word().to_owned(), kind, whose, since);
}

/// A cause of one employee's own.
fn add_own(causes: &mut BTreeMap<String, Cause>, kind: Kind, whose: &str, since: Option<DateTime<Utc>>) {
    add_to(causes, format!("{}:{whose}", kind.word()), kind, whose, since);
}

fn add_to(causes: &mut BTreeMap<String, Cause>, id: String, kind: Kind, whose: &str, since: Option<DateTime<Utc>>) {
    let cause = causes.entry(id).or_insert(Cause { kind, whose: BTreeSet::new(), count: 0, since: None });
    cause.whose.insert(whose.to_owned());
    cause.count += 1;
    cause.since = [cause.since, since].into_iter().flatten().min();
}

/// Which system an error's code comes from.
fn system(code: &str) -> &'static str {
    match code {
        _ if code.starts_with("advoware") => "advoware",
        _ if ["google", "events", "calendars", "acl", "channels", "token"].iter().any(|start| code.starts_with(start)) => {
            "google"
        }
        _ => "other",
    }
}
