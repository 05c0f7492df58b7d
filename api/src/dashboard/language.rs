//! The language of a page: the one chosen, else the browser's.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// The cookie that keeps what was chosen.
const COOKIE: &str = "advosync_language";

/// A language that the dashboard speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Deutsch.
    German,
    /// English.
    English,
}

impl Language {
    /// Its code in HTML.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
        }
    }

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::German => Self::English,
            Self::English => Self::German,
        }
    }

    pub(crate) fn parse(code: &str) -> Option<Self> {
        match code {
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The header that keeps it for a year.
    pub(crate) fn set_cookie(self) -> String {
        format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", self.code())
    }

    pub(crate) fn of(headers: &HeaderMap) -> Self {
        chosen(headers).or_else(|| accepted(headers)).unwrap_or(Self::German)
    }
}

fn chosen(headers: &HeaderMap) -> Option<Language> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find_map(|(name, code)| (name == COOKIE).then(|| Language::parse(code)).flatten())
}

/// What the browser likes best; whoever likes neither reads English.
fn accepted(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let weighed = accepted.split(',').filter_map(|part| {
        let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
        let language = Language::parse(tag.trim().split('-').next()?)?;
        (weight > 0.0).then_some((weight, language))
    });
    // Of equal weights the first counts.
    let best = weighed.fold(None, |best: Option<(f32, Language)>, one| match best {
        Some(best) if best.0 >= one.0 => Some(best),
        _ => Some(one),
    });
    Some(best.map_or(Language::English, |(_, language)| language))
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &str)]) -> Language {
        Language::of(&pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
    }

    #[test]
    fn the_browser_says_which_and_a_choice_wins() {
        assert_eq!(of(&[]), Language::German);
        assert_eq!(of(&[("accept-language", "de-DE,de;q=0.9,en;q=0.8")]), Language::German);
        assert_eq!(of(&[("accept-language", "en-US,en;q=0.9,de;q=0.8")]), Language::English);
        assert_eq!(of(&[("accept-language", "fr,de;q=0.5,en;q=0.7")]), Language::English);
        assert_eq!(of(&[("accept-language", "fr")]), Language::English);
        assert_eq!(of(&[("accept-language", "en"), ("cookie", "a=b; advosync_language=de")]), Language::German);
        assert_eq!(of(&[("accept-language", "en"), ("cookie", "advosync_language=xx")]), Language::English);
    }
}
