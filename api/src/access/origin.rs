//! Whether a request comes from a page of ours: against other sites' pages and against names that are made to
//! point at this machine.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use url::{Host, Url};

/// Whether the request comes from a page of this very address, or from no page at all.
pub(super) fn is_own(headers: &HeaderMap, public: Option<&Url>) -> bool {
    let fetched_from = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if fetched_from.is_some_and(|site| !matches!(site, "same-origin" | "none")) && !is_navigation(headers) {
        return false;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()) else { return false };
    let is_host = host(headers).is_some_and(|host| same_place(&origin, &host));
    is_host || public.is_some_and(|public| public.origin() == origin.origin())
}

/// A link that a person followed from elsewhere: it only shows a page.
fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate") && !headers.contains_key(header::ORIGIN)
}

/// Whether the request names this machine by a loopback name, as a page behind a foreign name can't.
pub(super) fn is_local_host(headers: &HeaderMap) -> bool {
    let Some(host) = host(headers) else { return false };
    match Url::parse(&format!("http://{host}/")).ok().and_then(|url| url.host().map(|host| host.to_owned())) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn host(headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?.parse().ok()?;
    hosts.next().is_none().then_some(host)
}

fn same_place(origin: &Url, host: &Authority) -> bool {
    // A proxy in front may speak TLS for us: then the port is that of the origin's own scheme.
    let port = host.port_u16().or_else(|| origin.port_or_known_default());
    origin.host_str().is_some_and(|name| name.eq_ignore_ascii_case(host.host())) && origin.port_or_known_default() == port
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_loopback_names_are_local() {
        for host in ["localhost", "localhost:3000", "127.0.0.1:3000", "127.1.2.3", "[::1]:3000", "app.localhost"] {
            assert!(is_local_host(&headers(&[("host", host)])), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "192.168.1.2:3000", "127.0.0.1.nip.io", ""] {
            assert!(!is_local_host(&headers(&[("host", host)])), "{host}");
        }
        assert!(!is_local_host(&headers(&[])));
    }

    #[test]
    fn a_foreign_page_is_told_from_our_own() {
        let own = |pairs: &[(&'static str, &str)]| is_own(&headers(pairs), None);
        assert!(own(&[("host", "127.0.0.1:3000")]));
        assert!(own(&[("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3000")]));
        assert!(own(&[("host", "sync.example"), ("origin", "https://sync.example")]));
        assert!(!own(&[("host", "127.0.0.1:3000"), ("origin", "http://127.0.0.1:3001")]));
        assert!(!own(&[("host", "127.0.0.1:3000"), ("origin", "http://localhost:3000")]));
        assert!(!own(&[("host", "127.0.0.1:3000"), ("origin", "https://evil.example")]));
        assert!(!own(&[("host", "127.0.0.1:3000"), ("origin", "null")]));
        assert!(!own(&[("host", "127.0.0.1:3000"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]));
        assert!(own(&[("host", "127.0.0.1:3000"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]));
    }

    #[test]
    fn the_public_address_is_ours_behind_a_proxy_that_renames_the_host() {
        let public = Url::parse("https://sync.example/").unwrap();
        let request = headers(&[("host", "api:3000"), ("origin", "https://sync.example")]);
        assert!(is_own(&request, Some(&public)));
        assert!(!is_own(&request, None));
    }
}
