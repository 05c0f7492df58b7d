//! A calendar's events.
use std::collections::HashMap;

use advosync_sync::ports::{Certainty, Conditional, Failure, FailureKind, Google, Inserted, Listing, Object};
use advosync_upstream::Reply;
use chrono::{DateTime, Days, NaiveTime, Utc};
use reqwest::Method;
use serde_json::value::RawValue;

use crate::answer;
use crate::client::{Call, GoogleClient};
use crate::error::failure;
use crate::wire::{self, path};

const LIST: &str = "events.list";
const GET: &str = "events.get";
const INSERT: &str = "events.insert";
const UPDATE: &str = "events.update";
const DELETE: &str = "events.delete";
const INSTANCES: &str = "events.instances";

/// Google bounds instances by where they are now; this far from its original start a moved one is still found.
const MOVED_DAYS: Days = Days::new(31);

impl Google for GoogleClient {
    async fn list(&self, calendar: &str, token: Option<&str>) -> Result<Listing, Failure> {
        let mut query: Vec<_> = wire::LIST.map(|(name, value)| (name, value.to_owned())).into();
        query.extend(token.map(|token| ("syncToken", token.to_owned())));
        let check = |reply: &Reply| match (reply.status.as_u16(), token) {
            // A sync token that Google cannot even read is as good as an old one.
            (410, _) | (400, Some(_)) => Err(failure(FailureKind::TokenExpired, Certainty::NotDone, LIST, reply.status.as_u16())),
            _ => answer::on_calendar(reply, LIST),
        };
        let (pages, next_sync_token) = self.pages(LIST, path::EVENTS, &[calendar], &query, check).await?;
        Ok(Listing { items: merged(pages), next_sync_token })
    }

    async fn get(&self, calendar: &str, id: &str) -> Result<Option<Object>, Failure> {
        let ids = [calendar, id];
        let read = |reply: &Reply| match reply.status.as_u16() {
            404 => Ok(None),
            _ => answer::json(reply, GET).map(Some),
        };
        self.call(Call { one_event: true, ..Call::read(GET, path::EVENT, &ids) }, read).await
    }

    async fn insert(&self, calendar: &str, event: &Object) -> Result<Inserted, Failure> {
        let ids = [calendar];
        let call = Call { freely: true, ..write(INSERT, Method::POST, path::EVENTS, &ids, Some(event)) };
        let read = |reply: &Reply| match reply.status.as_u16() {
            409 => Ok(Inserted::Taken),
            _ => {
                answer::on_calendar(reply, INSERT)?;
                answer::json(reply, INSERT).map(Inserted::Created)
            }
        };
        self.call(call, read).await
    }

    async fn update(&self, calendar: &str, id: &str, etag: &str, event: &Object) -> Result<Conditional<Object>, Failure> {
        let ids = [calendar, id];
        let call = Call { etag: Some(etag), ..write(UPDATE, Method::PUT, path::EVENT, &ids, Some(event)) };
        self.call(call, |reply| conditional(reply, |reply| answer::json(reply, UPDATE))).await
    }

    async fn delete(&self, calendar: &str, id: &str, etag: &str) -> Result<Conditional<()>, Failure> {
        let ids = [calendar, id];
        let call = Call { etag: Some(etag), ..write(DELETE, Method::DELETE, path::EVENT, &ids, None) };
        self.call(call, |reply| conditional(reply, |reply| answer::success(reply, DELETE))).await
    }

