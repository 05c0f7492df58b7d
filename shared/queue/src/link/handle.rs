//! The handle that everything short goes through.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use redis::{Cmd, FromRedisValue, Pipeline, RedisResult, Value, aio::MultiplexedConnection};
use tokio::sync::Mutex;

use super::{Dedicated, LinkError, RedisSettings, Script, bulk::Bulk, connect::Connector, error::is_noscript};

/// Connections for short commands; each carries any number of commands at a time.
const LINES: usize = 4;

/// A cheap, clonable handle to one Redis database.
///
/// Each command has a deadline, connecting included. A connection that missed it, or that was
/// answered like a demoted, loading or lost master, is dropped together with all its siblings (those of blocking
/// readers and threads too), and the master is resolved anew for the next command.
#[derive(Debug, Clone)]
pub struct Redis {
    lines: Arc<Lines>,
    bulk: Bulk,
}

#[derive(Debug)]
struct Lines {
    connector: Arc<Connector>,
    slots: [Mutex<Option<Line>>; LINES],
    next: AtomicUsize,
}

/// A shared connection and the generation it was made in.
#[derive(Debug, Clone)]
struct Line {
    connection: MultiplexedConnection,
    generation: u64,
}

impl Redis {
    /// Prepares the handle; connects only when it is first used.
    ///
    /// # Errors
    /// When the file of the certificate authority cannot be read.
    pub fn new(settings: RedisSettings) -> Result<Self, std::io::Error> {
        let connector = Arc::new(Connector::new(settings)?);
        let slots = Default::default();
        let bulk = Bulk::new(Arc::clone(&connector));
        let lines = Lines { connector, slots, next: AtomicUsize::new(0) };
        Ok(Self { lines: Arc::new(lines), bulk })
    }

    /// The deadline of each short command.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.lines.connector.settings.timeout
    }

    /// Runs one command.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn run<T: FromRedisValue>(&self, cmd: &Cmd) -> Result<T, LinkError> {
        read(self.exchange(cmd).await?)
    }

    /// Runs a pipeline (atomic where the pipeline says so) in one round trip.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn pipe<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, LinkError> {
        self.within(async |connection| pipeline.query_async(connection).await).await
    }

    /// Runs a pipeline whose answer may be large, on a connection that nobody waits behind.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn pipe_large<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, LinkError> {
        self.bulk.pipe(pipeline).await
    }

    /// Runs a script's call as made by [`Script::call`]; loads the script where Redis does not
    /// know it.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn script<T: FromRedisValue>(&self, script: &Script, call: &Cmd) -> Result<T, LinkError> {
        match self.exchange(call).await {
            Err(LinkError::Refused(error)) if is_noscript(&error) => {
                self.exchange(&script.load_command()).await?;
                read(self.exchange(call).await?)
            }
            answer => read(answer?),
        }
    }

    /// Redis's own clock, in milliseconds since 1970.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn time_ms(&self) -> Result<u64, LinkError> {
        let (seconds, micros): (u64, u64) = self.run(&redis::cmd("TIME")).await?;
        Ok(seconds * 1000 + micros / 1000)
    }

    /// A connection of its own, for blocking reads and for threads of their own.
    #[must_use]
    pub fn dedicated(&self) -> Dedicated {
        Dedicated::new(Arc::clone(&self.lines.connector))
    }

    async fn exchange(&self, cmd: &Cmd) -> Result<Value, LinkError> {
        match self.within(async |connection| cmd.query_async(connection).await).await {
            Err(error) if error.is_redirect() => self.within(async |connection| cmd.query_async(connection).await).await,
            answer => answer,
        }
    }

    /// Connects if need be and asks, all until the deadline. Retires the connections when the
    /// answer never came or came from no master.
    async fn within<T>(&self, ask: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>) -> Result<T, LinkError> {
        let generation = self.lines.connector.generation();
        let asked = async {
            let mut connection = self.lines.pick().await?;
            ask(&mut connection).await.map_err(LinkError::from)
        };
        let answer = tokio::time::timeout(self.timeout(), asked).await.unwrap_or_else(|_| Err(LinkError::deadline()));
        if let Err(error) = &answer
            && error.breaks_connection()
        {
            self.lines.connector.retire(generation, error);
        }
        answer
    }
}

impl Lines {
    /// The next connection in turn, made anew if it is outdated.
    async fn pick(&self) -> Result<MultiplexedConnection, LinkError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % LINES;
        let mut slot = self.slots[turn].lock().await;
        let generation = self.connector.generation();
        if let Some(line) = &*slot
            && line.generation == generation
        {
            return Ok(line.connection.clone());
        }
        *slot = None;
        let connection = self.connector.connect(Some(self.connector.settings.timeout)).await?;
        *slot = Some(Line { connection: connection.clone(), generation });
        Ok(connection)
    }
}

fn read<T: FromRedisValue>(value: Value) -> Result<T, LinkError> {
    Ok(redis::from_redis_value(value).map_err(redis::RedisError::from)?)
}
