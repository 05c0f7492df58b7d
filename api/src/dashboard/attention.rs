//! What needs a person now: each item with its consequence, its remedy and one button.

use std::borrow::Cow;
use std::collections::BTreeMap;

use advosync_queue::{DeadLetter, RunRecord, SchedulerInfo, WorkerInfo};
use chrono::{DateTime, TimeDelta, Utc};
use fluent_bundle::FluentValue;

use super::overview::Row;
use super::page::Page;
use super::state::State;
use crate::standing::moment;

/// Items shown at most; the rest is one line.
const SHOWN: usize = 12;
/// A scheduler that was not seen for so long is gone.
const SCHEDULER_GONE: TimeDelta = TimeDelta::minutes(2);

/// One thing to do.
pub(crate) struct Item {
    /// `warn` or `bad`.
    pub(crate) tone: &'static str,
    pub(crate) title: String,
    pub(crate) consequence: String,
    pub(crate) remedy: String,
    pub(crate) step: Step,
}

/// The one button.
pub(crate) enum Step {
    /// A page where it is done.
    Open { href: String, label: &'static str },
    /// All dead letters of a class are tried again.
    Requeue { class: String },
    /// One employee's run is asked for.
    Sync { kuerzel: String },
    /// It is done elsewhere.
    None,
}

/// Everything that needs a person, the worst first.
pub(crate) struct Attention {
    pub(crate) items: Vec<Item>,
    pub(crate) hidden: usize,
}

/// What attention is drawn from.
pub(crate) struct Facts<'a> {
    pub(crate) page: &'a Page,
    pub(crate) rows: &'a [Row],
    pub(crate) letters: &'a [DeadLetter],
    /// The last runs, the newest first.
    pub(crate) recent_runs: &'a [RunRecord],
    pub(crate) workers: &'a [WorkerInfo],
    pub(crate) scheduler: &'a SchedulerInfo,
    pub(crate) now: DateTime<Utc>,
}

