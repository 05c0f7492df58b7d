//! Who may read an employee's calendar beside its owner.

use std::collections::BTreeMap;

use crate::Reader;
use crate::google::is_mail_address;

const NAME: &str = "CALENDAR_SYNC_READERS_PATH";
const SHOULD: &str = "the path of a TOML file with lines such as PB = [\"mail@example.org\"]";

/// The readers of each calendar, by Kürzel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarReaders(BTreeMap<String, Vec<String>>);

impl CalendarReaders {
    /// The mail addresses of those who may read this employee's calendar.
    #[must_use]
    pub fn of(&self, kuerzel: &str) -> &[String] {
        self.0.get(kuerzel).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        let Some((_, text)) = reader.optional_file(NAME, SHOULD) else {
            return Self::default();
        };
        let parsed = toml::from_str(&text).ok().map(Self).filter(Self::is_valid);
        if parsed.is_none() {
            reader.fault(NAME, SHOULD);
        }
        parsed.unwrap_or_default()
    }

    fn is_valid(&self) -> bool {
        self.0.values().flatten().all(|address| is_mail_address(address))
    }
}
