use std::{sync::Arc, time::Duration};

use regex::Regex;
use serde::{Deserialize, Serialize};

/// The body of an injected error answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorPage {
    /// The simulated system's own error form.
    #[default]
    Json,
    /// A proxy's or relay's HTML page.
    Html,
    /// No body.
    Empty,
}

/// One way to spoil a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The answer is late.
    Latency {
        /// The least delay in milliseconds.
        ms: u64,
        /// A random addition of up to so many milliseconds.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// An error answer instead of the true one.
    Status {
        /// The HTTP status code.
        status: u16,
        /// The form of the body.
        #[serde(default)]
        page: ErrorPage,
        /// The reason inside a Google error body.
        #[serde(default)]
        reason: Option<String>,
        /// The `Retry-After` header in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
        /// Whether the work is done all the same.
        #[serde(default)]
        after_work: bool,
    },
    /// The connection is closed and nothing was done.
    DropBefore,
    /// The connection is closed after the work was done.
    DropAfter,
    /// The work is done, but the answer breaks off in the middle.
    HalfBody,
    /// No answer for a long time, and nothing was done until then.
    Hang {
        /// Milliseconds until the request goes on after all; an hour if missing.
        #[serde(default)]
        ms: Option<u64>,
    },
}

impl Fault {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Status { .. } => "status",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::HalfBody => "half_body",
            Self::Hang { .. } => "hang",
        }
    }

    pub(super) fn delay(&self, random: f64) -> Duration {
        match self {
            Self::Latency { ms, jitter_ms } => Duration::from_millis(*ms) + Duration::from_millis(*jitter_ms).mul_f64(random),
            Self::Hang { ms } => Duration::from_millis(ms.unwrap_or(3_600_000)),
            _ => Duration::ZERO,
        }
    }
}

/// Which requests a fault hits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// A regular expression on path and query as they were sent; everything if missing.
    #[serde(default)]
    pub path: String,
    /// The HTTP method; any if missing.
    #[serde(default)]
    pub method: Option<String>,
    /// The share of matching requests that is hit, 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// How many matching requests pass first.
    #[serde(default)]
    pub skip: u64,
    /// How many are hit before the rule is spent; all if missing.
    #[serde(default)]
    pub times: Option<u64>,
    /// What happens to them.
    pub fault: Fault,
}

fn always() -> f64 {
    1.0
}

impl FaultRule {
    /// A rule that hits every request.
    pub fn new(fault: Fault) -> Self {
        Self { path: String::new(), method: None, probability: always(), skip: 0, times: None, fault }
    }

    /// Only requests whose path and query match the regular expression.
    #[must_use]
    pub fn on(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Only requests with this HTTP method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only so many requests.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Only after so many matching requests have passed.
    #[must_use]
    pub fn after(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Only this share of them, 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }
}

/// A rule in force, with its compiled pattern.
#[derive(Debug)]
pub(super) struct ActiveRule {
    pub(super) rule: FaultRule,
    pattern: Regex,
}

impl ActiveRule {
    pub(super) fn new(rule: FaultRule) -> Result<Self, regex::Error> {
        let pattern = Regex::new(&rule.path)?;
        Ok(Self { rule, pattern })
    }

    /// Whether this request is hit; counts it if so.
    pub(super) fn strikes(&mut self, method: &str, target: &str, random: f64) -> bool {
        let rule = &mut self.rule;
        let matches = rule.times != Some(0)
            && rule.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.pattern.is_match(target);
        if !matches {
            return false;
        }
        if rule.skip > 0 {
            rule.skip -= 1;
            return false;
        }
        if random >= rule.probability {
            return false;
        }
        if let Some(times) = &mut rule.times {
            *times -= 1;
        }
        true
    }
}

/// What was decided for one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    pub(super) delay: Duration,
    pub(super) fault: Option<Arc<Fault>>,
}
