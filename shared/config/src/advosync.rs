//! Settings of the tool that a person uses.

use secrecy::SecretString;
use url::Url;

use crate::{Reader, Settings};

/// Whom the tool talks to.
#[derive(Debug, Clone)]
pub struct AdvosyncConfig {
    /// The api; `None` means Redis and both systems directly (see [`crate::DirectTool`]).
    pub api: Option<RemoteApi>,
}

/// An api to talk to.
#[derive(Debug, Clone)]
pub struct RemoteApi {
    /// Its address, with a slash at its end.
    pub url: Url,
    /// The secret to show there.
    pub token: Option<SecretString>,
}

impl Settings for AdvosyncConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let token = reader.optional_secret("ADVOSYNC_TOKEN");
        let api = reader.optional_base_url("ADVOSYNC_URL").map(|url| RemoteApi { url, token });
        Self { api }
    }
}
