//! What a queue is told once.

use std::time::Duration;

/// Settings of one queue; every process of a fleet should agree on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Prefix of every key, put into hash-tag braces: `shop` becomes `{shop}:`.
    pub prefix: String,
    /// What a keyed job is called: its `kind`, and the streams `jobs:<item>` and
    /// `jobs:<item>:urgent`.
    pub item: String,
    /// Name of the entry field that holds the key.
    pub key_field: String,
    /// The pseudo key of fan-out jobs; no real key may bear it.
    pub all_key: String,
    /// Life of a lease. A dead worker's job is taken over within this and 5 s.
    pub lease: Duration,
    /// Errors, or deaths of its worker, after which a job becomes a dead letter.
    pub max_attempts: u32,
    /// First back-off; doubles with each error.
    pub retry_base: Duration,
    /// Longest back-off.
    pub retry_cap: Duration,
    /// A job without progress for this long is cancelled, which counts as an error.
    pub job_timeout: Duration,
    /// Life of an idempotency key.
    pub idempotency_ttl: Duration,
    /// Dead letters kept at most.
    pub dead_letters_kept: u32,
    /// Days a dead letter is kept.
    pub dead_letter_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: "queue".to_owned(),
            item: "item".to_owned(),
            key_field: "key".to_owned(),
            all_key: "ALL".to_owned(),
            lease: Duration::from_secs(60),
            max_attempts: 5,
            retry_base: Duration::from_secs(2),
            retry_cap: Duration::from_secs(300),
            job_timeout: Duration::from_secs(900),
            idempotency_ttl: Duration::from_secs(24 * 3600),
            dead_letters_kept: 100_000,
            dead_letter_days: 90,
        }
    }
}
