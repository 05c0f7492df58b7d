//! Whom the tool talks to.

use advosync_config::{AdvosyncConfig, DirectTool, Faults, Settings};
use serde_json::Value;

use crate::api::Api;
use crate::direct::Direct;

/// The api, or Redis and both systems directly. Both answer in the api's JSON.
pub(crate) enum Backend {
    Api(Api),
    Direct(Box<Direct>),
}

/// Why there is nobody to talk to.
#[derive(Debug)]
pub(crate) enum NoBackend {
    Config(Faults),
    Other(anyhow::Error),
}

impl Backend {
    pub(crate) async fn connect() -> Result<Self, NoBackend> {
        let config = AdvosyncConfig::load().map_err(NoBackend::Config)?;
        match config.api {
            Some(remote) => Ok(Self::Api(Api::new(&remote).map_err(NoBackend::Other)?)),
            None => Self::direct().await.map(|direct| Self::Direct(Box::new(direct))),
        }
    }

    pub(crate) async fn direct() -> Result<Direct, NoBackend> {
        let config = DirectTool::load().map_err(NoBackend::Config)?;
        Direct::new(&config).await.map_err(NoBackend::Other)
    }

    pub(crate) async fn trigger(&self, kuerzel: &str) -> anyhow::Result<Value> {
        match self {
            Self::Api(api) => api.post("advoware/calendar/sync", &serde_json::json!({ "kuerzel": kuerzel })).await,
            Self::Direct(direct) => direct.trigger(kuerzel).await,
        }
    }

    pub(crate) async fn run(&self, run_id: &str) -> anyhow::Result<Value> {
        match self {
            Self::Api(api) => api.get(&format!("runs/{run_id}")).await,
            Self::Direct(direct) => direct.run(run_id).await,
        }
    }

    pub(crate) async fn plan(&self, kuerzel: &str) -> anyhow::Result<Value> {
        match self {
            Self::Api(api) => api.get(&format!("employees/{kuerzel}/plan")).await,
            Self::Direct(direct) => direct.plan(kuerzel).await,
        }
    }

    pub(crate) async fn release(&self, kuerzel: &str) -> anyhow::Result<Value> {
        match self {
            Self::Api(api) => api.post(&format!("employees/{kuerzel}/release"), &serde_json::json!({})).await,
            Self::Direct(direct) => direct.release(kuerzel).await,
        }
    }

    /// Only what the api does not offer yet needs the direct way.
    pub(crate) fn directly(&self) -> anyhow::Result<&Direct> {
        match self {
            Self::Direct(direct) => Ok(direct),
            Self::Api(_) => anyhow::bail!("this needs Redis itself: unset ADVOSYNC_URL and set REDIS_URL or REDIS_HOST"),
        }
    }
}
