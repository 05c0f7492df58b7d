use std::{io, path::Path, sync::Arc};

use rsa::{
    PrivateKey, PublicKey,
    pkcs1v15::{Signature, VerifyingKey},
    pkcs8::{EncodePrivateKey, LineEnding},
    sha2::Sha256,
    signature::Verifier,
};
use serde_json::{Value, json};
use uuid::Uuid;

const KEY_BITS: usize = 2048;

/// A service account whose key pair was made for this run.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    key_id: String,
    private_key_pem: Arc<str>,
    public: PublicKey,
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ServiceAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

impl ServiceAccount {
    /// Makes a new RSA key pair; takes a good part of a second in a debug build.
    ///
    /// # Errors
    /// Fails where the system has no randomness to give.
    pub fn generate() -> io::Result<Self> {
        let private = PrivateKey::new(&mut rand::rng(), KEY_BITS).map_err(io::Error::other)?;
        let pem = private.to_pkcs8_pem(LineEnding::LF).map_err(io::Error::other)?;
        Ok(Self {
            email: "kalender@musterkanzlei.iam.gserviceaccount.com".to_owned(),
            key_id: Uuid::new_v4().simple().to_string(),
            private_key_pem: pem.as_str().into(),
            public: PublicKey::from(&private),
        })
    }

    /// Its address, under which calendars are created.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The content of its service-account file.
    pub fn to_json(&self, token_uri: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": "musterkanzlei",
            "private_key_id": self.key_id,
            "private_key": &*self.private_key_pem,
            "client_email": self.email,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "universe_domain": "googleapis.com",
        })
    }

    /// Writes the service-account file.
    ///
    /// # Errors
    /// Fails where the file cannot be written.
    pub fn write(&self, path: &Path, token_uri: &str) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&self.to_json(token_uri))?;
        std::fs::write(path, text)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::try_from(signature)
            .is_ok_and(|signature| VerifyingKey::<Sha256>::new(self.public.clone()).verify(message, &signature).is_ok())
    }
}
