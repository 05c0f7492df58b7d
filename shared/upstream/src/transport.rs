//! One HTTP exchange: admitted by the breaker, bounded in time, seen by traces and metrics.
use std::sync::Arc;
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure, FailureKind};
use reqwest::{Client, Method, Request, RequestBuilder, Response, Url};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span, field};

use crate::breaker::Breaker;
use crate::observer::{Exchanged, Observer};
use crate::reply::Reply;
use crate::tls::tls_config;

/// An answer larger than this is no answer.
const MAX_BODY_BYTES: usize = 256 << 20;

/// How long a remote call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From sending a request to the answer's first byte.
    pub response: Duration,
    /// The whole call, with all its repeats and waits.
    pub call: Duration,
}

impl Timeouts {
    /// A whole call within `call`; connecting and the first byte get their share of it.
    #[must_use]
    pub fn within(call: Duration) -> Self {
        Self { connect: call.mul_f64(0.5).min(Duration::from_secs(5)), response: call, call }
    }
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The HTTP client's own trouble.
    #[error("the HTTP client cannot be set up")]
    Http(#[from] reqwest::Error),
    /// No usable TLS.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// The circuit is open: nothing was sent.
    CircuitOpen(Duration),
    /// No connection: nothing was sent.
    NotConnected,
    /// Out of time before anything was sent.
    NotSent,
    /// Sent, and no answer in time.
    TimedOut,
    /// Sent, and the connection broke before the answer or within it.
    Broken,
}

impl NoReply {
    /// A short name for metrics and codes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CircuitOpen(_) => "circuit open",
            Self::NotConnected => "not connected",
            Self::NotSent => "no time left",
            Self::TimedOut => "timeout",
            Self::Broken => "connection broken",
        }
    }

    /// Whether the request may have been carried out.
    #[must_use]
    pub fn certainty(self) -> Certainty {
        match self {
            Self::CircuitOpen(_) | Self::NotConnected | Self::NotSent => Certainty::NotDone,
            Self::TimedOut | Self::Broken => Certainty::Unknown,
        }
    }

    /// The same as the engine's failure, under the code `{upstream}.{operation}: {name}`.
    #[must_use]
    pub fn failure(self, upstream: &str, operation: &str) -> Failure {
        let retry_after = match self {
            Self::CircuitOpen(wait) => Some(wait),
            _ => None,
        };
        Failure {
            kind: FailureKind::Unavailable,
            certainty: self.certainty(),
            retry_after,
            code: format!("{upstream}.{operation}: {}", self.name()),
        }
    }
}

/// One request and what is told about it.
pub struct Exchange {
    /// What is asked, such as `events.list`; never an id.
    pub operation: &'static str,
    /// The method and the path with placeholders instead of ids, as traces show it.
    pub method: Method,
    /// Path template such as `calendars/{calendarId}/events`.
    pub template: &'static str,
    /// The request itself.
    pub request: RequestBuilder,
    /// A hash of whom it is about, for the breaker; none where the breaker has no say.
    pub subject: Option<u64>,
    /// 0 for the first time, then rising.
    pub resend: u32,
    /// How long it waited for its turn.
    pub waited: Duration,
    /// When the whole call ends.
    pub deadline: Instant,
}

/// Sends [`Exchange`]s to one remote system.
pub struct Transport {
    upstream: &'static str,
    client: Client,
    timeouts: Timeouts,
    breaker: Breaker,
    observer: Arc<dyn Observer>,
}

