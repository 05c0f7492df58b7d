//! Mending what people, lost data and dead processes leave behind.

use crate::{Queue, QueueError};

/// What one round did, and where the next goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Cursors over the parked jobs and the marks; hand them to the next round.
    pub cursors: (String, String),
    /// Things mended: groups, consumers, orphans, lost jobs, trimmed dead letters.
    pub mended: u64,
}

impl Queue {
    /// One round, in one short step; every worker runs it every few seconds. Start with cursors `0`.
    ///
    /// # Errors
    /// What Redis says.
    pub async fn housekeeping(&self, cursors: &(String, String)) -> Result<Kept, QueueError> {
        let script = &self.scripts().housekeep;
        let settings = self.settings();
        let mut call = self.call(script);
        call.arg(settings.lease.as_millis() as u64)
            .arg(settings.dead_letters_kept)
            .arg(settings.dead_letter_days)
            .arg(&cursors.0)
            .arg(&cursors.1);
        let (parked, marks, mended) = self.redis().script(script, &call).await?;
        Ok(Kept { cursors: (parked, marks), mended })
    }
}
