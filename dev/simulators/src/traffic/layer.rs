use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;

use super::{
    counters::Counters,
    faults::{ActiveRule, ErrorPage, Fault, FaultRule, Verdict},
};
use crate::server::HangUp;

/// Builds the error body of the simulated system from status and reason.
type ErrorBody = fn(u16, Option<&str>) -> Value;

/// Counters and faults of one server.
#[derive(Debug)]
pub(crate) struct Traffic {
    inner: Mutex<Inner>,
    error_body: ErrorBody,
}

#[derive(Debug)]
struct Inner {
    counters: Counters,
    rules: Vec<ActiveRule>,
    random: StdRng,
    in_flight: u64,
}

impl Traffic {
    pub(crate) fn new(seed: u64, error_body: ErrorBody) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner {
                counters: Counters::default(),
                rules: Vec::new(),
                random: StdRng::seed_from_u64(seed),
                in_flight: 0,
            }),
            error_body,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counters(&self) -> Counters {
        self.lock().counters.clone()
    }

    pub(crate) fn reset_counters(&self) {
        self.lock().counters = Counters::default();
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.lock().counters);
    }

    pub(crate) fn count_write(&self, operation: &str) {
        self.count(|counters| add_one(&mut counters.writes, operation));
    }

    pub(crate) fn inject(&self, rule: FaultRule) -> Result<(), regex::Error> {
        let active = ActiveRule::new(rule)?;
        self.lock().rules.push(active);
        Ok(())
    }

    pub(crate) fn faults(&self) -> Vec<FaultRule> {
        self.lock().rules.iter().map(|active| active.rule.clone()).collect()
    }

    pub(crate) fn clear_faults(&self) {
        self.lock().rules.clear();
    }

    fn begin(&self, method: &str, template: &str, target: &str) -> Verdict {
        let inner = &mut *self.lock();
        add_one(&mut inner.counters.requests, &format!("{method} {template}"));
        inner.in_flight += 1;
        inner.counters.in_flight_peak = inner.counters.in_flight_peak.max(inner.in_flight);
        let mut verdict = Verdict::default();
        for active in &mut inner.rules {
            let harmless = matches!(active.rule.fault, Fault::Latency { .. });
            if !harmless && verdict.fault.is_some() {
                continue;
            }
            if active.strikes(method, target, inner.random.random()) {
                let fault = &active.rule.fault;
                add_one(&mut inner.counters.faults, fault.name());
                verdict.delay += fault.delay(inner.random.random());
                if !harmless {
                    verdict.fault = Some(Arc::new(fault.clone()));
                }
            }
        }
        verdict
    }

    fn end(&self, response: &Response) {
        let dropped = response.extensions().get::<HangUp>().is_some();
        let status = if dropped { 0 } else { response.status().as_u16() };
        self.count(|counters| *counters.statuses.entry(status).or_default() += 1);
    }

    fn error_answer(&self, fault: &Fault) -> Option<Response> {
        let Fault::Status { status, page, reason, retry_after, .. } = fault else {
            return None;
        };
        let code = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = match page {
            ErrorPage::Json => {
                let body = (self.error_body)(code.as_u16(), reason.as_deref());
                (code, axum::Json(body)).into_response()
            }
            ErrorPage::Html => (code, axum::response::Html(html_page(code))).into_response(),
            ErrorPage::Empty => code.into_response(),
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        Some(response)
    }
}

/// Counts a request that is in work, also where the client gives up and the work is cancelled.
struct InFlight(Arc<Traffic>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.in_flight = inner.in_flight.saturating_sub(1);
    }
}

pub(crate) fn add_one(counts: &mut std::collections::BTreeMap<String, u64>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count += 1;
    } else {
        counts.insert(key.to_owned(), 1);
    }
}

/// The middleware: counts the request and applies the faults that hit it.
pub(crate) async fn observe(State(traffic): State<Arc<Traffic>>, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().map_or("(no such path)", MatchedPath::as_str);
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let verdict = traffic.begin(request.method().as_str(), template, target);
    let _in_flight = InFlight(Arc::clone(&traffic));
    if !verdict.delay.is_zero() {
        tokio::time::sleep(verdict.delay).await;
    }
    let response = match verdict.fault {
        Some(fault) => spoil(&traffic, &fault, request, next).await,
        None => next.run(request).await,
    };
    traffic.end(&response);
    response
}

async fn spoil(traffic: &Traffic, fault: &Fault, request: Request, next: Next) -> Response {
    match fault {
        Fault::Latency { .. } | Fault::Hang { .. } => next.run(request).await,
        Fault::DropBefore => hang_up(),
        Fault::DropAfter => {
            next.run(request).await;
            hang_up()
        }
        Fault::HalfBody => half(next.run(request).await).await,
        Fault::Status { after_work, .. } => {
            if *after_work {
                next.run(request).await;
            }
            traffic.error_answer(fault).unwrap_or_else(hang_up)
        }
    }
}

fn hang_up() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(HangUp);
    response
}

/// Announces the whole body but sends only its first half.
async fn half(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(collected) = body.collect().await else {
        return hang_up();
    };
    let whole = collected.to_bytes();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let first = Ok::<Bytes, std::io::Error>(whole.slice(..whole.len() / 2));
    let broken = async {
        // The first half has to be on its way before the connection breaks.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::ErrorKind::BrokenPipe.into())
    };
    let pieces = stream::iter([first]).chain(stream::once(broken));
    Response::from_parts(parts, Body::from_stream(pieces))
}

fn html_page(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or("Fehler");
    let code = status.as_u16();
    format!(
        "<!DOCTYPE html>\r\n<html><head><title>{code} {reason}</title></head>\r\n<body>\
         <h1>{code} {reason}</h1><p>Der Server ist zurzeit nicht erreichbar.</p></body></html>\r\n"
    )
}
