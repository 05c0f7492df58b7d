//! Names of the Redis keys, all under one hash tag.

use crate::Settings;

/// Builds the key names of one queue.
#[derive(Debug, Clone)]
pub struct Keys {
    base: String,
    common: Vec<String>,
}

impl Keys {
    /// Names for these settings.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let base = format!("{{{}}}:", settings.prefix);
        let item = &settings.item;
        let common = [
            "jobs:all",
            &format!("jobs:{item}:urgent"),
            &format!("jobs:{item}"),
            "jobs:delayed",
            "jobs:dead",
            "jobs:marks",
            "jobs:parked",
            "jobs:history",
            "token",
            "counters",
            "events",
            "runs",
            "runs:open",
            "poison",
            "checked",
            "succeeded",
            "last",
            "workers",
            "beats",
            "wake",
        ]
        .map(|name| format!("{base}{name}"))
        .to_vec();
        Self { base, common }
    }

    /// The prefix of every key, with its braces and colon.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `{prefix}:name`, for keys that a caller keeps beside the queue's own.
    #[must_use]
    pub fn named(&self, name: &str) -> String {
        format!("{}{name}", self.base)
    }

    /// The lease of a key: a string with a TTL that holds `owner:token:stream:entry`.
    #[must_use]
    pub fn lease(&self, key: &str) -> String {
        format!("{}lease:{key}", self.base)
    }

    /// The record of a run, a hash.
    #[must_use]
    pub fn run(&self, run_id: &str) -> String {
        format!("{}run:{run_id}", self.base)
    }

    /// Stream of fan-out jobs.
    #[must_use]
    pub fn all(&self) -> &str {
        &self.common[0]
    }

    /// Stream of urgent keyed jobs.
    #[must_use]
    pub fn urgent(&self) -> &str {
        &self.common[1]
    }

    /// Stream of all other keyed jobs.
    #[must_use]
    pub fn mass(&self) -> &str {
        &self.common[2]
    }

    /// Sorted set of jobs that are due later.
    #[must_use]
    pub fn delayed(&self) -> &str {
        &self.common[3]
    }

    /// Stream of dead letters.
    #[must_use]
    pub fn dead(&self) -> &str {
        &self.common[4]
    }

    /// Hash of parked jobs.
    #[must_use]
    pub fn parked(&self) -> &str {
        &self.common[6]
    }

    /// Hash of counters.
    #[must_use]
    pub fn counters(&self) -> &str {
        &self.common[9]
    }

    /// Capped stream of the live feed.
    #[must_use]
    pub fn events(&self) -> &str {
        &self.common[10]
    }

    /// Sorted set of run ids by the time they were queued.
    #[must_use]
    pub fn runs(&self) -> &str {
        &self.common[11]
    }

    pub(crate) fn poison(&self) -> &str {
        &self.common[13]
    }

    pub(crate) fn checked(&self) -> &str {
        &self.common[14]
    }

    pub(crate) fn succeeded(&self) -> &str {
        &self.common[15]
    }

    pub(crate) fn last(&self) -> &str {
        &self.common[16]
    }

    pub(crate) fn workers(&self) -> &str {
        &self.common[17]
    }

    pub(crate) fn beats(&self) -> &str {
        &self.common[18]
    }

    pub(crate) fn wake(&self) -> &str {
        &self.common[19]
    }

    /// The keys that every script names, in the order the scripts expect.
    pub(crate) fn common(&self) -> &[String] {
        &self.common
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_settings() {
        let settings = Settings { prefix: "shop".into(), item: "order".into(), ..Settings::default() };
        let keys = Keys::new(&settings);
        assert_eq!(keys.all(), "{shop}:jobs:all");
        assert_eq!(keys.urgent(), "{shop}:jobs:order:urgent");
        assert_eq!(keys.mass(), "{shop}:jobs:order");
        assert_eq!(keys.delayed(), "{shop}:jobs:delayed");
        assert_eq!(keys.dead(), "{shop}:jobs:dead");
        assert_eq!(keys.lease("PB"), "{shop}:lease:PB");
        assert_eq!(keys.events(), "{shop}:events");
        assert_eq!(keys.runs(), "{shop}:runs");
        assert_eq!(keys.beats(), "{shop}:beats");
    }
}
