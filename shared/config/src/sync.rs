//! Settings of the synchronisation itself.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{CalendarReaders, Reader, Settings, SyncKeys};

const ANONYMIZE: &str = "CALENDAR_SYNC_ANONYMIZE";
const PLACEHOLDER: &str = "{kuerzel}";

/// Which side wins a field that both sides changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictPolicy {
    /// Advoware's value is written to Google.
    Advoware,
    /// Google's value is written to Advoware.
    Google,
}

/// What wins where one side deleted and the other changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteConflictPolicy {
    /// The change: the appointment comes back.
    Keep,
    /// The deletion.
    Delete,
}

/// How calendars are kept equal.
#[derive(Debug, Clone)]
pub struct SyncConfig {
    /// Days before today that are synchronised.
    pub past_days: u32,
    /// Days after today that are synchronised.
    pub future_days: u32,
    /// Which side wins a conflict.
    pub conflict: ConflictPolicy,
    /// What wins against a deletion.
    pub delete_conflict: DeleteConflictPolicy,
    /// Deletions on one side of one employee within a day that need nobody's release.
    pub max_deletes: u32,
    /// Whether Google shows only "Belegt".
    pub anonymize: bool,
    /// Keys for fingerprints, push tokens and the journal.
    pub keys: SyncKeys,
    /// Name of this deployment, part of ids in Google.
    pub deployment: String,
    /// Who may read a calendar beside its owner.
    pub readers: CalendarReaders,
    /// Name of a calendar, with `{kuerzel}` in it.
    pub name_template: String,
    /// Only these employees; `None` means all.
    pub debug_employees: Option<BTreeSet<String>>,
}

impl SyncConfig {
    /// The name of an employee's calendar.
    #[must_use]
    pub fn calendar_name(&self, kuerzel: &str) -> String {
        self.name_template.replace(PLACEHOLDER, kuerzel)
    }

    /// Whether `CALENDAR_SYNC_DEBUG_EMPLOYEES` lets this employee in.
    #[must_use]
    pub fn includes(&self, kuerzel: &str) -> bool {
        self.debug_employees.as_ref().is_none_or(|only| only.contains(kuerzel))
    }
}

impl Settings for SyncConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let keys = SyncKeys::read(reader);
        let anonymize = reader.flag(ANONYMIZE);
        if anonymize && !keys.configured {
            reader.fault(ANONYMIZE, "false, or CALENDAR_SYNC_KEY set as well");
        }
        Self {
            past_days: reader.number("CALENDAR_SYNC_PAST_DAYS", 0..=3650),
            future_days: reader.number("CALENDAR_SYNC_FUTURE_DAYS", 1..=3650),
            conflict: read_conflict(reader),
            delete_conflict: read_delete_conflict(reader),
            max_deletes: reader.number("CALENDAR_SYNC_MAX_DELETES", 0..=1_000_000),
            anonymize,
            keys,
            deployment: read_deployment(reader),
            readers: CalendarReaders::read(reader),
            name_template: read_name_template(reader),
            debug_employees: read_debug_employees(reader),
        }
    }
}

fn read_conflict(reader: &mut Reader<'_>) -> ConflictPolicy {
    reader
        .parsed("CALENDAR_SYNC_CONFLICT", "advoware or google", |text| match text {
            "advoware" => Some(ConflictPolicy::Advoware),
            "google" => Some(ConflictPolicy::Google),
            _ => None,
        })
        .unwrap_or(ConflictPolicy::Advoware)
}

fn read_delete_conflict(reader: &mut Reader<'_>) -> DeleteConflictPolicy {
    reader
        .parsed("CALENDAR_SYNC_DELETE_CONFLICT", "keep or delete", |text| match text {
            "keep" => Some(DeleteConflictPolicy::Keep),
            "delete" => Some(DeleteConflictPolicy::Delete),
            _ => None,
        })
        .unwrap_or(DeleteConflictPolicy::Keep)
}

fn read_deployment(reader: &mut Reader<'_>) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let given = reader.parsed("CALENDAR_SYNC_DEPLOYMENT", "1 to 40 of the characters A-Z a-z 0-9 . _ -", |text| {
        (text.len() <= 40 && text.chars().all(allowed)).then(|| text.to_owned())
    });
    given.unwrap_or_else(|| {
        let (firm, database) = (reader.text("ADVOWARE_KANZLEI"), reader.text("ADVOWARE_DATABASE"));
        default_deployment(&firm, &database)
    })
}

/// Twelve hex digits of a hash over firm and database.
fn default_deployment(firm: &str, database: &str) -> String {
    let digest = Sha256::digest(format!("{firm}\0{database}"));
    HEXLOWER.encode(&digest[..6])
}

fn read_name_template(reader: &mut Reader<'_>) -> String {
    reader
        .parsed("CALENDAR_SYNC_NAME_TEMPLATE", "a name with {kuerzel} once in it, such as AW-{kuerzel}", |text| {
            let rest = text.replacen(PLACEHOLDER, "", 1);
            let fits = rest.len() < text.len() && !rest.contains(['{', '}']) && text.chars().count() <= 200;
            fits.then(|| text.to_owned())
        })
        .unwrap_or_default()
}

fn read_debug_employees(reader: &mut Reader<'_>) -> Option<BTreeSet<String>> {
    reader
        .parsed("CALENDAR_SYNC_DEBUG_EMPLOYEES", "all, or Kürzel such as PB,AI", |text| {
            if text.eq_ignore_ascii_case("all") {
                return Some(None);
            }
            let only: BTreeSet<String> =
                text.split(',').map(str::trim).filter(|kuerzel| !kuerzel.is_empty()).map(str::to_owned).collect();
            let fits = !only.is_empty() && only.iter().all(|kuerzel| !kuerzel.contains(char::is_whitespace));
            fits.then_some(Some(only))
        })
        .flatten()
}
