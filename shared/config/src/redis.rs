//! How to reach Redis.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{Reader, Settings};

const URL: &str = "REDIS_URL";
const URL_SHOULD: &str = "redis://[user:password@]host[:port][/db], or rediss:// for TLS";
const SENTINELS: &str = "REDIS_SENTINELS";
const MASTER: &str = "REDIS_SENTINEL_MASTER";

/// The connection to Redis and the name space in it.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// Where Redis is.
    pub target: RedisTarget,
    /// Time-out of one command.
    pub timeout: Duration,
    /// PEM file of the certificate authorities to trust instead of the system's.
    pub tls_ca: Option<PathBuf>,
    /// First part of every key, without the hash-tag braces.
    pub key_prefix: String,
}

/// Where Redis is.
#[derive(Debug, Clone)]
pub enum RedisTarget {
    /// At one host, without TLS and password.
    Host {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
        /// Number of the database.
        database: u32,
    },
    /// At an address that may hold a user and a password.
    Url(SecretString),
    /// Wherever the Sentinels say.
    Sentinel {
        /// Host and port of each Sentinel.
        nodes: Vec<(String, u16)>,
        /// Name of the master they watch.
        master: String,
        /// Number of the database.
        database: u32,
        /// `REDIS_URL`, where it is set: user, password, database and TLS towards the master.
        credentials: Option<SecretString>,
    },
}

impl Settings for RedisConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let key_prefix = reader.parsed("REDIS_KEY_PREFIX", "1 to 64 of the characters A-Z a-z 0-9 . _ : -", |text| {
            is_prefix(text).then(|| text.to_owned())
        });
        let tls_ca = reader.optional_file("REDIS_TLS_CA", "the path of a readable PEM file");
        if tls_ca.as_ref().is_some_and(|(_, pem)| !pem.contains("-----BEGIN CERTIFICATE-----")) {
            reader.fault("REDIS_TLS_CA", "the path of a PEM file with at least one certificate");
        }
        Self {
            target: read_target(reader),
            timeout: reader.seconds("REDIS_TIMEOUT_SECONDS", 0.05..=60.0),
            tls_ca: tls_ca.map(|(path, _)| path),
            key_prefix: key_prefix.unwrap_or_default(),
        }
    }
}

fn read_target(reader: &mut Reader<'_>) -> RedisTarget {
    let url = read_url(reader);
    let host = reader.text("REDIS_HOST");
    let port = reader.number("REDIS_PORT", 1..=u16::MAX);
    let database = reader.number("REDIS_DB_CALENDAR_SYNC", 0..=65_535);
    match (read_sentinels(reader), url) {
        (Some((nodes, master)), credentials) => RedisTarget::Sentinel { nodes, master, database, credentials },
        (None, Some(url)) => RedisTarget::Url(url),
        (None, None) => RedisTarget::Host { host, port, database },
    }
}

fn read_url(reader: &mut Reader<'_>) -> Option<SecretString> {
    let url = reader.optional_secret(URL)?;
    let fits = Url::parse(url.expose_secret()).is_ok_and(|url| {
        let database = url.path().trim_start_matches('/');
        let numbered = database.is_empty() || database.parse::<u32>().is_ok();
        matches!(url.scheme(), "redis" | "rediss") && url.has_host() && numbered
    });
    if !fits {
        reader.fault(URL, URL_SHOULD);
    }
    Some(url)
}

fn read_sentinels(reader: &mut Reader<'_>) -> Option<(Vec<(String, u16)>, String)> {
    let master = reader.optional(MASTER);
    let listed = reader.optional(SENTINELS).is_some();
    let nodes = reader.parsed(SENTINELS, "host:port,host:port,…", |text| {
        text.split(',').map(|node| host_and_port(node.trim())).collect::<Option<Vec<_>>>()
    });
    match (listed, master) {
        (true, None) => {
            reader.fault(MASTER, "the name of the master, since REDIS_SENTINELS is set");
            None
        }
        (false, Some(_)) => {
            reader.fault(SENTINELS, "host:port,host:port,…, since REDIS_SENTINEL_MASTER is set");
            None
        }
        (_, master) => nodes.zip(master),
    }
}

fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse().ok().filter(|port| *port > 0)?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

fn is_prefix(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    text.len() <= 64 && text.chars().all(allowed)
}
