//! What people read, in German and English.

use std::borrow::{Borrow, Cow};
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::Language;

static GERMAN: LazyLock<Texts> = LazyLock::new(|| Texts::read(Language::German, include_str!("../../texts/de.ftl")));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::read(Language::English, include_str!("../../texts/en.ftl")));

/// All texts of one language.
pub(crate) struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    fn read(language: Language, source: &str) -> Self {
        let locale: LanguageIdentifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // HTML keeps directions apart by itself.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
        Self { bundle }
    }

    pub(crate) fn in_language(language: Language) -> &'static Self {
        match language {
            Language::German => &GERMAN,
            Language::English => &ENGLISH,
        }
    }

    /// A text without gaps. A missing one shows its name.
    pub(crate) fn of<'a>(&'a self, id: &'a str) -> Cow<'a, str> {
        self.find(id, None).unwrap_or(Cow::Borrowed(id))
    }

    /// A text that depends on a number, `$count`.
    pub(crate) fn count(&self, id: &str, count: impl Borrow<usize>) -> String {
        self.filled(id, &[("count", FluentValue::from(*count.borrow()))])
    }

    /// A text with one gap, `$what`.
    pub(crate) fn with(&self, id: &str, what: impl AsRef<str>) -> String {
        self.filled(id, &[("what", FluentValue::from(what.as_ref().to_owned()))])
    }

    /// A text with any gaps.
    pub(crate) fn filled(&self, id: &str, gaps: &[(&str, FluentValue<'_>)]) -> String {
        let args: FluentArgs<'_> = gaps.iter().map(|(name, value)| (*name, value.clone())).collect();
        self.find(id, Some(&args)).map_or_else(|| id.to_owned(), Cow::into_owned)
    }

    /// The text of a code, or the code itself where nobody has put it into words.
    pub(crate) fn code(&self, group: &str, code: &str) -> String {
        self.find(&format!("{group}-{code}"), None).map_or_else(|| code.to_owned(), Cow::into_owned)
    }

    fn find<'a>(&'a self, id: &str, args: Option<&'a FluentArgs<'_>>) -> Option<Cow<'a, str>> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        if !errors.is_empty() {
            tracing::error!(id, "a text has a gap that is not filled");
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;

    fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| errors).unwrap();
        let mut found = BTreeMap::new();
        for entry in resource.entries() {
            let fluent_syntax::ast::Entry::Message(message) = entry else { continue };
            let name = message.id.name.to_owned();
            let text = format!("{:?}", message.value);
            let gaps = ["count", "what", "all", "right", "when", "kuerzel", "system", "side", "done", "total", "limit", "who"];
            let used =
                gaps.into_iter().filter(|gap| text.contains(&format!("VariableReference {{ id: Identifier {{ name: \"{gap}\"")));
            assert!(found.insert(name.clone(), used.map(str::to_owned).collect()).is_none(), "{name} twice");
        }
        found
    }

    #[test]
    fn both_languages_say_the_same_things_with_the_same_gaps() {
        let german = messages(include_str!("../../texts/de.ftl"));
        let english = messages(include_str!("../../texts/en.ftl"));
        assert_eq!(german, english);
    }

    /// Names of texts that stand in code or templates as a whole word.
    fn mentioned(folder: &Path, into: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                mentioned(&path, into);
            } else {
                into.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn every_text_that_is_asked_for_is_there() {
        let mut code = String::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        mentioned(&root.join("templates"), &mut code);
        mentioned(&root.join("src/dashboard"), &mut code);
        let german = messages(include_str!("../../texts/de.ftl"));
        for call in ["t.of(\"", "t.count(\"", "t.with(\"", "t.filled(\""] {
            for rest in code.split(call).skip(1) {
                let id = rest.split('"').next().unwrap();
                assert!(german.contains_key(id), "{id}");
            }
        }
    }
}
