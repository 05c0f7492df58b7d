//! A receiver of OTLP over HTTP that keeps what it gets.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message as _;
use tokio::runtime::Runtime;

#[derive(Debug, Default)]
struct Received {
    resources: Vec<ResourceSpans>,
    headers: Vec<HeaderMap>,
}

/// Listens on a port of its own; ends when dropped.
#[derive(Debug)]
pub struct OtlpReceiver {
    received: Arc<Mutex<Received>>,
    address: String,
    runtime: Option<Runtime>,
}

impl OtlpReceiver {
    /// Starts to listen.
    ///
    /// # Errors
    /// When no socket can be bound.
    pub fn start() -> anyhow::Result<Self> {
        let received = Arc::<Mutex<Received>>::default();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = format!("http://{}", listener.local_addr()?);
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&received));
        let runtime = Runtime::new()?;
        runtime.spawn(async move { axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await });
        Ok(Self { received, address, runtime: Some(runtime) })
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` has to be.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Every span so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.spans_of_services().into_iter().map(|(_, span)| span).collect()
    }

    /// Every span so far, each with the attributes of the process that made it.
    #[must_use]
    pub fn spans_of_services(&self) -> Vec<(Arc<[KeyValue]>, Span)> {
        let received = locked(&self.received);
        let of = |resource: &ResourceSpans| -> Vec<(Arc<[KeyValue]>, Span)> {
            let attributes: Arc<[KeyValue]> = resource.resource.iter().flat_map(|resource| resource.attributes.clone()).collect();
            let spans = resource.scope_spans.iter().flat_map(|scope| scope.spans.iter().cloned());
            spans.map(|span| (Arc::clone(&attributes), span)).collect()
        };
        received.resources.iter().flat_map(of).collect()
    }

    /// A header of the first request.
    ///
    /// # Errors
    /// When nothing was received yet, or without this header.
    pub fn header(&self, name: &str) -> anyhow::Result<String> {
        let received = locked(&self.received);
        let value = received.headers.first().and_then(|headers| headers.get(name)).context("no such header")?;
        Ok(value.to_str()?.to_owned())
    }
}

impl Drop for OtlpReceiver {
    fn drop(&mut self) {
        // A plain drop would panic inside of an asynchronous test.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn locked(received: &Mutex<Received>) -> MutexGuard<'_, Received> {
    received.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(State(received): State<Arc<Mutex<Received>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    let mut received = locked(&received);
    received.resources.extend(request.resource_spans);
    received.headers.push(headers);
    StatusCode::OK
}

/// An attribute as text; none where it is missing or neither a text nor a number.
#[must_use]
pub fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.key == name)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        Value::DoubleValue(number) => Some(number.to_string()),
        _ => None,
    }
}
