//! The api without a network: for a tool that works where no api runs, and answers just as one would.

use std::net::SocketAddr;
use std::sync::Arc;

use advosync_config::{ApiConfig, ApiToken, Role, ScheduleConfig};
use advosync_fleet::{Fleet, FleetProbe};
use advosync_telemetry::{Health, Heartbeat};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use crate::App;
use crate::limits::Limits;
use crate::router::router;
use crate::run::LONGEST_PAUSE;

/// Everything that the api serves, asked by one caller within this process.
pub struct InProcess {
    router: Router,
    bearer: String,
}

impl InProcess {
    /// On this fleet; whatever is done is done in the name of `who`, who may do everything.
    #[must_use]
    pub fn new(fleet: Fleet, schedule: &ScheduleConfig, who: &str) -> Self {
        let secret = Uuid::new_v4().simple().to_string();
        let token = ApiToken { name: who.to_owned(), secret: SecretString::from(secret.clone()), role: Role::Content };
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = ApiConfig { bind: here, tokens: vec![token], public_base_url: None, trace_url_template: None };
        let probe = Arc::new(FleetProbe::of(&fleet));
        let health = Health { metrics: Arc::clone(fleet.metrics()), heartbeat: Heartbeat::new(LONGEST_PAUSE), probe };
        let app = App::new(&config, schedule, fleet, CancellationToken::new());
        Self { router: router(&app, health, Limits::new()), bearer: format!("Bearer {secret}") }
    }

    /// Asks as a client would, with a JSON body where there is one; the answer's status and body.
    ///
    /// # Errors
    /// Where `path` is no path.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<(StatusCode, Vec<u8>), axum::http::Error> {
        let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, &self.bearer);
        let request = request.extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))));
        let request = request.body(body.map_or_else(Body::empty, Body::from))?;
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status();
        Ok((status, to_bytes(response.into_body(), usize::MAX).await.map(Vec::from).unwrap_or_default()))
    }
}
