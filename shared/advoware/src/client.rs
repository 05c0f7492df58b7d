//! One call to the API: its turn, its address, its token, its repeats.
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure, FailureKind, Object};
use advosync_upstream::{Breaker, Exchange, NoObserver, NoReply, Observer, Reply, RetryBudget, Setback, Transport, persist};
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};

use crate::answer;
use crate::concurrency::{Concurrency, LocalConcurrency, Permit};
use crate::discovery::{BaseUrls, Discovery};
use crate::error::{SetupError, UPSTREAM, failure};
use crate::session::{Gateway, Session};
use crate::settings::AdvowareSettings;
use crate::token::{MemoryTokenStore, SharedToken, TokenStore};

/// What the client shares with the rest of the fleet.
#[derive(Clone)]
pub struct Dependencies {
    /// Keeps the one token.
    pub tokens: Arc<dyn TokenStore>,
    /// Limits the requests at a time.
    pub concurrency: Arc<dyn Concurrency>,
    /// Learns of every HTTP exchange.
    pub observer: Arc<dyn Observer>,
}

impl Dependencies {
    /// A client on its own: token and limit of `places` requests at a time within this process.
    #[must_use]
    pub fn local(places: usize) -> Self {
        Self {
            tokens: Arc::new(MemoryTokenStore::default()),
            concurrency: Arc::new(LocalConcurrency::new(places)),
            observer: Arc::new(NoObserver),
        }
    }
}

/// Advoware's API for one firm. Clones are cheap and share everything.
#[derive(Clone)]
pub struct AdvowareClient {
    shared: Arc<Shared>,
    budget: Arc<RetryBudget>,
}

struct Shared {
    settings: AdvowareSettings,
    transport: Transport,
    discovery: Discovery,
    session: Session,
    concurrency: Arc<dyn Concurrency>,
}

/// One call to a data endpoint.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// Below the prefix, with placeholders: for traces.
    pub(crate) template: &'static str,
    /// Below the prefix.
    pub(crate) path: &'static str,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<&'a Object>,
    /// A hash of whom it is about.
    pub(crate) subject: u64,
    /// Whether it may be repeated even where it may have been carried out.
    pub(crate) freely: bool,
}

impl AdvowareClient {
    /// A client; asks nothing yet.
    ///
    /// # Errors
    /// Where the API key is not base64, or TLS cannot be set up.
    pub fn new(settings: AdvowareSettings, dependencies: Dependencies) -> Result<Self, SetupError> {
        let transport = Transport::new(UPSTREAM, settings.timeouts, Breaker::new(settings.breaker), dependencies.observer)?;
        let session = Session::new(settings.credentials.clone(), settings.token_lifetime, dependencies.tokens)?;
        let discovery = Discovery::new(&settings);
        let shared = Shared { settings, transport, discovery, session, concurrency: dependencies.concurrency };
        Ok(Self { shared: Arc::new(shared), budget: Arc::default() })
    }

