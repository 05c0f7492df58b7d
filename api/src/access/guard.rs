//! The door: nobody comes in without a token, a session or the open loopback.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Session;
use crate::app::App;
use crate::dashboard;
use crate::problem::{Kind, Problem};

/// Carries the session's proof in requests of scripts.
const CSRF_HEADER: &str = "x-csrf-token";
/// Carries it in forms.
const CSRF_FIELD: &str = "csrf";

/// Lets a request through with its [`super::Actor`], or answers 401 or 403.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let actor = match app.access().admit(request.method(), request.headers(), app.now()) {
        Ok(actor) => actor,
        Err(problem) => return dashboard::refuse(app, request, problem).await,
    };
    if let Some(session) = &actor.session
        && !request.method().is_safe()
    {
        request = match prove(session, request).await {
            Ok(request) => request,
            Err(problem) => return problem.into_response(),
        };
    }
    request.extensions_mut().insert(actor);
    next.run(request).await
}

/// A session's action must carry what only its own pages know, in a header or in a field of its form.
async fn prove(session: &Session, request: Request) -> Result<Request, Problem> {
    if let Some(given) = request.headers().get(CSRF_HEADER) {
        return if given.to_str().is_ok_and(|given| session.is_csrf(given)) { Ok(request) } else { Err(unproven()) };
    }
    if !is_form(request.headers()) {
        return Err(unproven());
    }
    let (parts, body) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await?;
    let proven = url::form_urlencoded::parse(&bytes).any(|(name, value)| name == CSRF_FIELD && session.is_csrf(&value));
    if proven { Ok(Request::from_parts(parts, Body::from(bytes))) } else { Err(unproven()) }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

fn unproven() -> Problem {
    Problem::new(Kind::ForeignOrigin, "The page that asked is out of date. Reload it and try again.")
}
