//! The processes that the demonstration starts, and ends.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

/// How long a process may take to end by itself.
const GRACE: Duration = Duration::from_secs(8);

/// A process of ours; killed when dropped.
pub(crate) struct Process {
    pub(crate) name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `program`, its output going to a file of its own below `folder`.
    pub(crate) fn start(
        program: &Path,
        args: &[String],
        name: &str,
        env: &[(String, String)],
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log)?;
        let child = Command::new(program)
            .args(args)
            .envs(env.iter().cloned())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} can't be started", program.display()))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Fails where the process has ended already, with the last lines that it wrote.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(12).collect();
        let last: Vec<&str> = lines.into_iter().rev().collect();
        bail!("{} ended with {status}:\n{}", self.name, last.join("\n"))
    }

    /// Ends the process as `kill -9` does.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks the process to end, and waits for it.
    pub(crate) async fn stop(mut self) {
        if let Some(pid) = self.child.id() {
            let _ = Command::new("kill").arg("-TERM").arg(pid.to_string()).status().await;
        }
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// A port that is free now; `wanted` where that one is.
pub(crate) fn free_port(wanted: u16) -> anyhow::Result<u16> {
    for port in [wanted, 0] {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return Ok(listener.local_addr()?.port());
        }
    }
    bail!("no port of 127.0.0.1 is free")
}

/// A sibling of this program.
pub(crate) fn sibling(name: &str) -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let path = here.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        bail!("{} is missing beside {}: build everything with `cargo build --release`", name, here.display());
    }
    Ok(path)
}

/// A Redis of our own, without persistence.
pub(crate) async fn start_redis(folder: &Path) -> anyhow::Result<(Process, SocketAddr)> {
    let port = free_port(0)?;
    let args = ["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let mut redis = Process::start(Path::new("redis-server"), &args, "redis-server", &[], folder)
        .context("install it first: `apt-get install redis-server`, or `brew install redis`")?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let deadline = Instant::now() + Duration::from_secs(10);
    while tokio::net::TcpStream::connect(address).await.is_err() {
        redis.check()?;
        anyhow::ensure!(Instant::now() < deadline, "redis-server does not answer on {address}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok((redis, address))
}
