//! Page and sync tokens: opaque to clients, readable here.

use base64::Engine;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::google::oauth::BASE64URL;

/// Where a sync token picks up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SyncToken {
    pub(super) calendar: String,
    /// Everything after this revision is new.
    pub(super) revision: u64,
    pub(super) epoch: u64,
    /// The parameters of the first list.
    pub(super) parameters: u64,
}

/// Where the next page goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageToken {
    /// The project's revision when the first page was made: what changed since comes again with
    /// the sync token that the last page hands out.
    pub(super) revision: u64,
    /// The last item that was shown, by sort key and id; empty before the first.
    pub(super) after: (String, String),
    pub(super) parameters: u64,
}

pub(super) fn seal<T: Serialize>(token: &T) -> String {
    // Plain structs of strings and numbers always become JSON.
    BASE64URL.encode(serde_json::to_vec(token).unwrap_or_default())
}

pub(super) fn open<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL.decode(text).ok()?).ok()
}
