//! Who calls, whether the token allows it, and whether the quota has room.

use std::time::Instant;

use axum::{
    extract::{Query, Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    error::{GoogleError, GoogleResult},
    simulator::Shared,
};
use crate::clock;

/// The account that a request acts as.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) principal: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuotaQuery {
    quota_user: Option<String>,
}

/// The middleware before every API call.
pub(super) async fn authorise(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    match identify(&shared, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

fn identify(shared: &Shared, request: &Request) -> GoogleResult<Caller> {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(GoogleError::unauthorised)?;
    let project = &mut *shared.project();
    let grant = project.tokens.get(token).filter(|grant| grant.expires > clock::now()).ok_or_else(GoogleError::unauthorised)?;
    if !permits(&grant.scopes, request.method(), request.uri().path()) {
        return Err(GoogleError::insufficient_scopes());
    }
    let caller = Caller { principal: grant.principal.clone() };
    let quota_user = Query::<QuotaQuery>::try_from_uri(request.uri())
        .ok()
        .and_then(|Query(query)| query.quota_user)
        .unwrap_or_else(|| caller.principal.clone());
    project.quota.admit(&project.behaviour.quota, &quota_user, Instant::now()).inspect_err(|_| {
        shared.traffic.count(|counters| counters.quota_refusals += 1);
    })?;
    Ok(caller)
}

fn permits(scopes: &[String], method: &Method, path: &str) -> bool {
    let area = if path.contains("/acl") {
        "acls"
    } else if path.contains("/events") || path.ends_with("/channels/stop") {
        "events"
    } else if path.contains("/calendarList") {
        "calendarlist"
    } else {
        "calendars"
    };
    scopes.iter().any(|scope| {
        let Some(scope) = scope.strip_prefix("https://www.googleapis.com/auth/calendar") else {
            return false;
        };
        let reads = method == Method::GET;
        match scope.strip_prefix('.') {
            None => scope.is_empty(),
            Some("readonly") => reads,
            Some(narrow) => match narrow.strip_suffix(".readonly") {
                Some(narrow) => reads && narrow == area,
                None => narrow == area,
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_as_wide_as_their_names() {
        let may = |scope: &str, method: Method, path| {
            let scope = format!("https://www.googleapis.com/auth/calendar{scope}");
            permits(&[scope], &method, path)
        };
        assert!(may("", Method::POST, "/calendar/v3/calendars"));
        assert!(may(".readonly", Method::GET, "/calendar/v3/calendars/x/events"));
        assert!(!may(".readonly", Method::POST, "/calendar/v3/calendars"));
        assert!(may(".events", Method::PUT, "/calendar/v3/calendars/x/events/y"));
        assert!(!may(".events", Method::POST, "/calendar/v3/calendars/x/acl"));
        assert!(!may(".events.readonly", Method::PUT, "/calendar/v3/calendars/x/events/y"));
    }
}
