//! A certificate authority for one server.

use std::{fs, path::PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::free_port;

/// Files and port of a server that speaks TLS.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) port: u16,
    pub(crate) authority: PathBuf,
    directory: TempDir,
}

impl Tls {
    /// Makes an authority and a certificate for the loopback address.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut authority = CertificateParams::new(Vec::<String>::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate()?;
        let authority_pem = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?.signed_by(&key, &issuer)?;
        for (name, pem) in [("ca.pem", authority_pem), ("server.pem", certificate.pem()), ("server.key", key.serialize_pem())] {
            fs::write(directory.path().join(name), pem)?;
        }
        Ok(Self { port: free_port()?, authority: directory.path().join("ca.pem"), directory })
    }

    /// Arguments of redis-server.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let file = |name: &str| self.directory.path().join(name).display().to_string();
        [
            ("--tls-port", self.port.to_string()),
            ("--tls-cert-file", file("server.pem")),
            ("--tls-key-file", file("server.key")),
            ("--tls-ca-cert-file", file("ca.pem")),
            ("--tls-auth-clients", "no".to_owned()),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }
}
