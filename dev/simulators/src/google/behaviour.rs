use serde::{Deserialize, Serialize};

/// How a quota refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaRefusal {
    /// 403 `rateLimitExceeded`
    #[default]
    Forbidden,
    /// 403 `userRateLimitExceeded`
    UserForbidden,
    /// 429 `rateLimitExceeded`
    TooManyRequests,
}

/// Quotas over a sliding window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuotaSettings {
    /// Whether they are enforced.
    pub enabled: bool,
    /// Requests of one `quotaUser` in a window.
    pub per_user: usize,
    /// Requests of all together in a window.
    pub per_project: usize,
    /// The window in milliseconds.
    pub window_ms: u64,
    /// How a request over quota is refused.
    pub refusal: QuotaRefusal,
    /// The `Retry-After` header of a refusal in seconds.
    pub retry_after: Option<u64>,
}

impl Default for QuotaSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            per_user: 600,
            per_project: 10_000,
            window_ms: 60_000,
            refusal: QuotaRefusal::default(),
            retry_after: None,
        }
    }
}

/// A limit on how often something may be done in a sliding window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageLimit {
    /// Whether it is enforced.
    pub enabled: bool,
    /// How often in a window.
    pub count: usize,
    /// The window in milliseconds.
    pub window_ms: u64,
}

impl Default for UsageLimit {
    fn default() -> Self {
        Self { enabled: true, count: 60, window_ms: 3_600_000 }
    }
}

/// What a list tells of a deleted event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tombstones {
    /// All that the event held, where deleted events were asked for.
    #[default]
    Full,
    /// Its id and status only.
    Bare,
}

/// The switches of the simulated Google Calendar; each may be changed while it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GoogleBehaviour {
    /// Request quotas.
    pub quota: QuotaSettings,
    /// How many calendars may be created.
    pub calendar_creation: UsageLimit,
    /// How many access rules may be inserted; off by default.
    pub sharing: UsageLimit,
    /// What a list tells of a deleted event.
    pub tombstones: Tombstones,
    /// Whether `get` tells no more of a deleted event than a bare list does.
    pub bare_get: bool,
    /// Whether lists begin with a page without items.
    pub empty_pages: bool,
    /// The most items on a page, whatever was asked for.
    pub page_size_cap: usize,
    /// Whether an update may bring a deleted event back to life.
    pub revival: bool,
    /// The longest summary in characters.
    pub summary_limit: usize,
    /// The longest description in characters.
    pub description_limit: usize,
    /// Whether longer ones are cut in silence instead of refused.
    pub cuts_silently: bool,
    /// A token's life in seconds.
    pub token_lifetime_seconds: i64,
    /// The share of push notifications that get lost, 0 to 1.
    pub push_loss: f64,
    /// How long after a change its notification leaves, in milliseconds.
    pub push_delay_ms: u64,
    /// The longest life of a notification channel in seconds.
    pub channel_lifetime_seconds: i64,
}

impl Default for GoogleBehaviour {
    fn default() -> Self {
        Self {
            quota: QuotaSettings::default(),
            calendar_creation: UsageLimit::default(),
            sharing: UsageLimit { enabled: false, ..UsageLimit::default() },
            tombstones: Tombstones::default(),
            bare_get: false,
            empty_pages: false,
            page_size_cap: 2_500,
            revival: false,
            summary_limit: 1_024,
            description_limit: 8_192,
            cuts_silently: false,
            token_lifetime_seconds: 3_599,
            push_loss: 0.0,
            push_delay_ms: 0,
            channel_lifetime_seconds: 7 * 24 * 3_600,
        }
    }
}