impl Facts<'_> {
    /// Gathers the items.
    pub(crate) fn attention(&self) -> Attention {
        let mut items = self.fleet();
        items.extend(self.outages());
        items.extend(self.letters());
        items.extend(self.rows.iter().filter_map(|row| self.employee(row)));
        items.extend(self.rows.iter().flat_map(|row| self.calendar(row)));
        items.sort_by_key(|item| item.tone != "bad");
        let hidden = items.len().saturating_sub(SHOWN);
        items.truncate(SHOWN);
        Attention { items, hidden }
    }

    fn item(&self, tone: &'static str, name: &str, gaps: &[(&'static str, FluentValue<'static>)], step: Step) -> Item {
        let text = |part: &str| self.page.t.filled(&format!("attention-{name}-{part}"), gaps);
        Item { tone, title: text("title"), consequence: text("consequence"), remedy: text("remedy"), step }
    }

    fn fleet(&self) -> Vec<Item> {
        let mut items = Vec::new();
        if !self.workers.iter().any(|worker| worker.alive) {
            items.push(self.item("bad", "no-worker", &[], Step::None));
        }
        let seen = self.scheduler.seen_at_ms.and_then(moment);
        if seen.is_none_or(|seen| self.now - seen > SCHEDULER_GONE) {
            items.push(self.item("bad", "no-scheduler", &[], Step::None));
        }
        items
    }

    /// One item for each class of dead letters.
    fn letters(&self) -> Vec<Item> {
        let mut classes: BTreeMap<(&str, &str), Vec<&DeadLetter>> = BTreeMap::new();
        for letter in self.letters {
            classes.entry((&letter.class, system(&letter.code))).or_default().push(letter);
        }
        let item = |((class, system), letters): ((&str, &str), Vec<&DeadLetter>)| {
            let whose: Vec<Cow<'_, str>> = letters.iter().map(|letter| self.whose(letter)).take(6).collect();
            let gaps = [
                ("count", FluentValue::from(letters.len())),
                ("what", FluentValue::from(whose.join(", "))),
                ("when", FluentValue::from(self.since(&letters))),
            ];
            let name = match (class, system) {
                ("denied", "google") => "denied-google",
                ("denied", "advoware") => "denied-advoware",
                ("unavailable" | "refused", "google") => "away-google",
                ("unavailable" | "refused", "advoware") => "away-advoware",
                ("garbage", _) => "garbage",
                _ if letters.iter().any(|letter| letter.reason == "deaths") => "deaths",
                _ => "dead",
            };
            let step = match name {
                "garbage" => Step::Open { href: "/ui/queue#dead-letters".to_owned(), label: "step-look" },
                _ => Step::Requeue { class: class.to_owned() },
            };
            self.item("bad", name, &gaps, step)
        };
        classes.into_iter().map(item).collect()
    }

    fn whose<'l>(&'l self, letter: &'l DeadLetter) -> Cow<'l, str> {
        if letter.kind == "all" { self.page.t.of("everybody") } else { Cow::Borrowed(letter.key.as_str()) }
    }

    /// Systems that don't answer while their runs are tried again: nothing has failed yet.
    fn outages(&self) -> Vec<Item> {
        let mut away: BTreeMap<&str, (usize, Option<DateTime<Utc>>)> = BTreeMap::new();
        for run in self.recent_runs.iter().filter(|run| !run.status.is_final()) {
            let Some((_, code)) = run.error.as_ref().filter(|(class, _)| class == "unavailable") else { continue };
            let (count, since) = away.entry(system(code)).or_default();
            *count += 1;
            *since = [*since, run.queued_at].into_iter().flatten().min();
        }
        let item = |(system, (count, since)): (&str, (usize, Option<DateTime<Utc>>))| {
            let name = match system {
                "advoware" => "outage-advoware",
                "google" => "outage-google",
                _ => return None,
            };
            let when = since.map_or_else(String::new, |since| self.page.clock.text(&since));
            Some(self.item("warn", name, &[("count", FluentValue::from(count)), ("when", FluentValue::from(when))], Step::None))
        };
        away.into_iter().filter_map(item).collect()
    }

    fn since(&self, letters: &[&DeadLetter]) -> String {
        let first = letters.iter().map(|letter| letter.died_at_ms()).min();
        first.and_then(moment).map_or_else(String::new, |at| self.page.clock.text(&at))
    }

    fn employee(&self, row: &Row) -> Option<Item> {
        let kuerzel = || ("what", FluentValue::from(row.kuerzel.clone()));
        let link = |section: &str| format!("/ui/employees/{}{section}", row.path());
        match row.state {
            State::Held => {
                let gaps = [kuerzel(), ("count", FluentValue::from(row.held))];
                Some(self.item("warn", "held", &gaps, Step::Open { href: link("#held"), label: "step-decide" }))
            }
            State::Partial => {
                let gaps = [kuerzel(), ("count", FluentValue::from(row.errors))];
                Some(self.item("warn", "partial", &gaps, Step::Open { href: link("#notes"), label: "step-look" }))
            }
            State::Stale => {
                let when = row.checked_at.as_ref().map_or_else(String::new, |at| at.text.clone());
                let gaps = [kuerzel(), ("when", FluentValue::from(when))];
                Some(self.item("warn", "stale", &gaps, Step::Sync { kuerzel: row.kuerzel.clone() }))
            }
            State::Skipped => Some(self.item("bad", "skipped", &[kuerzel()], Step::Sync { kuerzel: row.kuerzel.clone() })),
            // A failed run's dead letter is an item already.
            State::Failed | State::Right | State::Running | State::New => None,
        }
    }

    /// What is wrong with a calendar itself.
    fn calendar<'s>(&'s self, row: &'s Row) -> impl Iterator<Item = Item> + 's {
        row.calendar_reports.iter().filter_map(|report| {
            let gaps = [("what", FluentValue::from(row.kuerzel.clone()))];
            match report.as_str() {
                "open-to-everybody" => Some(self.item("bad", "open", &gaps, Step::None)),
                "made-anew" => Some(self.item("warn", "anew", &gaps, Step::None)),
                _ => None,
            }
        })
    }
}

/// Which system an error's code comes from.
fn system(code: &str) -> &'static str {
    match code {
        _ if code.starts_with("advoware") => "advoware",
        _ if code.starts_with("redis") => "redis",
        _ if ["google", "events", "calendars", "acl", "channels", "token"].iter().any(|start| code.starts_with(start)) => {
            "google"
        }
        _ => "other",
    }
}
