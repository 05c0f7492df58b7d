//! The token that the whole fleet shares, and where it is kept.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use advosync_upstream::{Perishable, now};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

/// A bearer token and its life.
#[derive(Debug, Clone)]
pub struct SharedToken {
    /// What calls carry.
    pub access_token: SecretString,
    /// When it was issued.
    pub obtained_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// A hash of the account that it belongs to.
    pub account: String,
}

#[derive(Serialize, Deserialize)]
struct Encoded {
    access_token: String,
    obtained_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    account: String,
}

impl SharedToken {
    /// The form in which a store keeps it. Holds the secret: never log it.
    #[must_use]
    pub fn encode(&self) -> String {
        let encoded = Encoded {
            access_token: self.access_token.expose_secret().to_owned(),
            obtained_at: self.obtained_at,
            expires_at: self.expires_at,
            account: self.account.clone(),
        };
        serde_json::to_string(&encoded).unwrap_or_default()
    }

    /// Reads what [`SharedToken::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let Encoded { access_token, obtained_at, expires_at, account } = serde_json::from_str(text).ok()?;
        Some(Self { access_token: access_token.into(), obtained_at, expires_at, account })
    }

    fn lifetime(&self) -> TimeDelta {
        self.expires_at - self.obtained_at
    }

    fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        now + TimeDelta::seconds(10).min(self.lifetime() / 10) < self.expires_at
    }

    fn is_fresh_at(&self, now: DateTime<Utc>) -> bool {
        now + TimeDelta::minutes(5).min(self.lifetime() / 5) < self.expires_at
    }
}

impl Perishable for SharedToken {
    fn is_valid(&self) -> bool {
        self.is_valid_at(now())
    }

    fn is_fresh(&self) -> bool {
        self.is_fresh_at(now())
    }

    fn is_same(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }
}

/// The store does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token store is away")]
pub struct StoreAway;

/// The right to fetch the next token, as long as it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshLock(
    /// What tells this holder from all others.
    pub String,
);

impl RefreshLock {
    /// A holder like no other.
    #[must_use]
    pub fn unique() -> Self {
        Self(Uuid::new_v4().to_string())
    }
}

/// Where the fleet keeps its one token. Only the holder of the lock fetches a new one.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The token that is kept, expired or not.
    async fn load(&self) -> Result<Option<SharedToken>, StoreAway>;
    /// Takes the lock for at most `ttl`; `None` while somebody else holds it.
    async fn try_lock(&self, ttl: Duration) -> Result<Option<RefreshLock>, StoreAway>;
    /// Keeps `token`, where there is one and the lock is still held, and gives the lock back.
    async fn finish(&self, lock: RefreshLock, token: Option<&SharedToken>) -> Result<(), StoreAway>;
}

/// A store within this process: for tools and tests. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryTokenStore(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    token: Option<SharedToken>,
    lock: Option<(RefreshLock, Instant)>,
}

impl MemoryTokenStore {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self) -> Result<Option<SharedToken>, StoreAway> {
        Ok(self.kept().token.clone())
    }

    async fn try_lock(&self, ttl: Duration) -> Result<Option<RefreshLock>, StoreAway> {
        let mut kept = self.kept();
        let now = Instant::now();
        if kept.lock.as_ref().is_some_and(|(_, until)| now < *until) {
            return Ok(None);
        }
        let lock = RefreshLock::unique();
        kept.lock = Some((lock.clone(), now + ttl));
        Ok(Some(lock))
    }

    async fn finish(&self, lock: RefreshLock, token: Option<&SharedToken>) -> Result<(), StoreAway> {
        let mut kept = self.kept();
        if kept.lock.as_ref().is_some_and(|(holder, _)| *holder == lock) {
            kept.lock = None;
            if let Some(token) = token {
                kept.token = Some(token.clone());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(seconds: i64) -> SharedToken {
        let obtained_at = now();
        SharedToken {
            access_token: "secret".to_owned().into(),
            obtained_at,
            expires_at: obtained_at + TimeDelta::seconds(seconds),
            account: "a".into(),
        }
    }

    #[test]
    fn a_token_ages_before_it_ends() {
        let token = token(3300);
        let at = |seconds| token.obtained_at + TimeDelta::seconds(seconds);
        assert!(token.is_fresh_at(at(2999)) && !token.is_fresh_at(at(3001)));
        assert!(token.is_valid_at(at(3289)) && !token.is_valid_at(at(3291)));
    }

    #[test]
    fn a_short_life_is_used_too() {
        let token = token(5);
        let at = |seconds| token.obtained_at + TimeDelta::seconds(seconds);
        assert!(token.is_fresh_at(at(3)) && token.is_valid_at(at(4)) && !token.is_valid_at(at(5)));
    }

    #[test]
    fn a_store_reads_what_it_wrote_and_debug_shows_no_secret() {
        let token = token(60);
        assert!(
            SharedToken::decode(&token.encode()).is_some_and(|read| read.is_same(&token) && read.expires_at == token.expires_at)
        );
        assert!(SharedToken::decode("{}").is_none());
        assert!(!format!("{token:?}").contains("secret\""));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_is_one_holders_and_ends_by_itself() {
        let store = MemoryTokenStore::default();
        let ttl = Duration::from_secs(15);
        let dead = store.try_lock(ttl).await.expect("here").expect("free");
        assert_eq!(store.try_lock(ttl).await, Ok(None));
        tokio::time::advance(ttl).await;
        let lock = store.try_lock(ttl).await.expect("here").expect("free again");
        store.finish(dead, Some(&token(60))).await.expect("here");
        assert!(store.load().await.expect("here").is_none(), "who lost the lock writes nothing");
        store.finish(lock, Some(&token(60))).await.expect("here");
        assert!(store.load().await.expect("here").is_some());
    }
}
