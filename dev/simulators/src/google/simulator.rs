use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, middleware};
use serde_json::{Map, Value};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};

use super::{
    acl,
    behaviour::GoogleBehaviour,
    calendars, caller, control,
    edit::GoogleEdit,
    error::{self, GoogleError},
    events, oauth, partial, push,
    service_account::ServiceAccount,
    store::{Calendar, GoogleSnapshot, Project},
};
use crate::{
    advoware::EditError,
    server::Server,
    traffic::{self, Counters, FaultRule, Traffic},
};

/// What a simulated Google Calendar starts with.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// Where it listens; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Its base URL as clients see it; the bound address if missing.
    pub public_url: Option<String>,
    /// Its service account; a new one is made if missing.
    pub account: Option<ServiceAccount>,
    /// Where the service-account file is written.
    pub service_account_path: Option<PathBuf>,
    /// Users whom the service account may stand in for.
    pub delegated_users: Vec<String>,
    /// Its switches.
    pub behaviour: GoogleBehaviour,
    /// Calendars that the service account owns from before, by name, each with its events.
    pub calendars: BTreeMap<String, Vec<Map<String, Value>>>,
    /// The seed of ids and faults.
    pub seed: u64,
}

impl Default for GoogleConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            account: None,
            service_account_path: None,
            delegated_users: Vec::new(),
            behaviour: GoogleBehaviour::default(),
            calendars: BTreeMap::new(),
            seed: 1,
        }
    }
}

/// What every handler shares.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    project: Arc<Mutex<Project>>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) account: Arc<ServiceAccount>,
    pub(super) delegated_users: Arc<[String]>,
    public_url: Arc<str>,
}

impl Shared {
    pub(super) fn project(&self) -> MutexGuard<'_, Project> {
        self.project.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn token_uri(&self) -> String {
        format!("{}token", self.public_url)
    }
}

/// A running simulated Google Calendar; it ends when this is dropped.
#[derive(Debug)]
pub struct GoogleSimulator {
    server: Server,
    shared: Shared,
    deliveries: JoinHandle<()>,
    service_account_path: Option<PathBuf>,
}

impl GoogleSimulator {
    /// Starts a server.
    ///
    /// # Errors
    /// Fails where the address cannot be bound, the service-account file cannot be written, or a
    /// calendar's first events are not valid.
    pub async fn start(config: GoogleConfig) -> io::Result<Self> {
        // Another part of the process may have installed its provider first: then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind(config.bind).await?;
        let public_url = match config.public_url {
            Some(url) => format!("{}/", url.trim_end_matches('/')),
            None => format!("http://{}/", listener.local_addr()?),
        };
        let account = config.account.map_or_else(ServiceAccount::generate, Ok)?;
        let traffic = Traffic::new(config.seed, error::error_body);
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut project = Project::new(config.behaviour, config.seed, sender);
        fill(&mut project, &account, &config.delegated_users, config.calendars)
            .map_err(|error| io::Error::other(error.message().to_owned()))?;
        let shared = Shared {
            project: Arc::new(Mutex::new(project)),
            traffic: Arc::clone(&traffic),
            account: Arc::new(account),
            delegated_users: config.delegated_users.into(),
            public_url: public_url.into(),
        };
        if let Some(path) = &config.service_account_path {
            shared.account.write(path, &shared.token_uri())?;
        }
        let server = Server::start(listener, app(&shared))?;
        let deliveries = tokio::spawn(push::deliver(receiver, traffic));
        Ok(Self { server, shared, deliveries, service_account_path: config.service_account_path })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The base of the calendar API, with a slash at the end.
    pub fn url(&self) -> String {
        format!("{}calendar/v3/", self.shared.public_url)
    }

    /// The base of everything, the control endpoint too, with a slash at the end.
    pub fn base_url(&self) -> String {
        self.shared.public_url.to_string()
    }

    /// The environment variables with which a program finds it and, where its service-account
    /// file was written, signs in.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![("GOOGLE_CALENDAR_API_BASE_URL", self.url())];
        if let Some(path) = &self.service_account_path {
            let path = path.display().to_string();
            variables.push(("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", path));
        }
        variables
    }

    /// The address of the token endpoint.
    pub fn token_uri(&self) -> String {
        self.shared.token_uri()
    }

    /// The service account that it trusts.
    pub fn account(&self) -> &ServiceAccount {
        &self.shared.account
    }

    /// Writes the service-account file.
    ///
    /// # Errors
    /// Fails where the file cannot be written.
    pub fn write_service_account(&self, path: &Path) -> io::Result<()> {
        self.shared.account.write(path, &self.shared.token_uri())
    }

    /// Everything it holds.
    pub fn state(&self) -> GoogleSnapshot {
        self.shared.project().snapshot()
    }

    /// Edits as a person would; returns the id of the event or calendar that was touched.
    ///
    /// # Errors
    /// Fails where the edit names something that isn't there, or isn't valid.
    pub fn edit(&self, edit: GoogleEdit) -> Result<String, EditError> {
        Ok(self.shared.project().edit(edit)?)
    }

    /// Changes the switches.
    pub fn behave(&self, change: impl FnOnce(&mut GoogleBehaviour)) {
        change(&mut self.shared.project().behaviour);
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

    /// Makes every access token invalid at once.
    pub fn expire_tokens(&self) {
        self.shared.project().tokens.clear();
    }

    /// Makes every sync token handed out so far answer 410.
    pub fn expire_sync_tokens(&self) {
        self.shared.project().epoch += 1;
    }

    /// Forgets deleted events, and with them the sync tokens from before.
    pub fn forget_tombstones(&self) {
        self.shared.project().forget_tombstones();
    }

    /// Stops it and waits until its port is free again.
    pub async fn shutdown(self) {
        self.deliveries.abort();
        self.server.shutdown().await;
    }
}

fn app(shared: &Shared) -> Router {
    let api = Router::new()
        .merge(calendars::routes())
        .merge(acl::routes())
        .merge(events::routes())
        .route("/channels/stop", axum::routing::post(push::stop))
        .layer(middleware::from_fn(partial::select))
        .layer(middleware::from_fn_with_state(shared.clone(), caller::authorise));
    let observed = Router::new()
        .route("/token", axum::routing::post(oauth::token))
        .nest("/calendar/v3", api)
        .fallback(async || GoogleError::not_found())
        .with_state(shared.clone())
        .layer(middleware::from_fn_with_state(shared.traffic.clone(), traffic::observe));
    Router::new().nest("/_control", control::routes(shared)).merge(observed)
}

/// Puts in what was there before: main calendars of users, and calendars of the service account.
fn fill(
    project: &mut Project,
    account: &ServiceAccount,
    users: &[String],
    calendars: BTreeMap<String, Vec<Map<String, Value>>>,
) -> Result<(), GoogleError> {
    let accounts = users.iter().map(String::as_str).chain([account.email()]);
    for user in accounts {
        let zone = chrono_tz::Europe::Berlin;
        let mut main = Calendar::new(user.to_owned(), user.to_owned(), user, zone);
        main.primary = true;
        main.revision = project.tick();
        project.calendars.insert(user.to_owned(), main);
    }
    for (name, events) in calendars {
        let calendar = project.create_calendar(&name, account.email(), chrono_tz::Europe::Berlin);
        let id = calendar.id.clone();
        for event in events {
            project.insert_event(&id, &event, account.email())?;
        }
    }
    Ok(())
}
