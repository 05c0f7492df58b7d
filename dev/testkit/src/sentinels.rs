//! A master with a replica, watched by three sentinels.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::{RedisOptions, RedisServer, free_port};

/// How long replication and the sentinels' acquaintance may take.
const READY: Duration = Duration::from_secs(30);

/// All killed when dropped.
#[derive(Debug)]
pub struct Sentinels {
    master: RedisServer,
    replica: RedisServer,
    sentinels: Vec<Sentinel>,
}

impl Sentinels {
    /// Starts them and waits until a failover would succeed.
    ///
    /// # Errors
    /// When a program is missing or they do not come to terms.
    pub fn start() -> anyhow::Result<Self> {
        let master = RedisServer::start()?;
        let follow = vec!["--replicaof".to_owned(), "127.0.0.1".to_owned(), master.port().to_string()];
        let replica = RedisServer::start_with(RedisOptions { arguments: follow, ..RedisOptions::default() })?;
        await_that("the replica is in sync", || Ok(info(&replica, "replication")?.contains("master_link_status:up")))?;
        let sentinels = (0..3).map(|_| Sentinel::watch(master.port())).collect::<Result<Vec<_>, _>>()?;
        for sentinel in &sentinels {
            await_that("the sentinels know each other", || {
                let info = sentinel.info();
                Ok(info.contains("status=ok") && info.contains("slaves=1") && info.contains("sentinels=3"))
            })?;
        }
        Ok(Self { master, replica, sentinels })
    }

    /// Host and port of each sentinel.
    #[must_use]
    pub fn nodes(&self) -> Vec<(String, u16)> {
        self.sentinels.iter().map(Sentinel::node).collect()
    }

    /// Name of the master.
    #[must_use]
    pub fn name(&self) -> &'static str {
        Sentinel::MASTER
    }

    /// Kills the master; the sentinels promote the replica.
    ///
    /// # Errors
    /// When its end cannot be awaited.
    pub fn kill_master(&mut self) -> anyhow::Result<()> {
        self.master.kill()
    }

    /// The server that is promoted after the master's death.
    #[must_use]
    pub fn replica(&self) -> &RedisServer {
        &self.replica
    }
}

/// One sentinel; killed when dropped. It needs a second one to fail over.
#[derive(Debug)]
pub struct Sentinel {
    port: u16,
    process: Child,
    _directory: TempDir,
}

impl Sentinel {
    /// Name under which it watches its master.
    pub const MASTER: &str = "watched";

    /// Starts one that takes the server on `master` for the master, whether it is there or not.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn watch(master: u16) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let port = free_port()?;
        let file = directory.path().join("sentinel.conf");
        let name = Self::MASTER;
        let settings = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {name} 127.0.0.1 {master} 2\n\
             sentinel down-after-milliseconds {name} 1000\nsentinel failover-timeout {name} 5000\n",
            directory.path().display()
        );
        fs::write(&file, settings)?;
        let process = Command::new("redis-server")
            .arg(&file)
            .arg("--sentinel")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("redis-server cannot be run")?;
        let sentinel = Self { port, process, _directory: directory };
        await_that("the sentinel answers", || Ok(sentinel.info().contains("sentinel_masters:1")))?;
        Ok(sentinel)
    }

    /// Its host and port.
    #[must_use]
    pub fn node(&self) -> (String, u16) {
        ("127.0.0.1".to_owned(), self.port)
    }

    /// What it knows; empty while it does not answer.
    fn info(&self) -> String {
        let ask = || -> redis::RedisResult<String> {
            let client = redis::Client::open(format!("redis://127.0.0.1:{}/", self.port))?;
            redis::cmd("INFO").arg("sentinel").query(&mut client.get_connection()?)
        };
        ask().unwrap_or_default()
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn info(server: &RedisServer, section: &str) -> anyhow::Result<String> {
    Ok(redis::cmd("INFO").arg(section).query(&mut server.connect(0)?)?)
}

fn await_that(what: &str, condition: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let began = Instant::now();
    while !condition()? {
        if began.elapsed() > READY {
            bail!("not within {READY:?}: {what}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
