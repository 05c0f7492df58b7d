//! A cluster of three masters.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{RedisOptions, RedisServer};

/// How long the nodes may take to agree.
const READY: Duration = Duration::from_secs(30);
/// First and last slot of each node.
const SLOTS: [(u16, u16); 3] = [(0, 5460), (5461, 10922), (10923, 16383)];

/// Three nodes on the loopback address; killed when dropped.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts them and waits until they agree.
    ///
    /// # Errors
    /// When redis-server is missing or they do not agree.
    pub fn start() -> anyhow::Result<Self> {
        let arguments = vec!["--cluster-enabled".to_owned(), "yes".to_owned()];
        let options = RedisOptions { arguments, ..RedisOptions::default() };
        let nodes = (0..3).map(|_| RedisServer::start_with(options.clone())).collect::<Result<Vec<_>, _>>()?;
        for (node, (first, last)) in nodes.iter().zip(SLOTS) {
            redis::cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(first).arg(last).exec(&mut node.connect(0)?)?;
            redis::cmd("CLUSTER").arg("MEET").arg("127.0.0.1").arg(nodes[0].port()).exec(&mut node.connect(0)?)?;
        }
        let cluster = Self { nodes };
        let began = Instant::now();
        while !cluster.is_ready()? {
            if began.elapsed() > READY {
                bail!("the nodes do not agree");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(cluster)
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    fn is_ready(&self) -> anyhow::Result<bool> {
        for node in &self.nodes {
            let info: String = redis::cmd("CLUSTER").arg("INFO").query(&mut node.connect(0)?)?;
            if !info.contains("cluster_state:ok") || !info.contains("cluster_known_nodes:3") {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