impl Transport {
    /// A connection pool for one remote system. Redirects are not followed: credentials stay where they were sent.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(
        upstream: &'static str,
        timeouts: Timeouts,
        breaker: Breaker,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, SetupError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls_config()?)
            .connect_timeout(timeouts.connect)
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("advosync/", env!("CARGO_PKG_VERSION"), " (gzip)"))
            .build()?;
        Ok(Self { upstream, client, timeouts, breaker, observer })
    }

    /// Begins a request.
    pub fn request(&self, method: Method, url: reqwest::Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// The limits of time.
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Who is told of every exchange.
    #[must_use]
    pub fn observer(&self) -> &dyn Observer {
        &*self.observer
    }

    /// The circuit breaker, for a dashboard.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// Where no whole answer came.
    pub async fn send(&self, exchange: Exchange) -> Result<Reply, NoReply> {
        if exchange.subject.is_some() {
            self.breaker.admit().map_err(NoReply::CircuitOpen)?;
        }
        let span = self.span(&exchange);
        let Exchange { operation, subject, resend, waited, deadline, request, .. } = exchange;
        let request = request.build().inspect(|request| record_address(&span, request.url(), exchange.template));
        let start = Instant::now();
        let outcome = self.exchange(request, start, deadline).instrument(span.clone()).await;
        let well = matches!(&outcome, Ok(reply) if !reply.status.is_server_error() && !reply.is_html());
        match subject {
            Some(_) if well => self.breaker.succeeded(),
            Some(subject) => self.breaker.failed(subject),
            None => {}
        }
        let status = outcome.as_ref().ok().map(|reply| reply.status.as_u16());
        record(&span, status, outcome.as_ref().err());
        self.observer.on_call(&Exchanged {
            upstream: self.upstream,
            operation,
            outcome: outcome.as_ref().map_or_else(|why| why.name(), class),
            status,
            resend,
            duration: start.elapsed(),
            waited,
        });
        outcome
    }

    fn span(&self, exchange: &Exchange) -> Span {
        tracing::info_span!(
            "http.client",
            otel.name = %format_args!("{} {}", exchange.method, exchange.template),
            otel.kind = "client",
            otel.status_code = field::Empty,
            peer.service = self.upstream,
            advosync.operation = exchange.operation,
            advosync.wait_ms = u64::try_from(exchange.waited.as_millis()).unwrap_or(u64::MAX),
            http.request.method = exchange.method.as_str(),
            http.request.resend_count = exchange.resend,
            http.response.status_code = field::Empty,
            url.template = exchange.template,
            url.full = field::Empty,
            server.address = field::Empty,
            server.port = field::Empty,
            error.type = field::Empty,
        )
    }

    async fn exchange(&self, request: reqwest::Result<Request>, start: Instant, deadline: Instant) -> Result<Reply, NoReply> {
        let request = request.map_err(|error| no_reply(&error))?;
        if start >= deadline {
            return Err(NoReply::NotSent);
        }
        let first_byte = deadline.min(start + self.timeouts.response);
        let response = timeout_at(first_byte, self.client.execute(request))
            .await
            .map_err(|_| NoReply::TimedOut)?
            .map_err(|error| no_reply(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = timeout_at(deadline, read(response)).await.map_err(|_| NoReply::TimedOut)??;
        Ok(Reply::new(status, &headers, body))
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, NoReply> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NoReply::Broken)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY_BYTES {
            return Err(NoReply::Broken);
        }
    }
    Ok(body)
}

fn no_reply(error: &reqwest::Error) -> NoReply {
    if error.is_connect() || error.is_builder() {
        NoReply::NotConnected
    } else if error.is_timeout() {
        NoReply::TimedOut
    } else {
        NoReply::Broken
    }
}

fn class(reply: &Reply) -> &'static str {
    match reply.status.as_u16() {
        _ if reply.is_html() => "html",
        429 => "429",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// Tells where a request goes, its ids left open: a calendar's can be a mail address.
pub fn record_address(span: &Span, url: &Url, template: &str) {
    span.record("url.full", templated(url, template));
    span.record("server.address", url.host_str().unwrap_or_default());
    span.record("server.port", url.port_or_known_default());
}

/// An address that ends as the template does, without the query.
fn templated(url: &Url, template: &str) -> String {
    let path: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let open = template.trim_matches('/').split('/').count();
    let prefix = path.get(..path.len().saturating_sub(open)).unwrap_or_default();
    let ending = std::iter::once(template.trim_matches('/'));
    let path: Vec<&str> = prefix.iter().copied().chain(ending).collect();
    format!("{}/{}", url.origin().ascii_serialization(), path.join("/"))
}

fn record(span: &Span, status: Option<u16>, no_reply: Option<&NoReply>) {
    if let Some(status) = status {
        span.record("http.response.status_code", status);
        if status >= 400 {
            span.record("error.type", status);
            span.record("otel.status_code", "ERROR");
        }
    }
    if let Some(why) = no_reply {
        span.record("error.type", why.name());
        span.record("otel.status_code", "ERROR");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_ids_query_and_credentials() {
        let url = "https://me:secret@host.test:8443/calendar/v3/calendars/pb%40firm.test/events?q=Name".parse().unwrap();
        let shown = templated(&url, "calendars/{calendarId}/events");
        assert_eq!(shown, "https://host.test:8443/calendar/v3/calendars/{calendarId}/events");
        assert_eq!(templated(&"https://host.test/token".parse().unwrap(), "token"), "https://host.test/token");
        assert_eq!(templated(&"https://host.test".parse().unwrap(), "api/v1/Token"), "https://host.test/api/v1/Token");
    }
}
