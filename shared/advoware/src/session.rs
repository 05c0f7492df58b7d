//! How a process gets the fleet's token: single-flight here and, through the store, everywhere.
use std::sync::Arc;
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure, FailureKind, Object};
use advosync_upstream::{Exchange, Need, Perishable, Renewable, Setback, Transport, now};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::error::{SetupError, UPSTREAM, failure};
use crate::settings::Credentials;
use crate::token::{RefreshLock, SharedToken, StoreAway, TokenStore};
use crate::{answer, signature, wire};

const OPERATION: &str = "token";
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// The lock outlives the request that it guards.
const LOCK_TIME: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(50);
pub(crate) struct Session {
    credentials: Credentials,
    key: Vec<u8>,
    account: String,
    lifetime: Duration,
    store: Arc<dyn TokenStore>,
    held: Renewable<SharedToken>,
}

/// Where to ask for a token, and until when.
#[derive(Clone, Copy)]
pub(crate) struct Gateway<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) security: &'a Url,
    pub(crate) deadline: Instant,
}

impl Session {
    pub(crate) fn new(credentials: Credentials, lifetime: Duration, store: Arc<dyn TokenStore>) -> Result<Self, SetupError> {
        let key = signature::decode_key(credentials.api_key.expose_secret()).ok_or(SetupError::ApiKey)?;
        let account = credentials.account();
        Ok(Self { credentials, key, account, lifetime, store, held: Renewable::default() })
    }

    /// The fleet's token; renewed before it ends, and at once where it is `failed` (the one that a 401 refused).
    pub(crate) async fn token(&self, gateway: Gateway<'_>, failed: Option<&SharedToken>) -> Result<SharedToken, Setback> {
        let late = || again("timeout").failure;
        let fetch = async |need| match need {
            Need::Early => self.renew_early(gateway).await,
            Need::Now => self.renew(gateway, failed).await,
        };
        self.held.get(gateway.deadline, failed, late, fetch).await
    }

    /// Asks the store until it has a usable token or the lock is ours.
    async fn renew(&self, gateway: Gateway<'_>, failed: Option<&SharedToken>) -> Result<SharedToken, Setback> {
        let usable = |token: &SharedToken| token.is_valid() && !failed.is_some_and(|failed| failed.is_same(token));
        loop {
            if let Some(token) = self.stored().await?.filter(usable) {
                return Ok(token);
            }
            if let Some(lock) = self.store.try_lock(LOCK_TIME).await.map_err(away)? {
                return self.fetch_locked(gateway, lock, usable).await;
            }
            if Instant::now() + LOOK_EVERY >= gateway.deadline {
                return Err(again("somebody else is at it"));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Renews a token that is still valid, unless another of the fleet has done so or is at it.
    async fn renew_early(&self, gateway: Gateway<'_>) -> Result<SharedToken, Setback> {
        if let Some(token) = self.stored().await?.filter(SharedToken::is_fresh) {
            return Ok(token);
        }
        let lock = self.store.try_lock(LOCK_TIME).await.map_err(away)?.ok_or_else(|| again("somebody else is at it"))?;
        self.fetch_locked(gateway, lock, SharedToken::is_fresh).await
    }

    /// With the lock: a token that came just before it, else a new one.
    async fn fetch_locked(
        &self,
        gateway: Gateway<'_>,
        lock: RefreshLock,
        good: impl Fn(&SharedToken) -> bool,
    ) -> Result<SharedToken, Setback> {
        if let Some(token) = self.stored().await?.filter(good) {
            self.store.finish(lock, None).await.ok();
            return Ok(token);
        }
        let outcome = self.fetch(gateway).await;
        // A store that is away now only means that the others fetch their own.
        self.store.finish(lock, outcome.as_ref().ok()).await.ok();
        outcome
    }

    /// The token that the fleet keeps, where it is this account's.
    async fn stored(&self) -> Result<Option<SharedToken>, Setback> {
        Ok(self.store.load().await.map_err(away)?.filter(|token| token.account == self.account))
    }

    async fn fetch(&self, gateway: Gateway<'_>) -> Result<SharedToken, Setback> {
        let exchange = self.request(gateway)?;
        let obtained_at = now();
        let reply = gateway
            .transport
            .send(exchange)
            .await
            .map_err(|why| Setback { failure: why.failure(UPSTREAM, OPERATION), again: true })?;
        answer::check(&reply, OPERATION, true).map_err(|setback| match setback.failure.kind {
            FailureKind::Refused => Setback::last(Failure { kind: FailureKind::Denied, ..setback.failure }),
            _ => setback,
        })?;
        if reply.status.as_u16() == 404 {
            return Err(again("404"));
        }
        let answer = reply
            .json::<Object>()
            .ok()
            .and_then(|object| wire::token_answer(&object, obtained_at))
            .ok_or_else(|| again("unreadable answer"))?;
        tracing::info!(operation = "advoware.token", "a new token was issued");
        Ok(SharedToken {
            access_token: answer.access_token.into(),
            obtained_at,
            expires_at: answer.expires_at.unwrap_or(obtained_at + self.lifetime),
            account: self.account.clone(),
        })
    }

    fn request(&self, gateway: Gateway<'_>) -> Result<Exchange, Setback> {
        let Credentials { product_id, app_id, kanzlei, database, user, role, password, .. } = &self.credentials;
        let nonce = Uuid::new_v4().to_string();
        let timestamp = wire::timestamp(now());
        let body = wire::TokenRequest {
            app_id,
            kanzlei,
            database,
            user,
            role: *role,
            product: *product_id,
            password: password.expose_secret(),
            nonce: &nonce,
            signature: &signature::sign(&self.key, *product_id, app_id, &nonce, &timestamp),
            request_time_stamp: &timestamp,
        };
        let url = gateway.security.join(wire::TOKEN_PATH).map_err(|_| again("no usable address"))?;
        Ok(Exchange {
            operation: OPERATION,
            method: Method::POST,
            template: wire::TOKEN_PATH,
            request: gateway.transport.request(Method::POST, url).json(&body),
            subject: None,
            resend: 0,
            waited: Duration::ZERO,
            deadline: gateway.deadline.min(Instant::now() + REQUEST_TIME),
        })
    }
}

fn again(what: &str) -> Setback {
    Setback { failure: failure(FailureKind::Unavailable, Certainty::NotDone, OPERATION, what), again: true }
}

fn away(_: StoreAway) -> Setback {
    again("the store is away")
}
