//! Settings of the api.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::reader::web_url;
use crate::{Reader, Settings};

const BIND: &str = "API_BIND";
const TOKENS: &str = "API_TOKENS";
const PUBLIC: &str = "PUBLIC_BASE_URL";
const TRACE: &str = "TRACE_URL_TEMPLATE";

/// What the bearer of a token may do; each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Viewer,
    /// Trigger, release, requeue and drop.
    Operator,
    /// See appointments' contents.
    Content,
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "viewer" => Ok(Self::Viewer),
            "operator" => Ok(Self::Operator),
            "content" => Ok(Self::Content),
            _ => Err(()),
        }
    }
}

/// One of the tokens that open the api.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// Who bears it; named in logs and in the journal.
    pub name: String,
    /// The token itself.
    pub secret: SecretString,
    /// What its bearer may do.
    pub role: Role,
}

/// How the api is reached, and by whom.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Address to listen on.
    pub bind: SocketAddr,
    /// Who may come in; empty only where `bind` is loopback.
    pub tokens: Vec<ApiToken>,
    /// Address of the api as Google reaches it, with a slash at its end.
    pub public_base_url: Option<Url>,
    /// Address of a trace, with `{trace_id}` in it.
    pub trace_url_template: Option<String>,
}

impl ApiConfig {
    /// The address of a trace, where a template is set.
    #[must_use]
    pub fn trace_url(&self, trace_id: &str) -> Option<String> {
        self.trace_url_template.as_ref().map(|template| template.replace("{trace_id}", trace_id))
    }
}

impl Settings for ApiConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let bind = read_bind(reader, BIND);
        let tokens = read_tokens(reader);
        if tokens.is_empty() && !bind.ip().is_loopback() {
            reader.fault(BIND, "a loopback address such as 127.0.0.1:3000, or API_TOKENS set as well");
        }
        let trace_url_template = reader.parsed(TRACE, "an http or https address with {trace_id} in it", |text| {
            (text.contains("{trace_id}") && web_url(&text.replace("{trace_id}", "0")).is_some()).then(|| text.to_owned())
        });
        Self { bind, tokens, public_base_url: read_public_base_url(reader), trace_url_template }
    }
}

/// Reads an address to listen on; `localhost` is the IPv4 loopback address.
pub(crate) fn read_bind(reader: &mut Reader<'_>, name: &str) -> SocketAddr {
    reader
        .parsed(name, "an address and a port such as 127.0.0.1:3000", |text| {
            let text = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
            text.parse().ok()
        })
        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// Reads `PUBLIC_BASE_URL`: https, or http where nobody but this machine or a stand-in for Google calls.
pub(crate) fn read_public_base_url(reader: &mut Reader<'_>) -> Option<Url> {
    let url = reader.optional_base_url(PUBLIC)?;
    let plain_google = reader.base_url("GOOGLE_CALENDAR_API_BASE_URL").scheme() == "http";
    if url.scheme() != "https" && !is_loopback(&url) && !plain_google {
        reader.fault(PUBLIC, "an https address: Google calls no other");
    }
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn read_tokens(reader: &mut Reader<'_>) -> Vec<ApiToken> {
    let Some(given) = reader.optional_secret(TOKENS) else {
        return Vec::new();
    };
    let tokens: Option<Vec<ApiToken>> = given.expose_secret().split(',').map(token).collect();
    let Some(tokens) = tokens else {
        reader.fault(TOKENS, "name:secret[:role] separated by commas, with role viewer, operator or content");
        return Vec::new();
    };
    let twice = |of: fn(&ApiToken) -> &str| {
        (1..tokens.len()).any(|index| tokens[..index].iter().any(|token| of(token) == of(&tokens[index])))
    };
    if twice(|token| &token.name) || twice(|token| token.secret.expose_secret()) {
        reader.fault(TOKENS, "a list in which every name and every secret is there once");
    }
    tokens
}

fn token(entry: &str) -> Option<ApiToken> {
    let parts: Vec<&str> = entry.trim().split(':').collect();
    let (name, secret, role) = match parts.as_slice() {
        [name, secret] => (name, secret, Role::Operator),
        [name, secret, role] => (name, secret, role.parse().ok()?),
        _ => return None,
    };
    let fits = !name.is_empty() && !secret.is_empty();
    fits.then(|| ApiToken { name: (*name).to_owned(), secret: SecretString::from(*secret), role })
}
