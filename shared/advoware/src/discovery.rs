//! Where a firm's API and security gateway are.
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use advosync_sync::ports::{Certainty, Failure, FailureKind, Object};
use advosync_upstream::{Exchange, Transport};
use reqwest::{Method, Url};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::error::{UPSTREAM, failure};
use crate::settings::AdvowareSettings;
use crate::{answer, wire};

const OPERATION: &str = "discovery";
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// However often a host fails, discovery is asked no more often than this.
const ASK_EVERY: Duration = Duration::from_secs(30);

/// The bases of a firm's endpoints, each with a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrls {
    /// Of the data endpoints.
    pub api: Url,
    /// Of the token endpoint.
    pub security: Url,
}

pub(crate) struct Discovery {
    api: Option<Url>,
    security: Option<Url>,
    configurator: Url,
    kanzlei: String,
    known: RwLock<Option<Known>>,
    asking: Mutex<()>,
}

#[derive(Clone)]
struct Known {
    bases: BaseUrls,
    asked_at: Instant,
    doubted: bool,
}

impl Discovery {
    pub(crate) fn new(settings: &AdvowareSettings) -> Self {
        Self {
            api: settings.api_base.clone().map(with_slash),
            security: settings.security_base.clone().map(with_slash),
            configurator: settings.configurator.clone(),
            kanzlei: settings.credentials.kanzlei.clone(),
            known: RwLock::default(),
            asking: Mutex::default(),
        }
    }

    /// The bases: the configured ones, else what discovery said last; asked anew where a host has failed since.
    pub(crate) async fn bases(&self, transport: &Transport, deadline: Instant) -> Result<BaseUrls, Failure> {
        if let (Some(api), Some(security)) = (&self.api, &self.security) {
            return Ok(BaseUrls { api: api.clone(), security: security.clone() });
        }
        match self.known() {
            Some(known) if !known.is_due() => Ok(known.bases),
            // One asks again, the others go on with what they have.
            Some(known) => match self.asking.try_lock() {
                Ok(_asking) => Ok(self.ask(transport, deadline).await.unwrap_or_else(|_| self.remember(known.bases, true))),
                Err(_) => Ok(known.bases),
            },
            None => {
                let late = |_| failure(FailureKind::Unavailable, Certainty::NotDone, OPERATION, "timeout");
                let _asking = timeout_at(deadline, self.asking.lock()).await.map_err(late)?;
                match self.known() {
                    Some(known) => Ok(known.bases),
                    None => self.ask(transport, deadline).await,
                }
            }
        }
    }

    /// A host failed: what discovery said may not hold any more.
    pub(crate) fn doubt(&self) {
        if let Some(known) = &mut *self.known.write().unwrap_or_else(PoisonError::into_inner) {
            known.doubted = true;
        }
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask(&self, transport: &Transport, deadline: Instant) -> Result<BaseUrls, Failure> {
        let (found, doubted) = match self.request(transport, deadline).await {
            Ok(found) => (found, false),
            // The gateway has a default, so an API base from the configuration is enough.
            Err(_) if self.api.is_some() => (wire::Discovered { api: None, security: None }, true),
            Err(failure) => return Err(failure),
        };
        let bases = self.choose(&found)?;
        Ok(self.remember(bases, doubted))
    }

    fn choose(&self, found: &wire::Discovered) -> Result<BaseUrls, Failure> {
        let unusable = || failure(FailureKind::Unavailable, Certainty::NotDone, OPERATION, "no usable address");
        let url = |text: &Option<String>| text.as_deref().map(|text| self.trusted(text).ok_or_else(unusable)).transpose();
        let api = match &self.api {
            Some(api) => api.clone(),
            None => url(&found.api)?.ok_or_else(unusable)?,
        };
        let security = match &self.security {
            Some(security) => security.clone(),
            None => match url(&found.security)? {
                Some(security) => security,
                None => AdvowareSettings::SECURITY.parse().map_err(|_| unusable())?,
            },
        };
        Ok(BaseUrls { api, security })
    }

    /// An address that discovery gave; never a less protected one than discovery's own.
    fn trusted(&self, text: &str) -> Option<Url> {
        let url = with_slash(text.parse().ok()?);
        let safe = url.scheme() == "https" || (url.scheme() == "http" && self.configurator.scheme() == "http");
        safe.then_some(url)
    }

    fn remember(&self, bases: BaseUrls, doubted: bool) -> BaseUrls {
        let known = Known { bases: bases.clone(), asked_at: Instant::now(), doubted };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        bases
    }

    async fn request(&self, transport: &Transport, deadline: Instant) -> Result<wire::Discovered, Failure> {
        let request = transport.request(Method::GET, self.configurator.clone()).query(&[(wire::KANZLEI, &self.kanzlei)]);
        let exchange = Exchange {
            operation: OPERATION,
            method: Method::GET,
            template: "Url",
            request,
            subject: None,
            resend: 0,
            waited: Duration::ZERO,
            deadline: deadline.min(Instant::now() + REQUEST_TIME),
        };
        let reply = transport.send(exchange).await.map_err(|why| why.failure(UPSTREAM, OPERATION))?;
        answer::check(&reply, OPERATION, true).map_err(|setback| setback.failure)?;
        if reply.status.as_u16() == 404 {
            return Err(failure(FailureKind::Unavailable, Certainty::NotDone, OPERATION, 404));
        }
        Ok(wire::discovered(&answer::json::<Object>(&reply, OPERATION)?))
    }
}

impl Known {
    fn is_due(&self) -> bool {
        self.doubted && self.asked_at.elapsed() >= ASK_EVERY
    }
}

fn with_slash(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}
