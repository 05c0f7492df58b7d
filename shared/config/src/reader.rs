//! Reads variables one by one and collects what is wrong with them.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::variables::{self, Fallback};
use crate::{Fault, Faults, Source};

/// The longest piece of a value that a fault repeats, in characters.
const SHOWN_CHARACTERS: usize = 80;

/// Reads variables from a [`Source`], falling back to the defaults of [`crate::VARIABLES`].
///
/// A blank variable counts as one that is not set.
pub struct Reader<'a> {
    source: &'a dyn Source,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// A reader without faults.
    #[must_use]
    pub fn new(source: &'a dyn Source) -> Self {
        Self { source, faults: Vec::new() }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// The faults met on the way.
    pub fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() { Ok(()) } else { Err(Faults(self.faults)) }
    }

    /// The variable's text or its default, trimmed; `None` where neither is there.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        self.set(name).or_else(|| default_of(name).map(str::to_owned))
    }

    /// The variable's text or its default; a fault where neither is there.
    pub fn text(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.missing(name);
            String::new()
        })
    }

    /// The secret in the variable, or in the file that its `_FILE` twin names.
    pub fn optional_secret(&mut self, name: &str) -> Option<SecretString> {
        let twin = format!("{name}_FILE");
        match (self.set(name), self.set(&twin)) {
            (Some(_), Some(_)) => {
                self.push(&twin, "a path beside a value in the variable itself", &format!("set only where {name} is not"));
                None
            }
            (Some(text), None) => Some(SecretString::from(text)),
            (None, Some(path)) => self.secret_file(&twin, &path),
            (None, None) => None,
        }
    }

    /// Like [`Self::optional_secret`], with a fault where there is none.
    pub fn secret(&mut self, name: &str) -> SecretString {
        let given = self.set(name).is_some() || self.set(&format!("{name}_FILE")).is_some();
        if !given {
            self.missing(name);
        }
        self.optional_secret(name).unwrap_or_default()
    }

    /// Parses the text or default of a variable; `None` where it is unset or a fault was noted.
    pub fn parsed<T>(&mut self, name: &str, should: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.optional(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.fault(name, should);
        }
        value
    }

    /// A whole number within `range`.
    pub fn number<T>(&mut self, name: &str, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let (least, most) = (*range.start(), *range.end());
        let should = format!("a whole number from {least} to {most}");
        self.parsed(name, &should, |text| text.parse().ok().filter(|number| range.contains(number)))
            .or_else(|| default_of(name).and_then(|text| text.parse().ok()))
            .unwrap_or(least)
    }

    /// A duration given in seconds, which may have a fraction.
    pub fn seconds(&mut self, name: &str, range: RangeInclusive<f64>) -> Duration {
        let should = format!("seconds from {} to {}", range.start(), range.end());
        let parse = |text: &str| text.parse::<f64>().ok().filter(|number| range.contains(number));
        let seconds = self
            .parsed(name, &should, parse)
            .or_else(|| default_of(name).and_then(|text| text.parse().ok()))
            .unwrap_or(*range.start());
        Duration::from_secs_f64(seconds)
    }

    /// A yes or no; unset means no.
    pub fn flag(&mut self, name: &str) -> bool {
        self.parsed(name, "true or false", |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        })
        .unwrap_or(false)
    }

    /// An http or https address to which relative paths can be joined: it ends with a slash.
    pub fn optional_base_url(&mut self, name: &str) -> Option<Url> {
        self.parsed(name, "an http or https address such as https://example.org/", base_url)
    }

    /// An http or https address, taken as it is.
    pub fn plain_url(&mut self, name: &str) -> Url {
        self.parsed(name, "an http or https address", web_url).unwrap_or_else(stand_in_url)
    }

    /// Like [`Self::optional_base_url`], for a variable with a default.
    pub fn base_url(&mut self, name: &str) -> Url {
        self.optional_base_url(name).unwrap_or_else(stand_in_url)
    }

    /// A path whose file can be read as text, together with that text.
    pub fn optional_file(&mut self, name: &str, should: &str) -> Option<(PathBuf, String)> {
        self.parsed(name, should, |path| std::fs::read_to_string(path).ok().map(|text| (PathBuf::from(path), text)))
    }

    /// Notes that what the variable holds is no good; a secret's value is not shown.
    pub fn fault(&mut self, name: &str, should: &str) {
        let holds = match self.optional(name) {
            _ if variables::is_secret(name) => "a value that is not shown".to_owned(),
            Some(text) => shown(&text),
            None => "nothing".to_owned(),
        };
        self.push(name, &holds, should);
    }

    fn missing(&mut self, name: &str) {
        let should = variables::find(name).map_or("set", |variable| variable.doc);
        self.push(name, "nothing", &format!("set: {should}"));
    }

    fn push(&mut self, name: &str, holds: &str, should: &str) {
        let fault = Fault { variable: name.to_owned(), holds: holds.to_owned(), should: should.to_owned() };
        // Two groups may read the same variable.
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn set(&self, name: &str) -> Option<String> {
        let text = self.source.get(name)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn secret_file(&mut self, twin: &str, path: &str) -> Option<SecretString> {
        let text = std::fs::read_to_string(path).ok();
        let secret = text.as_deref().map(str::trim).filter(|secret| !secret.is_empty());
        if secret.is_none() {
            self.push(twin, &shown(path), "the path of a readable file that is not empty");
        }
        secret.map(SecretString::from)
    }
}

fn default_of(name: &str) -> Option<&'static str> {
    match variables::find(name)?.default {
        Fallback::Text(text) => Some(text),
        Fallback::Required | Fallback::Unset(_) => None,
    }
}

/// Reads an absolute http or https address.
pub(crate) fn web_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn base_url(text: &str) -> Option<Url> {
    let mut url = web_url(text).filter(|url| url.query().is_none() && url.fragment().is_none())?;
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Some(url)
}

/// Takes the place of an address that was a fault; never handed out by [`Reader::finish`].
fn stand_in_url() -> Url {
    Url::parse("http://invalid.invalid/").expect("a constant address")
}

/// A value as a fault shows it: quoted, escaped, cut, and without what may be a password in an address.
fn shown(text: &str) -> String {
    let without_credentials = match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}://…{}", &text[..scheme], &text[at..])
        }
        _ => text.to_owned(),
    };
    let mut cut: String = without_credentials.chars().take(SHOWN_CHARACTERS).collect();
    if cut.len() < without_credentials.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}
