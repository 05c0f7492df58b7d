//! A job as it stands in a stream.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Settings;

/// What a job covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A fan-out: it makes the keyed jobs.
    All,
    /// One key.
    Keyed,
}

/// Who or what asked for a job. A join takes on the stronger origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A routine look; leaves no run record if nothing came of it.
    Poll,
    /// A schedule.
    Cron,
    /// Anything else, other jobs among it.
    Other,
    /// A notification from outside.
    Push,
    /// A person.
    Person,
}

impl Origin {
    /// The word that stands for it in Redis.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Cron => "cron",
            Self::Other => "other",
            Self::Push => "push",
            Self::Person => "person",
        }
    }

    /// Reads the word; anything unknown is [`Origin::Other`].
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "poll" => Self::Poll,
            "cron" => Self::Cron,
            "push" => Self::Push,
            "person" => Self::Person,
            _ => Self::Other,
        }
    }
}

/// A claimed job: ids only, the handler reads everything else anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Names the job through all its attempts.
    pub job_id: String,
    /// Names the run that a person can follow.
    pub run_id: String,
    /// What it covers.
    pub kind: Kind,
    /// Its key; the pseudo key for [`Kind::All`].
    pub key: String,
    /// Number of this attempt, deaths included, from 1.
    pub attempt: u32,
    /// How many workers died of it.
    pub deaths: u32,
    /// When it was asked for, by Redis's clock, in ms since 1970.
    pub enqueued_at_ms: u64,
    /// When this attempt was claimed, by Redis's clock, in ms since 1970.
    pub claimed_at_ms: u64,
    /// W3C trace context of whoever asked.
    pub traceparent: Option<String>,
    /// Who asked.
    pub origin: Origin,
    /// Whether it came through the urgent stream.
    pub urgent: bool,
    /// Errors counted before this attempt.
    pub(crate) errors: u32,
    pub(crate) absorbed_others: bool,
    pub(crate) has_history: bool,
}

impl Job {
    /// Reads an entry that the claim script has checked.
    pub(crate) fn read(
        settings: &Settings,
        stream: &str,
        entry: &str,
        fields: Vec<(Cow<'_, str>, String)>,
        history: &str,
        now_ms: u64,
    ) -> Self {
        let kind = if stream == "a" { Kind::All } else { Kind::Keyed };
        let entry_ms = entry.split('-').next().and_then(|ms| ms.parse().ok()).unwrap_or(now_ms);
        let mut job = Self {
            job_id: String::new(),
            run_id: String::new(),
            kind,
            key: String::new(),
            attempt: 1,
            deaths: history.matches("\"how\":\"death\"").count() as u32,
            enqueued_at_ms: entry_ms,
            claimed_at_ms: now_ms,
            traceparent: None,
            origin: Origin::Other,
            urgent: stream == "u",
            errors: 0,
            absorbed_others: false,
            has_history: !history.is_empty(),
        };
        for (name, value) in fields {
            match name.as_ref() {
                "job_id" => job.job_id = value,
                "run_id" => job.run_id = value,
                "attempt" => job.errors = value.parse::<u32>().unwrap_or(1).max(1) - 1,
                "enqueued_at" => job.enqueued_at_ms = value.parse().unwrap_or(entry_ms),
                "traceparent" => job.traceparent = Some(value).filter(|trace| !trace.is_empty()),
                "origin" => job.origin = Origin::parse(&value),
                "also" => job.absorbed_others = true,
                name if name == settings.key_field => job.key = value,
                _ => {}
            }
        }
        if kind == Kind::All {
            job.key.clone_from(&settings.all_key);
        }
        job.attempt = job.errors + job.deaths + 1;
        job
    }

    /// Whether it leaves no record unless something happens.
    pub(crate) fn is_quiet(&self) -> bool {
        self.kind == Kind::Keyed && self.origin == Origin::Poll && self.errors == 0 && !self.has_history
    }
}
