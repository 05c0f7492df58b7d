//! Notes between plain text and Google's description, which its editor turns into HTML.

use scraper::{Html, Node};

/// UTF-16 units that Google holds in a description, less room for the mark (*assumed*: 8,192).
const DESCRIPTION_UNITS: usize = 8_000;
/// UTF-16 units that Google holds in a summary, less room for the ellipsis (*assumed*: 1,024).
const SUMMARY_UNITS: usize = 1_000;
/// Stands at the end of a note that Google holds only in part.
const CUT_MARK: &str = "\n[… gekürzt – vollständig in Advoware]";

/// Bytes up to which a description is read as HTML: more than Google holds, little enough for any parser.
const HTML_BYTES: usize = 40_000;

/// The text that Google's page shows for `description`.
pub fn text_of_description(description: &str) -> String {
    if description.len() <= HTML_BYTES && looks_like_html(description) {
        text_of_html(description)
    } else {
        description.to_owned()
    }
}

/// `note` as a description: escaped where it looks like HTML, cut where Google can't hold it.
pub fn description_of_text(note: &str) -> String {
    let encoded = escape_if_needed(note);
    if units(&encoded) <= DESCRIPTION_UNITS + units(CUT_MARK) {
        return encoded;
    }
    let mut keep = DESCRIPTION_UNITS;
    loop {
        let encoded = escape_if_needed(&format!("{}{CUT_MARK}", first_units(note, keep)));
        let over = units(&encoded).saturating_sub(DESCRIPTION_UNITS + units(CUT_MARK));
        if over == 0 {
            return encoded;
        }
        keep = keep.saturating_sub(over.div_ceil(5).max(1));
    }
}

/// `title` as a summary: cut where Google can't hold it.
pub fn summary_of_text(title: &str) -> String {
    if !is_title_cut(title) { title.to_owned() } else { format!("{}…", first_units(title, SUMMARY_UNITS).trim_end()) }
}

/// Whether Google shows `title` and `note` just as they stand.
pub fn is_held_as_is(title: &str, note: &str) -> bool {
    title.len() <= SUMMARY_UNITS && note.len() <= DESCRIPTION_UNITS && !looks_like_html(note)
}

/// Whether `note` can't be held whole by Google.
pub fn is_cut(note: &str) -> bool {
    units(&escape_if_needed(note)) > DESCRIPTION_UNITS + units(CUT_MARK)
}

/// Whether `title` can't be held whole by Google.
pub fn is_title_cut(title: &str) -> bool {
    units(title) > SUMMARY_UNITS
}

fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

fn first_units(text: &str, limit: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > limit
    });
    end.map_or(text, |(at, _)| &text[..at])
}

fn escape_if_needed(note: &str) -> String {
    if !looks_like_html(note) {
        return note.to_owned();
    }
    note.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Whether a reader of HTML would see something else in `text` than its characters.
fn looks_like_html(text: &str) -> bool {
    text.match_indices(['<', '&']).any(|(at, sign)| {
        let rest = &text[at + 1..];
        if sign == "<" {
            let name = rest.strip_prefix(['/', '!']).unwrap_or(rest);
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') && rest.contains('>')
        } else {
            let end = rest.bytes().take(32).position(|c| c == b';');
            end.is_some_and(|end| {
                end > 1 && rest[..end].strip_prefix('#').unwrap_or(&rest[..end]).bytes().all(|c| c.is_ascii_alphanumeric())
            })
        }
    })
}

/// The inner text of an HTML fragment: blocks on lines of their own, `<br>` a line break, markup gone.
fn text_of_html(html: &str) -> String {
    use ego_tree::iter::Edge;
    let document = Html::parse_fragment(&html.replace("\r\n", "\n"));
    let mut out = Lines::default();
    let mut hidden = 0_usize;
    for edge in document.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Text(text) if hidden == 0 => out.text(text),
                Node::Element(element) => match element.name() {
                    "script" | "style" | "head" | "template" => hidden += 1,
                    "br" => out.line_break(),
                    name if is_block(name) => {
                        out.block();
                        if name == "li" {
                            out.text("- ");
                        }
                    }
                    _ => {}
                },
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    match element.name() {
                        "script" | "style" | "head" | "template" => hidden -= 1,
                        name if is_block(name) => out.block(),
                        _ => {}
                    }
                }
            }
        }
    }
    out.finish()
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "li"
            | "ul"
            | "ol"
            | "tr"
            | "table"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "blockquote"
            | "pre"
            | "section"
            | "html-blob"
    )
}

