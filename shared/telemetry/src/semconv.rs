//! Names and spans by OpenTelemetry's semantic conventions, all in one place.
//!
//! Messaging is still in development there, so a change of its names is a change of this module alone.
//! Span names hold no ids; an address is shown as its template, since a calendar's id can be a mail
//! address.

use std::time::Duration;

use tracing::field::Empty;
use tracing::{Span, info_span};

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
/// How often the request was sent again.
pub const HTTP_RESENDS: &str = "http.request.resend_count";
/// The route that a request matched.
pub const HTTP_ROUTE: &str = "http.route";
/// The path of a request with its ids left open.
pub const URL_TEMPLATE: &str = "url.template";
/// The whole address with its ids left open.
pub const URL_FULL: &str = "url.full";
/// Host of the other side.
pub const SERVER_ADDRESS: &str = "server.address";
/// Port of the other side.
pub const SERVER_PORT: &str = "server.port";

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

/// `redis`, for a database.
pub const DB_SYSTEM: &str = "db.system.name";
/// The command.
pub const DB_OPERATION: &str = "db.operation.name";
/// The script that a command runs.
pub const DB_PROCEDURE: &str = "db.stored_procedure.name";

/// The employee.
pub const KUERZEL: &str = "advosync.kuerzel";
/// Which attempt of a job it is, from 1.
pub const ATTEMPT: &str = "advosync.attempt";
/// How a run ended.
pub const RUN_STATUS: &str = "advosync.run.status";
/// Seconds spent waiting for the quota.
pub const QUOTA_WAIT: &str = "advosync.quota.wait_seconds";
/// `advoware` or `google`.
pub const SIDE: &str = "advosync.side";
/// `create`, `update` or `delete`.
pub const OPERATION: &str = "advosync.operation";
/// How many things the span did.
pub const COUNT: &str = "advosync.count";
/// The appointment's number.
pub const FRNR: &str = "advosync.frnr";

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

/// A request to another system. `template` is its path with the ids left open, `base` its scheme and host.
#[must_use]
pub fn client_span(method: &str, template: &str, base: &str, host: &str, port: u16) -> Span {
    info_span!(
        "http call",
        { NAME } = format!("{method} {template}"),
        { KIND } = "client",
        { STATUS } = Empty,
        { HTTP_METHOD } = method,
        { URL_TEMPLATE } = template,
        { URL_FULL } = format!("{}{template}", base.trim_end_matches('/')),
        { SERVER_ADDRESS } = host,
        { SERVER_PORT } = port,
        { HTTP_STATUS } = Empty,
        { HTTP_RESENDS } = Empty,
        { QUOTA_WAIT } = Empty,
        { ERROR_TYPE } = Empty,
    )
}

/// Notes how a [`client_span`] went: the last status, or the class of the error where none came.
pub fn called(span: &Span, outcome: Result<u16, &str>, resends: u32, quota_wait: Duration) {
    match outcome {
        Ok(status) => {
            span.record(HTTP_STATUS, status);
            if status >= 400 {
                failed(span, &status.to_string());
            }
        }
        Err(class) => failed(span, class),
    }
    if resends > 0 {
        span.record(HTTP_RESENDS, resends);
    }
    if !quota_wait.is_zero() {
        span.record(QUOTA_WAIT, quota_wait.as_secs_f64());
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

/// A command to Redis that is worth a span: a script, by its name.
#[must_use]
pub fn script_span(script: &'static str) -> Span {
    info_span!(
        "redis",
        { NAME } = format!("EVALSHA {script}"),
        { KIND } = "client",
        { STATUS } = Empty,
        { DB_SYSTEM } = "redis",
        { DB_OPERATION } = "EVALSHA",
        { DB_PROCEDURE } = script,
        { ERROR_TYPE } = Empty,
    )
}

/// A step of a run: `load advoware`, `load google`, `plan` or `apply`; counts follow by [`tracing::Span::record`].
#[must_use]
pub fn step_span(step: &'static str) -> Span {
    info_span!(
        "step",
        { NAME } = step,
        { KIND } = "internal",
        { STATUS } = Empty,
        { COUNT } = Empty,
        "advosync.plan.google" = Empty,
        "advosync.plan.advoware" = Empty,
        "advosync.plan.conflicts" = Empty,
        "advosync.plan.unchanged" = Empty,
        { ERROR_TYPE } = Empty,
    )
}

/// One operation of a plan, or `count` successful ones of its kind together.
#[must_use]
pub fn operation_span(side: &'static str, operation: &'static str, frnr: Option<i64>, count: u64) -> Span {
    info_span!(
        "operation",
        { NAME } = format!("{operation} {side}"),
        { KIND } = "internal",
        { STATUS } = Empty,
        { SIDE } = side,
        { OPERATION } = operation,
        { FRNR } = frnr,
        { COUNT } = count,
        { ERROR_TYPE } = Empty,
    )
}

/// Marks a span as failed, with the class of the error.
pub fn failed(span: &Span, class: &str) {
    span.record(STATUS, "ERROR");
    span.record(ERROR_TYPE, class);
}
