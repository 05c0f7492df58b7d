//! Notification channels: watch, stop, and the notifications themselves.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Extension, Path, State},
    http::StatusCode,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    body::JsonBody,
    caller::Caller,
    error::{GoogleError, GoogleResult},
    simulator::Shared,
    store::{ChannelSnapshot, Role},
};
use crate::{clock, traffic::Traffic};

/// A channel that watches one calendar's events.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) id: String,
    resource_id: String,
    pub(super) calendar_id: String,
    address: String,
    token: Option<String>,
    pub(super) expires: DateTime<Utc>,
    message_number: u64,
}

/// One notification to be delivered.
#[derive(Debug)]
pub(super) struct Push {
    address: String,
    headers: Vec<(&'static str, String)>,
    delay: Duration,
    lost: bool,
}

impl Channel {
    pub(super) fn snapshot(&self) -> ChannelSnapshot {
        ChannelSnapshot {
            id: self.id.clone(),
            resource_id: self.resource_id.clone(),
            calendar_id: self.calendar_id.clone(),
            address: self.address.clone(),
            expiration: self.expires.timestamp_millis(),
        }
    }

    /// The next notification; its number rises by `step`.
    pub(super) fn next_push(&mut self, state: &'static str, step: u64, delay_ms: u64, lost: bool) -> Push {
        self.message_number += step;
        let mut headers = vec![
            ("X-Goog-Channel-ID", self.id.clone()),
            ("X-Goog-Resource-ID", self.resource_id.clone()),
            ("X-Goog-Resource-URI", resource_uri(&self.calendar_id)),
            ("X-Goog-Resource-State", state.to_owned()),
            ("X-Goog-Message-Number", self.message_number.to_string()),
            ("X-Goog-Channel-Expiration", self.expires.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ];
        if let Some(token) = &self.token {
            headers.push(("X-Goog-Channel-Token", token.clone()));
        }
        Push { address: self.address.clone(), headers, delay: Duration::from_millis(delay_ms), lost }
    }
}

fn resource_uri(calendar_id: &str) -> String {
    format!("https://www.googleapis.com/calendar/v3/calendars/{calendar_id}/events?alt=json")
}

/// Delivers notifications until the simulator ends.
pub(super) async fn deliver(mut pushes: UnboundedReceiver<Push>, traffic: Arc<Traffic>) {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
    let Ok(client) = client else {
        tracing::error!("no HTTP client: push notifications are not delivered");
        return;
    };
    while let Some(push) = pushes.recv().await {
        if push.lost {
            traffic.count(|counters| counters.pushes_lost += 1);
            continue;
        }
        let (client, traffic) = (client.clone(), Arc::clone(&traffic));
        tokio::spawn(async move {
            tokio::time::sleep(push.delay).await;
            let mut request = client.post(&push.address).header("content-length", "0");
            for (name, value) in push.headers {
                request = request.header(name, value);
            }
            match request.send().await {
                Ok(answer) if answer.status().is_success() => {
                    traffic.count(|counters| counters.pushes_sent += 1);
                }
                Ok(answer) => {
                    tracing::debug!(status = answer.status().as_u16(), "push was refused");
                }
                Err(_) => tracing::debug!("push could not be delivered"),
            }
        });
    }
}

#[derive(Deserialize)]
pub(super) struct WatchRequest {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    address: Option<String>,
    token: Option<String>,
    /// Milliseconds since 1970, as a number or a string.
    expiration: Option<Value>,
    params: Option<Params>,
}

#[derive(Deserialize)]
struct Params {
    /// Seconds, as a number or a string.
    ttl: Option<Value>,
}

fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

pub(super) async fn watch(
    State(shared): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(calendar_id): Path<String>,
    JsonBody(request): JsonBody<WatchRequest>,
) -> GoogleResult<Json<Value>> {
    let project = &mut *shared.project();
    let calendar_id = project.calendar(&calendar_id, &caller.principal, Role::Reader)?.id.clone();
    if request.kind.as_deref() != Some("web_hook") {
        return Err(GoogleError::invalid("Unknown channel type"));
    }
    let id = request.id.filter(|id| is_channel_id(id)).ok_or_else(|| GoogleError::invalid("Invalid channel id"))?;
    if project.channels.contains_key(&id) {
        return Err(GoogleError::bad_request("channelIdNotUnique", "Channel id not unique"));
    }
    let address = request
        .address
        .filter(|address| address.starts_with("https://") || address.starts_with("http://"))
        .ok_or_else(|| GoogleError::bad_request("push.webhookUrlNotHttps", "WebHook callback must be HTTPS"))?;
    if request.token.as_ref().is_some_and(|token| token.len() > 256) {
        return Err(GoogleError::invalid("Channel token too long"));
    }
    let longest = clock::now() + TimeDelta::seconds(project.behaviour.channel_lifetime_seconds);
    let wanted = request.expiration.as_ref().and_then(whole_number).and_then(DateTime::from_timestamp_millis).or_else(|| {
        let seconds = request.params.as_ref()?.ttl.as_ref().and_then(whole_number)?;
        Some(clock::now() + TimeDelta::seconds(seconds))
    });
    let mut channel = Channel {
        id,
        resource_id: format!("r{}", project.new_id()),
        calendar_id,
        address,
        token: request.token,
        expires: wanted.unwrap_or(longest).min(longest),
        message_number: 0,
    };
    let push = channel.next_push("sync", 1, 0, false);
    project.send(push);
    let answer = json!({
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": resource_uri(&channel.calendar_id),
        "token": channel.token,
        "expiration": channel.expires.timestamp_millis().to_string(),
    });
    project.channels.insert(channel.id.clone(), channel);
    Ok(Json(answer))
}

fn is_channel_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StopRequest {
    id: String,
    resource_id: String,
}

pub(super) async fn stop(State(shared): State<Shared>, JsonBody(request): JsonBody<StopRequest>) -> GoogleResult<StatusCode> {
    let project = &mut *shared.project();
    let known = project.channels.get(&request.id).is_some_and(|channel| channel.resource_id == request.resource_id);
    if !known {
        return Err(GoogleError::not_found());
    }
    project.channels.remove(&request.id);
    Ok(StatusCode::NO_CONTENT)
}