    /// The same client with a retry budget of its own: one for each run.
    #[must_use]
    pub fn for_run(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), budget: Arc::default() }
    }

    /// The circuit breaker, for a dashboard.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        self.shared.transport.breaker()
    }

    /// Where the firm's endpoints are.
    ///
    /// # Errors
    /// Where discovery gives no answer or no usable address.
    pub async fn base_urls(&self) -> Result<BaseUrls, Failure> {
        self.shared.discovery.bases(&self.shared.transport, self.deadline()).await
    }

    /// Logs in, or finds the fleet logged in already; gives the end of the token's life.
    ///
    /// # Errors
    /// Where Advoware refuses (see [`crate::Refusal::of`]) or does not answer.
    pub async fn log_in(&self) -> Result<DateTime<Utc>, Failure> {
        let deadline = self.deadline();
        let attempt = async |_| {
            let _place = self.place(OPERATION_LOG_IN, deadline).await?;
            let bases = self.bases(deadline).await?;
            Ok(self.token(&bases, deadline, None).await?.expires_at)
        };
        persist(&self.shared.settings.retry, &self.budget, deadline, attempt).await
    }

    pub(crate) fn settings(&self) -> &AdvowareSettings {
        &self.shared.settings
    }

    /// Sends `call`, repeats it where that is safe, and reads the answer (2xx or 404, no web page) with `read`.
    pub(crate) async fn call<T, R>(&self, call: Call<'_>, read: R) -> Result<T, Failure>
    where
        R: Fn(&Reply) -> Result<T, Failure>,
    {
        let deadline = self.deadline();
        let renewed = AtomicBool::new(false);
        persist(&self.shared.settings.retry, &self.budget, deadline, async |resend| {
            let reply = self.attempt(&call, resend, deadline, &renewed).await?;
            read(&reply).map_err(|failure| Setback { again: call.freely && failure.kind == FailureKind::Unavailable, failure })
        })
        .await
    }

    async fn attempt(&self, call: &Call<'_>, resend: u32, deadline: Instant, renewed: &AtomicBool) -> Result<Reply, Setback> {
        let (_place, waited) = self.place(call.operation, deadline).await?;
        let bases = self.bases(deadline).await?;
        let token = self.token(&bases, deadline, None).await?;
        let mut reply = self.send(call, &bases, &token, resend, waited, deadline).await?;
        if reply.status.as_u16() == 401 && !renewed.swap(true, Ordering::Relaxed) {
            let token = self.token(&bases, deadline, Some(&token)).await?;
            reply = self.send(call, &bases, &token, resend + 1, Duration::ZERO, deadline).await?;
        }
        answer::check(&reply, call.operation, call.freely).inspect_err(|setback| self.doubt(setback.failure.kind))?;
        Ok(reply)
    }

    async fn send(
        &self,
        call: &Call<'_>,
        bases: &BaseUrls,
        token: &SharedToken,
        resend: u32,
        waited: Duration,
        deadline: Instant,
    ) -> Result<Reply, Setback> {
        let exchange = Exchange {
            operation: call.operation,
            method: call.method.clone(),
            template: call.template,
            request: self.request(call, bases, token)?,
            subject: Some(call.subject),
            resend,
            waited,
            deadline,
        };
        self.shared.transport.send(exchange).await.map_err(|why| {
            let open = matches!(why, NoReply::CircuitOpen(_));
            if !open {
                self.doubt(FailureKind::Unavailable);
            }
            let again = !open && (call.freely || why.certainty() == Certainty::NotDone);
            Setback { failure: why.failure(UPSTREAM, call.operation), again }
        })
    }

    fn request(&self, call: &Call<'_>, bases: &BaseUrls, token: &SharedToken) -> Result<RequestBuilder, Setback> {
        let unusable = |_| failure(FailureKind::Refused, Certainty::NotDone, call.operation, "no usable address");
        let prefix = self.shared.settings.path_prefix.trim_matches('/');
        let path = if prefix.is_empty() { call.path.to_owned() } else { format!("{prefix}/{}", call.path) };
        let url = bases.api.join(&path).map_err(unusable)?;
        let request = self
            .shared
            .transport
            .request(call.method.clone(), url)
            .query(&call.query)
            .bearer_auth(token.access_token.expose_secret());
        Ok(match call.body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    async fn place(&self, operation: &str, deadline: Instant) -> Result<(Permit, Duration), Setback> {
        let start = Instant::now();
        let patience = deadline - start;
        let busy = |kind, what| Setback::last(failure(kind, Certainty::NotDone, operation, what));
        match timeout_at(deadline, self.shared.concurrency.acquire(patience, patience)).await {
            Ok(Ok(place)) => Ok((place, start.elapsed())),
            Ok(Err(crate::Busy::Away)) => Err(busy(FailureKind::Unavailable, "the limiter is away")),
            Ok(Err(crate::Busy::Full)) | Err(_) => Err(busy(FailureKind::Quota, "all places are taken")),
        }
    }

    async fn bases(&self, deadline: Instant) -> Result<BaseUrls, Setback> {
        let bases = self.shared.discovery.bases(&self.shared.transport, deadline).await;
        bases.map_err(|failure| unsent(Setback { again: failure.kind == FailureKind::Unavailable, failure }))
    }

    async fn token(&self, bases: &BaseUrls, deadline: Instant, failed: Option<&SharedToken>) -> Result<SharedToken, Setback> {
        let gateway = Gateway { transport: &self.shared.transport, security: &bases.security, deadline };
        self.shared.session.token(gateway, failed).await.map_err(unsent)
    }

    fn doubt(&self, kind: FailureKind) {
        if kind == FailureKind::Unavailable {
            self.shared.discovery.doubt();
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.shared.settings.timeouts.call
    }
}

const OPERATION_LOG_IN: &str = "token";

/// Whatever became of the requests that prepare a call, the call itself was not sent.
fn unsent(setback: Setback) -> Setback {
    Setback { failure: Failure { certainty: Certainty::NotDone, ..setback.failure }, ..setback }
}

/// A hash of whom a call is about.
pub(crate) fn subject(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
