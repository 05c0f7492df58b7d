use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// An error in Google's JSON form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GoogleError {
    status: u16,
    domain: &'static str,
    reason: &'static str,
    message: String,
    location: Option<(&'static str, &'static str)>,
    retry_after: Option<u64>,
}

pub(crate) type GoogleResult<T> = Result<T, GoogleError>;

impl GoogleError {
    fn new(status: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, domain: "global", reason, message: message.into(), location: None, retry_after: None }
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid", message)
    }

    pub(super) fn required(message: &str) -> Self {
        Self::new(400, "required", message)
    }

    pub(super) fn bad_request(reason: &'static str, message: &str) -> Self {
        Self::new(400, reason, message)
    }

    pub(super) fn parse_error() -> Self {
        Self::new(400, "parseError", "Parse Error")
    }

    pub(super) fn unauthorised() -> Self {
        let mut error = Self::new(401, "authError", "Invalid Credentials");
        error.location = Some(("header", "Authorization"));
        error
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::new(403, "forbidden", message)
    }

    pub(super) fn insufficient_scopes() -> Self {
        Self::new(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "notFound", "Not Found")
    }

    pub(super) fn duplicate() -> Self {
        Self::new(409, "duplicate", "The requested identifier already exists.")
    }

    pub(super) fn deleted() -> Self {
        Self::new(410, "deleted", "Resource has been deleted")
    }

    pub(super) fn full_sync_required() -> Self {
        let mut error = Self::new(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.");
        error.domain = "calendar";
        error.location = Some(("parameter", "syncToken"));
        error
    }

    pub(super) fn updated_min_too_long_ago() -> Self {
        let mut error =
            Self::new(410, "updatedMinTooLongAgo", "The requested minimum modification time lies too far in the past.");
        error.domain = "calendar";
        error.location = Some(("parameter", "updatedMin"));
        error
    }

    pub(super) fn condition_not_met() -> Self {
        let mut error = Self::new(412, "conditionNotMet", "Precondition Failed");
        error.location = Some(("header", "If-Match"));
        error
    }

    pub(super) fn calendar_limits() -> Self {
        let mut error = Self::new(403, "quotaExceeded", "Calendar usage limits exceeded.");
        error.domain = "usageLimits";
        error
    }

    pub(super) fn rate_limit(status: u16, reason: &'static str, retry_after: Option<u64>) -> Self {
        let mut error = Self::new(status, reason, "Rate Limit Exceeded");
        error.domain = "usageLimits";
        error.retry_after = retry_after;
        error
    }
}

/// The error body for an injected fault.
pub(super) fn error_body(status: u16, reason: Option<&str>) -> Value {
    let usual = match status {
        401 => "authError",
        403 | 429 => "rateLimitExceeded",
        404 => "notFound",
        410 => "deleted",
        412 => "conditionNotMet",
        503 => "backendError",
        _ => "internalError",
    };
    body(status, "global", reason.unwrap_or(usual), "Backend Error", None)
}

fn body(status: u16, domain: &str, reason: &str, message: &str, location: Option<(&str, &str)>) -> Value {
    let mut detail = json!({"domain": domain, "reason": reason, "message": message});
    if let Some((kind, place)) = location {
        detail["locationType"] = Value::from(kind);
        detail["location"] = Value::from(place);
    }
    json!({"error": {"errors": [detail], "code": status, "message": message}})
}

impl IntoResponse for GoogleError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = body(self.status, self.domain, self.reason, &self.message, self.location);
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
