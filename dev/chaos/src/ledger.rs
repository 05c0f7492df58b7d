//! What each worker process writes down: one line a step, each written at once, so that a killed process leaves
//! everything that it did.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock, in microseconds since 1970; the same for all processes.
pub(crate) fn now_us() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Done,
    Final,
    Retried,
    HandedBack,
}

/// A step of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Started,
    /// It wrote outside, under the lease as it knew it.
    Wrote,
    Ended(Ending),
}

const WORDS: [(&str, Step); 6] = [
    ("started", Step::Started),
    ("wrote", Step::Wrote),
    ("done", Step::Ended(Ending::Done)),
    ("final", Step::Ended(Ending::Final)),
    ("retried", Step::Ended(Ending::Retried)),
    ("handed-back", Step::Ended(Ending::HandedBack)),
];

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) key: String,
    pub(crate) token: u64,
    pub(crate) at_us: u64,
    pub(crate) step: Step,
}

/// The file of one process.
#[derive(Debug)]
pub(crate) struct Ledger(File);

impl Ledger {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(OpenOptions::new().create(true).append(true).open(path)?))
    }

    /// Notes a step that is taken now.
    pub(crate) fn note(&self, key: &str, token: u64, step: Step) {
        let word = WORDS.iter().find(|(_, known)| *known == step).map_or("", |(word, _)| word);
        let line = format!("{word} {token} {} {key}\n", now_us());
        (&self.0).write_all(line.as_bytes()).expect("the ledger can be written");
    }
}

/// Reads a file; a last line that was cut off by a kill is left out.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Line>> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<Line> {
    let mut parts = line.splitn(4, ' ');
    let word = parts.next()?;
    let step = WORDS.iter().find(|(known, _)| *known == word)?.1;
    let (token, at_us) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Line { key: parts.next()?.to_owned(), token, at_us, step })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = Ledger::open(&path).unwrap();
        for (_, step) in WORDS {
            ledger.note("a key", 7, step);
        }
        let lines = read(&path).unwrap();
        assert_eq!(lines.iter().map(|line| line.step).collect::<Vec<_>>(), WORDS.map(|(_, step)| step));
        assert!(lines.iter().all(|line| line.key == "a key" && line.token == 7 && line.at_us <= now_us()));
    }
}
