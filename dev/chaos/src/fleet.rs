//! The worker processes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use advosync_testkit::{Signal, signal};
use anyhow::Context;

use crate::ledger::{self, Line};

/// Worker processes; those that were started are killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Fleet {
    url: String,
    keys: usize,
    folder: PathBuf,
    started: usize,
    alive: Vec<Child>,
    /// Told to stop, and not yet gone.
    leaving: Vec<Child>,
    /// Workers that ended with anything but 0 although they were asked to leave, or that ended by themselves.
    pub(crate) crashed: usize,
}

impl Fleet {
    pub(crate) fn start(count: usize, url: String, keys: usize, folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.to_owned();
        let mut fleet = Self { url, keys, folder, started: 0, alive: Vec::new(), leaving: Vec::new(), crashed: 0 };
        for _ in 0..count {
            fleet.spawn()?;
        }
        Ok(fleet)
    }

    pub(crate) fn len(&self) -> usize {
        self.alive.len()
    }

    fn spawn(&mut self) -> anyhow::Result<()> {
        let ledger = self.folder.join(format!("worker-{}", self.started));
        let child = Command::new(std::env::current_exe()?)
            .arg("worker")
            .arg(&self.url)
            .arg(&ledger)
            .arg(self.keys.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("a worker cannot be started")?;
        self.started += 1;
        self.alive.push(child);
        Ok(())
    }

    /// Kills one and starts another in its place.
    pub(crate) fn kill(&mut self, which: usize) -> anyhow::Result<()> {
        let mut child = self.alive.remove(which);
        let killed = child.kill();
        child.wait()?;
        killed?;
        self.spawn()
    }

    /// Asks one to leave and starts another in its place.
    pub(crate) fn replace(&mut self, which: usize) -> anyhow::Result<()> {
        signal(self.alive[which].id(), Signal::Term)?;
        self.leaving.push(self.alive.remove(which));
        self.spawn()
    }

    pub(crate) fn process(&self, which: usize) -> u32 {
        self.alive[which].id()
    }

    /// Looks after those that left or ended by themselves; the latter are replaced.
    pub(crate) fn look(&mut self) -> anyhow::Result<()> {
        for child in std::mem::take(&mut self.leaving) {
            self.part_with(child)?;
        }
        for mut child in std::mem::take(&mut self.alive) {
            if child.try_wait()?.is_some() {
                self.crashed += 1;
                self.spawn()?;
            } else {
                self.alive.push(child);
            }
        }
        Ok(())
    }

    fn part_with(&mut self, mut child: Child) -> anyhow::Result<()> {
        match child.try_wait()? {
            None => self.leaving.push(child),
            Some(status) => self.crashed += usize::from(!status.success()),
        }
        Ok(())
    }

    /// How many were asked to leave and are still there.
    pub(crate) fn leaving(&self) -> usize {
        self.leaving.len()
    }

    /// What all of them wrote down.
    pub(crate) fn lines(&self) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            lines.extend(ledger::read(&file?.path())?);
        }
        Ok(lines)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for child in self.alive.iter_mut().chain(&mut self.leaving) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
