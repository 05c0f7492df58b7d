//! Access tokens of the service account: one at a time, renewed before it ends.
use std::time::Duration;

use advosync_sync::ports::{Certainty, FailureKind};
use advosync_upstream::{Exchanged, Observer, Perishable, Renewable, Setback, now, record_address, tls_config};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, field};
use yup_oauth2::authenticator::Authenticator;
use yup_oauth2::{CustomHyperClientBuilder, ServiceAccountAuthenticator};

use crate::denial::Denial;
use crate::error::{SetupError, UPSTREAM, failure};
use crate::settings::ServiceAccount;
use crate::wire;

// The authenticator writes whole requests and answers to the log below this level, tokens and all.
const _: () = assert!(log::STATIC_MAX_LEVEL as usize <= log::LevelFilter::Info as usize);

const OPERATION: &str = "token";
const TEMPLATE: &str = "token";
const REQUEST_TIME: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Token {
    secret: SecretString,
    /// Seconds since 1970.
    expires_at: i64,
    lifetime: i64,
}

impl Token {
    pub(crate) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    fn lasts(&self, seconds: i64) -> bool {
        self.expires_at - now().timestamp() > seconds.min(self.lifetime / 5)
    }
}

impl Perishable for Token {
    fn is_valid(&self) -> bool {
        self.lasts(10)
    }

    fn is_fresh(&self) -> bool {
        self.lasts(300)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.secret() == other.secret()
    }
}

pub(crate) struct Tokens {
    authenticator: Authenticator<HttpsConnector<HttpConnector>>,
    held: Renewable<Token>,
    address: Option<Url>,
}

impl Tokens {
    pub(crate) async fn new(account: ServiceAccount, connect: Duration) -> Result<Self, SetupError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(connect));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls_config().map_err(advosync_upstream::SetupError::from)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        let address = account.key.token_uri.parse().ok();
        let builder = ServiceAccountAuthenticator::with_client(account.key, CustomHyperClientBuilder::from(client));
        let builder = match account.subject {
            Some(subject) => builder.subject(subject),
            None => builder,
        };
        let authenticator =
            builder.build().await.map_err(|_| SetupError::NoServiceAccount("private_key is no RSA key in PEM form"))?;
        Ok(Self { authenticator, held: Renewable::default(), address })
    }

    /// A valid token that is not `failed` (the one that a 401 refused), whoever fetches it.
    pub(crate) async fn token(
        &self,
        observer: &dyn Observer,
        deadline: Instant,
        failed: Option<&Token>,
    ) -> Result<Token, Setback> {
        self.held.get(deadline, failed, || again("timeout").failure, |_| self.fetch(observer, deadline)).await
    }

    async fn fetch(&self, observer: &dyn Observer, deadline: Instant) -> Result<Token, Setback> {
        let start = Instant::now();
        let span = tracing::info_span!(
            "http.client",
            otel.name = "POST token",
            otel.kind = "client",
            otel.status_code = field::Empty,
            peer.service = UPSTREAM,
            http.request.method = "POST",
            url.template = TEMPLATE,
            url.full = field::Empty,
            server.address = field::Empty,
            server.port = field::Empty,
            error.type = field::Empty,
        );
        if let Some(address) = &self.address {
            record_address(&span, address, TEMPLATE);
        }
        let outcome = self.request(deadline.min(start + REQUEST_TIME)).instrument(span.clone()).await;
        if let Err(setback) = &outcome {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", setback.failure.code.as_str());
        }
        observer.on_call(&Exchanged {
            upstream: UPSTREAM,
            operation: OPERATION,
            outcome: if outcome.is_ok() { "2xx" } else { "refused" },
            status: None,
            resend: 0,
            duration: start.elapsed(),
            waited: Duration::ZERO,
        });
        outcome
    }

    async fn request(&self, deadline: Instant) -> Result<Token, Setback> {
        let asked_at = now().timestamp();
        let scopes = [wire::SCOPE];
        let answer =
            timeout_at(deadline, self.authenticator.force_refreshed_token(&scopes)).await.map_err(|_| again("timeout"))?;
        let issued = answer.map_err(|error| refusal(&error))?;
        let secret = issued.token().ok_or_else(|| again("no token in the answer"))?;
        let expires_at = issued.expiration_time().map_or(asked_at + 3600, |at| at.unix_timestamp());
        tracing::info!(operation = "google.token", "a new token was issued");
        Ok(Token { secret: secret.to_owned().into(), expires_at, lifetime: expires_at - asked_at })
    }
}

fn refusal(error: &yup_oauth2::Error) -> Setback {
    let yup_oauth2::Error::AuthError(refused) = error else { return again("no token in the answer") };
    Denial::of_token_error(refused.error.as_str())
        .map_or_else(|| again("refused for now"), |denial| Setback::last(denial.failure(OPERATION)))
}

fn again(what: &str) -> Setback {
    Setback { failure: failure(FailureKind::Unavailable, Certainty::NotDone, OPERATION, what), again: true }
}
