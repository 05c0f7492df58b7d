//! Which rights the account has, shown by calls that can't do anything.
use advosync_sync::ports::Failure;
use advosync_upstream::Reply;
use reqwest::Method;
use serde_json::Value;

use crate::answer;
use crate::client::{Call, GoogleClient};
use crate::wire::path;

/// An event's id that nobody has given.
const NO_EVENT: &str = "advosync0no0such0event";

/// A right that a synchronisation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Make calendars; of the account, not of a calendar.
    MakeCalendars,
    /// Read a calendar's events.
    ReadEvents,
    /// Make events.
    MakeEvents,
    /// Change events.
    ChangeEvents,
    /// Delete events.
    DeleteEvents,
    /// See whom a calendar is shared with.
    ReadSharing,
    /// Share a calendar.
    Share,
    /// Be told of changes.
    Watch,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::MakeCalendars,
        Self::ReadEvents,
        Self::MakeEvents,
        Self::ChangeEvents,
        Self::DeleteEvents,
        Self::ReadSharing,
        Self::Share,
        Self::Watch,
    ];

    /// What it is called in a failure's code.
    fn operation(self) -> &'static str {
        match self {
            Self::MakeCalendars => "calendars.insert",
            Self::ReadEvents => "events.list",
            Self::MakeEvents => "events.insert",
            Self::ChangeEvents => "events.update",
            Self::DeleteEvents => "events.delete",
            Self::ReadSharing => "acl.list",
            Self::Share => "acl.insert",
            Self::Watch => "channels.watch",
        }
    }

    fn request(self) -> (Method, &'static str) {
        match self {
            Self::MakeCalendars => (Method::POST, path::CALENDARS),
            Self::ReadEvents => (Method::GET, path::EVENTS),
            Self::MakeEvents => (Method::POST, path::EVENTS),
            Self::ChangeEvents => (Method::PUT, path::EVENT),
            Self::DeleteEvents => (Method::DELETE, path::EVENT),
            Self::ReadSharing => (Method::GET, path::ACL),
            Self::Share => (Method::POST, path::ACL),
            Self::Watch => (Method::POST, path::WATCH),
        }
    }
}

impl GoogleClient {
    /// Whether the account has `right` on `calendar`. Reads one item, or asks for something that can't be done: an
    /// event that does not exist, a body without what is required. Google looks at the right first.
    ///
    /// # Errors
    /// `Denied` without the right; else any failed call.
    pub async fn prove(&self, right: Right, calendar: &str) -> Result<(), Failure> {
        let (method, template) = right.request();
        let ids = [calendar, NO_EVENT];
        let ids = &ids[..template.matches('{').count()];
        let operation = right.operation();
        let call = if method == Method::GET {
            Call { query: vec![("maxResults", "1".to_owned())], ..Call::read(operation, template, ids) }
        } else {
            let body = (method != Method::DELETE).then(|| b"{}".to_vec());
            Call {
                body,
                etag: (template == path::EVENT).then_some("\"0\""),
                ..Call::write(operation, method.clone(), template, ids)
            }
        };
        // What was made all the same: its id.
        let read = |reply: &Reply| match reply.status.as_u16() {
            400 | 404 | 410 | 412 if method != Method::GET => Ok(None),
            _ => {
                answer::on_calendar(reply, operation)?;
                Ok(reply.json::<Value>().ok().and_then(|made| Some(made.get("id")?.as_str()?.to_owned())))
            }
        };
        let made = self.call(call, read).await?;
        match (right, made) {
            (Right::MakeCalendars, Some(id)) => self.take_back(path::CALENDAR, &[&id]).await,
            (Right::MakeEvents, Some(id)) => self.take_back(path::EVENT, &[calendar, &id]).await,
            _ => Ok(()),
        }
    }

    /// Deletes what should not have been possible to make.
    async fn take_back(&self, template: &'static str, ids: &[&str]) -> Result<(), Failure> {
        const TAKE_BACK: &str = "delete";
        let call = Call { freely: true, ..Call::write(TAKE_BACK, Method::DELETE, template, ids) };
        self.call(call, |reply| answer::success(reply, TAKE_BACK)).await
    }
}
