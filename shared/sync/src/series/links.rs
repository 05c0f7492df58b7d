//! Which single appointment stands for which occurrence: packed into the series' own properties.
//!
//! One property a month, each at most 1,024 characters: the key's name, then `DDTHHMM:frNr:fingerprint` for
//! each occurrence. What doesn't fit goes on under `2026-05-b`, `2026-05-c` and so on. An entry without a
//! number is a claim: this occurrence is about to be created in Advoware.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use crate::fingerprint::{Fingerprint, KeyId};
use crate::ports::FrNr;

/// The most characters of one property.
const MAX_VALUE: usize = 1_024;

/// The link of one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its single appointment; `None` while that is being created.
    pub frnr: Option<FrNr>,
    /// The key that made the fingerprints.
    pub key: KeyId,
    /// Whether Google's texts were anonymised then.
    pub anonymised: bool,
    /// What both sides last agreed on, as Google shows it; of a claim: what is about to be created.
    pub agreed: Fingerprint,
    /// As Google showed it, where its answer differed from what it was sent.
    pub shown: Option<Fingerprint>,
}

/// The links of a series, by the occurrences' names.
pub type Entries = BTreeMap<NaiveDateTime, Entry>;

/// Reads packed links; what can't be read is as good as not there.
pub fn unpack(packed: &BTreeMap<String, String>) -> Entries {
    let mut out = Entries::new();
    for (name, value) in packed {
        let Some(month) = name.get(..7).and_then(|month| format!("{month}-01").parse::<NaiveDate>().ok()) else { continue };
        let mut parts = value.split(';');
        let Some((key, anonymised)) = parts.next().filter(|head| !head.is_empty()).map(head) else { continue };
        for part in parts {
            if let Some((original, entry)) = entry(part, month, &key, anonymised) {
                out.insert(original, entry);
            }
        }
    }
    out
}

fn head(text: &str) -> (KeyId, bool) {
    let (key, anonymised) = text.strip_suffix(".a").map_or((text, false), |key| (key, true));
    (KeyId(key.to_owned()), anonymised)
}

fn entry(part: &str, month: NaiveDate, key: &KeyId, anonymised: bool) -> Option<(NaiveDateTime, Entry)> {
    let mut fields = part.split(':');
    let (name, number, prints) = (fields.next()?, fields.next()?, fields.next()?);
    let (day, clock) = name.split_once('T')?;
    let (hour, minute) = clock.split_at_checked(2)?;
    let original = month.with_day(day.parse().ok()?)?.and_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)?;
    let frnr = if number.is_empty() { None } else { Some(number.parse().ok()?) };
    let (agreed, shown) = prints.split_once('.').map_or((prints, None), |(agreed, shown)| (agreed, Some(shown)));
    let shown = match shown {
        Some(text) => Some(Fingerprint::from_text(text)?),
        None => None,
    };
    let agreed = Fingerprint::from_text(agreed)?;
    Some((original, Entry { frnr, key: key.clone(), anonymised, agreed, shown }))
}

/// Packs links, month by month.
pub fn pack(entries: &Entries) -> BTreeMap<String, String> {
    let mut by_head: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (original, entry) in entries {
        let head = format!("{}{}", entry.key.0, if entry.anonymised { ".a" } else { "" });
        let number = entry.frnr.map(|frnr| frnr.to_string()).unwrap_or_default();
        let shown = entry.shown.map(|shown| format!(".{}", shown.to_text())).unwrap_or_default();
        let text = format!("{}:{number}:{}{shown}", original.format("%dT%H%M"), entry.agreed.to_text());
        by_head.entry((original.format("%Y-%m").to_string(), head)).or_default().push(text);
    }
    let mut out = BTreeMap::new();
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for ((month, head), texts) in by_head {
        let mut value = head.clone();
        for text in texts {
            if value.len() + 1 + text.len() > MAX_VALUE {
                out.insert(name(&month, &mut used), std::mem::replace(&mut value, head.clone()));
            }
            value.push(';');
            value.push_str(&text);
        }
        out.insert(name(&month, &mut used), value);
    }
    out
}

/// `2026-05`, then `2026-05-b` to `2026-05-z`, then `2026-05-27` and on.
fn name(month: &str, used: &mut BTreeMap<String, usize>) -> String {
    let index = used.entry(month.to_owned()).or_default();
    *index += 1;
    match *index {
        1 => month.to_owned(),
        index if index <= 26 => format!("{month}-{}", char::from(b'a' + u8::try_from(index - 1).unwrap_or(0))),
        index => format!("{month}-{index}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str) -> Fingerprint {
        crate::fingerprint::Key::new(b"k").fingerprint(0, text.as_bytes())
    }
    fn entry(frnr: Option<FrNr>, key: &str) -> Entry {
        Entry { frnr, key: KeyId(key.into()), anonymised: false, agreed: print("a"), shown: None }
    }
    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn links_of_every_kind_survive_packing() {
        let entries: Entries = [
            (at("2026-05-04 09:00"), entry(Some(4711), "key1")),
            (at("2026-05-06 00:00"), entry(None, "key1")),
            (at("2026-05-07 23:59"), Entry { shown: Some(print("b")), ..entry(Some(1), "key2") }),
            (at("2026-06-01 09:00"), Entry { anonymised: true, ..entry(Some(2), "key1") }),
        ]
        .into();
        let packed = pack(&entries);
        assert_eq!(packed.keys().map(String::as_str).collect::<Vec<_>>(), ["2026-05", "2026-05-b", "2026-06"]);
        assert_eq!(unpack(&packed), entries);
    }

    #[test]
    fn a_full_month_goes_on_under_further_names_within_the_limits() {
        let first = at("2026-05-01 00:00");
        let entries: Entries =
            (0..744).map(|hour| (first + chrono::Duration::hours(hour), entry(Some(1_000_000 + hour), "0123abcd"))).collect();
        let packed = pack(&entries);
        assert!(packed.iter().all(|(name, value)| name.len() <= 16 && value.len() <= MAX_VALUE && value.is_ascii()));
        assert_eq!(unpack(&packed), entries);
        // Every hour of the longest window that is carried over stays within what Google holds of one event.
        assert!(packed.values().map(String::len).sum::<usize>() < 24_000);
    }

    #[test]
    fn garbage_is_as_good_as_not_there() {
        for (name, value) in [
            ("", "k;04T0900:1:AAAAAAAAAAA"),
            ("2026-13", "k;04T0900:1:AAAAAAAAAAA"),
            ("2026-05", ""),
            ("2026-05", "k"),
            ("2026-05", "k;04T09:1:AAAAAAAAAAA"),
            ("2026-05", "k;32T0900:1:AAAAAAAAAAA"),
            ("2026-05", "k;04T0900:x:AAAAAAAAAAA"),
            ("2026-05", "k;04T0900:1:short"),
            ("2026-05", "k;04T0900:1:AAAAAAAAAAA.x"),
            ("2026-0ä", "k;04T09ä0:1:AAAAAAAAAAA"),
        ] {
            assert_eq!(unpack(&[(name.to_owned(), value.to_owned())].into()), Entries::new(), "{name} {value}");
        }
    }
}
