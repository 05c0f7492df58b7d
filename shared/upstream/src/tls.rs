//! TLS with the machine's trusted certificates, the same for every connection.
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// TLS as every connection to a remote system uses it: ring, and the certificates that this machine trusts.
///
/// A machine without any is told so, and can still speak http (to a simulator, say).
///
/// # Errors
/// Where the cryptography does not offer the usual protocol versions.
pub fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        tracing::warn!("this machine trusts no certificates (package ca-certificates): https will fail");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
