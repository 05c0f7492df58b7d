//! What the peers' jobs hold: the same ids as ours.

use serde::{Deserialize, Serialize};

/// About 110 bytes of JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    key: String,
    job_id: String,
    run_id: String,
}

impl Payload {
    pub(crate) fn new(key: String) -> Self {
        let id = || uuid::Uuid::now_v7().to_string();
        Self { key, job_id: id(), run_id: id() }
    }
}
