//! Making one connection to whichever server is the master now.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, TlsCertificates,
    aio::MultiplexedConnection,
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use secrecy::ExposeSecret;

use super::{LinkError, RedisAddress, RedisSettings};

/// How long a silent connection lives before the kernel probes it, and between its probes.
const KEEPALIVE: Duration = Duration::from_secs(3);

/// Opens connections; shared by the pool, the blocking readers and the renewal threads.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) settings: RedisSettings,
    /// PEM of the authority, read once.
    ca: Option<Vec<u8>>,
    /// The cluster node that owns our slot, as the last `MOVED` answer named it.
    moved_to: Mutex<Option<(String, u16)>>,
    /// Rises whenever the connections of before must not be used again.
    generation: AtomicU64,
}

impl Connector {
    pub(crate) fn new(settings: RedisSettings) -> Result<Self, std::io::Error> {
        let ca = settings.tls_ca.as_ref().map(std::fs::read).transpose()?;
        if settings.tls {
            // Fails only where a provider is installed already, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        Ok(Self { settings, ca, moved_to: Mutex::new(None), generation: AtomicU64::new(0) })
    }

    /// Connects to the master. `response_timeout` bounds each answer; none for blocking reads,
    /// whose reader keeps its own deadline.
    pub(crate) async fn connect(&self, response_timeout: Option<Duration>) -> Result<MultiplexedConnection, LinkError> {
        match &self.settings.address {
            RedisAddress::Single { host, port } => {
                let moved = self.moved().clone();
                let (host, port) = moved.unwrap_or_else(|| (host.clone(), *port));
                let connected = self.open(&host, port, true, response_timeout).await;
                if connected.is_err() {
                    *self.moved() = None;
                }
                connected
            }
            RedisAddress::Sentinel { nodes, master } => self.follow_sentinels(nodes, master, response_timeout).await,
        }
    }

    /// Connections that were made in an earlier generation are not used again.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Retires all connections of a generation: where one has died or found no master, its siblings will too. Only
    /// the first who sees a generation fail does so.
    pub(crate) fn retire(&self, generation: u64, error: &LinkError) {
        self.learn_from(error);
        let _ = self.generation.compare_exchange(generation, generation + 1, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Remembers the node that a cluster redirected us to.
    fn learn_from(&self, error: &LinkError) {
        let LinkError::Unavailable { source: Some(source), .. } = error else {
            return;
        };
        let Some((host, port)) = source.redirect_node().and_then(|(node, _)| node.rsplit_once(':')) else {
            return;
        };
        if let Ok(port) = port.parse() {
            let host = if host.is_empty() { self.first_host() } else { host.to_owned() };
            *self.moved() = Some((host, port));
        }
    }

    fn first_host(&self) -> String {
        match &self.settings.address {
            RedisAddress::Single { host, .. } => host.clone(),
            RedisAddress::Sentinel { .. } => String::new(),
        }
    }

    fn moved(&self) -> std::sync::MutexGuard<'_, Option<(String, u16)>> {
        self.moved_to.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first master that a sentinel names and that is one. During a failover a sentinel may still name the old
    /// one, so what it names is no end of the search.
    async fn follow_sentinels(
        &self,
        nodes: &[(String, u16)],
        master: &str,
        response_timeout: Option<Duration>,
    ) -> Result<MultiplexedConnection, LinkError> {
        let mut last = LinkError::Unavailable { reason: "no sentinel answers", source: None };
        for (host, port) in nodes {
            match self.follow_sentinel(host, *port, master, response_timeout).await {
                Ok(Some(connection)) => return Ok(connection),
                Ok(None) => {}
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn follow_sentinel(
        &self,
        host: &str,
        port: u16,
        master: &str,
        response_timeout: Option<Duration>,
    ) -> Result<Option<MultiplexedConnection>, LinkError> {
        let Some((host, port)) = self.ask_sentinel(host, port, master).await? else {
            return Ok(None);
        };
        let mut connection = self.open(&host, port, true, response_timeout).await?;
        let role: redis::Value = redis::cmd("ROLE").query_async(&mut connection).await?;
        if role_name(&role) == Some(b"master") {
            Ok(Some(connection))
        } else {
            Err(LinkError::Unavailable { reason: "not the master", source: None })
        }
    }

    async fn ask_sentinel(&self, host: &str, port: u16, master: &str) -> Result<Option<(String, u16)>, LinkError> {
        let mut sentinel = self.open(host, port, false, Some(self.settings.timeout)).await?;
        Ok(redis::cmd("SENTINEL").arg("get-master-addr-by-name").arg(master).query_async(&mut sentinel).await?)
    }

    /// Opens one connection; `sign_in` sends user, password and database.
    async fn open(
        &self,
        host: &str,
        port: u16,
        sign_in: bool,
        response_timeout: Option<Duration>,
    ) -> Result<MultiplexedConnection, LinkError> {
        let client = self.client(host, port, sign_in)?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.settings.timeout))
            .set_response_timeout(response_timeout);
        Ok(client.get_multiplexed_async_connection_with_config(&config).await?)
    }

    fn client(&self, host: &str, port: u16, sign_in: bool) -> Result<Client, LinkError> {
        let info = self.connection_info(host, port, sign_in)?;
        if self.settings.tls {
            let certificates = TlsCertificates { client_tls: None, root_cert: self.ca.clone() };
            Ok(Client::build_with_tls(info, certificates)?)
        } else {
            Ok(Client::open(info)?)
        }
    }

    fn connection_info(&self, host: &str, port: u16, sign_in: bool) -> Result<ConnectionInfo, LinkError> {
        let settings = &self.settings;
        let address = if settings.tls {
            ConnectionAddr::TcpTls { host: host.to_owned(), port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host.to_owned(), port)
        };
        let mut user = RedisConnectionInfo::default().set_skip_set_lib_name();
        if sign_in {
            user = user.set_db(settings.db);
            if let Some(name) = &settings.username {
                user = user.set_username(name);
            }
            if let Some(password) = &settings.password {
                user = user.set_password(password.expose_secret());
            }
        }
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive).set_user_timeout(KEEPALIVE * 3);
        Ok(address.into_connection_info()?.set_tcp_settings(tcp).set_redis_settings(user))
    }
}

fn role_name(role: &redis::Value) -> Option<&[u8]> {
    let redis::Value::Array(parts) = role else {
        return None;
    };
    match parts.first() {
        Some(redis::Value::BulkString(name)) => Some(name),
        _ => None,
    }
}
