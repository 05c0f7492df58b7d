//! How an attempt can end.

use std::time::Duration;

use rand::RngExt;
use serde_json::Value;

use crate::Settings;

/// How a job that did its work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoneStatus {
    /// All done.
    Succeeded,
    /// Done but for single items, which the next run tries again.
    Partial,
    /// Waits for a person's release.
    Held,
}

impl DoneStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Held => "held",
        }
    }
}

/// What a handler answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The job is done.
    Done {
        /// How it stands.
        status: DoneStatus,
        /// Numbers of any shape; a fan-out adds up those of its jobs, name by name.
        counts: Value,
        /// Anything a person may want to read: ids, field names, reasons.
        report: Option<Value>,
        /// Whether anything was changed; a poll that changed nothing leaves no record.
        changed: bool,
    },
    /// It failed and is tried again after a back-off; counts as an error.
    Retry {
        /// Class of the error, never a text from outside.
        class: String,
        /// Its code, such as a status.
        code: String,
        /// Not before this time has passed, whatever the back-off.
        retry_after: Option<Duration>,
    },
    /// It could not be done here or now, and nobody is to blame: counts as nothing.
    HandBack {
        /// One word: `drain`, `quota`, `lease-lost`.
        reason: String,
        /// When it is due; zero means at once, before everything else.
        due_in: Duration,
    },
    /// Trying again is pointless: a dead letter at once.
    Final {
        /// Class of the error.
        class: String,
        /// Its code.
        code: String,
    },
}

impl Outcome {
    /// A success with these counts.
    #[must_use]
    pub fn succeeded(counts: Value, changed: bool) -> Self {
        Self::Done { status: DoneStatus::Succeeded, counts, report: None, changed }
    }

    /// A failure to be tried again.
    pub fn retry(class: impl Into<String>, code: impl Into<String>) -> Self {
        Self::Retry { class: class.into(), code: code.into(), retry_after: None }
    }

    /// Back to the front, due at once.
    pub fn hand_back(reason: impl Into<String>) -> Self {
        Self::HandBack { reason: reason.into(), due_in: Duration::ZERO }
    }
}

/// The back-off before the next attempt: full jitter over a span that doubles with each error,
/// above and never below a `Retry-After`.
pub(crate) fn backoff(settings: &Settings, errors_before: u32, retry_after: Option<Duration>) -> Duration {
    let doubled = settings.retry_base.saturating_mul(1 << errors_before.min(20));
    let span = doubled.min(settings.retry_cap).as_millis() as u64;
    let jitter = Duration::from_millis(rand::rng().random_range(0..=span));
    retry_after.unwrap_or_default() + jitter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_is_capped_and_never_undercuts_retry_after() {
        let settings = Settings::default();
        let longest = |errors, after| (0..500).map(|_| backoff(&settings, errors, after)).max().unwrap();
        assert!(longest(0, None) <= settings.retry_base);
        assert!(longest(3, None) > settings.retry_base * 4);
        assert!(longest(3, None) <= settings.retry_base * 8);
        assert!(longest(30, None) <= settings.retry_cap);
        let after = Duration::from_secs(40);
        let shortest = (0..500).map(|_| backoff(&settings, 2, Some(after))).min().unwrap();
        assert!(shortest >= after);
    }
}
