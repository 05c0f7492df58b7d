//! From settings to the queue and its Redis.

use advosync_config::{RedisConfig, RedisTarget, WorkerConfig};
use advosync_queue::Settings;
use advosync_queue::link::{RedisAddress, RedisSettings};
use secrecy::{ExposeSecret, SecretString};

/// How the queue's link reaches Redis.
#[must_use]
pub fn redis_settings(config: &RedisConfig) -> RedisSettings {
    let from_url = |url: &SecretString| RedisSettings::from_url(url.expose_secret()).unwrap_or_default();
    let settings = match &config.target {
        RedisTarget::Host { host, port, database } => RedisSettings {
            address: RedisAddress::Single { host: host.clone(), port: *port },
            db: i64::from(*database),
            ..RedisSettings::default()
        },
        RedisTarget::Url(url) => from_url(url),
        RedisTarget::Sentinel { nodes, master, database, credentials } => RedisSettings {
            address: RedisAddress::Sentinel { nodes: nodes.clone(), master: master.clone() },
            db: i64::from(*database),
            ..credentials.as_ref().map(from_url).unwrap_or_default()
        },
    };
    RedisSettings { tls_ca: config.tls_ca.clone(), timeout: config.timeout, ..settings }
}

/// The queue's settings; every process of a fleet uses the same.
#[must_use]
pub fn queue_settings(redis: &RedisConfig, worker: &WorkerConfig) -> Settings {
    Settings {
        prefix: redis.key_prefix.clone(),
        item: "employee".to_owned(),
        key_field: "kuerzel".to_owned(),
        all_key: "ALL".to_owned(),
        lease: worker.lease,
        max_attempts: worker.max_attempts,
        retry_base: worker.retry_base,
        job_timeout: worker.job_timeout,
        ..Settings::default()
    }
}
