//! A connection that one task or thread keeps to itself.

use std::{sync::Arc, time::Duration};

use redis::{Cmd, FromRedisValue, Value, aio::MultiplexedConnection};

use super::{LinkError, Script, connect::Connector, error::is_noscript};

/// A connection that says nothing for so long is half-open, however patient the settings are.
const LONGEST_SILENCE: Duration = Duration::from_secs(8);

/// One connection of its own, made when first used and again after any failure.
///
/// Meant for `XREAD BLOCK` and for the renewal thread: nothing waits behind a blocking read. A read that outlives
/// the deadline given with it, or a sibling that found the master gone, costs this connection.
#[derive(Debug)]
pub struct Dedicated {
    connector: Arc<Connector>,
    /// With the generation it was made in.
    connection: Option<(MultiplexedConnection, u64)>,
}

impl Dedicated {
    pub(crate) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, connection: None }
    }

    /// Runs one command with the client's own deadline (8 s at most), connecting included.
    ///
    /// # Errors
    /// See [`LinkError`]; after [`LinkError::Unavailable`] the next call connects anew.
    pub async fn run<T: FromRedisValue>(&mut self, cmd: &Cmd, deadline: Duration) -> Result<T, LinkError> {
        let answer = match self.within(cmd, deadline).await {
            Err(error) if error.is_redirect() => self.within(cmd, deadline).await,
            answer => answer,
        };
        Ok(redis::from_redis_value(answer?).map_err(redis::RedisError::from)?)
    }

    async fn within(&mut self, cmd: &Cmd, deadline: Duration) -> Result<Value, LinkError> {
        let generation = self.connector.generation();
        if self.connection.as_ref().is_some_and(|(_, made_in)| *made_in != generation) {
            self.connection = None;
        }
        let asked = tokio::time::timeout(deadline.min(LONGEST_SILENCE), self.exchange(cmd, generation)).await;
        let answer = asked.unwrap_or_else(|_| Err(LinkError::deadline()));
        if let Err(error) = &answer
            && error.breaks_connection()
        {
            self.connector.retire(generation, error);
            self.connection = None;
        }
        answer
    }

    /// Runs a script's call; loads the script where Redis does not know it.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn script<T: FromRedisValue>(&mut self, script: &Script, call: &Cmd, deadline: Duration) -> Result<T, LinkError> {
        match self.run(call, deadline).await {
            Err(LinkError::Refused(error)) if is_noscript(&error) => {
                let _: Value = self.run(&script.load_command(), deadline).await?;
                self.run(call, deadline).await
            }
            answer => answer,
        }
    }

    async fn exchange(&mut self, cmd: &Cmd, generation: u64) -> Result<Value, LinkError> {
        let (connection, _) = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert((self.connector.connect(None).await?, generation)),
        };
        Ok(cmd.query_async(connection).await?)
    }
}
