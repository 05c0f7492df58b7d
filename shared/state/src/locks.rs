//! Short locks that end by themselves.

use std::time::Duration;

use advosync_queue::link::LinkError;

use crate::State;

impl State {
    /// Takes a lock for at most `ttl`; whether it was free. `value` tells its holder from all others.
    pub(crate) async fn try_lock(&self, key: &str, value: &str, ttl: Duration) -> Result<bool, LinkError> {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(value).arg("NX").arg("PX").arg(ttl.as_millis().max(1) as u64);
        let answer: Option<String> = self.redis().run(&set).await?;
        Ok(answer.is_some())
    }

    /// Gives a lock back, if it is still held by `value`.
    pub(crate) async fn unlock(&self, key: &str, value: &str) -> Result<(), LinkError> {
        let script = &self.scripts().unlock;
        let mut call = script.call(&[key]);
        call.arg(value);
        self.run::<i64>(script, &call).await.map(drop)
    }
}
