//! Google's names: paths, parameters, reasons and the forms of lists and errors.
use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// Path templates below the base; a segment in braces stands for one that the call fills in.
pub(crate) mod path {
    pub(crate) const EVENTS: &str = "calendars/{calendarId}/events";
    pub(crate) const EVENT: &str = "calendars/{calendarId}/events/{eventId}";
    pub(crate) const INSTANCES: &str = "calendars/{calendarId}/events/{eventId}/instances";
    pub(crate) const WATCH: &str = "calendars/{calendarId}/events/watch";
    pub(crate) const STOP: &str = "channels/stop";
    pub(crate) const CALENDARS: &str = "calendars";
    pub(crate) const CALENDAR: &str = "calendars/{calendarId}";
    pub(crate) const CALENDAR_LIST: &str = "users/me/calendarList";
    pub(crate) const ACL: &str = "calendars/{calendarId}/acl";
    pub(crate) const ACL_RULE: &str = "calendars/{calendarId}/acl/{ruleId}";
}

/// The scope of every token: one scope, one token.
pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/calendar";
/// The time zone of every calendar that we make.
pub(crate) const TIME_ZONE: &str = "Europe/Berlin";

/// The parameters of every events list. A sync token is good only with those of the list it came from.
pub(crate) const LIST: [(&str, &str); 3] = [("showDeleted", "true"), ("singleEvents", "false"), ("maxResults", "2500")];
/// Nobody gets mail for what a synchronisation writes.
pub(crate) const NO_UPDATES: (&str, &str) = ("sendUpdates", "none");
/// Nobody gets mail for a calendar shared with them.
pub(crate) const NO_NOTIFICATIONS: (&str, &str) = ("sendNotifications", "false");

/// A time in a parameter.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// One page of any list, its items each as it came.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    #[serde(default)]
    pub(crate) items: Vec<Box<RawValue>>,
    pub(crate) next_page_token: Option<String>,
    pub(crate) next_sync_token: Option<String>,
}

/// What an event is known by.
#[derive(Deserialize)]
pub(crate) struct EventId {
    pub(crate) id: String,
}

/// When an instance would have been.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instance {
    pub(crate) original_start_time: Option<OriginalStart>,
}

/// A timed or an all-day start.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OriginalStart {
    pub(crate) date_time: Option<DateTime<Utc>>,
    pub(crate) date: Option<chrono::NaiveDate>,
}

/// Why Google refused.
#[derive(Deserialize, Default)]
pub(crate) struct ErrorAnswer {
    error: ErrorBody,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorBody {
    errors: Vec<Reason>,
    details: Vec<Reason>,
    status: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reason {
    reason: String,
}

impl ErrorAnswer {
    /// Whether one of the reasons given is among `reasons`, in the old form or the new.
    pub(crate) fn has(&self, reasons: &[&str]) -> bool {
        let ErrorBody { errors, details, status } = &self.error;
        errors.iter().chain(details).map(|reason| &reason.reason).chain([status]).any(|given| reasons.contains(&given.as_str()))
    }

    /// Whether any reason is given at all.
    pub(crate) fn is_reasoned(&self) -> bool {
        !self.error.errors.is_empty() || !self.error.details.is_empty() || !self.error.status.is_empty()
    }
}

/// Too much in a minute: seconds to wait.
pub(crate) const RATE_LIMITED: [&str; 4] =
    ["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"];
/// Too much use of calendars: hours to wait.
pub(crate) const USE_LIMITED: [&str; 4] = ["quotaExceeded", "dailyLimitExceeded", "calendarUsageLimits", "calendarLimitExceeded"];
/// The API is off in the project.
pub(crate) const API_DISABLED: [&str; 2] = ["accessNotConfigured", "SERVICE_DISABLED"];
/// The token does not reach.
pub(crate) const SCOPE_MISSING: [&str; 2] = ["insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"];
/// The account may not write to the calendar at all.
pub(crate) const ROLE_MISSING: [&str; 1] = ["requiredAccessLevel"];

/// A body without members that are not set: Google's crate writes those as nulls.
pub(crate) fn body(value: &impl Serialize) -> Value {
    let mut body = serde_json::to_value(value).unwrap_or_default();
    strip_nulls(&mut body);
    body
}

fn strip_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(strip_nulls);
    }
}

/// The items that can be read as `T`, and how many cannot.
pub(crate) fn readable<T: DeserializeOwned>(items: &[Box<RawValue>]) -> (Vec<T>, usize) {
    let read: Vec<T> = items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect();
    let unreadable = items.len() - read.len();
    (read, unreadable)
}

#[cfg(test)]
mod tests {
    use google_calendar3::api::{AclRule, AclRuleScope};
    use serde_json::json;

    use super::*;

    fn error(value: Value) -> ErrorAnswer {
        serde_json::from_value(value).expect("an error")
    }

    #[test]
    fn reasons_come_in_the_old_form_and_in_the_new() {
        let old = error(
            json!({"error": {"code": 403, "message": "x", "errors": [{"domain": "usageLimits", "reason": "rateLimitExceeded", "message": "x"}]}}),
        );
        assert!(old.has(&RATE_LIMITED) && !old.has(&USE_LIMITED));
        let new = error(
            json!({"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [{"@type": "t", "reason": "SERVICE_DISABLED"}, {"@type": "u"}]}}),
        );
        assert!(new.has(&API_DISABLED) && new.is_reasoned());
        assert!(!error(json!({"error": {}})).is_reasoned());
    }

    #[test]
    fn a_body_holds_only_what_is_set() {
        let scope = AclRuleScope { type_: Some("user".into()), value: None };
        let rule = AclRule { role: Some("owner".into()), scope: Some(scope), ..AclRule::default() };
        assert_eq!(body(&rule), json!({"role": "owner", "scope": {"type": "user"}}));
    }
}
