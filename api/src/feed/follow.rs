//! Reading the feed from Redis.

use std::collections::HashMap;
use std::time::Duration;

use advosync_queue::link::LinkError;
use advosync_queue::{EventReader, Queue, redis};
use tokio_util::sync::CancellationToken;

use super::ring::Entry;
use super::{EventId, Feed};
use crate::clock::RedisClock;

/// Pause after a failed read.
const PAUSE: Duration = Duration::from_millis(500);

impl Feed {
    /// Reads everything that Redis still has, and then each event as it comes, until `shutdown`.
    pub(crate) async fn follow(&self, queue: &Queue, clock: &RedisClock, shutdown: &CancellationToken) {
        let mut reader = queue.events(Some("0-0".to_owned()));
        loop {
            let step = tokio::select! {
                () = shutdown.cancelled() => return,
                step = self.step(queue, &mut reader) => step,
            };
            match step {
                Ok(()) => drop(self.note_away(None)),
                Err(error) => {
                    if self.note_away(Some(clock.now())) {
                        tracing::warn!(code = error.code(), "the live feed can't be read; it goes on when redis is back");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn step(&self, queue: &Queue, reader: &mut EventReader) -> Result<(), LinkError> {
        let begun = self.ring().newest().is_some();
        if !begun {
            // Whoever listens from now on must not hear what was there before.
            let start = newest_in_redis(queue).await?;
            self.change(|ring| ring.begin(start));
        }
        let events = reader.next().await?;
        let key_field = &queue.settings().key_field;
        let entries = events.iter().filter_map(|event| {
            let json = event.to_json(key_field).to_string();
            Some(Entry { id: EventId::parse(&event.id)?, json: json.into() })
        });
        self.change(|ring| entries.for_each(|entry| ring.push(entry)));
        Ok(())
    }
}

async fn newest_in_redis(queue: &Queue) -> Result<EventId, LinkError> {
    let mut last = redis::cmd("XREVRANGE");
    last.arg(queue.keys().events()).arg("+").arg("-").arg("COUNT").arg(1);
    let entries: Vec<(String, HashMap<String, String>)> = queue.redis().run(&last).await?;
    Ok(entries.first().and_then(|(id, _)| EventId::parse(id)).unwrap_or_default())
}
