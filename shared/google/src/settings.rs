//! What the client must be told.
use std::path::Path;
use std::time::Duration;

use advosync_upstream::{BreakerSettings, RetryPolicy, Timeouts};
use reqwest::Url;
use yup_oauth2::ServiceAccountKey;

use crate::error::SetupError;

/// A service account's key, as Google's console hands it out.
#[derive(Clone)]
pub struct ServiceAccount {
    pub(crate) key: ServiceAccountKey,
    pub(crate) subject: Option<String>,
}

impl ServiceAccount {
    /// Reads the key's file.
    ///
    /// # Errors
    /// Where it cannot be read, or is no service account's JSON.
    pub fn read(path: &Path) -> Result<Self, SetupError> {
        Self::parse(&std::fs::read_to_string(path).map_err(SetupError::Unreadable)?)
    }

    /// Reads the key's JSON.
    ///
    /// # Errors
    /// Where it is no service account's JSON.
    pub fn parse(json: &str) -> Result<Self, SetupError> {
        let key: ServiceAccountKey = serde_json::from_str(json)
            .map_err(|_| SetupError::NoServiceAccount("private_key, client_email or token_uri is missing"))?;
        let token_uri = key.token_uri.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if token_uri.is_none() {
            return Err(SetupError::NoServiceAccount("token_uri is no http address"));
        }
        Ok(Self { key, subject: None })
    }

    /// The user to act as, by domain-wide delegation.
    #[must_use]
    pub fn acting_as(self, subject: Option<String>) -> Self {
        Self { subject, ..self }
    }

    /// Whom Google takes it for: the owner of what it makes.
    pub(crate) fn identity(&self) -> &str {
        self.subject.as_deref().unwrap_or_else(|| self.email())
    }

    /// The account's address: whom a person shares a calendar with.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.key.client_email
    }
}

/// Everything the client must be told; [`GoogleSettings::new`] gives the defaults.
#[derive(Clone)]
pub struct GoogleSettings {
    /// The API's base.
    pub base: Url,
    /// Who logs in.
    pub account: ServiceAccount,
    /// The limits of time of one call.
    pub timeouts: Timeouts,
    /// How one call is repeated.
    pub retry: RetryPolicy,
    /// When the circuit opens.
    pub breaker: BreakerSettings,
}

impl GoogleSettings {
    /// The default of [`GoogleSettings::base`].
    pub const BASE: &str = "https://www.googleapis.com/calendar/v3/";

    /// The defaults, for that account at that base.
    #[must_use]
    pub fn new(account: ServiceAccount, base: Url) -> Self {
        Self {
            base,
            account,
            timeouts: Timeouts::within(Duration::from_secs(20)),
            retry: RetryPolicy::default(),
            breaker: BreakerSettings::default(),
        }
    }
}
