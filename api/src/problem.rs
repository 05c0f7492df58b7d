//! Errors as clients see them: `application/problem+json` with a stable `type`.

use advosync_fleet::{ReleaseError, UndoError, UnknownEmployee};
use advosync_queue::QueueError;
use advosync_queue::link::LinkError;
use advosync_sync::ports::{Failure, FailureKind};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// How long a client should wait before it asks again, in seconds.
const RETRY_AFTER: u64 = 5;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        /// What went wrong; each kind has a `type` that stays as it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

kinds! {
    /// The request can't be read.
    BadRequest = "bad-request", BAD_REQUEST, "The request can't be read";
    /// No token, or a wrong one.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "A valid token is needed";
    /// The token's role does not suffice.
    Forbidden = "forbidden", FORBIDDEN, "The token's role does not suffice";
    /// The request comes from a page of somebody else's.
    ForeignOrigin = "foreign-origin", FORBIDDEN, "The request comes from another origin";
    /// There is no such thing.
    NotFound = "not-found", NOT_FOUND, "There is nothing of that name";
    /// No active employee has this Kürzel.
    UnknownEmployee = "unknown-employee", NOT_FOUND, "No active employee has this Kürzel";
    /// The settings leave the employee out.
    EmployeeLeftOut = "employee-left-out", NOT_FOUND, "The settings leave this employee out";
    /// The path knows other methods only.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    /// It can't be done as things stand.
    Conflict = "conflict", CONFLICT, "This can't be done as things stand";
    /// The body is too long.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "The body is too long";
    /// Too many requests.
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests";
    /// A mistake of ours.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong in the api";
    /// Redis is away or full.
    RedisAway = "redis-unavailable", SERVICE_UNAVAILABLE, "Redis is not available";
    /// Advoware is away.
    AdvowareAway = "advoware-unavailable", SERVICE_UNAVAILABLE, "Advoware is not available";
    /// Google is away.
    GoogleAway = "google-unavailable", SERVICE_UNAVAILABLE, "Google Calendar is not available";
    /// One of the two systems refuses our credentials.
    ReconnectNeeded = "reconnect-needed", SERVICE_UNAVAILABLE, "A connection has to be permitted anew";
    /// The live feed has as many listeners as can be served.
    TooManyListeners = "too-many-listeners", SERVICE_UNAVAILABLE, "Too many listen already";
    /// It took too long.
    TimedOut = "timed-out", SERVICE_UNAVAILABLE, "The answer took too long";
}

/// An error as a client sees it. Its texts hold names of settings, ids and codes only.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    retry_after: Option<u64>,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Names the kind of problem, and stays as it is.
    #[serde(rename = "type")]
    #[schema(example = "urn:problem-type:advosync:unknown-employee")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// This case in words, and what to do about it.
    detail: String,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let retry_after = (kind.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER);
        Self { kind, detail: detail.into(), retry_after }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, detail)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}."))
    }

    pub(crate) fn redis_away(code: &str) -> Self {
        Self::new(Kind::RedisAway, format!("Redis does not answer as it should ({code}); nothing was lost. Ask again soon."))
    }

    pub(crate) fn after_seconds(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// The part of its `type` that names it.
    pub(crate) fn slug(&self) -> &'static str {
        self.kind.slug()
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.kind.status()
    }

    fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:problem-type:advosync:{}", self.kind.slug()),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.kind == Kind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"advosync\""));
        }
        // Where a person asked, a page takes the place of this answer.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        match &error {
            LinkError::Unavailable { .. } => Self::redis_away(error.code()),
            LinkError::Full => Self::new(
                Kind::RedisAway,
                "Redis is full; nothing was written. Give it more memory, or wait for the queue to empty.",
            ),
            LinkError::Denied(_) => Self::new(
                Kind::RedisAway,
                "Redis denies access: the user or password in REDIS_URL, or the user's ACL, does not suffice.",
            ),
            LinkError::StaleLease | LinkError::Refused(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "redis refused a command");
                Self::new(Kind::Internal, "Redis refused a command; the log says more.")
            }
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Link(error) => error.into(),
            QueueError::NotFound => Self::not_found("entry"),
            QueueError::Unreadable => {
                Self::new(Kind::Conflict, "An unreadable entry can't be run again; it can only be dropped.")
            }
            QueueError::EmptyFanOut | QueueError::StaleLease => Self::new(Kind::Internal, "The queue refused this step."),
        }
    }
}

impl From<UnknownEmployee> for Problem {
    fn from(unknown: UnknownEmployee) -> Self {
        match unknown {
            UnknownEmployee::NoSuch => {
                Self::new(Kind::UnknownEmployee, "Advoware has no active employee with this Kürzel; upper and lower case count.")
            }
            UnknownEmployee::LeftOut => {
                Self::new(Kind::EmployeeLeftOut, "CALENDAR_SYNC_DEBUG_EMPLOYEES leaves this employee out; add the Kürzel there.")
            }
            UnknownEmployee::Away(failure) => failure.into(),
            UnknownEmployee::Redis(error) => error.into(),
        }
    }
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Link(error) => error.into(),
            ReleaseError::Queue(error) => error.into(),
        }
    }
}

impl From<UndoError> for Problem {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::Nothing => Self::new(Kind::Conflict, "This run wrote nothing, or longer than 30 days ago."),
            UndoError::NoContents => Self::new(
                Kind::Conflict,
                "The journal keeps no contents without CALENDAR_SYNC_KEY, so that nothing can be taken back. Set it for the future.",
            ),
            UndoError::Link(error) => error.into(),
            UndoError::Queue(error) => error.into(),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let code = &failure.code;
        let (away, name) = if code.starts_with("redis") {
            return Self::redis_away(code);
        } else if code.starts_with("advoware") {
            (Kind::AdvowareAway, "Advoware")
        } else {
            (Kind::GoogleAway, "Google Calendar")
        };
        let problem = match failure.kind {
            FailureKind::CalendarMissing => Self::new(
                Kind::Conflict,
                "This employee's calendar is gone in Google: the next run makes it anew. Ask for a run, then for the plan.",
            ),
            FailureKind::Denied => Self::new(
                Kind::ReconnectNeeded,
                format!("{name} refuses our credentials or permissions ({code}). A person has to renew them."),
            ),
            FailureKind::Quota => Self::new(away, format!("{name} allows no more requests for now ({code}).")),
            _ => Self::new(away, format!("{name} does not answer as it should ({code}). Ask again soon.")),
        };
        match failure.retry_after {
            Some(wait) => problem.after_seconds(wait.as_secs()),
            None => problem,
        }
    }
}
