//! Comparing both sides without writing.

use std::time::Duration;

use advosync_state::Drift as Counted;
use advosync_sync::drift::{Drift, drift};
use chrono::NaiveTime;
use chrono_tz::Europe::Berlin;
use futures::StreamExt;

use crate::app::App;
use crate::problem::Problem;

/// Employees compared at a time: Advoware may be an office's own server.
const AT_A_TIME: usize = 2;

/// How often the clock is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// The night in Berlin: after the nightly run, before the first people come.
const NIGHT: std::ops::Range<NaiveTime> = NaiveTime::from_hms_opt(4, 30, 0).unwrap()..NaiveTime::from_hms_opt(6, 0, 0).unwrap();

fn is_night(time: NaiveTime) -> bool {
    NIGHT.contains(&time)
}

impl App {
    /// Compares both sides of one employee now, and keeps what was found in numbers.
    pub(crate) async fn compare(&self, kuerzel: &str) -> Result<Drift, Problem> {
        let look = self.fleet().look(kuerzel).await?;
        let found = drift(&look.loaded, &look.task);
        let counted = Counted {
            checked_at: self.now(),
            missing: found.missing.len(),
            extra: found.extra.len(),
            different: found.different.len(),
        };
        self.ask(self.fleet().reports().put_drift(None, kuerzel, &counted)).await?;
        Ok(found)
    }

    /// Compares everybody once a night, whichever api comes first, until the shutdown.
    pub(crate) async fn compare_nightly(&self) {
        loop {
            tokio::select! {
                () = self.shutdown().cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let now = self.now().with_timezone(&Berlin);
            if !is_night(now.time()) {
                continue;
            }
            match self.fleet().reports().claim_night(now.date_naive()).await {
                Ok(true) => {}
                Ok(false) | Err(_) => continue,
            }
            let Ok(Some(known)) = self.fleet().known_employees().await else { continue };
            tracing::info!(employees = known.synchronised.len(), "both sides are compared, as every night");
            self.compare_all(known.synchronised.into_iter().collect()).await;
        }
    }

    /// Compares everybody, some at a time; what can't be compared is told in the log.
    pub(crate) async fn compare_all(&self, employees: Vec<String>) {
        let compare = |kuerzel: String| async move {
            if let Err(problem) = self.compare(&kuerzel).await {
                tracing::warn!(kuerzel, problem = problem.slug(), "the two sides could not be compared");
            }
        };
        futures::stream::iter(employees).for_each_concurrent(AT_A_TIME, compare).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_after_the_nightly_run_and_before_the_morning() {
        let at = |hour, minute| is_night(NaiveTime::from_hms_opt(hour, minute, 0).unwrap());
        assert_eq!([at(4, 29), at(4, 30), at(5, 59), at(6, 0), at(16, 45)], [false, true, true, false, false]);
    }
}
