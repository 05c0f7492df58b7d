//! The verdict: what was promised against what the processes wrote down.

use std::collections::BTreeMap;
use std::time::Duration;

use advosync_queue::{RunStatus, Stats};
use comfy_table::{CellAlignment, Table, presets};

use crate::ledger::{Ending, Line, Step};
use crate::mischief::{Mischief, Scene};
use crate::triggers::Asked;
use crate::worker::LEASE;

/// All that is known at the end.
pub(crate) struct Evidence<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) asked: &'a Asked,
    pub(crate) lines: Vec<Line>,
    pub(crate) runs: BTreeMap<String, Option<RunStatus>>,
    pub(crate) stats: Stats,
    pub(crate) settled_after: Option<Duration>,
    pub(crate) tidy_after: Option<Duration>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Verdict {
    rows: Vec<(String, String)>,
    broken: Vec<String>,
}

/// One attempt, as it was written down.
#[derive(Debug, Clone, Default)]
struct Attempt {
    token: u64,
    started_us: u64,
    writes_us: Vec<u64>,
    ended: Option<Ending>,
}

impl Verdict {
    pub(crate) fn broken(&self) -> &[String] {
        &self.broken
    }

    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN).set_header(["what", "how often"]);
        for (what, count) in &self.rows {
            table.add_row([what, count]);
        }
        if let Some(column) = table.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn row(&mut self, what: &str, count: impl ToString) {
        self.rows.push((what.to_owned(), count.to_string()));
    }

    fn demand(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(fault());
        }
    }
}

/// Judges.
pub(crate) fn judge(evidence: Evidence<'_>) -> Verdict {
    let mut verdict = Verdict { rows: Vec::new(), broken: Vec::new() };
    for (mischief, _, name) in Mischief::ALL {
        verdict.row(name, evidence.scene.done.get(&mischief).copied().unwrap_or(0));
    }
    let attempts = attempts(&evidence.lines);
    triggers(&mut verdict, &evidence, &attempts);
    overlaps(&mut verdict, &evidence, &attempts);
    rest(&mut verdict, &evidence);
    verdict
}

fn attempts(lines: &[Line]) -> BTreeMap<&str, Vec<Attempt>> {
    let mut attempts: BTreeMap<(&str, u64), Attempt> = BTreeMap::new();
    for line in lines {
        let attempt = attempts.entry((&line.key, line.token)).or_default();
        attempt.token = line.token;
        match line.step {
            Step::Started => attempt.started_us = line.at_us,
            Step::Wrote => attempt.writes_us.push(line.at_us),
            Step::Ended(ending) => attempt.ended = Some(ending),
        }
    }
    let mut by_key: BTreeMap<&str, Vec<Attempt>> = BTreeMap::new();
    for ((key, _), attempt) in attempts {
        by_key.entry(key).or_default().push(attempt);
    }
    by_key
}

/// Every accepted trigger since the last loss of data was followed by a whole run of its key, or by a dead letter.
fn triggers(verdict: &mut Verdict, evidence: &Evidence<'_>, attempts: &BTreeMap<&str, Vec<Attempt>>) {
    let last_loss = evidence.scene.losses.iter().map(|(_, to)| *to).max().unwrap_or(0);
    let asked = &evidence.asked.accepted;
    let since: Vec<_> = asked.iter().filter(|accepted| accepted.sent_us > last_loss).collect();
    verdict.row("triggers accepted", asked.len());
    verdict.row("of these joined to a job that waited", asked.iter().filter(|accepted| accepted.joined).count());
    verdict.row("triggers refused (Redis away)", evidence.asked.refused);
    verdict.row("accepted since the last loss of data", since.len());
    let mut lost = 0;
    for accepted in &since {
        let status = evidence.runs.get(&accepted.run_id).copied().flatten();
        // A fan-out that is asked for while one is unfinished is that one.
        let is_fan_out = accepted.key == advosync_queue::Settings::default().all_key;
        let ran = is_fan_out
            || attempts.get(accepted.key.as_str()).is_some_and(|attempts| {
                attempts.iter().any(|attempt| {
                    attempt.started_us >= accepted.sent_us && matches!(attempt.ended, Some(Ending::Done | Ending::Final))
                })
            });
        let ended = status.is_some_and(RunStatus::is_final);
        if !(ran && ended) {
            lost += 1;
            verdict.broken.push(format!(
                "accepted, and not done: {}, run {}, at {}, status {status:?}, ran after it: {ran}",
                accepted.key, accepted.run_id, accepted.answered_us
            ));
        }
    }
    verdict.row("of these neither done nor dead", lost);
}

