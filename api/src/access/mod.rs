//! Who may do what: bearer tokens, sessions of the dashboard, and the open loopback.

mod actor;
mod guard;
mod origin;
mod session;
mod tokens;

use advosync_config::ApiConfig;
use axum::http::{HeaderMap, Method, header};
use chrono::{DateTime, Utc};
use url::Url;

pub(crate) use actor::{Actor, Operator};
pub(crate) use guard::guard;
pub(crate) use session::Session;
use tokens::Tokens;

use crate::problem::{Kind, Problem};

/// The name that stands in the journal for whoever needs no token.
const LOCAL: &str = "local";

/// Decides who comes in.
#[derive(Debug)]
pub(crate) struct Access {
    tokens: Tokens,
    public: Option<Url>,
}

impl Access {
    pub(crate) fn new(config: &ApiConfig) -> Self {
        Self { tokens: Tokens::new(&config.tokens), public: config.public_base_url.clone() }
    }

    /// Whether no token is asked at all, which the settings allow on loopback only.
    pub(crate) fn is_open(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Signs in with a token's secret.
    pub(crate) fn sign_in(&self, secret: &str, now: DateTime<Utc>) -> Option<Session> {
        self.tokens.find(secret).map(|token| Session::begin(token, now))
    }

    /// Whether a request comes from a page of ours, or from no page at all.
    pub(crate) fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        origin::is_own(headers, self.public.as_ref())
    }

    /// Who asks, if they may come in.
    fn admit(&self, method: &Method, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Actor, Problem> {
        if self.is_open() {
            return self.admit_local(headers);
        }
        if let Some(given) = headers.get(header::AUTHORIZATION) {
            let secret = given.to_str().ok().and_then(bearer);
            let token = secret.and_then(|secret| self.tokens.find(secret));
            return token.map(Actor::by_token).ok_or_else(|| refused("The token is not one of API_TOKENS."));
        }
        let cookie =
            session::cookie(headers).ok_or_else(|| refused("Send a token of API_TOKENS as `Authorization: Bearer …`."))?;
        let (token, session) =
            Session::resume(&self.tokens, cookie, now).ok_or_else(|| refused("The session is over. Sign in again."))?;
        let own = headers.contains_key(header::ORIGIN) && self.is_own_origin(headers);
        if !method.is_safe() && !own {
            return Err(foreign());
        }
        Ok(Actor::by_session(token, session))
    }

    fn admit_local(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        if origin::is_local_host(headers) && self.is_own_origin(headers) {
            return Ok(Actor::local(LOCAL));
        }
        Err(Problem::new(
            Kind::ForeignOrigin,
            "Without API_TOKENS only pages and programs of this machine are answered: Host and Origin must name it.",
        ))
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(Kind::Unauthenticated, detail)
}

fn foreign() -> Problem {
    Problem::new(Kind::ForeignOrigin, "A session acts from the dashboard's own pages only.")
}

/// The secret in an `Authorization` header; its scheme may be written in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }
}
