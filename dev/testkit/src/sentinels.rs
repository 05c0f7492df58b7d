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

/// Name under which the sentinels watch the master.
const NAME: &str = "watched";
/// How long replication and the sentinels' acquaintance may take.
const READY: Duration = Duration::from_secs(30);

/// All killed when dropped.
#[derive(Debug)]
pub struct Sentinels {
    master: RedisServer,
    replica: RedisServer,
    sentinels: Vec<(u16, Child)>,
    _directory: TempDir,
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
        let directory = tempfile::tempdir()?;
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            sentinels.push(start_sentinel(&directory, master.port())?);
        }
        for (port, _) in &sentinels {
            await_that("the sentinels know each other", || {
                let url = format!("redis://127.0.0.1:{port}/");
                let Ok(mut connection) = redis::Client::open(url)?.get_connection() else {
                    return Ok(false);
                };
                let info: String = redis::cmd("INFO").arg("sentinel").query(&mut connection)?;
                Ok(info.contains("status=ok") && info.contains("slaves=1") && info.contains("sentinels=3"))
            })?;
        }
        Ok(Self { master, replica, sentinels, _directory: directory })
    }

    /// Host and port of each sentinel.
    #[must_use]
    pub fn nodes(&self) -> Vec<(String, u16)> {
        self.sentinels.iter().map(|(port, _)| ("127.0.0.1".to_owned(), *port)).collect()
    }

    /// Name of the master.
    #[must_use]
    pub fn name(&self) -> &'static str {
        NAME
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

impl Drop for Sentinels {
    fn drop(&mut self) {
        for (_, process) in &mut self.sentinels {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn start_sentinel(directory: &TempDir, master: u16) -> anyhow::Result<(u16, Child)> {
    let port = free_port()?;
    let file = directory.path().join(format!("sentinel-{port}.conf"));
    let settings = format!(
        "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {NAME} 127.0.0.1 {master} 2\n\
         sentinel down-after-milliseconds {NAME} 1000\nsentinel failover-timeout {NAME} 5000\n",
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
    Ok((port, process))
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
