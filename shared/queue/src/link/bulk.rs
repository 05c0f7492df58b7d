//! Connections for large transfers.
//!
//! A multiplexed connection answers in turn: some megabytes on it would hold up every lease and claim behind
//! them. What is large goes over a pooled connection that is nobody else's for as long as it takes.

use std::sync::{Arc, OnceLock};

use bb8_redis::bb8::{ManageConnection, Pool, RunError};
use redis::{FromRedisValue, Pipeline, aio::MultiplexedConnection};

use super::{LinkError, connect::Connector};

/// More large transfers than this at a time wait for each other.
const CONNECTIONS: u32 = 8;

/// A pool of connections that are used by one caller at a time; it is made at the first use, which is surely
/// within a runtime.
#[derive(Debug, Clone)]
pub(super) struct Bulk {
    connector: Arc<Connector>,
    pool: Arc<OnceLock<Pool<Manager>>>,
}

#[derive(Debug)]
struct Manager {
    connector: Arc<Connector>,
}

/// A pooled connection, and whether it must not be used again.
#[derive(Debug)]
struct Pooled {
    connection: MultiplexedConnection,
    broken: bool,
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = LinkError;

    async fn connect(&self) -> Result<Pooled, LinkError> {
        let connection = self.connector.connect(Some(self.connector.settings.timeout)).await?;
        Ok(Pooled { connection, broken: false })
    }

    async fn is_valid(&self, pooled: &mut Pooled) -> Result<(), LinkError> {
        redis::cmd("PING").exec_async(&mut pooled.connection).await.map_err(LinkError::from)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.broken
    }
}

impl Bulk {
    pub(super) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, pool: Arc::default() }
    }

    fn pool(&self) -> &Pool<Manager> {
        self.pool.get_or_init(|| {
            Pool::builder()
                .max_size(CONNECTIONS)
                .connection_timeout(self.connector.settings.timeout)
                .retry_connection(false)
                .build_unchecked(Manager { connector: Arc::clone(&self.connector) })
        })
    }

    pub(super) async fn pipe<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, LinkError> {
        let mut pooled = self.pool().get().await.map_err(|error| match error {
            RunError::User(error) => error,
            RunError::TimedOut => LinkError::deadline(),
        })?;
        let answer = pipeline.query_async(&mut pooled.connection).await.map_err(LinkError::from);
        pooled.broken = answer.as_ref().is_err_and(LinkError::breaks_connection);
        answer
    }
}
