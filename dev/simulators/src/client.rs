//! A client of the control endpoints, for simulators that run in another process.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    advoware::{AdvowareEdit, AdvowareSnapshot},
    google::{GoogleEdit, GoogleSnapshot},
    traffic::{Counters, FaultRule},
};

/// What is particular to one of the two simulated systems.
pub trait Side {
    /// Everything it holds.
    type State: DeserializeOwned;
    /// What a person does to it.
    type Edit: Serialize;
}

/// Marks the client of a simulated Advoware.
#[derive(Clone, Copy, Debug)]
pub enum AdvowareSide {}

/// Marks the client of a simulated Google Calendar.
#[derive(Clone, Copy, Debug)]
pub enum GoogleSide {}

impl Side for AdvowareSide {
    type State = AdvowareSnapshot;
    type Edit = AdvowareEdit;
}

impl Side for GoogleSide {
    type State = GoogleSnapshot;
    type Edit = GoogleEdit;
}

/// Controls a simulated Advoware.
pub type AdvowareControl = ControlClient<AdvowareSide>;
/// Controls a simulated Google Calendar.
pub type GoogleControl = ControlClient<GoogleSide>;

/// Why a control call failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The simulator could not be reached, or its answer could not be read.
    #[error("the simulator did not answer")]
    Unreachable(#[from] reqwest::Error),
    /// The simulator refused.
    #[error("the simulator refused with {status}: {reason}")]
    Refused {
        /// The HTTP status code.
        status: u16,
        /// Its words.
        reason: String,
    },
}

/// Controls a simulator over HTTP.
#[derive(Clone, Debug)]
pub struct ControlClient<S> {
    http: reqwest::Client,
    base: String,
    side: PhantomData<S>,
}

impl<S: Side> ControlClient<S> {
    /// A client for the simulator at a base URL such as `http://127.0.0.1:4801/`.
    pub fn new(url: &str) -> Self {
        // The provider may be installed already; either way there is one afterwards.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: reqwest::Client::new(), base: format!("{}/_control", url.trim_end_matches('/')), side: PhantomData }
    }

    /// Everything the simulator holds.
    ///
    /// # Errors
    /// Fails where the simulator cannot be reached.
    pub async fn state(&self) -> Result<S::State, ControlError> {
        self.get("state").await
    }

    /// Edits as a person would; returns the ids that were touched.
    ///
    /// # Errors
    /// Fails where the edit names something that isn't there.
    pub async fn edit(&self, edit: &S::Edit) -> Result<Value, ControlError> {
        let answer = self.send("edits", edit).await?;
        Ok(answer.json().await?)
    }

    /// Changes switches; the JSON is merged into the present behaviour.
    ///
    /// # Errors
    /// Fails where a switch is not known or holds something else.
    pub async fn behave(&self, change: &Value) -> Result<(), ControlError> {
        let url = format!("{}/behaviour", self.base);
        checked(self.http.patch(url).json(change).send().await?).await?;
        Ok(())
    }

    /// Orders a fault.
    ///
    /// # Errors
    /// Fails where the rule's path is no regular expression.
    pub async fn inject(&self, rule: &FaultRule) -> Result<(), ControlError> {
        self.send("faults", rule).await?;
        Ok(())
    }

    /// Calls off every fault.
    ///
    /// # Errors
    /// Fails where the simulator cannot be reached.
    pub async fn clear_faults(&self) -> Result<(), ControlError> {
        let url = format!("{}/faults", self.base);
        checked(self.http.delete(url).send().await?).await?;
        Ok(())
    }

    /// What the simulator has been asked.
    ///
    /// # Errors
    /// Fails where the simulator cannot be reached.
    pub async fn counters(&self) -> Result<Counters, ControlError> {
        self.get("counters").await
    }

    /// Counts from zero again.
    ///
    /// # Errors
    /// Fails where the simulator cannot be reached.
    pub async fn reset_counters(&self) -> Result<(), ControlError> {
        self.send("counters/reset", &()).await?;
        Ok(())
    }

    /// Makes every access token invalid at once.
    ///
    /// # Errors
    /// Fails where the simulator cannot be reached.
    pub async fn expire_tokens(&self) -> Result<(), ControlError> {
        self.send("tokens/expire", &()).await?;
        Ok(())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ControlError> {
        let url = format!("{}/{path}", self.base);
        let answer = checked(self.http.get(url).send().await?).await?;
        Ok(answer.json().await?)
    }

    async fn send<T: Serialize + ?Sized>(&self, path: &str, body: &T) -> Result<reqwest::Response, ControlError> {
        let url = format!("{}/{path}", self.base);
        checked(self.http.post(url).json(body).send().await?).await
    }
}

impl GoogleControl {
    /// Makes every sync token handed out so far answer 410.
    ///
    /// # Errors
    /// Fails where the simulator cannot be reached.
    pub async fn expire_sync_tokens(&self) -> Result<(), ControlError> {
        self.send("sync-tokens/expire", &()).await?;
        Ok(())
    }

    /// Forgets deleted events, and with them the sync tokens from before.
    ///
    /// # Errors
    /// Fails where the simulator cannot be reached.
    pub async fn forget_tombstones(&self) -> Result<(), ControlError> {
        self.send("tombstones/forget", &()).await?;
        Ok(())
    }
}

async fn checked(answer: reqwest::Response) -> Result<reqwest::Response, ControlError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    Err(ControlError::Refused { status: status.as_u16(), reason: answer.text().await.unwrap_or_default() })
}
