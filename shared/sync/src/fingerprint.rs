//! Keyed fingerprints: what both sides last agreed on, without keeping any of it.
//!
//! A fingerprint is the first 64 bits of HMAC-SHA256 over the field's tag and its standard form. The key
//! keeps anybody who can read an event's properties or Redis from guessing titles.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::form::{Appointment, Field, FieldSet, Frequency, Recurrence, Rule, Span};

/// The fingerprint of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(u64);

impl Fingerprint {
    fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_be_bytes())
    }

    fn decode(text: &str) -> Option<Self> {
        let mut bytes = [0; 8];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == 8).then_some(Self(u64::from_be_bytes(bytes)))
    }

    /// Short text form, for journals and packed links.
    pub fn to_text(self) -> String {
        self.encode()
    }

    /// The reverse of [`Fingerprint::to_text`].
    pub fn from_text(text: &str) -> Option<Self> {
        Self::decode(text)
    }
}

/// One fingerprint per field, in the order of [`Field::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "Cow<'_, str>")]
pub struct Fingerprints(pub [Fingerprint; 6]);

impl From<Fingerprints> for String {
    fn from(fingerprints: Fingerprints) -> Self {
        URL_SAFE_NO_PAD.encode(fingerprints.bytes())
    }
}

impl TryFrom<Cow<'_, str>> for Fingerprints {
    type Error = &'static str;

    fn try_from(text: Cow<'_, str>) -> Result<Self, Self::Error> {
        let mut bytes = [0; 48];
        match URL_SAFE_NO_PAD.decode_slice(text.as_bytes(), &mut bytes) {
            Ok(48) => Ok(Self::of_bytes(&bytes)),
            _ => Err("not six fingerprints"),
        }
    }
}

impl Fingerprints {
    fn bytes(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        for (chunk, fingerprint) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&fingerprint.0.to_be_bytes());
        }
        bytes
    }

    fn of_bytes(bytes: &[u8; 48]) -> Self {
        let mut out = Self::default();
        for (fingerprint, chunk) in out.0.iter_mut().zip(bytes.chunks_exact(8)) {
            *fingerprint = Fingerprint(u64::from_be_bytes(chunk.try_into().expect("eight bytes")));
        }
        out
    }

    /// The fingerprint of `field`.
    pub fn of(&self, field: Field) -> Fingerprint {
        self.0[field as usize]
    }

    /// Replaces the fingerprint of `field`.
    pub fn set(&mut self, field: Field, fingerprint: Fingerprint) {
        self.0[field as usize] = fingerprint;
    }

    /// The fields in which the two differ.
    pub fn differing(&self, other: &Self) -> FieldSet {
        Field::ALL.into_iter().filter(|field| self.of(*field) != other.of(*field)).collect()
    }
}

/// A short public name of a key, so that a fingerprint says which key made it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub String);

