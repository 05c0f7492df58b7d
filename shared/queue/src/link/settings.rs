//! Where Redis is and how to sign in.

use std::{path::PathBuf, time::Duration};

use redis::{ConnectionAddr, IntoConnectionInfo};
use secrecy::SecretString;

/// Where the master is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisAddress {
    /// One server, or any node of a cluster (a `MOVED` answer is followed).
    Single {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// The sentinels are asked for the master before every connection.
    Sentinel {
        /// `(host, port)` of each sentinel.
        nodes: Vec<(String, u16)>,
        /// Name of the monitored master.
        master: String,
    },
}

/// Everything that is needed to reach one Redis database.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// Where the master is found.
    pub address: RedisAddress,
    /// Database number.
    pub db: i64,
    /// ACL user; none means `default`.
    pub username: Option<String>,
    /// Password of the user.
    pub password: Option<SecretString>,
    /// Speak TLS (to the sentinels too).
    pub tls: bool,
    /// PEM file of the authority that signed the server's certificate; none means the system's.
    pub tls_ca: Option<PathBuf>,
    /// Deadline for connecting and for each short command.
    pub timeout: Duration,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            address: RedisAddress::Single { host: "localhost".to_owned(), port: 6379 },
            db: 0,
            username: None,
            password: None,
            tls: false,
            tls_ca: None,
            timeout: Duration::from_secs(5),
        }
    }
}

/// A `redis://` or `rediss://` address that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("not a redis:// or rediss:// url")]
pub struct BadRedisUrl;

impl RedisSettings {
    /// Reads `redis[s]://[user][:password]@host[:port][/db]`.
    ///
    /// # Errors
    /// When the text is no such url.
    pub fn from_url(url: &str) -> Result<Self, BadRedisUrl> {
        let info = url.into_connection_info().map_err(|_| BadRedisUrl)?;
        let (host, port, tls) = match info.addr() {
            ConnectionAddr::Tcp(host, port) => (host.clone(), *port, false),
            ConnectionAddr::TcpTls { host, port, .. } => (host.clone(), *port, true),
            _ => return Err(BadRedisUrl),
        };
        let redis = info.redis_settings();
        Ok(Self {
            address: RedisAddress::Single { host, port },
            db: redis.db(),
            username: redis.username().map(str::to_owned),
            password: redis.password().map(SecretString::from),
            tls,
            ..Self::default()
        })
    }

    /// The same settings with another deadline.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn url_gives_every_part() {
        let settings = RedisSettings::from_url("rediss://worker:s3cret@redis.example:6390/3").unwrap();
        assert_eq!(settings.address, RedisAddress::Single { host: "redis.example".into(), port: 6390 });
        assert!(settings.tls);
        assert_eq!(settings.db, 3);
        assert_eq!(settings.username.as_deref(), Some("worker"));
        assert_eq!(settings.password.as_ref().unwrap().expose_secret(), "s3cret");
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn other_schemes_are_refused() {
        assert!(RedisSettings::from_url("http://localhost").is_err());
        assert!(RedisSettings::from_url("redis+unix:///tmp/x").is_err());
    }
}
