//! What the client must be told.
use std::time::Duration;

use advosync_upstream::{BreakerSettings, RetryPolicy, Timeouts};
use reqwest::Url;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

/// Who logs in, for which firm.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Advoware's number of the product.
    pub product_id: u32,
    /// The application's id.
    pub app_id: String,
    /// Base64; the key that signs token requests.
    pub api_key: SecretString,
    /// The firm.
    pub kanzlei: String,
    /// The firm's database.
    pub database: String,
    /// The user.
    pub user: String,
    /// The user's role.
    pub role: u32,
    /// The user's password.
    pub password: SecretString,
}

impl Credentials {
    /// A hash of everything in here that is no secret: a token of another account is not this one's.
    pub(crate) fn account(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.kanzlei, &self.database, &self.user, &self.app_id] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.update(self.product_id.to_le_bytes());
        hash.update(self.role.to_le_bytes());
        data_encoding::HEXLOWER.encode(&hash.finalize()[..8])
    }
}

/// Everything the client must be told; [`AdvowareSettings::new`] gives the defaults.
#[derive(Debug, Clone)]
pub struct AdvowareSettings {
    /// Who logs in.
    pub credentials: Credentials,
    /// The API's base; wins over discovery.
    pub api_base: Option<Url>,
    /// The security gateway's base; wins over discovery.
    pub security_base: Option<Url>,
    /// Where the bases are asked for.
    pub configurator: Url,
    /// The path of the data endpoints below the API's base.
    pub path_prefix: String,
    /// Life of a token whose answer names none.
    pub token_lifetime: Duration,
    /// The limits of time of one call.
    pub timeouts: Timeouts,
    /// A longer window is listed in slices of so many days, which overlap by one.
    pub slice_days: u32,
    /// How one call is repeated.
    pub retry: RetryPolicy,
    /// When the circuit opens.
    pub breaker: BreakerSettings,
}

impl AdvowareSettings {
    /// Where the bases are asked for by default.
    pub const CONFIGURATOR: &str = "https://www2.advo-net.net/AdvonetConfigurator/api/Url";
    /// The security gateway that is used where discovery names none.
    pub const SECURITY: &str = "https://security.advo-net.net/";
    /// The default of [`AdvowareSettings::path_prefix`].
    pub const PATH_PREFIX: &str = "api/v1/advonet/";

    /// The defaults, with bases from discovery at `configurator`.
    #[must_use]
    pub fn new(credentials: Credentials, configurator: Url) -> Self {
        Self {
            credentials,
            api_base: None,
            security_base: None,
            configurator,
            path_prefix: Self::PATH_PREFIX.into(),
            token_lifetime: Duration::from_mins(55),
            timeouts: Timeouts::within(Duration::from_secs(30)),
            slice_days: 800,
            retry: RetryPolicy::default(),
            breaker: BreakerSettings::default(),
        }
    }
}