/// Collects shown lines.
#[derive(Default)]
struct Lines {
    out: String,
    /// A block ended or began: the next text starts on a new line.
    pending: bool,
    /// The last thing was a `<br>`: a line end in the source right behind it is only layout.
    after_break: bool,
}

impl Lines {
    /// Text as it stands; its line ends are shown, as on Google's page, save between blocks.
    fn text(&mut self, text: &str) {
        let text = if self.after_break { text.strip_prefix('\n').unwrap_or(text) } else { text };
        let between_blocks = self.pending || self.out.is_empty();
        if text.is_empty() || between_blocks && text.trim_matches([' ', '\t', '\n']).is_empty() {
            return;
        }
        self.start_block();
        self.after_break = false;
        self.out.extend(text.chars().map(|c| if c == '\u{a0}' { ' ' } else { c }));
    }

    fn line_break(&mut self) {
        self.start_block();
        self.out.push('\n');
        self.after_break = true;
    }

    fn block(&mut self) {
        self.pending = true;
    }

    fn start_block(&mut self) {
        if std::mem::take(&mut self.pending) && !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn finish(self) -> String {
        self.out.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_reduced_to_the_text_it_shows() {
        let cases = [
            ("<p>Bitte <b>Vollmacht</b>&nbsp;mitbringen</p>", "Bitte Vollmacht mitbringen"),
            ("<html-blob>Zeile 1<br>Zeile 2</html-blob>", "Zeile 1\nZeile 2"),
            ("<p>Zeile 1</p><p>Zeile 2</p>", "Zeile 1\nZeile 2"),
            ("Zeile 1<br><br>Zeile 3", "Zeile 1\n\nZeile 3"),
            ("Zeile 1\n<b>Zeile 2</b>", "Zeile 1\nZeile 2"),
            ("<ul><li>eins</li><li>zwei</li></ul>", "- eins\n- zwei"),
            ("Müller &amp; Söhne", "Müller & Söhne"),
            ("<script>alert(1)</script>x<br>", "x"),
            (r#"<a href="https://example.org">Link</a>"#, "Link"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("<p>a</p>\n<p>b</p>", "a\nb"),
            ("a<br>\nb", "a\nb"),
            ("5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
        ];
        for (html, text) in cases {
            assert_eq!(text_of_description(html), text, "{html}");
        }
    }

    #[test]
    fn text_that_looks_like_html_comes_back_as_it_was() {
        for text in
            ["a <b>fett</b>\nzweite Zeile", "&amp; bleibt", "x &#65; y", "5 < 6", "a  <i> b", "<!-- weg -->", "if (a<b && c>d)"]
        {
            assert_eq!(text_of_description(&description_of_text(text)), text, "{text}");
        }
        assert_eq!(description_of_text("5 < 6 & 7"), "5 < 6 & 7");
    }

    #[test]
    fn what_google_cannot_hold_is_cut_and_marked() {
        for long in ["x".repeat(64_000), "<b>&".repeat(16_000), "👩‍⚖️".repeat(9_000)] {
            let cut = description_of_text(&long);
            assert!(units(&cut) <= 8_192, "{}", units(&cut));
            assert!(cut.ends_with("Advoware]"));
            assert!(is_cut(&long));
        }
        assert_eq!(description_of_text("kurz"), "kurz");
        assert!(units(&summary_of_text(&"ä".repeat(5_000))) <= 1_024);
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        let deep = "<div>".repeat(1_600) + "x";
        assert_eq!(text_of_description(&deep), "x");
    }
}
