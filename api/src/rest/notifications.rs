//! Google's push notifications.

use std::time::Duration;

use advosync_fleet::Notification;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::app::App;
use crate::problem::{Kind, Problem, ProblemBody};

/// How long Google is kept waiting for Redis; the work goes on afterwards.
const PATIENCE: Duration = Duration::from_millis(40);

/// A notification that proved to be from a channel of ours.
struct Proven {
    kuerzel: String,
    channel_id: String,
    resource_id: String,
    state: String,
}

impl Proven {
    fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let notification = Notification {
            channel_id: header("x-goog-channel-id")?,
            token: header("x-goog-channel-token")?,
            resource_id: header("x-goog-resource-id").unwrap_or_default(),
            state: header("x-goog-resource-state")?,
        };
        let kuerzel = app.fleet().verify_notification(notification)?;
        Some(Self {
            kuerzel,
            channel_id: notification.channel_id.to_owned(),
            resource_id: notification.resource_id.to_owned(),
            state: notification.state.to_owned(),
        })
    }

    /// Asks for the run, unless nobody of that name is synchronised any more.
    async fn pass_on(&self, app: &App) -> Result<(), Problem> {
        let known = app.fleet().known_employees().await?;
        if known.is_some_and(|known| !known.synchronised.contains(&self.kuerzel)) {
            return Ok(());
        }
        let notification =
            Notification { channel_id: &self.channel_id, token: "", resource_id: &self.resource_id, state: &self.state };
        Ok(app.fleet().notified(&self.kuerzel, notification).await?)
    }
}

/// Takes a push notification from Google, which proves itself by its channel's token.
#[utoipa::path(
    post, path = "/google/notifications", tag = "runs", security(()),
    params(
        ("X-Goog-Channel-ID" = String, Header, description = "The channel"),
        ("X-Goog-Channel-Token" = String, Header, description = "What proves it"),
        ("X-Goog-Resource-ID" = Option<String>, Header, description = "What is watched"),
        ("X-Goog-Resource-State" = String, Header, description = "`sync`, `exists` or `not_exists`"),
    ),
    responses(
        (status = 204, description = "Taken"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "Not from a channel of ours"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn notified(State(app): State<App>, headers: HeaderMap) -> Result<StatusCode, Problem> {
    let Some(proven) = Proven::of(&app, &headers) else {
        app.fleet().metrics().notified(false);
        return Err(Problem::new(Kind::NotFound, "There is no such channel."));
    };
    app.fleet().metrics().notified(true);
    let worker = app.clone();
    let passing_on = tokio::spawn(async move {
        let passed_on = proven.pass_on(&worker).await;
        if let Err(problem) = &passed_on {
            tracing::warn!(kuerzel = proven.kuerzel, problem = problem.detail(), "a notification could not be passed on");
        }
        let Proven { kuerzel, channel_id, resource_id, .. } = proven;
        tokio::spawn(async move { worker.fleet().stop_stray_channel(&kuerzel, &channel_id, &resource_id).await });
        passed_on
    });
    // Google asks again after a 503. Past its patience nobody knows yet: then the poll makes up for a loss.
    match tokio::time::timeout(PATIENCE, passing_on).await {
        Ok(Ok(Err(problem))) => Err(problem),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
