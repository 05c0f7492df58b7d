//! The account's calendars.
use advosync_sync::ports::Failure;
use advosync_upstream::Reply;
use google_calendar3::api::{Calendar, CalendarListEntry};
use reqwest::Method;

use crate::answer;
use crate::client::{Call, GoogleClient};
use crate::quota::Kind;
use crate::wire::{self, path};

const LIST: &str = "calendars.list";
const GET: &str = "calendars.get";
const CREATE: &str = "calendars.insert";
const PATCH: &str = "calendars.patch";

impl GoogleClient {
    /// Every calendar in the account's list, hidden ones included.
    ///
    /// # Errors
    /// Any failed call.
    pub async fn calendars(&self) -> Result<Vec<CalendarListEntry>, Failure> {
        let query = [("maxResults", "250".to_owned()), ("showHidden", "true".to_owned())];
        let (pages, _) = self.pages(LIST, path::CALENDAR_LIST, &[], &query, |reply| answer::success(reply, LIST)).await?;
        let (calendars, unreadable) = wire::readable(&pages.concat());
        if unreadable > 0 {
            tracing::warn!(unreadable, "entries of the calendar list were left out");
        }
        Ok(calendars)
    }

    /// Makes a calendar in Berlin time. Where the outcome is uncertain, read [`GoogleClient::calendars`] before another try.
    ///
    /// # Errors
    /// Any failed call.
    pub async fn create_calendar(&self, summary: &str, description: &str) -> Result<Calendar, Failure> {
        let calendar = Calendar {
            summary: Some(summary.into()),
            description: Some(description.into()),
            time_zone: Some(wire::TIME_ZONE.into()),
            ..Calendar::default()
        };
        let body = Some(wire::body(&calendar).to_string().into_bytes());
        let call = Call { kind: Kind::CreateCalendar, body, ..Call::write(CREATE, Method::POST, path::CALENDARS, &[]) };
        self.call(call, |reply| answer::json(reply, CREATE)).await
    }

    /// One calendar; `None` where there is none of that id.
    ///
    /// # Errors
    /// Any failed call.
    pub async fn calendar(&self, id: &str) -> Result<Option<Calendar>, Failure> {
        let ids = [id];
        let read = |reply: &Reply| match reply.status.as_u16() {
            404 | 410 => Ok(None),
            _ => answer::json(reply, GET).map(Some),
        };
        self.call(Call::read(GET, path::CALENDAR, &ids), read).await
    }

    /// Replaces a calendar's description.
    ///
    /// # Errors
    /// Any failed call.
    pub async fn describe_calendar(&self, id: &str, description: &str) -> Result<Calendar, Failure> {
        let ids = [id];
        let calendar = Calendar { description: Some(description.into()), ..Calendar::default() };
        let body = Some(wire::body(&calendar).to_string().into_bytes());
        let call = Call { body, freely: true, ..Call::write(PATCH, Method::PATCH, path::CALENDAR, &ids) };
        let read = |reply: &Reply| {
            answer::on_calendar(reply, PATCH)?;
            answer::json(reply, PATCH)
        };
        self.call(call, read).await
    }
}
