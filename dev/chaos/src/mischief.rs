//! What is done to the fleet and to Redis.

use std::collections::BTreeMap;
use std::time::Duration;

use advosync_testkit::{RedisServer, Signal, signal};
use rand::RngExt;
use rand::rngs::StdRng;

use crate::fleet::Fleet;
use crate::ledger::now_us;
use crate::proxy::Proxy;
use crate::worker::LEASE;

/// One kind of mischief.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mischief {
    KillWorker,
    PauseWorker,
    DrainWorker,
    CutConnections,
    StallConnections,
    DeafenConnections,
    KillClients,
    PauseRedis,
    RestartRedis,
    EmptyRedis,
    FlushRedis,
}

impl Mischief {
    /// In the order of the table, with how often each comes, of 100.
    pub(crate) const ALL: [(Self, u32, &'static str); 11] = [
        (Self::KillWorker, 24, "worker killed (kill -9)"),
        (Self::PauseWorker, 14, "worker paused for up to three leases (SIGSTOP, SIGCONT)"),
        (Self::DrainWorker, 16, "worker replaced (SIGTERM)"),
        (Self::CutConnections, 8, "all connections cut"),
        (Self::StallConnections, 8, "all connections stalled"),
        (Self::DeafenConnections, 6, "all connections half-open: no answer, no end"),
        (Self::KillClients, 6, "CLIENT KILL"),
        (Self::PauseRedis, 4, "Redis paused (SIGSTOP, SIGCONT)"),
        (Self::RestartRedis, 6, "Redis killed (kill -9), restarted with its data"),
        (Self::EmptyRedis, 4, "Redis killed (kill -9), restarted empty"),
        (Self::FlushRedis, 4, "FLUSHALL"),
    ];

    fn draw(rng: &mut StdRng) -> Self {
        let mut number = rng.random_range(0..Self::ALL.iter().map(|(_, weight, _)| weight).sum());
        for (mischief, weight, _) in Self::ALL {
            if number < weight {
                return mischief;
            }
            number -= weight;
        }
        Self::KillWorker
    }

    fn loses_data(self) -> bool {
        matches!(self, Self::EmptyRedis | Self::FlushRedis)
    }
}

/// Everything that mischief is done to, and what was done.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) redis: RedisServer,
    pub(crate) proxy: Proxy,
    pub(crate) fleet: Fleet,
    pub(crate) done: BTreeMap<Mischief, u32>,
    /// When Redis lost its data: from, to, in microseconds since 1970.
    pub(crate) losses: Vec<(u64, u64)>,
}

impl Scene {
    /// Does one thing and lets it last. Data are lost only while `may_lose`.
    pub(crate) async fn act(&mut self, rng: &mut StdRng, may_lose: bool) -> anyhow::Result<()> {
        let mischief = Mischief::draw(rng);
        if mischief.loses_data() && !may_lose {
            return Ok(());
        }
        let (which, from_us) = (rng.random_range(0..self.fleet.len()), now_us());
        match mischief {
            Mischief::KillWorker => self.fleet.kill(which)?,
            Mischief::DrainWorker => self.fleet.replace(which)?,
            Mischief::PauseWorker => {
                let process = self.fleet.process(which);
                signal(process, Signal::Stop)?;
                tokio::time::sleep(LEASE.mul_f64(rng.random_range(0.1..3.0))).await;
                signal(process, Signal::Cont)?;
            }
            Mischief::CutConnections => self.proxy.cut(),
            Mischief::DeafenConnections => self.proxy.deafen(),
            Mischief::StallConnections => {
                self.proxy.stall(true);
                tokio::time::sleep(Duration::from_millis(rng.random_range(100..5_000))).await;
                self.proxy.stall(false);
            }
            Mischief::KillClients => self.order(redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal"))?,
            Mischief::PauseRedis => {
                self.redis.pause()?;
                tokio::time::sleep(Duration::from_millis(rng.random_range(100..4_000))).await;
                self.redis.resume()?;
            }
            Mischief::RestartRedis => {
                self.redis.kill()?;
                tokio::time::sleep(Duration::from_millis(rng.random_range(0..2_000))).await;
                self.redis.restart()?;
            }
            Mischief::EmptyRedis => self.redis.restart_empty()?,
            Mischief::FlushRedis => self.order(&mut redis::cmd("FLUSHALL"))?,
        }
        if mischief.loses_data() {
            self.losses.push((from_us, now_us()));
        }
        *self.done.entry(mischief).or_default() += 1;
        self.fleet.look()
    }

    fn order(&self, command: &mut redis::Cmd) -> anyhow::Result<()> {
        // The order's own connection may be among those that are killed.
        let _ = command.exec(&mut self.redis.connect(0)?);
        Ok(())
    }
}
