use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::Router;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use super::{
    api,
    behaviour::AdvowareBehaviour,
    control,
    credentials::AdvowareCredentials,
    edit::{AdvowareEdit, EditError},
    store::{AdvowareSnapshot, Store},
};
use crate::{
    server::Server,
    traffic::{Counters, FaultRule, Traffic},
};

/// What a simulated Advoware starts with.
#[derive(Clone, Debug)]
pub struct AdvowareConfig {
    /// Where it listens; port 0 picks a free one.
    pub bind: SocketAddr,
    /// The base URL that discovery tells; the bound address if missing.
    pub public_url: Option<String>,
    /// The login that it accepts.
    pub credentials: AdvowareCredentials,
    /// Its switches.
    pub behaviour: AdvowareBehaviour,
    /// Employees, each with a `kuerzel`.
    pub employees: Vec<Map<String, Value>>,
    /// Appointments, each with a `frNr`.
    pub appointments: Vec<Map<String, Value>>,
    /// The seed of its faults.
    pub seed: u64,
}

impl Default for AdvowareConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            credentials: AdvowareCredentials::default(),
            behaviour: AdvowareBehaviour::default(),
            employees: Vec::new(),
            appointments: Vec::new(),
            seed: 1,
        }
    }
}

/// What every handler shares.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    store: Arc<Mutex<Store>>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) credentials: Arc<AdvowareCredentials>,
    pub(super) public_url: Arc<str>,
}

impl Shared {
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running simulated Advoware; it ends when this is dropped.
#[derive(Debug)]
pub struct AdvowareSimulator {
    server: Server,
    shared: Shared,
}

impl AdvowareSimulator {
    /// Starts a server.
    ///
    /// # Errors
    /// Fails where the address cannot be bound.
    pub async fn start(config: AdvowareConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(config.bind).await?;
        let public_url = match config.public_url {
            Some(url) => format!("{}/", url.trim_end_matches('/')),
            None => format!("http://{}/", listener.local_addr()?),
        };
        let store = Store::new(config.behaviour, config.employees, config.appointments);
        let shared = Shared {
            store: Arc::new(Mutex::new(store)),
            traffic: Traffic::new(config.seed, api::error_body),
            credentials: Arc::new(config.credentials),
            public_url: public_url.into(),
        };
        let app = Router::new().nest("/_control", control::routes(&shared)).merge(api::routes(&shared));
        let server = Server::start(listener, app)?;
        Ok(Self { server, shared })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The base of the API and of the security gateway, with a slash at the end.
    pub fn url(&self) -> String {
        self.shared.public_url.to_string()
    }

    /// The address of discovery, without its query.
    pub fn configurator_url(&self) -> String {
        format!("{}AdvonetConfigurator/api/Url", self.shared.public_url)
    }

    /// The environment variables with which a program finds it by discovery and signs in.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.shared.credentials.environment();
        variables.push(("ADVOWARE_CONFIGURATOR_URL", self.configurator_url()));
        variables
    }

    /// The login that it accepts.
    pub fn credentials(&self) -> &AdvowareCredentials {
        &self.shared.credentials
    }

    /// Everything it holds.
    pub fn state(&self) -> AdvowareSnapshot {
        self.shared.store().snapshot()
    }

    /// Edits as a person would; returns the number of the appointment that was touched.
    ///
    /// # Errors
    /// Fails where the edit names something that isn't there.
    pub fn edit(&self, edit: AdvowareEdit) -> Result<Option<i64>, EditError> {
        self.shared.store().edit(edit)
    }

    /// Changes the switches.
    pub fn behave(&self, change: impl FnOnce(&mut AdvowareBehaviour)) {
        change(&mut self.shared.store().behaviour);
    }

    /// Orders a fault.
    ///
    /// # Errors
    /// Fails where the rule's path is no regular expression.
    pub fn inject(&self, rule: FaultRule) -> Result<(), EditError> {
        self.shared.traffic.inject(rule).map_err(|error| EditError(error.to_string()))
    }

    /// Calls off every fault.
    pub fn clear_faults(&self) {
        self.shared.traffic.clear_faults();
    }

    /// What it has been asked.
    pub fn counters(&self) -> Counters {
        self.shared.traffic.counters()
    }

    /// Counts from zero again.
    pub fn reset_counters(&self) {
        self.shared.traffic.reset_counters();
    }

    /// Makes every token invalid at once.
    pub fn expire_tokens(&self) {
        self.shared.store().tokens.clear();
    }

    /// Stops it and waits until its port is free again.
    pub async fn shutdown(self) {
        self.server.shutdown().await;
    }
}
