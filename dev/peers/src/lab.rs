//! The one redis-server of a run, and what can be read off it and off this process.

use std::fs;
use std::time::Duration;

use advosync_testkit::RedisServer;
use anyhow::Context;

/// Clock ticks in a second, as `/proc` counts them.
const TICKS: f64 = 100.0;

/// A redis-server without persistence, until the append-only file is switched on.
#[derive(Debug)]
pub(crate) struct Lab {
    server: RedisServer,
}

/// CPU seconds so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cpu {
    pub(crate) client: f64,
    pub(crate) redis: f64,
}

impl Cpu {
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { client: self.client - earlier.client, redis: self.redis - earlier.redis }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { client: self.client + other.client, redis: self.redis + other.redis }
    }
}

impl Lab {
    pub(crate) fn start() -> anyhow::Result<Self> {
        Ok(Self { server: RedisServer::start()? })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url(0)
    }

    pub(crate) fn ask<T: advosync_queue::redis::FromRedisValue>(&self, command: &str) -> anyhow::Result<T> {
        let mut parts = command.split(' ');
        let mut cmd = advosync_queue::redis::cmd(parts.next().unwrap_or_default());
        for part in parts {
            cmd.arg(part);
        }
        Ok(cmd.query(&mut self.server.connect(0)?)?)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) -> anyhow::Result<()> {
        self.ask("FLUSHALL SYNC")
    }

    /// Switches the append-only file on, synced every second, and waits until it is being written.
    pub(crate) fn append_only(&self) -> anyhow::Result<()> {
        self.ask::<()>("CONFIG SET appendfsync everysec")?;
        self.ask::<()>("CONFIG SET appendonly yes")?;
        while self.info("persistence", "aof_rewrite_in_progress")? != "0" {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(crate) fn version(&self) -> anyhow::Result<String> {
        self.info("server", "redis_version")
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        Ok(self.info("memory", "used_memory")?.parse()?)
    }

    fn info(&self, section: &str, name: &str) -> anyhow::Result<String> {
        let info: String = self.ask(&format!("INFO {section}"))?;
        let found = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Ok(found.with_context(|| format!("INFO {section} has no {name}"))?.trim().to_owned())
    }

    pub(crate) fn cpu(&self) -> anyhow::Result<Cpu> {
        let redis = self.server.process_id().context("redis-server is not running")?.to_string();
        Ok(Cpu { client: cpu_of("self")?, redis: cpu_of(&redis)? })
    }
}

fn cpu_of(process: &str) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may hold blanks; user and system time are the 12th and 13th field after it.
    let (_, fields) = stat.rsplit_once(')').context("/proc is not as it should be")?;
    let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}
