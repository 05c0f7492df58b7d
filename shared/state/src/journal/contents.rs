//! What was written, sealed.

use std::collections::HashMap;
use std::io::{Read, Write as _};

use advosync_queue::link::LinkError;
use advosync_sync::ports::{Object, Write};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use super::entry::fingerprint;
use super::{Filter, Journal, JournalEntry};
use crate::SealKey;
use crate::seal::{Closed, open};

/// Entries whose contents are read in one round trip.
const AT_A_TIME: usize = 100;

/// The whole objects of one write.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// Before; `None` where it made something.
    pub before: Option<Object>,
    /// As it was sent; `None` where it deleted something.
    pub after: Option<Object>,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents").finish_non_exhaustive()
    }
}

/// Why an entry's contents can't be had.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// There is no such entry, or it was written without a key.
    #[error("no contents were kept")]
    NotKept,
    /// They were sealed with a key that is not configured any more.
    #[error("the contents were sealed with an unknown key")]
    UnknownKey,
    /// They can't be read.
    #[error("the contents are damaged")]
    Damaged,
    /// Redis did not answer.
    #[error("the journal's redis did not answer as it should")]
    Link(#[from] LinkError),
}

#[derive(Serialize)]
struct Borrowed<'a> {
    before: Option<&'a Object>,
    after: Option<&'a Object>,
}

/// Seals what `write` changes, for the entry of that id only.
pub(super) fn seal(key: &SealKey, id: &str, write: &Write<'_>) -> Vec<u8> {
    let clear = serde_json::to_vec(&Borrowed { before: write.before, after: write.after }).unwrap_or_default();
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory fails never.
    let deflated = deflated.write_all(&clear).and_then(|()| deflated.finish()).unwrap_or_default();
    key.seal(id, &deflated)
}

fn unseal(keys: &[SealKey], id: &str, sealed: &[u8]) -> Result<Contents, ContentsError> {
    let deflated = open(keys, id, sealed).map_err(|closed| match closed {
        Closed::UnknownKey => ContentsError::UnknownKey,
        Closed::Damaged => ContentsError::Damaged,
    })?;
    let mut clear = Vec::new();
    DeflateDecoder::new(deflated.as_slice()).read_to_end(&mut clear).map_err(|_| ContentsError::Damaged)?;
    serde_json::from_slice(&clear).map_err(|_| ContentsError::Damaged)
}

impl Journal {
    /// The objects before and after one write.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn contents(&self, id: &str) -> Result<Contents, ContentsError> {
        let mut get = redis::cmd("HGET");
        get.arg(self.entry_key(id)).arg("contents");
        let sealed: Option<Vec<u8>> = self.state.redis().run(&get).await?;
        unseal(&self.keys.contents, id, &sealed.ok_or(ContentsError::NotKept)?)
    }

    /// Every write of one run in its order, each with its contents where they were kept and can be opened.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn whole_run(&self, run_id: &str) -> Result<Vec<(JournalEntry, Option<Contents>)>, LinkError> {
        let mut range = redis::cmd("ZRANGE");
        range.arg(self.index_key(Filter::Run(run_id))).arg(0).arg(-1);
        let ids: Vec<String> = self.state.redis().run(&range).await?;
        let mut whole = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_A_TIME) {
            let mut pipe = redis::pipe();
            for id in ids {
                pipe.cmd("HGET").arg(self.entry_key(id)).arg("contents");
            }
            let sealed: Vec<Option<Vec<u8>>> = self.state.redis().pipe_large(&pipe).await?;
            let mut sealed: HashMap<&String, Option<Vec<u8>>> = ids.iter().zip(sealed).collect();
            for entry in self.entries(ids.to_vec()).await? {
                let sealed = sealed.remove(&entry.id).flatten();
                let contents = sealed.and_then(|sealed| unseal(&self.keys.contents, &entry.id, &sealed).ok());
                whole.push((entry, contents));
            }
        }
        Ok(whole)
    }

    /// What an entry's `after` is where `object` was sent.
    #[must_use]
    pub fn fingerprint(&self, object: &Object) -> String {
        fingerprint(&self.keys.fingerprint, object)
    }
}
