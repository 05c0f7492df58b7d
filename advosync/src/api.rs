//! The api as a client sees it.

use std::time::Duration;

use advosync_config::RemoteApi;
use anyhow::Context;
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

pub(crate) struct Api {
    client: Client,
    base: Url,
    token: Option<SecretString>,
}

impl Api {
    pub(crate) fn new(remote: &RemoteApi) -> anyhow::Result<Self> {
        let tls = advosync_upstream_tls()?;
        let client = Client::builder().tls_backend_preconfigured(tls).timeout(Duration::from_secs(120)).build()?;
        Ok(Self { client, base: remote.url.clone(), token: remote.token.clone() })
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        let response = request.send().await.context("the api at ADVOSYNC_URL does not answer")?;
        let status = response.status();
        let body: Value = response.json().await.unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let said = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        anyhow::bail!("the api answered {status}: {} {}", said("title"), said("detail"))
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.client.get(self.base.join(path)?)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.client.post(self.base.join(path)?).json(body)).await
    }
}

fn advosync_upstream_tls() -> anyhow::Result<impl std::any::Any> {
    Ok(advosync_upstream::tls_config()?)
}
