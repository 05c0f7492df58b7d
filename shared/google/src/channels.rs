//! Push: channels through which Google tells of changes.
use std::collections::HashMap;
use std::time::Duration;

use advosync_sync::ports::{Failure, Object};
use advosync_upstream::Reply;
use chrono::{DateTime, Utc};
use google_calendar3::api::Channel;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::answer;
use crate::client::{Call, GoogleClient};
use crate::error::unreadable;
use crate::wire::{self, path};

const WATCH: &str = "channels.watch";
const STOP: &str = "channels.stop";

/// A channel to be made.
#[derive(Debug, Clone)]
pub struct Watch<'a> {
    /// Ours to choose, at most 64 characters, never used before.
    pub channel_id: &'a str,
    /// Comes back with each notification; at most 256 characters.
    pub token: SecretString,
    /// The public https address that notifications go to.
    pub address: &'a str,
    /// How long it should live; Google grants about 7 days at most.
    pub ttl: Duration,
}

/// A channel that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Google's name for what is watched; needed to stop the channel.
    pub resource_id: String,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

impl GoogleClient {
    /// Makes a channel for a calendar's events. Not repeated where it may stand already: ids are used once.
    ///
    /// # Errors
    /// Any failed call.
    pub async fn watch(&self, calendar: &str, watch: &Watch<'_>) -> Result<Watched, Failure> {
        let ids = [calendar];
        let channel = Channel {
            id: Some(watch.channel_id.into()),
            token: Some(watch.token.expose_secret().into()),
            address: Some(watch.address.into()),
            type_: Some("web_hook".into()),
            params: Some(HashMap::from([("ttl".into(), watch.ttl.as_secs().to_string())])),
            ..Channel::default()
        };
        let body = Some(wire::body(&channel).to_string().into_bytes());
        let call = Call { body, ..Call::write(WATCH, Method::POST, path::WATCH, &ids) };
        let read = |reply: &Reply| {
            answer::on_calendar(reply, WATCH)?;
            watched(&answer::json(reply, WATCH)?).ok_or_else(|| unreadable(WATCH))
        };
        self.call(call, read).await
    }

    /// Stops a channel; one that is gone already is fine.
    ///
    /// # Errors
    /// Any failed call.
    pub async fn stop(&self, channel_id: &str, resource_id: &str) -> Result<(), Failure> {
        let channel = Channel { id: Some(channel_id.into()), resource_id: Some(resource_id.into()), ..Channel::default() };
        let body = Some(wire::body(&channel).to_string().into_bytes());
        let call = Call { body, freely: true, ..Call::write(STOP, Method::POST, path::STOP, &[]) };
        self.call(call, |reply| if reply.status.as_u16() == 404 { Ok(()) } else { answer::success(reply, STOP) }).await
    }
}

fn watched(channel: &Object) -> Option<Watched> {
    let resource_id = channel.get("resourceId")?.as_str()?.to_owned();
    // Milliseconds since 1970, as a string.
    let milliseconds = match channel.get("expiration") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_i64(),
        _ => None,
    };
    Some(Watched { resource_id, expires_at: milliseconds.and_then(DateTime::from_timestamp_millis) })
}
