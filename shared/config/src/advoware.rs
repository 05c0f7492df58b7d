//! Settings of the Advoware client.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Reader, Settings};

/// Standard base64, with or without its padding.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How to reach Advoware and sign in.
#[derive(Debug, Clone)]
pub struct AdvowareConfig {
    /// Address of the API; `None` asks discovery.
    pub api_base_url: Option<Url>,
    /// Address of the security gateway; `None` asks discovery.
    pub security_base_url: Option<Url>,
    /// Address of the discovery service, taken as it is.
    pub configurator_url: Url,
    /// Number of the product.
    pub product_id: i64,
    /// Id of the application.
    pub app_id: String,
    /// Key of the application: base64 of the HMAC key.
    pub api_key: SecretString,
    /// The law firm's name at Advoware.
    pub kanzlei: String,
    /// The law firm's database.
    pub database: String,
    /// User to sign in as.
    pub user: String,
    /// Number of the user's role.
    pub role: i64,
    /// The user's password.
    pub password: SecretString,
    /// Life of a token that names no end.
    pub token_lifetime: Duration,
    /// Time-out of one request.
    pub timeout: Duration,
    /// Requests at a time, for the whole fleet together.
    pub max_concurrency: u32,
}

impl Settings for AdvowareConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            api_base_url: reader.optional_base_url("ADVOWARE_API_BASE_URL"),
            security_base_url: reader.optional_base_url("ADVOWARE_SECURITY_BASE_URL"),
            configurator_url: reader.plain_url("ADVOWARE_CONFIGURATOR_URL"),
            product_id: reader.number("ADVOWARE_PRODUCT_ID", 0..=i64::from(i32::MAX)),
            app_id: reader.text("ADVOWARE_APP_ID"),
            api_key: read_api_key(reader),
            kanzlei: reader.text("ADVOWARE_KANZLEI"),
            database: reader.text("ADVOWARE_DATABASE"),
            user: reader.text("ADVOWARE_USER"),
            role: reader.number("ADVOWARE_ROLE", 0..=i64::from(i32::MAX)),
            password: reader.secret("ADVOWARE_PASSWORD"),
            token_lifetime: Duration::from_secs(60 * reader.number("ADVOWARE_TOKEN_LIFETIME_MINUTES", 1..=1440_u64)),
            timeout: read_timeout(reader),
            max_concurrency: reader.number("ADVOWARE_MAX_CONCURRENCY", 1..=1000),
        }
    }
}

/// Reads `ADVOWARE_API_KEY`, which keys may be derived from as well.
pub(crate) fn read_api_key(reader: &mut Reader<'_>) -> SecretString {
    let key = reader.secret("ADVOWARE_API_KEY");
    if BASE64.decode(key.expose_secret()).is_err() {
        reader.fault("ADVOWARE_API_KEY", "base64");
    }
    key
}

/// Reads `ADVOWARE_API_TIMEOUT_SECONDS`, which the lease has to outlast.
pub(crate) fn read_timeout(reader: &mut Reader<'_>) -> Duration {
    reader.seconds("ADVOWARE_API_TIMEOUT_SECONDS", 0.1..=600.0)
}
