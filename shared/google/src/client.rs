//! One call to the API: its token, its turn, its repeats.
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use advosync_sync::ports::{Certainty, Failure, FailureKind};
use advosync_upstream::{Breaker, Exchange, NoObserver, NoReply, Observer, Reply, RetryBudget, Setback, Transport, persist};
use reqwest::header::IF_MATCH;
use reqwest::{Method, RequestBuilder, Url};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use crate::answer::{self, Manner};
use crate::error::{SetupError, UPSTREAM, failure};
use crate::quota::{Ask, Kind, NoQuota, Quota, QuotaError};
use crate::settings::GoogleSettings;
use crate::token::{Token, Tokens};
use crate::wire::Page;

/// A list longer than this many pages is a server going round in circles.
const MAX_PAGES: usize = 1_000;

/// What the client shares with the rest of the fleet.
#[derive(Clone)]
pub struct Dependencies {
    /// Rations the requests.
    pub quota: Arc<dyn Quota>,
    /// Learns of every HTTP exchange.
    pub observer: Arc<dyn Observer>,
}

impl Default for Dependencies {
    /// A client on its own, without a limit.
    fn default() -> Self {
        Self { quota: Arc::new(NoQuota), observer: Arc::new(NoObserver) }
    }
}

/// Google Calendar for one service account. Clones are cheap and share everything.
#[derive(Clone)]
pub struct GoogleClient {
    shared: Arc<Shared>,
    budget: Arc<RetryBudget>,
    urgent: bool,
}

struct Shared {
    settings: GoogleSettings,
    transport: Transport,
    tokens: Tokens,
    quota: Arc<dyn Quota>,
}

/// One call.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) kind: Kind,
    /// Below the base; the segments in braces are filled from `ids`, in their order.
    pub(crate) template: &'static str,
    pub(crate) ids: &'a [&'a str],
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) etag: Option<&'a str>,
    /// It may be repeated even where it may have been carried out.
    pub(crate) freely: bool,
    /// It concerns one event only.
    pub(crate) one_event: bool,
}

impl<'a> Call<'a> {
    /// A read, which may be repeated freely.
    pub(crate) fn read(operation: &'static str, template: &'static str, ids: &'a [&'a str]) -> Self {
        Self {
            operation,
            method: Method::GET,
            kind: Kind::Read,
            template,
            ids,
            query: Vec::new(),
            body: None,
            etag: None,
            freely: true,
            one_event: false,
        }
    }

    /// A write, which may be repeated only where nothing was done.
    pub(crate) fn write(operation: &'static str, method: Method, template: &'static str, ids: &'a [&'a str]) -> Self {
        Self { method, kind: Kind::Write, freely: false, ..Self::read(operation, template, ids) }
    }

    fn manner(&self) -> Manner {
        Manner {
            operation: self.operation,
            freely: self.freely,
            one_event: self.one_event,
            slow_kind: matches!(self.kind, Kind::CreateCalendar | Kind::Share),
        }
    }

    /// Google counts each calendar's calls for a user of its own; calls on no calendar share one.
    fn quota_user(&self) -> String {
        let calendar = if self.template.starts_with("calendars/") { self.ids.first() } else { None };
        calendar.map_or_else(|| "calendars".into(), |calendar| hashed(calendar))
    }

    /// A hash of whom it is about, for the breaker.
    fn subject(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.operation, self.ids).hash(&mut hasher);
        hasher.finish()
    }
}

impl GoogleClient {
    /// Whom Google takes us for.
    pub(crate) fn identity(&self) -> &str {
        self.shared.settings.account.identity()
    }

    /// A client; asks nothing yet.
    ///
    /// # Errors
    /// Where the private key is none, or TLS cannot be set up.
    pub async fn new(settings: GoogleSettings, dependencies: Dependencies) -> Result<Self, SetupError> {
        let Dependencies { quota, observer } = dependencies;
        let transport = Transport::new(UPSTREAM, settings.timeouts, Breaker::new(settings.breaker), observer)?;
        let tokens = Tokens::new(settings.account.clone(), settings.timeouts.connect).await?;
        let shared = Arc::new(Shared { settings, transport, tokens, quota });
        Ok(Self { shared, budget: Arc::default(), urgent: false })
    }

