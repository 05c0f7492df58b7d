//! The api as a client sees it.

use std::time::Duration;

use advosync_config::RemoteApi;
use anyhow::Context;
use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Longer than the api takes for anything.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Api {
    client: Client,
    base: Url,
    token: Option<SecretString>,
}

impl Api {
    pub(crate) fn new(remote: &RemoteApi) -> anyhow::Result<Self> {
        let tls = advosync_upstream::tls_config()?;
        let client = Client::builder().tls_backend_preconfigured(tls).timeout(PATIENCE).build()?;
        Ok(Self { client, base: remote.url.clone(), token: remote.token.clone() })
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<String>) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let mut request = self.client.request(method, self.base.join(path)?);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.context("the api at ADVOSYNC_URL does not answer")?;
        let status = response.status();
        Ok((status, response.bytes().await.context("the api's answer broke off")?.to_vec()))
    }
}
