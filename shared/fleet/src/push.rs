//! Push: a channel for each calendar, so that a change in Google is seen at once.
//!
//! A channel's token says whose it is and proves it: `<kuerzel>.<calendar hash>.<MAC>`, each base64url. So a
//! notification is checked without Redis, and whatever a lost Redis has forgotten is found out from it.

use std::collections::BTreeSet;
use std::time::Duration;

use advosync_config::DerivedKey;
use advosync_google::{Watch, Watched};
use advosync_queue::{LeaseGuard, Origin, QueueError, Trigger};
use advosync_state::{CalendarRecord, ChannelRecord, failure};
use advosync_sync::ports::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::Fleet;

/// How long a channel is asked to live; Google grants about a week.
const LIFE: Duration = Duration::from_hours(7 * 24);
/// Where notifications go, below the public address.
const PATH: &str = "google/notifications";

/// A notification as it came in: its headers.
#[derive(Debug, Clone, Copy)]
pub struct Notification<'a> {
    /// `X-Goog-Channel-ID`.
    pub channel_id: &'a str,
    /// `X-Goog-Channel-Token`.
    pub token: &'a str,
    /// `X-Goog-Resource-ID`.
    pub resource_id: &'a str,
    /// `X-Goog-Resource-State`: `sync`, `exists` or `not_exists`.
    pub state: &'a str,
}

fn mac(key: &DerivedKey, channel_id: &str, kuerzel: &str, calendar_hash: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
    for part in [channel_id.as_bytes(), kuerzel.as_bytes(), calendar_hash] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The token of a channel; at most about 150 characters.
#[must_use]
pub fn channel_token(key: &DerivedKey, channel_id: &str, kuerzel: &str, calendar: &str) -> String {
    let hash = &Sha256::digest(calendar)[..16];
    let mac = mac(key, channel_id, kuerzel, hash);
    format!("{}.{}.{}", BASE64.encode(kuerzel), BASE64.encode(hash), BASE64.encode(mac))
}

/// Whose channel a notification comes from, if its token proves it under any of `keys`.
fn verify(keys: &[DerivedKey], channel_id: &str, token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let mut next = || BASE64.decode(parts.next()?).ok();
    let (kuerzel, hash, given) = (String::from_utf8(next()?).ok()?, next()?, next()?);
    // Every key is tried, so that the time says nothing about which one fits.
    let fits = keys.iter().fold(false, |fits, key| {
        let expected = mac(key, channel_id, &kuerzel, &hash);
        fits | bool::from(expected.as_slice().ct_eq(&given))
    });
    (fits && parts.next().is_none()).then_some(kuerzel)
}

impl Fleet {
    /// Sees to it that the calendar has a channel, and a new one well before that ends. A failure is told and tried
    /// again by the next run: until then the poll sees what changes.
    pub(crate) async fn ensure_channel(&self, kuerzel: &str, record: &CalendarRecord, lease: &LeaseGuard) {
        if let Err(failure) = self.try_channel(kuerzel, record, lease).await {
            tracing::warn!(kuerzel, code = failure.code, "no push channel for this calendar yet");
        }
    }

    async fn try_channel(&self, kuerzel: &str, record: &CalendarRecord, lease: &LeaseGuard) -> Result<(), Failure> {
        let standing = self.channels().get(kuerzel).await.map_err(failure)?;
        let Some(public) = &self.push().public_base_url else {
            // Push was turned off.
            if let Some(old) = standing {
                self.google().stop(&old.id, &old.resource_id).await?;
                self.channels().remove(Some(lease), kuerzel, &old).await.map_err(failure)?;
            }
            return Ok(());
        };
        let now = self.now().await?;
        let lives = |channel: &ChannelRecord| channel.calendar == record.id && !channel.is_due(now);
        if standing.as_ref().is_some_and(lives) || !lease.outlives(self.time_outs().1) {
            return Ok(());
        }
        let Ok(address) = public.join(PATH) else { return Ok(()) };
        let id = Uuid::new_v4().to_string();
        let key = &self.sync().keys.push[0];
        let token = SecretString::from(channel_token(key, &id, kuerzel, &record.id));
        let watch = Watch { channel_id: &id, token, address: address.as_str(), ttl: LIFE };
        let watched = self.google().watch(&record.id, &watch).await?;
        let Watched { resource_id, expires_at } = watched;
        // Google may grant a shorter life than was asked for.
        let renew_at = expires_at.map(|end| now + (end - now) * 2 / 3);
        let channel = ChannelRecord { id, resource_id, expires_at, renew_at, calendar: record.id.clone() };
        self.channels().put(Some(lease), kuerzel, &channel).await.map_err(failure)?;
        if let Some(old) = standing {
            self.google().stop(&old.id, &old.resource_id).await?;
        }
        Ok(())
    }

    /// Stops the channels of whoever is no employee any more.
    pub(crate) async fn stop_channels_of_others(&self, active: &BTreeSet<String>, lease: &LeaseGuard) {
        let Ok(all) = self.channels().all().await else { return };
        for (kuerzel, channel) in all.iter().filter(|(kuerzel, _)| !active.contains(*kuerzel)) {
            match self.google().stop(&channel.id, &channel.resource_id).await {
                Ok(()) => {
                    let _ = self.channels().remove(Some(lease), kuerzel, channel).await;
                    tracing::info!(kuerzel, "no employee any more: the push channel is stopped, the calendar stays");
                }
                Err(failure) => tracing::warn!(kuerzel, code = failure.code, "a push channel could not be stopped"),
            }
        }
    }

    /// Whose calendar changed, if the notification proves to be from a channel of ours.
    #[must_use]
    pub fn verify_notification(&self, notification: Notification<'_>) -> Option<String> {
        verify(&self.sync().keys.push, notification.channel_id, notification.token)
    }

    /// Asks for the run that a notification calls for; several in a burst join one.
    ///
    /// # Errors
    /// Where Redis is away.
    pub async fn notified(&self, kuerzel: &str, notification: Notification<'_>) -> Result<(), QueueError> {
        if notification.state == "sync" {
            return Ok(());
        }
        self.trigger(Trigger::new(kuerzel, Origin::Push)).await.map(|_| ())
    }

    /// Stops a channel of ours that is not the one on record any more, or whose employee has left: a lost Redis had
    /// forgotten it.
    pub async fn stop_stray_channel(&self, kuerzel: &str, channel_id: &str, resource_id: &str) {
        let Ok(standing) = self.channels().get(kuerzel).await else { return };
        let is_stray = match standing {
            Some(standing) => standing.id != channel_id,
            None => matches!(self.known_employees().await, Ok(Some(known)) if !known.active.contains(kuerzel)),
        };
        if is_stray && let Err(failure) = self.google().stop(channel_id, resource_id).await {
            tracing::debug!(kuerzel, code = failure.code, "a stray push channel could not be stopped");
        }
    }
}
