//! Sessions of the dashboard: a signed cookie that names a token, so that every api process knows it and a
//! token that is taken away ends it.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::tokens::{Token, Tokens};

/// The cookie's name.
const COOKIE: &str = "advosync_session";
/// How long a session lasts, in seconds: a working day.
const LIFE: i64 = 12 * 3600;

/// A session, and what forms of its pages carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    value: String,
    csrf: String,
}

impl Session {
    /// A new session; its nonce is ours, so that nobody can prepare it for somebody else.
    pub(crate) fn begin(token: &Token, now: DateTime<Utc>) -> Self {
        let expires = now.timestamp() + LIFE;
        let head = format!("{}.{expires}.{}", BASE64.encode(&token.name), Uuid::new_v4().simple());
        Self::sealed(token, &head)
    }

    fn sealed(token: &Token, head: &str) -> Self {
        let value = format!("{head}.{}", BASE64.encode(token.mac(&[b"session", head.as_bytes()])));
        let csrf = BASE64.encode(token.mac(&[b"csrf", head.as_bytes()]));
        Self { value, csrf }
    }

    /// The session that a cookie proves, and its token.
    pub(crate) fn resume<'a>(tokens: &'a Tokens, value: &str, now: DateTime<Utc>) -> Option<(&'a Token, Self)> {
        let (head, _) = value.rsplit_once('.')?;
        let mut parts = head.split('.');
        let name = String::from_utf8(BASE64.decode(parts.next()?).ok()?).ok()?;
        let expires: i64 = parts.next()?.parse().ok()?;
        let token = tokens.named(&name)?;
        let session = Self::sealed(token, head);
        let genuine = bool::from(session.value.as_bytes().ct_eq(value.as_bytes()));
        (genuine && expires > now.timestamp()).then_some((token, session))
    }

    /// What forms of this session carry.
    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether a form was made for this session.
    pub(crate) fn is_csrf(&self, given: &str) -> bool {
        self.csrf.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The header that begins the session.
    pub(crate) fn set_cookie(&self, secure: bool) -> String {
        cookie_header(&self.value, LIFE, secure)
    }

    /// The header that ends any session.
    pub(crate) fn clear_cookie(secure: bool) -> String {
        cookie_header("", 0, secure)
    }
}

fn cookie_header(value: &str, life: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict{secure}")
}

/// The session's cookie among the request's.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE && !value.is_empty()).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tests::tokens;
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn a_session_is_resumed_by_its_own_cookie_only() {
        let tokens = tokens();
        let session = Session::begin(tokens.find("secret-1").unwrap(), NOW);
        let (token, resumed) = Session::resume(&tokens, &session.value, NOW).unwrap();
        assert_eq!((token.name.as_str(), &resumed), ("anna", &session));
        assert!(resumed.is_csrf(session.csrf()));
        let other = Session::begin(tokens.find("secret-1").unwrap(), NOW);
        assert!(!other.is_csrf(session.csrf()));
        let bert = BASE64.encode("bert");
        let forged = session.value.replacen(session.value.split('.').next().unwrap(), &bert, 1);
        for wrong in [forged.as_str(), "", "a.b.c", &session.value[1..]] {
            assert!(Session::resume(&tokens, wrong, NOW).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_session_ends() {
        let tokens = tokens();
        let session = Session::begin(tokens.find("secret-1").unwrap(), NOW);
        let after = |seconds| Session::resume(&tokens, &session.value, NOW + chrono::TimeDelta::seconds(seconds));
        assert!(after(LIFE - 1).is_some() && after(LIFE).is_none());
    }

    #[test]
    fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let session = Session::begin(tokens().find("secret-1").unwrap(), NOW);
        let header = session.set_cookie(true);
        for flag in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(header.contains(flag), "{flag}");
        }
    }
}
