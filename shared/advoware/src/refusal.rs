//! Advoware's German refusals, and what to do about them.
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure, FailureKind};

use crate::error;

/// Why Advoware lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Wrong user or password.
    #[error("bad login")]
    BadLogin,
    /// The product or the user is not enabled.
    #[error("not enabled")]
    NotEnabled,
    /// The firm or application is not registered.
    #[error("not registered")]
    NotRegistered,
    /// The firm's database is not connected right now.
    #[error("database not connected")]
    NotConnected,
    /// A token just issued is refused.
    #[error("401")]
    Unauthorized,
    /// The user may not do this.
    #[error("403")]
    Forbidden,
}

impl Refusal {
    const ALL: [Self; 6] =
        [Self::BadLogin, Self::NotRegistered, Self::NotConnected, Self::NotEnabled, Self::Unauthorized, Self::Forbidden];

    /// Whether waiting cannot help.
    #[must_use]
    pub fn is_final(self) -> bool {
        self != Self::NotConnected
    }

    /// What a person should do, in English.
    #[must_use]
    pub fn advice_en(self) -> &'static str {
        match self {
            Self::BadLogin => {
                "Check ADVOWARE_USER, ADVOWARE_PASSWORD, ADVOWARE_ROLE and ADVOWARE_DATABASE: Advoware does not accept this login."
            }
            Self::NotEnabled => {
                "Have Advoware enable the API product (ADVOWARE_PRODUCT_ID) for the firm, and enable the user for it in the user administration."
            }
            Self::NotRegistered => {
                "Check ADVOWARE_KANZLEI, ADVOWARE_DATABASE and ADVOWARE_APP_ID: Advoware's gateway does not know them."
            }
            Self::NotConnected => {
                "The firm's server or its Advoware connector is off or offline: start it. Advosync tries again by itself every minute."
            }
            Self::Unauthorized => {
                "Advoware refuses a token that it has just issued: check ADVOWARE_SECURITY_BASE_URL, ADVOWARE_DATABASE and this machine's clock."
            }
            Self::Forbidden => {
                "Give ADVOWARE_USER the right to read employees and to read and change appointments, in Advoware's user administration."
            }
        }
    }

    /// What a person should do, in German.
    #[must_use]
    pub fn advice_de(self) -> &'static str {
        match self {
            Self::BadLogin => {
                "ADVOWARE_USER, ADVOWARE_PASSWORD, ADVOWARE_ROLE und ADVOWARE_DATABASE prüfen: Advoware nimmt diese Anmeldung nicht an."
            }
            Self::NotEnabled => {
                "Bei Advoware das API-Produkt (ADVOWARE_PRODUCT_ID) für die Kanzlei freischalten lassen und den Benutzer in der Benutzerverwaltung dafür freigeben."
            }
            Self::NotRegistered => {
                "ADVOWARE_KANZLEI, ADVOWARE_DATABASE und ADVOWARE_APP_ID prüfen: Advowares Gateway kennt sie nicht."
            }
            Self::NotConnected => {
                "Der Kanzleiserver oder sein Advoware-Konnektor ist aus oder offline: bitte starten. Advosync versucht es jede Minute von selbst wieder."
            }
            Self::Unauthorized => {
                "Advoware lehnt einen gerade ausgestellten Token ab: ADVOWARE_SECURITY_BASE_URL, ADVOWARE_DATABASE und die Uhr dieses Rechners prüfen."
            }
            Self::Forbidden => {
                "ADVOWARE_USER in der Benutzerverwaltung von Advoware das Recht geben, Mitarbeiter zu lesen und Termine zu lesen und zu ändern."
            }
        }
    }

    /// The refusal that a failure of this client stands for, if it is one.
    #[must_use]
    pub fn of(failure: &Failure) -> Option<Self> {
        Self::of_code(&failure.code)
    }

    /// The same, from a stored [`Failure::code`].
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        let (operation, what) = code.split_once(": ")?;
        Self::ALL.into_iter().find(|refusal| operation.starts_with("advoware.") && refusal.to_string() == what)
    }

    /// The refusal that a text from Advoware expresses.
    pub(crate) fn in_text(text: &str) -> Option<Self> {
        let text = text.to_lowercase().replace("\\/", "/");
        Self::ALL.into_iter().find(|refusal| refusal.phrases().iter().any(|phrase| text.contains(phrase)))
    }

    fn phrases(self) -> &'static [&'static str] {
        match self {
            Self::BadLogin => &["falscher name oder falsches kennwort", "benutzer / kennwort ung", "benutzer/kennwort ung"],
            Self::NotRegistered => &["ist nicht registriert"],
            Self::NotConnected => &["ist nicht angemeldet"],
            Self::NotEnabled => &["freigeschaltet"],
            Self::Unauthorized | Self::Forbidden => &[],
        }
    }

    /// The engine's failure: final refusals stop the run, a firm that is not connected is worth a try in a minute.
    pub(crate) fn failure(self, operation: &str) -> Failure {
        let (kind, retry_after) =
            if self.is_final() { (FailureKind::Denied, None) } else { (FailureKind::Unavailable, Some(Duration::from_mins(1))) };
        Failure { retry_after, ..error::failure(kind, Certainty::NotDone, operation, self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_text_is_understood() {
        for (text, refusal) in [
            ("Falscher Name oder falsches Kennwort!", Refusal::BadLogin),
            ("Benutzer / Kennwort ungültig", Refusal::BadLogin),
            (r#""Benutzer \/ Kennwort ung\u00fcltig""#, Refusal::BadLogin),
            ("Das Produkt ist für diese Kanzlei nicht freigeschaltet.", Refusal::NotEnabled),
            ("Die Datenbank ist nicht angemeldet", Refusal::NotConnected),
            (r#"{"Message":"Die Kanzlei ist nicht registriert"}"#, Refusal::NotRegistered),
        ] {
            assert_eq!(Refusal::in_text(text), Some(refusal), "{text}");
        }
        assert_eq!(Refusal::in_text("Interner Fehler"), None);
    }

    #[test]
    fn a_failure_leads_back_to_its_advice() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::of(&refusal.failure("token")), Some(refusal));
            assert_ne!(refusal.advice_de(), refusal.advice_en());
        }
        assert_eq!(Refusal::of_code("google.token: bad login"), None);
        assert_eq!(Refusal::of_code("advoware.termine.get: 503"), None);
    }
}
