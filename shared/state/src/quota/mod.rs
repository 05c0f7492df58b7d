//! The fleet's share of Google's quotas, counted in Redis.
//!
//! Each quota user and the project have a bucket (GCRA): requests pass at an even rate, with a small burst
//! that the rate makes up for, so that no window of a minute ever sees more than the limit. A refusal slows
//! down by a factor, which recovers by a constant amount per time. Making and sharing calendars have no known
//! limit: they are free until the first refusal, and keep a distance from then on.

mod limits;

use std::time::Duration;

use advosync_google::{Ask, Kind, Quota, QuotaError};
use advosync_queue::link::{LinkError, Script};
use async_trait::async_trait;
use rand::RngExt;
use redis::Cmd;
use tokio::time::{Instant, sleep};

use crate::State;

use limits::Bucket;
pub use limits::QuotaLimits;

/// Spreads those who ask again for the same turn.
const JITTER_MS: u64 = 10;

/// Rations the whole fleet's requests. Every process should name the same limits.
#[derive(Debug, Clone)]
pub struct FleetQuota {
    state: State,
    limits: QuotaLimits,
    user: Bucket,
    project: Bucket,
}

/// What the script answered.
enum Turn {
    /// Taken; it is due after this wait.
    Taken(Duration),
    /// Nothing was taken; the turn would be due after this wait.
    Later(Duration),
}

impl FleetQuota {
    /// With these limits.
    #[must_use]
    pub fn new(state: &State, limits: QuotaLimits) -> Self {
        let (user, project) = (limits.bucket(limits.per_user), limits.bucket(limits.per_project));
        Self { state: state.clone(), limits, user, project }
    }

    /// How many requests of all users together would pass at once now.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn left(&self) -> Result<f64, LinkError> {
        let mut get = redis::cmd("HGET");
        get.arg(self.state.key("quota:project")).arg("tat");
        let taken_until: Option<f64> = self.state.redis().run(&get).await?;
        let now = self.state.redis().time_ms().await?;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
        let ahead = Duration::try_from_secs_f64((taken_until.unwrap_or_default() / 1000.0 - now as f64) / 1000.0);
        Ok(self.project.left(ahead.unwrap_or_default()))
    }

    async fn take(&self, ask: &Ask<'_>, patience: Duration) -> Result<Turn, LinkError> {
        let script = &self.state.scripts().take_turn;
        let mut call = self.call(script, ask.kind, ask.quota_user);
        for bucket in [&self.user, &self.project] {
            call.arg(micros(bucket.step)).arg(micros(bucket.tolerance(ask.urgent)));
        }
        call.arg(micros(self.limits.ahead())).arg(micros(patience));
        let (taken, wait): (bool, u64) = self.state.run(script, &call).await?;
        let wait = Duration::from_micros(wait);
        Ok(if taken { Turn::Taken(wait) } else { Turn::Later(wait) })
    }

    fn call(&self, script: &Script, kind: Kind, quota_user: &str) -> Cmd {
        let (lane, slow) = match kind {
            Kind::Read => ("read", false),
            Kind::Write => ("write", false),
            Kind::CreateCalendar => ("create", true),
            Kind::Share => ("share", true),
        };
        let keys =
            [self.state.key_of("quota:user", quota_user), self.state.key("quota:project"), self.state.key_of("quota:lane", lane)];
        let mut call = script.call(&keys);
        call.arg(micros(self.limits.window)).arg(if slow { "1" } else { "" });
        call
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[async_trait]
impl Quota for FleetQuota {
    async fn acquire(&self, ask: Ask<'_>) -> Result<Duration, QuotaError> {
        let began = Instant::now();
        loop {
            let left = ask.patience.saturating_sub(began.elapsed());
            let turn = self.take(&ask, left).await.map_err(|error| {
                tracing::warn!(code = error.code(), "the quota does not answer");
                QuotaError::Away
            })?;
            match turn {
                Turn::Taken(wait) => {
                    sleep(wait).await;
                    return Ok(began.elapsed());
                }
                Turn::Later(wait) if wait > left => return Err(QuotaError::TooLong { retry_after: wait }),
                Turn::Later(wait) => {
                    let jitter = Duration::from_millis(rand::rng().random_range(0..=JITTER_MS));
                    sleep(wait.saturating_sub(self.limits.ahead()) + jitter).await;
                }
            }
        }
    }

    async fn refused(&self, kind: Kind, quota_user: &str, retry_after: Option<Duration>) {
        let script = &self.state.scripts().refuse_turn;
        let mut call = self.call(script, kind, quota_user);
        call.arg(micros(self.user.tolerance(true))).arg(micros(retry_after.unwrap_or_default())).arg(quota_user);
        if let Err(error) = self.state.run::<i64>(script, &call).await {
            tracing::warn!(code = error.code(), "a refusal could not be noted");
        }
    }
}
