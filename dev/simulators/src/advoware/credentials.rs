use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha512;

/// The login that the simulated firm accepts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdvowareCredentials {
    /// The product's number.
    pub product_id: i64,
    /// The application's id.
    pub app_id: String,
    /// The application's key in base64.
    pub api_key: String,
    /// The firm.
    pub kanzlei: String,
    /// The firm's database.
    pub database: String,
    /// The user.
    pub user: String,
    /// The user's role.
    pub role: i64,
    /// The user's password.
    pub password: String,
}

impl Default for AdvowareCredentials {
    fn default() -> Self {
        Self {
            product_id: 64,
            app_id: "advosync-demo".to_owned(),
            api_key: BASE64_STANDARD.encode("a key for demonstrations only"),
            kanzlei: "musterkanzlei".to_owned(),
            database: "musterkanzlei_01".to_owned(),
            user: "kalender".to_owned(),
            role: 2,
            password: "nur-zur-vorfuehrung".to_owned(),
        }
    }
}

impl std::fmt::Debug for AdvowareCredentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AdvowareCredentials")
            .field("kanzlei", &self.kanzlei)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

impl AdvowareCredentials {
    /// The environment variables that tell a program this login.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("ADVOWARE_PRODUCT_ID", self.product_id.to_string()),
            ("ADVOWARE_APP_ID", self.app_id.clone()),
            ("ADVOWARE_API_KEY", self.api_key.clone()),
            ("ADVOWARE_KANZLEI", self.kanzlei.clone()),
            ("ADVOWARE_DATABASE", self.database.clone()),
            ("ADVOWARE_USER", self.user.clone()),
            ("ADVOWARE_ROLE", self.role.to_string()),
            ("ADVOWARE_PASSWORD", self.password.clone()),
        ]
    }

    /// Whether the signature belongs to nonce and time stamp as they were sent.
    pub(super) fn signed(&self, nonce: &str, timestamp: &str, signature: &str) -> bool {
        let (Ok(key), Ok(signature)) = (BASE64_STANDARD.decode(&self.api_key), BASE64_STANDARD.decode(signature)) else {
            return false;
        };
        let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(&key) else {
            return false;
        };
        let (product, app) = (self.product_id, &self.app_id);
        mac.update(format!("{product}:{app}:{nonce}:{timestamp}").as_bytes());
        mac.verify_slice(&signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_test_vector_is_accepted() {
        let credentials = AdvowareCredentials {
            app_id: "app-123".to_owned(),
            api_key: BASE64_STANDARD.encode("test-secret-key"),
            ..AdvowareCredentials::default()
        };
        let signature = "o7rz9KmoXZs550HfzO6ffiG17XwiPmlBHlksUYKZ3jcfolELow51Fw5KlrQqCK5y41aIValDjrh1iQ2GZ2WtqQ==";
        let stamp = "2026-08-30T00:00:00.000Z";
        assert!(credentials.signed("nonce-abc", stamp, signature));
        assert!(!credentials.signed("nonce-abd", stamp, signature));
    }
}
