//! Whom the tool talks to.

use advosync_api::InProcess;
use advosync_config::{AdvosyncConfig, DirectTool, Faults, Settings};
use anyhow::Context;
use reqwest::Method;
use serde_json::Value;
use url::Url;

use crate::api::Api;
use crate::direct::Direct;

/// Who the journal says it was, where no token tells.
const ACTOR: &str = "advosync";

/// A running api, or its like within this process, on Redis and both systems. Both answer the same.
pub(crate) enum Backend {
    Remote(Api),
    Here(Box<InProcess>),
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
            Some(remote) => Ok(Self::Remote(Api::new(&remote).map_err(NoBackend::Other)?)),
            None => {
                let Direct { fleet, config } = Self::direct().await?;
                Ok(Self::Here(Box::new(InProcess::new(fleet, &config.schedule, ACTOR))))
            }
        }
    }

    /// Redis and both systems themselves.
    pub(crate) async fn direct() -> Result<Direct, NoBackend> {
        let config = DirectTool::load().map_err(NoBackend::Config)?;
        Direct::new(&config).await.map_err(NoBackend::Other)
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        self.ask(Method::POST, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.ask(Method::DELETE, path, None).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let body = body.map(|body| body.to_string());
        let (status, bytes) = match self {
            Self::Remote(api) => api.ask(method, path, body).await?,
            Self::Here(api) => api.ask(method, &format!("/{path}"), body).await.context("that can be no name")?,
        };
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        match answer["detail"].as_str() {
            Some(detail) => anyhow::bail!("{detail}"),
            None => anyhow::bail!("the api answered {status}"),
        }
    }
}

/// A path of these segments, whatever they hold, with a query of those pairs that have a value.
pub(crate) fn path(segments: &[&str], query: &[(&str, Option<String>)]) -> String {
    let mut url = Url::parse("http://host/").expect("a constant address");
    if let Ok(mut path) = url.path_segments_mut() {
        path.clear().extend(segments);
    }
    let given: Vec<_> = query.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
    if !given.is_empty() {
        url.query_pairs_mut().extend_pairs(given);
    }
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    format!("{}{query}", url.path().trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_holds_stays_one_segment() {
        assert_eq!(path(&["employees", "MÖ/L"], &[]), "employees/M%C3%96%2FL");
        let query = [("kuerzel", Some("A&B".to_owned())), ("class", None)];
        assert_eq!(path(&["dead-letters"], &query), "dead-letters?kuerzel=A%26B");
    }
}
