//! A connection that one task or thread keeps to itself.

use std::{sync::Arc, time::Duration};

use redis::{Cmd, FromRedisValue, Value, aio::MultiplexedConnection};

use super::{LinkError, Script, connect::Connector, error::is_noscript};

/// One connection of its own, made when first used and again after any failure.
///
/// Meant for `XREAD BLOCK` and for the renewal thread: nothing waits behind a blocking read, and
/// a read that outlives the deadline given with it costs only this connection.
#[derive(Debug)]
pub struct Dedicated {
    connector: Arc<Connector>,
    connection: Option<MultiplexedConnection>,
}

impl Dedicated {
    pub(crate) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, connection: None }
    }

    /// Runs one command with the client's own deadline, connecting included.
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
        let asked = tokio::time::timeout(deadline, self.exchange(cmd)).await;
        let answer = asked.unwrap_or_else(|_| Err(LinkError::deadline()));
        if let Err(error) = &answer
            && error.breaks_connection()
        {
            self.connector.learn_from(error);
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

    async fn exchange(&mut self, cmd: &Cmd) -> Result<Value, LinkError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.connector.connect(None).await?),
        };
        Ok(cmd.query_async(connection).await?)
    }
}