/// No attempt writes after the next one of its key has begun, but for the one write whose check had passed, and for
/// a lease's length after Redis lost its data.
fn overlaps(verdict: &mut Verdict, evidence: &Evidence<'_>, attempts: &BTreeMap<&str, Vec<Attempt>>) {
    let lease_us = u64::try_from(LEASE.as_micros()).unwrap_or(u64::MAX);
    let after_loss = |at_us: u64| evidence.scene.losses.iter().any(|(from, to)| *from <= at_us && at_us <= to + lease_us);
    let (mut late, mut excused, mut forbidden) = (0, 0, 0);
    for (key, attempts) in attempts {
        // In the order of their tokens.
        for pair in attempts.windows(2) {
            let [older, newer] = pair else { continue };
            let writes: Vec<u64> = older.writes_us.iter().copied().filter(|at| *at > newer.started_us).collect();
            let (lost, held): (Vec<u64>, Vec<u64>) = writes.into_iter().partition(|at| after_loss(*at));
            excused += lost.len();
            late += held.len().min(1);
            if held.len() > 1 {
                forbidden += 1;
                verdict.broken.push(format!(
                    "{key}: {} writes under token {} after {} had begun",
                    held.len(),
                    older.token,
                    newer.token
                ));
            }
        }
    }
    let all = || attempts.values().flatten();
    verdict.row("attempts", all().count());
    verdict.row("attempts cut off by a death", all().filter(|attempt| attempt.ended.is_none()).count());
    verdict.row("writes under a lease", all().map(|attempt| attempt.writes_us.len()).sum::<usize>());
    verdict.row("late writes whose check had passed (one an attempt at most)", late);
    verdict.row("writes within a lease after a loss of data", excused);
    verdict.row("other overlaps of two holders of a key", forbidden);
}

/// Nothing is left over, and nobody ended who was not meant to.
fn rest(verdict: &mut Verdict, evidence: &Evidence<'_>) {
    let stats = &evidence.stats;
    for (name, what) in [
        ("takeovers", "take-overs (since the last loss)"),
        ("stale_ends", "stale ends refused (since the last loss)"),
        ("lost_leases", "leases lost (since the last loss)"),
        ("retried", "retries (since the last loss)"),
        ("handed_back", "handed back (since the last loss)"),
    ] {
        verdict.row(what, stats.counters.get(name).copied().unwrap_or(0));
    }
    verdict.row("dead letters (one in a hundred jobs is final)", stats.dead);
    let seconds = |took: Option<Duration>| took.map_or("never".to_owned(), |took| format!("{:.1}", took.as_secs_f64()));
    verdict.row("seconds of peace until all was done", seconds(evidence.settled_after));
    verdict.row("seconds more until the dead workers' consumers were gone", seconds(evidence.tidy_after));
    verdict.demand(evidence.settled_after.is_some(), || {
        format!("left over: {stats:?}, workers leaving: {}", evidence.scene.fleet.leaving())
    });
    verdict.demand(evidence.tidy_after.is_some(), || "consumers of dead workers stay".to_owned());
    let crashed = evidence.scene.fleet.crashed;
    verdict.demand(crashed == 0, || format!("{crashed} workers ended by themselves, or not with 0"));
}