    /// The same client with a retry budget of its own: one for each run. An urgent one goes before the others.
    #[must_use]
    pub fn for_run(&self, urgent: bool) -> Self {
        Self { shared: Arc::clone(&self.shared), budget: Arc::default(), urgent }
    }

    /// The circuit breaker, for a dashboard.
    #[must_use]
    pub fn breaker(&self) -> &Breaker {
        self.shared.transport.breaker()
    }

    /// Logs in.
    ///
    /// # Errors
    /// Where Google refuses (see [`crate::Denial::of`]) or does not answer.
    pub async fn log_in(&self) -> Result<(), Failure> {
        let deadline = self.deadline();
        persist(&self.shared.settings.retry, &self.budget, deadline, async |_| self.token(deadline, None).await.map(drop)).await
    }

    /// Sends `call`, repeats it where that is safe, and reads the answer (2xx, 404, 409, 410 or 412, no web page) with `read`.
    pub(crate) async fn call<T, R>(&self, call: Call<'_>, read: R) -> Result<T, Failure>
    where
        R: Fn(&Reply) -> Result<T, Failure>,
    {
        let deadline = self.deadline();
        let renewed = AtomicBool::new(false);
        let quota_user = call.quota_user();
        persist(&self.shared.settings.retry, &self.budget, deadline, async |resend| {
            let reply = self.attempt(&call, &quota_user, resend, deadline, &renewed).await?;
            let read = read(&reply)
                .map_err(|failure| Setback { again: call.freely && failure.kind == FailureKind::Unavailable, failure })?;
            self.shared.quota.succeeded(call.kind, &quota_user).await;
            Ok(read)
        })
        .await
    }

    /// Every page of a list, with `query` on each of them; `check` tells a success from a failure.
    ///
    /// Gives the pages' items and the last page's sync token.
    pub(crate) async fn pages(
        &self,
        operation: &'static str,
        template: &'static str,
        ids: &[&str],
        query: &[(&'static str, String)],
        check: impl Fn(&Reply) -> Result<(), Failure>,
    ) -> Result<(Vec<Vec<Box<RawValue>>>, Option<String>), Failure> {
        let mut pages = Vec::new();
        let mut page_token: Option<String> = None;
        while pages.len() < MAX_PAGES {
            let mut query = query.to_vec();
            query.extend(page_token.map(|token| ("pageToken", token)));
            let call = Call { query, ..Call::read(operation, template, ids) };
            let page: Page = self
                .call(call, |reply| {
                    check(reply)?;
                    answer::json(reply, operation)
                })
                .await?;
            pages.push(page.items);
            page_token = page.next_page_token;
            if page_token.is_none() {
                return Ok((pages, page.next_sync_token));
            }
        }
        Err(failure(FailureKind::Unavailable, Certainty::NotDone, operation, "endless list"))
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        quota_user: &str,
        resend: u32,
        deadline: Instant,
        renewed: &AtomicBool,
    ) -> Result<Reply, Setback> {
        let token = self.token(deadline, None).await?;
        let mut reply = self.send(call, quota_user, &token, resend, deadline).await?;
        if reply.status.as_u16() == 401 && !renewed.swap(true, Ordering::Relaxed) {
            let token = self.token(deadline, Some(&token)).await?;
            reply = self.send(call, quota_user, &token, resend + 1, deadline).await?;
        }
        let checked = answer::check(&reply, call.manner());
        if let Err(setback) = &checked
            && answer::is_rate_limit(setback)
        {
            self.shared.quota.refused(call.kind, quota_user, reply.retry_after).await;
        }
        checked.map(|()| reply)
    }

    async fn send(
        &self,
        call: &Call<'_>,
        quota_user: &str,
        token: &Token,
        resend: u32,
        deadline: Instant,
    ) -> Result<Reply, Setback> {
        let request = self.request(call, quota_user, token)?;
        let ask = Ask { kind: call.kind, quota_user, patience: (deadline - Instant::now()) / 2, urgent: self.urgent };
        let unsent = |kind, what| failure(kind, Certainty::NotDone, call.operation, what);
        let waited = match timeout_at(deadline, self.shared.quota.acquire(ask)).await {
            Ok(Ok(waited)) => waited,
            Ok(Err(QuotaError::TooLong { retry_after })) => {
                return Err(Setback::last(Failure { retry_after: Some(retry_after), ..unsent(FailureKind::Quota, "quota") }));
            }
            Ok(Err(QuotaError::Away)) => return Err(Setback::last(unsent(FailureKind::Unavailable, "the quota is away"))),
            Err(_) => return Err(Setback::last(unsent(FailureKind::Quota, "quota"))),
        };
        let exchange = Exchange {
            operation: call.operation,
            method: call.method.clone(),
            template: call.template,
            request,
            subject: Some(call.subject()),
            resend,
            waited,
            deadline,
        };
        self.shared.transport.send(exchange).await.map_err(|why| {
            let again = !matches!(why, NoReply::CircuitOpen(_)) && (call.freely || why.certainty() == Certainty::NotDone);
            Setback { failure: why.failure(UPSTREAM, call.operation), again }
        })
    }

    fn request(&self, call: &Call<'_>, quota_user: &str, token: &Token) -> Result<RequestBuilder, Setback> {
        let unusable = || failure(FailureKind::Refused, Certainty::NotDone, call.operation, "no usable address");
        let url = address(&self.shared.settings.base, call.template, call.ids).ok_or_else(unusable)?;
        let mut request = self
            .shared
            .transport
            .request(call.method.clone(), url)
            .query(&call.query)
            .query(&[("quotaUser", quota_user)])
            .bearer_auth(token.secret());
        if let Some(etag) = call.etag {
            request = request.header(IF_MATCH, etag);
        }
        if let Some(body) = &call.body {
            request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        Ok(request)
    }

    async fn token(&self, deadline: Instant, failed: Option<&Token>) -> Result<Token, Setback> {
        self.shared.tokens.token(self.shared.transport.observer(), deadline, failed).await
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.shared.settings.timeouts.call
    }
}

/// The address below `base`, each id a percent-encoded segment of its own.
fn address(base: &Url, template: &str, ids: &[&str]) -> Option<Url> {
    let mut url = base.clone();
    let mut ids = ids.iter();
    {
        let mut segments = url.path_segments_mut().ok()?;
        segments.pop_if_empty();
        for segment in template.split('/') {
            if segment.starts_with('{') {
                segments.push(ids.next().filter(|id| !matches!(**id, "" | "." | ".."))?);
            } else {
                segments.push(segment);
            }
        }
    }
    Some(url)
}

fn hashed(id: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(id)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::path;

    #[test]
    fn an_id_stays_one_segment() {
        let base = |text: &str| text.parse::<Url>().expect("a URL");
        for base in [base("http://127.0.0.1:1/calendar/v3/"), base("http://127.0.0.1:1/calendar/v3")] {
            let url = address(&base, path::EVENT, &["a/b#c?d%@group.calendar.google.com", "id"]).expect("an address");
            assert_eq!(
                url.as_str(),
                "http://127.0.0.1:1/calendar/v3/calendars/a%2Fb%23c%3Fd%25@group.calendar.google.com/events/id"
            );
        }
        assert!(address(&base("http://h/"), path::EVENT, &["..", "id"]).is_none());
        assert!(address(&base("http://h/"), path::EVENT, &["calendar", ""]).is_none());
    }

    #[test]
    fn a_quota_user_names_nobody() {
        let call = Call::read("events.list", path::EVENTS, &["anna@example.org"]);
        assert_eq!(call.quota_user().len(), 32);
        assert!(!call.quota_user().contains("anna"));
        assert_eq!(Call::read("calendars.list", path::CALENDAR_LIST, &[]).quota_user(), "calendars");
    }
}
