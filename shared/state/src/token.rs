//! Advoware's token, shared by the fleet and sealed in Redis.

use std::time::Duration;

use advosync_advoware::{RefreshLock, SharedToken, StoreAway, TokenStore};
use advosync_queue::link::LinkError;
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use crate::State;
use crate::seal::{SealKey, mac, open};

/// What the token is sealed for: it opens nowhere else.
const PLACE: &str = "advoware:token";
/// How long a token is kept beyond its end, so that nobody mistakes a slow clock for a lost token.
const GRACE: Duration = Duration::from_mins(60);

/// The one token of the fleet. Only who knows Advoware's key and password can open it.
#[derive(Debug, Clone)]
pub struct FleetToken {
    state: State,
    key: [SealKey; 1],
}

impl FleetToken {
    /// The store of the account that logs in with these secrets.
    #[must_use]
    pub fn new(state: &State, api_key: &SecretString, password: &SecretString) -> Self {
        let parts = [b"fleet token\0".as_slice(), password.expose_secret().as_bytes()];
        let key = SealKey::new("a", mac(api_key.expose_secret().as_bytes(), &parts));
        Self { state: state.clone(), key: [key] }
    }

    fn keys(&self) -> [String; 2] {
        [self.state.key(PLACE), self.state.key("advoware:token:lock")]
    }
}

fn away(error: &LinkError) -> StoreAway {
    tracing::warn!(code = error.code(), "the token store does not answer");
    StoreAway
}

#[async_trait]
impl TokenStore for FleetToken {
    async fn load(&self) -> Result<Option<SharedToken>, StoreAway> {
        let [token, _] = self.keys();
        let sealed: Option<Vec<u8>> = self.state.redis().run(redis::cmd("GET").arg(token)).await.map_err(|error| away(&error))?;
        let clear =
            sealed.and_then(|sealed| open(&self.key, PLACE, &sealed).ok()).and_then(|clear| String::from_utf8(clear).ok());
        Ok(clear.as_deref().and_then(SharedToken::decode))
    }

    async fn try_lock(&self, ttl: Duration) -> Result<Option<RefreshLock>, StoreAway> {
        let lock = RefreshLock::unique();
        let [_, key] = self.keys();
        let taken = self.state.try_lock(&key, &lock.0, ttl).await.map_err(|error| away(&error))?;
        Ok(taken.then_some(lock))
    }

    async fn finish(&self, lock: RefreshLock, token: Option<&SharedToken>) -> Result<(), StoreAway> {
        let script = &self.state.scripts().finish_token;
        let mut call = script.call(&self.keys());
        call.arg(lock.0);
        if let Some(token) = token {
            let life = (token.expires_at - token.obtained_at).to_std().unwrap_or_default() + GRACE;
            call.arg(self.key[0].seal(PLACE, token.encode().as_bytes())).arg(life.as_millis() as u64);
        } else {
            call.arg("").arg(0);
        }
        self.state.run::<i64>(script, &call).await.map(drop).map_err(|error| away(&error))
    }
}
