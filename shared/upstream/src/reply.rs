//! An HTTP answer, read to its end.
use std::borrow::Cow;
use std::time::Duration;

use chrono::DateTime;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A whole answer. Its body is never logged.
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// `Retry-After`, given in seconds or as a date.
    pub retry_after: Option<Duration>,
    html: bool,
    body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: Vec<u8>) -> Self {
        let typed_html = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        let body = match body.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => rest.to_vec(),
            None => body,
        };
        // Many a server calls everything HTML; what is no page and can be read as data is none.
        let html = looks_like_html(&body) || (typed_html && !is_blank(&body) && !is_json(&body));
        Self { status, retry_after: headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?)), html, body }
    }

    /// Whether this is a web page (by its type or its first character), so no answer of the API.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.html
    }

    /// Whether the body itself begins as a page, whatever its type says.
    #[must_use]
    pub fn is_page(&self) -> bool {
        looks_like_html(&self.body)
    }

    /// The body as text; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is none, or not of that form.
    pub fn json<T: for<'a> Deserialize<'a>>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text())
    }

    /// The body's bytes, counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether there is no body.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }
}

fn is_blank(body: &[u8]) -> bool {
    body.iter().all(u8::is_ascii_whitespace)
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

fn looks_like_html(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(value).ok()?;
    Some((until.to_utc() - crate::now()).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(kind: &'static str, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().expect("a header"));
        Reply::new(StatusCode::OK, &headers, body.as_bytes().to_vec())
    }

    #[test]
    fn a_page_is_known_by_type_or_first_character() {
        assert!(reply("text/HTML; charset=utf-8", "Dienst nicht erreichbar").is_html());
        assert!(!reply("text/html", "4711").is_html() && !reply("text/html", " ").is_html());
        assert!(reply("application/json", " \r\n<html>").is_html());
        assert!(!reply("application/json", "[\"<b>\"]").is_html());
        assert!(reply("application/json", "\u{feff}<html>").is_page());
    }

    #[test]
    fn a_byte_order_mark_is_no_data() {
        assert_eq!(reply("application/json", "\u{feff}4711").json::<i64>().expect("a number"), 4711);
    }

    #[test]
    fn retry_after_comes_in_two_forms() {
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let soon = (crate::now() + chrono::TimeDelta::seconds(90)).to_rfc2822();
        assert!(retry_after(&soon).is_some_and(|wait| (85..=90).contains(&wait.as_secs())));
        assert_eq!(retry_after("tomorrow"), None);
    }
}