/// One fingerprint key.
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    mac: Hmac<Sha256>,
    /// What most fields of most appointments are: empty, not private, no series.
    usual: Fingerprints,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Key {
    /// A key from its secret bytes.
    pub fn new(secret: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        let mut named = mac.clone();
        named.update(b"key-id");
        let tag = named.finalize().into_bytes();
        let mut id = String::new();
        for byte in &tag[..4] {
            let _ = write!(id, "{byte:02x}");
        }
        let mut key = Self { id: KeyId(id), mac, usual: Fingerprints::default() };
        for (field, bytes) in [
            (Field::Text, &[][..]),
            (Field::Notiz, &[]),
            (Field::Ort, &[]),
            (Field::Private, &[u8::from(false)]),
            (Field::Recurrence, &[]),
        ] {
            key.usual.set(field, key.fingerprint(field as u8, bytes));
        }
        key
    }

    /// Its public name.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The fingerprint of arbitrary bytes under a one-byte tag.
    pub fn fingerprint(&self, tag: u8, bytes: &[u8]) -> Fingerprint {
        let mut mac = self.mac.clone();
        mac.update(&[tag]);
        mac.update(bytes);
        let tag = mac.finalize().into_bytes();
        Fingerprint(u64::from_be_bytes(tag[..8].try_into().expect("eight bytes")))
    }

    /// The fingerprint of one field of `appointment`.
    pub fn field(&self, field: Field, appointment: &Appointment) -> Fingerprint {
        let tag = field as u8;
        let usual = match field {
            Field::Time => false,
            Field::Text => appointment.text.is_empty(),
            Field::Notiz => appointment.notiz.is_empty(),
            Field::Ort => appointment.ort.is_empty(),
            Field::Private => !appointment.private,
            Field::Recurrence => appointment.recurrence == Recurrence::None,
        };
        if usual {
            return self.usual.of(field);
        }
        match field {
            Field::Time => self.fingerprint(tag, &span_bytes(&appointment.time)),
            Field::Text => self.fingerprint(tag, appointment.text.as_bytes()),
            Field::Notiz => self.fingerprint(tag, appointment.notiz.as_bytes()),
            Field::Ort => self.fingerprint(tag, appointment.ort.as_bytes()),
            Field::Private => self.fingerprint(tag, &[u8::from(appointment.private)]),
            Field::Recurrence => self.fingerprint(tag, &recurrence_bytes(&appointment.recurrence)),
        }
    }

    /// The fingerprints of every field.
    pub fn fields(&self, appointment: &Appointment) -> Fingerprints {
        Fingerprints(Field::ALL.map(|field| self.field(field, appointment)))
    }

    /// The fingerprints of one occurrence, at `time`, of the series that `series` are the fingerprints of.
    pub fn occurrence(&self, series: &Fingerprints, time: &Span) -> Fingerprints {
        let mut out = *series;
        out.set(Field::Time, self.fingerprint(Field::Time as u8, &span_bytes(time)));
        out.set(Field::Recurrence, self.fingerprint(Field::Recurrence as u8, &recurrence_bytes(&Recurrence::None)));
        out
    }

    /// One fingerprint over a whole set, for links of single occurrences.
    pub fn whole(&self, fields: &Fingerprints) -> Fingerprint {
        self.fingerprint(b'w', &fields.bytes())
    }
}

fn span_bytes(span: &Span) -> [u8; 17] {
    let mut bytes = [0; 17];
    let (kind, from, to) = match span {
        Span::AllDay { first, last } => (b'd', i64::from(days(*first)), i64::from(days(*last))),
        Span::Timed { start, end } => (b't', start.and_utc().timestamp(), end.and_utc().timestamp()),
    };
    bytes[0] = kind;
    bytes[1..9].copy_from_slice(&from.to_be_bytes());
    bytes[9..].copy_from_slice(&to.to_be_bytes());
    bytes
}

fn days(day: chrono::NaiveDate) -> i32 {
    chrono::Datelike::num_days_from_ce(&day)
}

fn recurrence_bytes(recurrence: &Recurrence) -> Vec<u8> {
    match recurrence {
        Recurrence::None => Vec::new(),
        Recurrence::Held(rule) | Recurrence::Soft(rule) => rule_text(rule).into_bytes(),
        Recurrence::Foreign(lines) => lines.join("\n").into_bytes(),
    }
}

fn rule_text(rule: &Rule) -> String {
    let unit = match rule.frequency {
        Frequency::Daily => 'D',
        Frequency::Weekly => 'W',
        Frequency::Monthly => 'M',
        Frequency::Yearly => 'Y',
    };
    format!("{unit}{};{}", rule.interval, rule.until.map_or(0, days))
}

/// Every key that may be read; the first is the one that is written with.
#[derive(Debug, Clone)]
pub struct KeyRing {
    keys: Vec<Key>,
}

impl KeyRing {
    /// A ring from the secrets, the writing one first. Panics on an empty list: a deployment always has a key.
    pub fn new<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let keys: Vec<Key> = secrets.into_iter().map(|secret| Key::new(secret.as_ref())).collect();
        assert!(!keys.is_empty(), "a key ring holds at least one key");
        Self { keys }
    }

    /// The key that is written with.
    pub fn current(&self) -> &Key {
        &self.keys[0]
    }

    /// Every key but the one that is written with.
    pub fn others(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().skip(1)
    }

    /// The key named `id`, if it may still be read.
    pub fn find(&self, id: &KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == *id)
    }
}

/// What both sides last agreed on, as each side showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "Cow<'_, str>")]
pub struct Base {
    /// The key that made the fingerprints.
    pub key: KeyId,
    /// As Advoware had it.
    pub advoware: Fingerprints,
    /// As Google showed it: the same, save where Google's answer differed from what it was sent, or where
    /// Google holds a shortened or anonymised form.
    pub google: Fingerprints,
    /// Whether Google's texts were written in anonymised form.
    pub anonymised: bool,
}

