//! What a reader sees of a text.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

/// So much of a long text must be equal; what lies behind it may have been cut by a side.
const TITLE_CHARACTERS: usize = 900;
const NOTE_CHARACTERS: usize = 7_500;
const NOTE_LIMIT: usize = 8_192;
const TITLE_LIMIT: usize = 1_024;

/// A text as a reader sees it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    plain: String,
    limit: usize,
    sure: usize,
}

impl Shown {
    /// A title or place.
    pub(super) fn line(text: &str) -> Self {
        Self { plain: tidy(text), limit: TITLE_LIMIT, sure: TITLE_CHARACTERS }
    }

    /// A note that is plain text.
    pub(super) fn note(text: &str) -> Self {
        Self { plain: tidy(text), limit: NOTE_LIMIT, sure: NOTE_CHARACTERS }
    }

    /// A note that is HTML where it holds a tag or an entity.
    pub(super) fn html_note(text: &str) -> Self {
        let is_html = TAG.is_match(text) || ENTITY.is_match(text);
        if is_html { Self::note(&render(text)) } else { Self::note(text) }
    }

    pub(super) fn plain(&self) -> &str {
        &self.plain
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.plain == other.plain || self.is_cut(&self.plain, &other.plain)
    }

    /// Whether one is the beginning of the other, which was too long for a side.
    fn is_cut(&self, ours: &str, theirs: &str) -> bool {
        let too_long = |text: &str| text.chars().count() > self.limit;
        (too_long(ours) || too_long(theirs)) && ours.chars().take(self.sure).eq(theirs.chars().take(self.sure))
    }
}

/// One kind of line ends, no blanks at ends of lines, composed letters.
fn tidy(text: &str) -> String {
    let composed: String = text.nfc().collect();
    let unified = composed.replace("\r\n", "\n").replace('\r', "\n").replace('\u{a0}', " ");
    let lines: Vec<&str> = unified.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// What a browser would show, as far as Google's editor writes it.
fn render(html: &str) -> String {
    let broken = BREAK.replace_all(html, "\n");
    let mut shown = TAG.replace_all(&broken, "").into_owned();
    // The ampersand comes last, so that nothing is unescaped twice.
    for (entity, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")] {
        shown = shown.replace(entity, letter);
    }
    shown
}

static TAG: LazyLock<Regex> = LazyLock::new(|| pattern(r"</?[A-Za-z][^<>]*>"));
static BREAK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)<br ?/?>|</(p|div|li)>"));
static ENTITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"&(#[0-9]+|[A-Za-z]+);"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_does_not_matter() {
        assert!(Shown::note("a\r\nb  \r\n").equals(&Shown::html_note("a\nb")));
        assert!(Shown::line("Mu\u{308}ller").equals(&Shown::line("Müller")));
        assert!(!Shown::note("a b").equals(&Shown::html_note("a\nb")));
    }

    #[test]
    fn html_is_what_it_shows() {
        let edited = "<html-blob>Erste &amp; zweite<br>- <b>dritte</b></html-blob>";
        assert!(Shown::note("Erste & zweite\n- dritte").equals(&Shown::html_note(edited)));
        let escaped = "Bitte &lt;b&gt;vor&lt;/b&gt; lesen";
        assert!(Shown::note("Bitte <b>vor</b> lesen").equals(&Shown::html_note(escaped)));
        assert!(!Shown::note("Erste").equals(&Shown::html_note(edited)));
        assert!(!Shown::note("a &amp; b").equals(&Shown::html_note("a &amp; b")), "it shows a & b");
        assert!(Shown::note("x <= 2 & y > 1").equals(&Shown::html_note("x <= 2 & y > 1")));
    }

    #[test]
    fn a_cut_note_is_equal_as_far_as_it_goes() {
        let long = "wort ".repeat(2_000);
        let cut = format!("{} […]", &long[..8_000]);
        assert!(Shown::note(&long).equals(&Shown::html_note(&cut)));
        assert!(!Shown::note(&long).equals(&Shown::html_note(&cut[..5_000])));
    }
}
