//! What every page shares.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Language;
use super::moments::Clock;
use super::texts::Texts;
use crate::access::Actor;
use crate::app::App;

/// The frame of a page, and the words in it.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) t: &'static Texts,
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    /// Who looks; none before they have signed in.
    pub(crate) actor: Option<Actor>,
    /// Path and query of this page.
    pub(crate) here: String,
    /// What an action has just done, as the name of a text.
    pub(crate) notice: Option<&'static str>,
}

/// What actions may say on the page that follows.
const NOTICES: [&str; 12] = [
    "notice-comparing",
    "notice-compared",
    "notice-run-asked",
    "notice-run-joined",
    "notice-released",
    "notice-restored",
    "notice-nothing-restored",
    "notice-nothing-held",
    "notice-requeued",
    "notice-dropped",
    "notice-signed-out",
    "notice-undone",
];

impl Page {
    fn new(clock: Clock, here: &str, query: &str, actor: Option<Actor>) -> Self {
        let said = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "notice").map(|(_, said)| said);
        let notice = said.and_then(|said| NOTICES.into_iter().find(|known| *known == said));
        Self {
            t: Texts::in_language(clock.language()),
            language: clock.language(),
            clock,
            actor,
            here: without_notice(here, query),
            notice,
        }
    }

    /// The proof that forms of this page carry; empty where no token is asked.
    pub(crate) fn csrf(&self) -> &str {
        self.actor.as_ref().and_then(|actor| actor.session.as_ref()).map_or("", |session| session.csrf())
    }

    pub(crate) fn may_operate(&self) -> bool {
        self.actor.as_ref().is_some_and(Actor::may_operate)
    }

    pub(crate) fn may_read_texts(&self) -> bool {
        self.actor.as_ref().is_some_and(Actor::may_read_texts)
    }

    /// Whether there is a session to end.
    pub(crate) fn has_session(&self) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.session.is_some())
    }

    pub(crate) fn actor_name(&self) -> &str {
        self.actor.as_ref().map_or("", |actor| actor.name.as_str())
    }

    /// `page` for the link to a section that this page belongs to.
    pub(crate) fn current(&self, section: &str) -> &'static str {
        let path = self.here.split('?').next().unwrap_or_default();
        let belongs = if section == "/" { path == "/" } else { path.starts_with(section) };
        if belongs { "page" } else { "false" }
    }

    /// This page with one more parameter.
    pub(crate) fn here_with(&self, name: &str, value: &str) -> String {
        let joint = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{joint}{name}={value}", self.here)
    }

    pub(crate) fn version(&self) -> &'static str {
        super::assets::VERSION
    }
}

/// An address without what only the next answer is about.
fn without_notice(path: &str, query: &str) -> String {
    let pairs = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "notice" && name != "lang");
    let kept = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") }
}

impl FromRequestParts<App> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let actor = parts.extensions.get::<Actor>().cloned();
        let query = parts.uri.query().unwrap_or_default();
        let clock = Clock::new(Language::of(&parts.headers), app.now());
        Ok(Self::new(clock, parts.uri.path(), query, actor))
    }
}

/// A path of ours to go back to: never another site's.
pub(crate) fn own_path(path: &str) -> &str {
    let own = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(own_path("/ui/runs?a=b"), "/ui/runs?a=b");
        for foreign in ["https://evil.example", "//evil.example", "/\\evil.example", "", "evil", "/a\r\nb"] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
    }

    #[test]
    fn a_notice_is_one_of_ours_and_shown_once() {
        let clock = Clock::new(Language::German, chrono::DateTime::UNIX_EPOCH);
        let page = Page::new(clock, "/ui/runs", "status=held&notice=notice-requeued", None);
        assert_eq!((page.here.as_str(), page.notice), ("/ui/runs?status=held", Some("notice-requeued")));
        let page = Page::new(clock, "/", "notice=%3Cscript%3E", None);
        assert_eq!((page.here.as_str(), page.notice), ("/", None));
    }
}
