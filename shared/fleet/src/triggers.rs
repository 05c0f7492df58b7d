//! What people and pushes ask for.

use advosync_queue::link::LinkError;
use advosync_queue::{Origin, QueueError, Trigger, Triggered};
use advosync_sync::plan::HeldItem;
use advosync_telemetry::semconv::send_span;

use crate::Fleet;

impl Fleet {
    /// Asks for a run of one employee, or of everybody for `ALL`.
    ///
    /// # Errors
    /// Where Redis is away or full.
    pub async fn trigger(&self, trigger: Trigger) -> Result<Triggered, QueueError> {
        let all = trigger.key == self.queue().settings().all_key;
        let stream = match (all, trigger.urgent) {
            (true, _) => "jobs:all",
            (false, true) => "jobs:employee:urgent",
            (false, false) => "jobs:employee",
        };
        let span = send_span(stream, "", (!all).then_some(trigger.key.as_str()));
        let traceparent = advosync_telemetry::traceparent_of(&span).or(trigger.traceparent);
        let triggered = self.queue().trigger(&Trigger { traceparent, ..trigger }).await;
        if let Ok(triggered) = &triggered {
            span.record(advosync_telemetry::semconv::MESSAGING_CONVERSATION_ID, triggered.run_id.as_str());
        }
        triggered
    }

    /// Lets held items of an employee go, all or a selection, and asks for the run that carries them out.
    ///
    /// # Errors
    /// Where Redis is away.
    pub async fn release(
        &self,
        kuerzel: &str,
        who: &str,
        selection: Option<&[HeldItem]>,
    ) -> Result<(Vec<HeldItem>, Option<Triggered>), ReleaseError> {
        let released = self.held().release(kuerzel, who, selection).await?;
        if released.is_empty() {
            return Ok((released, None));
        }
        let trigger = Trigger { requested_by: Some(who.to_owned()), ..Trigger::new(kuerzel, Origin::Person) };
        let triggered = self.trigger(trigger).await?;
        Ok((released, Some(triggered)))
    }
}

/// A release that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The list can't be changed.
    #[error("the held items can't be changed")]
    Link(#[from] LinkError),
    /// They are released, and the next run will carry them out; it could not be asked for.
    #[error("the run can't be asked for")]
    Queue(#[from] QueueError),
}
