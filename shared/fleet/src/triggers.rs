//! What people and pushes ask for.

use advosync_queue::link::LinkError;
use advosync_queue::{DeadFilter, DeadLetter, Origin, Queue, QueueError, Trigger, Triggered};
use advosync_sync::plan::HeldItem;
use advosync_telemetry::semconv::{send_span, sent, sent_together};
use advosync_telemetry::traceparent_of;
use tracing::Span;

use crate::Fleet;

impl Fleet {
    /// Asks for a run of one employee, or of everybody for `ALL`.
    ///
    /// # Errors
    /// Where Redis is away or full.
    pub async fn trigger(&self, trigger: Trigger) -> Result<Triggered, QueueError> {
        send(self.queue(), trigger).await
    }

    /// Runs the job of a dead letter again, for `who`.
    ///
    /// # Errors
    /// As [`Queue::requeue_dead`].
    pub async fn requeue(&self, letter: &DeadLetter, who: &str) -> Result<Triggered, QueueError> {
        let (asker, span) = sending(self.queue(), person(&letter.key, who));
        let triggered = self.queue().requeue_dead(&letter.id, &asker).await?;
        sent(&span, &triggered.run_id, &triggered.follows);
        Ok(triggered)
    }

    /// Runs the jobs of all dead letters that match again, for `who`; answers how many.
    ///
    /// # Errors
    /// As [`Queue::requeue_all_dead`].
    pub async fn requeue_all(&self, filter: &DeadFilter, who: &str) -> Result<usize, QueueError> {
        let span = send_span("jobs:employee:urgent", "", None);
        let asker = Trigger { traceparent: traceparent_of(&span), ..person("", who) };
        let requeued = self.queue().requeue_all_dead(filter, &asker).await?;
        sent_together(&span, requeued.len(), requeued.iter().flat_map(|triggered| &triggered.follows));
        Ok(requeued.len())
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
        let triggered = self.trigger(person(kuerzel, who)).await?;
        Ok((released, Some(triggered)))
    }
}

fn person(kuerzel: &str, who: &str) -> Trigger {
    Trigger { requested_by: Some(who.to_owned()), ..Trigger::new(kuerzel, Origin::Person) }
}

/// Sends a trigger in a span of its own, which the job's work becomes a child of.
pub(crate) async fn send(queue: &Queue, trigger: Trigger) -> Result<Triggered, QueueError> {
    let (trigger, span) = sending(queue, trigger);
    let triggered = queue.trigger(&trigger).await?;
    sent(&span, &triggered.run_id, &triggered.follows);
    Ok(triggered)
}

fn sending(queue: &Queue, trigger: Trigger) -> (Trigger, Span) {
    let all = trigger.key == queue.settings().all_key;
    let stream = match (all, trigger.urgent) {
        (true, _) => "jobs:all",
        (false, true) => "jobs:employee:urgent",
        (false, false) => "jobs:employee",
    };
    let span = send_span(stream, "", (!all).then_some(trigger.key.as_str()));
    (Trigger { traceparent: traceparent_of(&span).or(trigger.traceparent), ..trigger }, span)
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
