//! Waiting for work without polling.

use std::time::Duration;

use redis::{Cmd, Value};

use crate::{
    Queue,
    link::{Dedicated, LinkError},
    protocol::WaitFrom,
};

/// The blocking read never blocks longer: a lost wake-up, a job delayed by another worker and a
/// dead worker's job are all found by the claim that follows it.
const LONGEST_BLOCK: Duration = Duration::from_secs(1);

/// Reads without a group: it only wakes, the claim takes.
pub(crate) async fn wait_for_work(queue: &Queue, connection: &mut Dedicated, from: &WaitFrom) -> Result<(), LinkError> {
    let block = from.next_due_in_ms.map_or(LONGEST_BLOCK, |due| Duration::from_millis(due.max(1)).min(LONGEST_BLOCK));
    let deadline = block + queue.redis().timeout();
    let _: Value = connection.run(&blocking_read(queue, from, block), deadline).await?;
    Ok(())
}

fn blocking_read(queue: &Queue, from: &WaitFrom, block: Duration) -> Cmd {
    let keys = queue.keys();
    let mut read = redis::cmd("XREAD");
    read.arg("COUNT").arg(1).arg("BLOCK").arg(block.as_millis() as u64).arg("STREAMS");
    read.arg(keys.all()).arg(keys.urgent()).arg(keys.mass()).arg(keys.wake());
    for id in &from.last_ids {
        read.arg(id);
    }
    read
}
