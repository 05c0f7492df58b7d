//! Google's refusals for good, and what to do about them.
use advosync_sync::ports::{Certainty, Failure, FailureKind};

use crate::error;

/// Why Google lets nobody in, or not far enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The key or the user to act as is not accepted.
    #[error("invalid_grant")]
    InvalidGrant,
    /// Domain-wide delegation is missing.
    #[error("unauthorized_client")]
    UnauthorizedClient,
    /// The service account is unknown.
    #[error("invalid_client")]
    InvalidClient,
    /// The calendar scope may not be asked for.
    #[error("invalid_scope")]
    InvalidScope,
    /// An administrator's rule forbids it.
    #[error("access_denied")]
    AccessDenied,
    /// A token just issued is refused.
    #[error("401")]
    Unauthorized,
    /// The Calendar API is off in the project.
    #[error("api disabled")]
    ApiDisabled,
    /// The token's scopes do not reach.
    #[error("insufficient scope")]
    InsufficientScope,
    /// The account may not do this with the calendar.
    #[error("forbidden")]
    Forbidden,
}

impl Denial {
    const ALL: [Self; 9] = [
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::InvalidClient,
        Self::InvalidScope,
        Self::AccessDenied,
        Self::Unauthorized,
        Self::ApiDisabled,
        Self::InsufficientScope,
        Self::Forbidden,
    ];

    /// What a person should do, in English.
    #[must_use]
    pub fn advice_en(self) -> &'static str {
        match self {
            Self::InvalidGrant => {
                "Make a new key for the service account (console.cloud.google.com › IAM & Admin › Service Accounts › Keys), check that GOOGLE_CALENDAR_SUBJECT is a user of the domain, and that this machine's clock is right."
            }
            Self::UnauthorizedClient => {
                "Grant domain-wide delegation: admin.google.com › Security › API controls › Domain-wide delegation › Add new, with the service account's client id and the scope https://www.googleapis.com/auth/calendar; or leave GOOGLE_CALENDAR_SUBJECT empty."
            }
            Self::InvalidClient => {
                "The service account no longer exists: make a new one and set GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH to its key."
            }
            Self::InvalidScope => {
                "Add the scope https://www.googleapis.com/auth/calendar to the delegation: admin.google.com › Security › API controls › Domain-wide delegation."
            }
            Self::AccessDenied => {
                "An administrator's rule forbids the access: admin.google.com › Security › API controls › App access control."
            }
            Self::Unauthorized => {
                "Google refuses a token that it has just issued: check that the service account is enabled (console.cloud.google.com › IAM & Admin › Service Accounts)."
            }
            Self::ApiDisabled => {
                "Turn the API on: console.cloud.google.com › APIs & Services › Library › Google Calendar API › Enable."
            }
            Self::InsufficientScope => {
                "Allow the scope https://www.googleapis.com/auth/calendar: admin.google.com › Security › API controls › Domain-wide delegation."
            }
            Self::Forbidden => {
                "Give the service account (or the user of GOOGLE_CALENDAR_SUBJECT) the right to make changes and manage sharing: calendar.google.com › the calendar's Settings › Share with specific people."
            }
        }
    }

    /// What a person should do, in German.
    #[must_use]
    pub fn advice_de(self) -> &'static str {
        match self {
            Self::InvalidGrant => {
                "Einen neuen Schlüssel für das Dienstkonto anlegen (console.cloud.google.com › IAM und Verwaltung › Dienstkonten › Schlüssel), prüfen, ob GOOGLE_CALENDAR_SUBJECT ein Nutzer der Domain ist und ob die Uhr dieses Rechners stimmt."
            }
            Self::UnauthorizedClient => {
                "Domainweite Delegierung erteilen: admin.google.com › Sicherheit › API-Steuerung › Domainweite Delegierung › Neu hinzufügen, mit der Client-ID des Dienstkontos und dem Bereich https://www.googleapis.com/auth/calendar; oder GOOGLE_CALENDAR_SUBJECT leer lassen."
            }
            Self::InvalidClient => {
                "Das Dienstkonto gibt es nicht mehr: ein neues anlegen und GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH auf seinen Schlüssel setzen."
            }
            Self::InvalidScope => {
                "Den Bereich https://www.googleapis.com/auth/calendar zur Delegierung hinzufügen: admin.google.com › Sicherheit › API-Steuerung › Domainweite Delegierung."
            }
            Self::AccessDenied => {
                "Eine Regel des Administrators verbietet den Zugriff: admin.google.com › Sicherheit › API-Steuerung › App-Zugriffssteuerung."
            }
            Self::Unauthorized => {
                "Google lehnt einen gerade ausgestellten Token ab: prüfen, ob das Dienstkonto aktiviert ist (console.cloud.google.com › IAM und Verwaltung › Dienstkonten)."
            }
            Self::ApiDisabled => {
                "Die API einschalten: console.cloud.google.com › APIs und Dienste › Bibliothek › Google Calendar API › Aktivieren."
            }
            Self::InsufficientScope => {
                "Den Bereich https://www.googleapis.com/auth/calendar erlauben: admin.google.com › Sicherheit › API-Steuerung › Domainweite Delegierung."
            }
            Self::Forbidden => {
                "Dem Dienstkonto (oder dem Nutzer aus GOOGLE_CALENDAR_SUBJECT) das Recht geben, Termine zu ändern und die Freigabe zu verwalten: calendar.google.com › Einstellungen des Kalenders › Für bestimmte Personen freigeben."
            }
        }
    }

    /// The denial that a failure of this client stands for, if it is one.
    #[must_use]
    pub fn of(failure: &Failure) -> Option<Self> {
        Self::of_code(&failure.code)
    }

    /// The same, from a stored [`Failure::code`].
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let what = code.strip_prefix("google.")?.split_once(": ")?.1;
        Self::ALL.into_iter().find(|denial| denial.to_string() == what)
    }

    /// The token endpoint's error code, where it means a refusal for good.
    pub(crate) fn of_token_error(code: &str) -> Option<Self> {
        [Self::InvalidGrant, Self::UnauthorizedClient, Self::InvalidClient, Self::InvalidScope, Self::AccessDenied]
            .into_iter()
            .find(|denial| denial.to_string() == code)
    }

    pub(crate) fn failure(self, operation: &str) -> Failure {
        error::failure(FailureKind::Denied, Certainty::NotDone, operation, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leads_back_to_its_advice() {
        for denial in Denial::ALL {
            assert_eq!(Denial::of(&denial.failure("events.list")), Some(denial));
            assert_ne!(denial.advice_de(), denial.advice_en());
        }
        assert_eq!(Denial::of_code("advoware.termine.get: 401"), None);
        assert_eq!(Denial::of_code("google.events.list: 503"), None);
    }

    #[test]
    fn only_lasting_token_errors_are_denials() {
        assert_eq!(Denial::of_token_error("invalid_grant"), Some(Denial::InvalidGrant));
        assert_eq!(Denial::of_token_error("temporarily_unavailable"), None);
    }
}
