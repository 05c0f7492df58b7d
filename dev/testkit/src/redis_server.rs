//! A redis-server of the test's own.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::{Signal, free_port, signal, tls::Tls};

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(10);

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub struct RedisOptions {
    /// Keep data in an append-only file, written at once.
    pub append_only: bool,
    /// Speak TLS too, on a port of its own.
    pub tls: bool,
    /// Further arguments, as on the command line.
    pub arguments: Vec<String>,
}

/// A redis-server on a free port of the loopback address; killed when dropped.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    options: RedisOptions,
    directory: TempDir,
    tls: Option<Tls>,
    process: Option<Child>,
}

impl RedisServer {
    /// A server without persistence.
    ///
    /// # Errors
    /// When redis-server is missing or does not answer.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(RedisOptions::default())
    }

    /// A server with these options.
    ///
    /// # Errors
    /// When redis-server is missing or does not answer.
    pub fn start_with(options: RedisOptions) -> anyhow::Result<Self> {
        let mut last = anyhow::anyhow!("never tried");
        // Another process may take the port in between.
        for _ in 0..5 {
            let mut server = Self {
                port: free_port()?,
                options: options.clone(),
                directory: tempfile::tempdir()?,
                tls: options.tls.then(Tls::new).transpose()?,
                process: None,
            };
            match server.launch() {
                Ok(()) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address with a database number.
    #[must_use]
    pub fn url(&self, db: u8) -> String {
        format!("redis://127.0.0.1:{}/{db}", self.port)
    }

    /// The TLS port and the PEM file of the authority that signed its certificate.
    #[must_use]
    pub fn tls(&self) -> Option<(u16, &Path)> {
        self.tls.as_ref().map(|tls| (tls.port, tls.authority.as_path()))
    }

    /// The folder it works in.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Its process id; none while it is killed.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Ends it without a farewell.
    ///
    /// # Errors
    /// When its end cannot be awaited.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Starts it again on the same port, with what its append-only file holds.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.kill()?;
        self.launch()
    }

    /// Starts it again on the same port without any data.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn restart_empty(&mut self) -> anyhow::Result<()> {
        self.kill()?;
        self.directory = tempfile::tempdir()?;
        self.launch()
    }

    /// Lets it hang: connections stay open, nothing answers.
    ///
    /// # Errors
    /// When it is not running.
    pub fn pause(&self) -> anyhow::Result<()> {
        signal(self.process_id().context("not running")?, Signal::Stop)
    }

    /// Wakes it.
    ///
    /// # Errors
    /// When it is not running.
    pub fn resume(&self) -> anyhow::Result<()> {
        signal(self.process_id().context("not running")?, Signal::Cont)
    }

    /// A plain connection for looking and for meddling.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn connect(&self, db: u8) -> anyhow::Result<redis::Connection> {
        Ok(redis::Client::open(self.url(db))?.get_connection_with_timeout(Duration::from_secs(2))?)
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let append_only = if self.options.append_only { "yes" } else { "no" };
        let process = Command::new("redis-server")
            .args(["--save", "", "--bind", "127.0.0.1"])
            .args(["--port", &self.port.to_string()])
            .args(["--appendonly", append_only, "--appendfsync", "always"])
            .arg("--dir")
            .arg(self.directory.path())
            .args(self.tls.iter().flat_map(Tls::arguments))
            .args(&self.options.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("redis-server cannot be run")?;
        self.process = Some(process);
        self.await_answer()
    }

    fn await_answer(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while began.elapsed() < START {
            if let Some(process) = &mut self.process
                && process.try_wait()?.is_some()
            {
                bail!("redis-server ended at once");
            }
            if self.answers() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(2));
        }
        bail!("redis-server does not answer")
    }

    /// Whether it, and not another process on its port, answers. A server that asks for a
    /// password counts as answering.
    fn answers(&self) -> bool {
        match self.connect(0) {
            Ok(mut connection) => redis::cmd("CONFIG")
                .arg("GET")
                .arg("dir")
                .query::<Vec<String>>(&mut connection)
                .is_ok_and(|pair| pair.last().is_some_and(|dir| Path::new(dir) == self.real_directory())),
            Err(_) => self.needs_more_than_tcp() && std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
        }
    }

    fn real_directory(&self) -> std::path::PathBuf {
        self.directory.path().canonicalize().unwrap_or_default()
    }

    fn needs_more_than_tcp(&self) -> bool {
        self.options.arguments.iter().any(|argument| argument.contains("user") || argument.contains("requirepass"))
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