impl From<Base> for String {
    fn from(base: Base) -> Self {
        base.encode()
    }
}

impl TryFrom<Cow<'_, str>> for Base {
    type Error = &'static str;

    fn try_from(text: Cow<'_, str>) -> Result<Self, Self::Error> {
        Self::decode(&text).ok_or("not a base")
    }
}

impl Base {
    /// The same, with `fields` as `before` has them; without one they agree with nothing.
    #[must_use]
    pub fn keeping(mut self, fields: FieldSet, before: Option<&Self>) -> Self {
        let before = before.filter(|before| before.key == self.key);
        for field in fields.iter() {
            self.advoware.set(field, before.map(|before| before.advoware.of(field)).unwrap_or_default());
            self.google.set(field, before.map(|before| before.google.of(field)).unwrap_or_default());
        }
        self
    }

    /// `key.a0..a5[.a|-][.N<fingerprint>…]`: at most about 170 characters, well under a property's 1,024.
    pub fn encode(&self) -> String {
        let mut out = self.key.0.clone();
        out.push('.');
        for fingerprint in self.advoware.0 {
            out.push_str(&fingerprint.encode());
        }
        out.push_str(if self.anonymised { ".a" } else { ".-" });
        for field in self.advoware.differing(&self.google).iter() {
            let _ = write!(out, ".{}{}", field as u8, self.google.of(field).encode());
        }
        out
    }

    /// The reverse of [`Base::encode`]; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let key = KeyId(parts.next().filter(|id| !id.is_empty())?.to_owned());
        let packed = parts.next().filter(|packed| packed.len() == 66 && packed.is_ascii())?;
        let mut advoware = Fingerprints::default();
        for (index, field) in Field::ALL.into_iter().enumerate() {
            advoware.set(field, Fingerprint::decode(&packed[index * 11..(index + 1) * 11])?);
        }
        let anonymised = match parts.next()? {
            "a" => true,
            "-" => false,
            _ => return None,
        };
        let mut google = advoware;
        for part in parts {
            let (field, fingerprint) = part.split_at_checked(1)?;
            let field = *Field::ALL.get(field.parse::<usize>().ok()?)?;
            google.set(field, Fingerprint::decode(fingerprint)?);
        }
        Some(Self { key, advoware, google, anonymised })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appointment(text: &str) -> Appointment {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 5, 4).unwrap();
        Appointment {
            time: Span::AllDay { first: day, last: day },
            text: text.into(),
            notiz: String::new(),
            ort: String::new(),
            private: false,
            recurrence: Recurrence::None,
        }
    }

    #[test]
    fn the_base_survives_its_wire_form() {
        let key = Key::new(b"secret");
        let advoware = key.fields(&appointment("Termin"));
        let mut base = Base { key: key.id().clone(), advoware, google: advoware, anonymised: false };
        assert_eq!(Base::decode(&base.encode()), Some(base.clone()));
        base.google.set(Field::Notiz, Fingerprint(7));
        base.google.set(Field::Recurrence, Fingerprint(9));
        base.anonymised = true;
        assert_eq!(Base::decode(&base.encode()), Some(base.clone()));
        assert!(base.encode().len() < 200);
    }

    #[test]
    fn garbage_is_no_base() {
        for text in ["", ".", "k.x.-", "k..", &"ä".repeat(40), &format!("k.{}.-.9xx", "A".repeat(66)), "k.\u{e4}"] {
            assert_eq!(Base::decode(text), None, "{text}");
        }
    }

    #[test]
    fn keys_make_different_fingerprints_and_names() {
        let (one, two) = (Key::new(b"one"), Key::new(b"two"));
        assert_ne!(one.fields(&appointment("x")), two.fields(&appointment("x")));
        assert_ne!(one.id(), two.id());
        let ring = KeyRing::new([b"one", b"two"]);
        assert_eq!(ring.current().id(), one.id());
        assert!(ring.find(two.id()).is_some());
    }

    #[test]
    fn only_the_changed_field_differs() {
        let key = Key::new(b"k");
        let differing = key.fields(&appointment("a")).differing(&key.fields(&appointment("b")));
        assert_eq!(differing.names(), ["text"]);
    }
}