    async fn instances(
        &self,
        calendar: &str,
        id: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Box<RawValue>>, Failure> {
        let (earliest, latest) =
            (from.checked_sub_days(MOVED_DAYS).unwrap_or(from), to.checked_add_days(MOVED_DAYS).unwrap_or(to));
        let query = [
            ("showDeleted", "true".to_owned()),
            ("maxResults", "2500".to_owned()),
            ("timeMin", wire::time(earliest)),
            ("timeMax", wire::time(latest)),
        ];
        let check = |reply: &Reply| answer::success(reply, INSTANCES);
        let (pages, _) = self.pages(INSTANCES, path::INSTANCES, &[calendar, id], &query, check).await?;
        Ok(merged(pages).into_iter().filter(|instance| starts_within(instance, from, to)).collect())
    }
}

fn write<'a>(
    operation: &'static str,
    method: Method,
    template: &'static str,
    ids: &'a [&'a str],
    event: Option<&Object>,
) -> Call<'a> {
    Call {
        query: vec![(wire::NO_UPDATES.0, wire::NO_UPDATES.1.to_owned())],
        body: event.map(|event| serde_json::to_vec(event).unwrap_or_default()),
        one_event: true,
        ..Call::write(operation, method, template, ids)
    }
}

fn conditional<T>(reply: &Reply, done: impl Fn(&Reply) -> Result<T, Failure>) -> Result<Conditional<T>, Failure> {
    match reply.status.as_u16() {
        412 => Ok(Conditional::Changed),
        404 | 410 => Ok(Conditional::Missing),
        _ => done(reply).map(Conditional::Done),
    }
}

/// One list of all pages. An event that changed while they were read stands on two of them: the later one counts.
fn merged(mut pages: Vec<Vec<Box<RawValue>>>) -> Vec<Box<RawValue>> {
    if pages.len() == 1 {
        return pages.remove(0);
    }
    let mut merged: Vec<Box<RawValue>> = Vec::new();
    let mut places = HashMap::new();
    for item in pages.into_iter().flatten() {
        let place =
            serde_json::from_str::<wire::EventId>(item.get()).ok().map(|event| *places.entry(event.id).or_insert(merged.len()));
        match place.filter(|place| *place < merged.len()) {
            Some(place) => merged[place] = item,
            None => merged.push(item),
        }
    }
    merged
}

/// Whether an instance would have been in the window; one that does not say is kept.
fn starts_within(instance: &RawValue, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    let start = serde_json::from_str::<wire::Instance>(instance.get()).ok().and_then(|instance| instance.original_start_time);
    let Some(start) = start else { return true };
    let midnight = || start.date.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    // An all-day start has no zone: a day of grace on both sides keeps every one that may belong.
    match (start.date_time, midnight()) {
        (Some(at), _) => from <= at && at < to,
        (None, Some(at)) => from - Days::new(1) <= at && at < to + Days::new(1),
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    fn page(items: &[serde_json::Value]) -> Vec<Box<RawValue>> {
        items.iter().map(|item| to_raw_value(item).expect("JSON")).collect()
    }

    #[test]
    fn the_later_of_two_states_counts() {
        let pages = vec![
            page(&[json!({"id": "a", "v": 1}), json!("garbage"), json!({"id": "b"})]),
            page(&[]),
            page(&[json!({"id": "a", "v": 2}), json!("garbage")]),
        ];
        let merged: Vec<_> = merged(pages).iter().map(|item| item.get().to_owned()).collect();
        assert_eq!(merged, [r#"{"id":"a","v":2}"#, r#""garbage""#, r#"{"id":"b"}"#, r#""garbage""#]);
    }

    #[test]
    fn an_instance_belongs_where_it_would_have_been() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
        let within = |value: serde_json::Value| starts_within(&to_raw_value(&value).expect("JSON"), from, to);
        assert!(within(
            json!({"originalStartTime": {"dateTime": "2026-03-31T23:30:00Z"}, "start": {"dateTime": "2026-05-01T10:00:00Z"}})
        ));
        assert!(!within(json!({"originalStartTime": {"dateTime": "2026-04-01T02:00:00+02:00"}})));
        assert!(within(json!({"originalStartTime": {"date": "2026-03-01"}, "status": "cancelled"})));
        assert!(!within(json!({"originalStartTime": {"date": "2026-04-02"}})));
        assert!(within(json!({"id": "unclear"})));
    }
}
