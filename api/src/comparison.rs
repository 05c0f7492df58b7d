//! Comparing both sides without writing.

use advosync_state::Drift as Counted;
use advosync_sync::drift::{Drift, drift};
use futures::StreamExt;

use crate::app::App;
use crate::problem::Problem;

/// Employees compared at a time: Advoware may be an office's own server.
const AT_A_TIME: usize = 2;

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
