//! How a calendar stands, in one word.

use std::collections::BTreeSet;

use advosync_queue::RunStatus;
use chrono::{DateTime, TimeDelta, Utc};

use crate::standing::Standing;

/// A calendar that nobody has looked at for so long is no longer known to be right: a night and a morning.
pub(crate) const STALE_AFTER: TimeDelta = TimeDelta::hours(26);

/// How a calendar stands; the worst that is true of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Both sides are equal.
    Right,
    /// A run is at it.
    Running,
    /// No run has come to its end yet.
    New,
    /// It was right, but nobody has looked for long.
    Stale,
    /// Single appointments could not be synchronised.
    Partial,
    /// Something waits for a person.
    Held,
    /// The last run failed.
    Failed,
    /// Cron and poll leave it alone.
    Skipped,
}

impl State {
    /// Every state, the worst first.
    pub(crate) const ALL: [Self; 8] =
        [Self::Skipped, Self::Failed, Self::Held, Self::Partial, Self::Stale, Self::New, Self::Running, Self::Right];

    /// Its name in addresses, texts and styles.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Running => "running",
            Self::New => "new",
            Self::Stale => "stale",
            Self::Partial => "partial",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// `good`, `calm`, `warn` or `bad`.
    pub(crate) fn tone(&self) -> &'static str {
        match self {
            Self::Right => "good",
            Self::Running | Self::New => "calm",
            Self::Stale | Self::Partial | Self::Held => "warn",
            Self::Failed | Self::Skipped => "bad",
        }
    }

    pub(crate) fn of(standing: &Standing, running: &BTreeSet<String>, now: DateTime<Utc>) -> Self {
        let last = standing.last.status;
        if standing.last.poisoned_by.is_some() {
            Self::Skipped
        } else if last == Some(RunStatus::Failed) && !recovered(standing) {
            Self::Failed
        } else if !standing.held.is_empty() {
            Self::Held
        } else if standing.errors() > 0 {
            Self::Partial
        } else if running.contains(&standing.kuerzel) {
            Self::Running
        } else {
            match standing.checked_at() {
                None => Self::New,
                Some(checked) if now - checked > STALE_AFTER => Self::Stale,
                Some(_) => Self::Right,
            }
        }
    }
}

/// Whether a quiet run, which leaves no record, came to its end after the one that failed.
fn recovered(standing: &Standing) -> bool {
    let failed_at =
        standing.last.run_id.as_deref().and_then(|id| uuid::Uuid::try_parse(id).ok()).and_then(|id| id.get_timestamp());
    let failed_ms = failed_at.map(|at| at.to_unix()).map(|(seconds, nanos)| seconds * 1000 + u64::from(nanos) / 1_000_000);
    matches!((standing.last.checked_at_ms, failed_ms), (Some(checked), Some(asked)) if checked > asked)
}

/// How a run stands, as a tone.
pub(crate) fn run_tone(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued | RunStatus::Running => "calm",
        RunStatus::Succeeded => "good",
        RunStatus::Partial | RunStatus::Held => "warn",
        RunStatus::Failed => "bad",
    }
}

#[cfg(test)]
mod tests {
    use advosync_queue::LastRun;

    use super::*;

    fn standing(last: LastRun) -> Standing {
        Standing { kuerzel: "PB".into(), calendar: None, last, report: None, held: Vec::new(), drift: None }
    }

    fn of(last: LastRun) -> State {
        let now = DateTime::from_timestamp_millis(1_000_000_000_000).unwrap();
        State::of(&standing(last), &BTreeSet::new(), now)
    }

    #[test]
    fn a_calendar_is_right_only_while_somebody_looks() {
        let checked =
            |hours_ago: u64| LastRun { checked_at_ms: Some(1_000_000_000_000 - hours_ago * 3_600_000), ..LastRun::default() };
        assert_eq!(of(LastRun::default()), State::New);
        assert_eq!(of(checked(1)), State::Right);
        assert_eq!(of(checked(27)), State::Stale);
        let skipped = LastRun { poisoned_by: Some("1-0".into()), ..checked(1) };
        assert_eq!(of(skipped), State::Skipped);
    }

    #[test]
    fn a_failure_stands_until_a_later_run_comes_to_its_end() {
        let run = uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_000_000_000 - 3600, 0));
        let last = |hours_ago: u64| LastRun {
            status: Some(RunStatus::Failed),
            run_id: Some(run.to_string()),
            checked_at_ms: Some(1_000_000_000_000 - hours_ago * 3_600_000),
            ..LastRun::default()
        };
        assert_eq!(of(last(2)), State::Failed);
        assert_eq!(of(last(0)), State::Right);
    }
}
