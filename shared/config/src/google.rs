//! Settings of the Google Calendar client.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::reader::web_url;
use crate::worker::read_lease;
use crate::{Reader, Settings};

/// The longest that one whole call to Google may take, whatever the lease.
const LONGEST_CALL: Duration = Duration::from_secs(20);

/// How to reach Google Calendar, and how fast.
#[derive(Debug, Clone)]
pub struct GoogleConfig {
    /// The account to sign in with.
    pub service_account: ServiceAccount,
    /// User to act as, by domain-wide delegation.
    pub subject: Option<String>,
    /// Account with which each calendar is shared as owner.
    pub owner: Option<String>,
    /// Address of the Calendar API, with a slash at its end.
    pub api_base_url: Url,
    /// Requests a minute per quota user, the whole fleet together.
    pub requests_per_minute: u32,
    /// Requests a minute, all quota users together.
    pub requests_per_minute_per_project: u32,
    /// Time-out of one whole call: 20 s, or half the lease where that is shorter.
    pub call_timeout: Duration,
}

/// A service account's key file.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// Where the file lies.
    pub path: PathBuf,
    /// The account's mail address.
    pub client_email: String,
    /// The whole file.
    pub json: SecretString,
}

impl Settings for GoogleConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            service_account: read_service_account(reader),
            subject: read_account(reader, "GOOGLE_CALENDAR_SUBJECT"),
            owner: read_account(reader, "GOOGLE_CALENDAR_OWNER"),
            api_base_url: reader.base_url("GOOGLE_CALENDAR_API_BASE_URL"),
            requests_per_minute: reader.number("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE", 1..=1_000_000),
            requests_per_minute_per_project: reader.number("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE_PER_PROJECT", 1..=100_000_000),
            call_timeout: LONGEST_CALL.min(read_lease(reader) / 2),
        }
    }
}

fn read_account(reader: &mut Reader<'_>, name: &str) -> Option<String> {
    reader.parsed(name, "a mail address", |text| is_mail_address(text).then(|| text.to_owned()))
}

/// Whether a text has the form of a mail address.
pub(crate) fn is_mail_address(text: &str) -> bool {
    let plain = !text.contains(|c: char| c.is_whitespace() || c == ',' || c == '<' || c == '>');
    plain && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

fn read_service_account(reader: &mut Reader<'_>) -> ServiceAccount {
    const NAME: &str = "GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH";
    let path = PathBuf::from(reader.text(NAME));
    let parsed = reader.optional_file(NAME, "the path of a readable file").and_then(|(_, json)| {
        let email = client_email(&json);
        if email.is_none() {
            let should = "the path of a service account's JSON file, with client_email, private_key and token_uri";
            reader.fault(NAME, should);
        }
        email.map(|email| (email, json))
    });
    let (client_email, json) = parsed.unwrap_or_default();
    ServiceAccount { path, client_email, json: SecretString::from(json) }
}

/// The account's mail address, where the file is a service account's.
fn client_email(json: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct KeyFile {
        client_email: String,
        private_key: String,
        token_uri: String,
    }
    let file: KeyFile = serde_json::from_str(json).ok()?;
    let usable = file.private_key.contains("PRIVATE KEY-----") && web_url(&file.token_uri).is_some();
    usable.then_some(file.client_email)
}
