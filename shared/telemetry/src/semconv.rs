//! Names and spans by OpenTelemetry's semantic conventions, all in one place.
//!
//! Messaging is still in development there, so a change of its names is a change of this module alone. The spans
//! of calls to other systems are made where the calls are made, in `shared/upstream`; those of a run's steps in
//! the engine, which knows nothing of telemetry. Span names hold no ids.

use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::link;

/// The name of the program, such as `advosync-worker`.
pub const SERVICE_NAME: &str = "service.name";

/// The name of a span where it is made at run time.
const NAME: &str = "otel.name";
/// `client`, `server`, `producer`, `consumer` or `internal`.
const KIND: &str = "otel.kind";
/// `ERROR` where a span failed.
const STATUS: &str = "otel.status_code";

/// The class of an error: a status code or a short stable word.
pub const ERROR_TYPE: &str = "error.type";
/// The method of a request.
pub const HTTP_METHOD: &str = "http.request.method";
/// The status of an answer.
pub const HTTP_STATUS: &str = "http.response.status_code";
/// The route that a request matched.
pub const HTTP_ROUTE: &str = "http.route";

/// `redis`, for a queue.
pub const MESSAGING_SYSTEM: &str = "messaging.system";
/// `send` or `process`, as the queue calls it.
pub const MESSAGING_OPERATION_NAME: &str = "messaging.operation.name";
/// `send` or `process`, as the conventions call it.
pub const MESSAGING_OPERATION_TYPE: &str = "messaging.operation.type";
/// The stream, without the prefix of its key.
pub const MESSAGING_DESTINATION: &str = "messaging.destination.name";
/// The consumer group.
pub const MESSAGING_GROUP: &str = "messaging.consumer.group.name";
/// The job's id.
pub const MESSAGING_MESSAGE_ID: &str = "messaging.message.id";
/// The run's id, which a job and its retries share.
pub const MESSAGING_CONVERSATION_ID: &str = "messaging.message.conversation_id";
/// How many jobs were sent at once.
pub const MESSAGING_BATCH_COUNT: &str = "messaging.batch.message_count";

/// The employee.
pub const KUERZEL: &str = "advosync.kuerzel";
/// Which attempt of a job it is, from 1.
pub const ATTEMPT: &str = "advosync.attempt";
/// How a run ended.
pub const RUN_STATUS: &str = "advosync.run.status";

/// A request that came in; name and route follow by [`matched`] once they are known.
#[must_use]
pub fn server_span(method: &str) -> Span {
    info_span!(
        "http request",
        { NAME } = method,
        { KIND } = "server",
        { STATUS } = Empty,
        { HTTP_METHOD } = method,
        { HTTP_ROUTE } = Empty,
        { HTTP_STATUS } = Empty,
        { ERROR_TYPE } = Empty,
    )
}

/// Names a [`server_span`] by the route that matched.
pub fn matched(span: &Span, method: &str, route: &str) {
    span.record(NAME, format!("{method} {route}"));
    span.record(HTTP_ROUTE, route);
}

/// Notes the answer to a request that came in.
pub fn answered(span: &Span, status: u16) {
    span.record(HTTP_STATUS, status);
    if status >= 500 {
        failed(span, &status.to_string());
    }
}

/// The sending of one or more jobs to a stream such as `jobs:employee`.
#[must_use]
pub fn send_span(stream: &str, run_id: &str, kuerzel: Option<&str>) -> Span {
    info_span!(
        "send",
        { NAME } = format!("send {stream}"),
        { KIND } = "producer",
        { STATUS } = Empty,
        { MESSAGING_SYSTEM } = "redis",
        { MESSAGING_OPERATION_NAME } = "send",
        { MESSAGING_OPERATION_TYPE } = "send",
        { MESSAGING_DESTINATION } = stream,
        { MESSAGING_CONVERSATION_ID } = run_id,
        { MESSAGING_MESSAGE_ID } = Empty,
        { MESSAGING_BATCH_COUNT } = Empty,
        { KUERZEL } = kuerzel,
        { ERROR_TYPE } = Empty,
    )
}

/// Notes on a [`send_span`] which run it is about, and links it to what it follows: the job that it joined, the
/// dead letter that it takes back.
pub fn sent<T: AsRef<str>>(span: &Span, run_id: &str, follows: impl IntoIterator<Item = T>) {
    span.record(MESSAGING_CONVERSATION_ID, run_id);
    follows.into_iter().for_each(|traceparent| link(span, traceparent.as_ref()));
}

/// The same for `jobs` that were sent at once.
pub fn sent_together<T: AsRef<str>>(span: &Span, jobs: usize, follows: impl IntoIterator<Item = T>) {
    span.record(MESSAGING_BATCH_COUNT, jobs);
    follows.into_iter().for_each(|traceparent| link(span, traceparent.as_ref()));
}

/// A job that is worked on.
#[derive(Debug, Clone, Copy)]
pub struct Processed<'a> {
    /// The stream it came from, such as `jobs:employee`.
    pub stream: &'a str,
    /// The consumer group.
    pub group: &'a str,
    /// The job's id.
    pub job_id: &'a str,
    /// The run's id.
    pub run_id: &'a str,
    /// The employee, where it is one's job.
    pub kuerzel: Option<&'a str>,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

/// The work on a job; give it a parent by [`crate::parent_and_link`] or [`crate::start_new_trace`].
#[must_use]
pub fn process_span(job: Processed<'_>) -> Span {
    info_span!(
        "process",
        { NAME } = format!("process {}", job.stream),
        { KIND } = "consumer",
        { STATUS } = Empty,
        { MESSAGING_SYSTEM } = "redis",
        { MESSAGING_OPERATION_NAME } = "process",
        { MESSAGING_OPERATION_TYPE } = "process",
        { MESSAGING_DESTINATION } = job.stream,
        { MESSAGING_GROUP } = job.group,
        { MESSAGING_MESSAGE_ID } = job.job_id,
        { MESSAGING_CONVERSATION_ID } = job.run_id,
        { KUERZEL } = job.kuerzel,
        { ATTEMPT } = job.attempt,
        { RUN_STATUS } = Empty,
        { ERROR_TYPE } = Empty,
    )
}

/// Marks a span as failed, with the class of the error.
pub fn failed(span: &Span, class: &str) {
    span.record(STATUS, "ERROR");
    span.record(ERROR_TYPE, class);
}
