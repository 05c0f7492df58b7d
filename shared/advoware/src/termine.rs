//! Appointments: list, look-up by number, create, update, delete.
use advosync_sync::ports::{Advoware, Certainty, Failure, FailureKind, FrNr, Lookup, Object};
use advosync_upstream::Reply;
use chrono::{Days, NaiveDate};
use reqwest::Method;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::client::{AdvowareClient, Call, subject};
use crate::error::failure;
use crate::{answer, wire};

const LIST: &str = "termine.list";
const GET: &str = "termine.get";
const CREATE: &str = "termine.create";
const UPDATE: &str = "termine.update";
const DELETE: &str = "termine.delete";

impl Advoware for AdvowareClient {
    async fn list(&self, kuerzel: &str, from: NaiveDate, to: NaiveDate) -> Result<Vec<Box<RawValue>>, Failure> {
        let mut rows = Vec::new();
        for (from, to) in slices(from, to, self.settings().slice_days) {
            let call = Call {
                query: wire::list_query(kuerzel, from, to).into(),
                subject: subject((LIST, kuerzel)),
                ..call(LIST, Method::GET, wire::TERMINE_PATH)
            };
            let wire::Rows(slice) = self.call(call, |reply| answer::json(reply, LIST)).await?;
            rows.extend(slice);
        }
        Ok(rows)
    }

    async fn get(&self, frnr: FrNr) -> Result<Lookup, Failure> {
        self.call(by_number(GET, Method::GET, frnr), |reply| looked_up(reply, frnr)).await
    }

    async fn create(&self, termin: &Object) -> Result<FrNr, Failure> {
        let call = Call { body: Some(termin), ..call(CREATE, Method::POST, wire::TERMINE_PATH) };
        let created =
            |reply: &Reply| wire::created_frnr(&answer::json::<Value>(reply, CREATE)?).ok_or_else(|| answer::unreadable(CREATE));
        self.call(call, created).await
    }

    async fn update(&self, frnr: FrNr, termin: &Object) -> Result<(), Failure> {
        let writable = wire::writable(termin);
        let call = Call { body: Some(&writable), ..by_number(UPDATE, Method::PUT, frnr) };
        let gone = || failure(FailureKind::Refused, Certainty::NotDone, UPDATE, 404);
        self.call(call, |reply| if reply.status.is_success() { Ok(()) } else { Err(gone()) }).await
    }

    async fn delete(&self, frnr: FrNr) -> Result<(), Failure> {
        // Both a success and a 404 come here: gone is gone.
        self.call(by_number(DELETE, Method::DELETE, frnr), |_| Ok(())).await
    }
}

fn call(operation: &'static str, method: Method, template: &'static str) -> Call<'static> {
    let freely = method == Method::GET;
    Call {
        operation,
        method,
        template,
        path: wire::TERMINE_PATH,
        query: Vec::new(),
        body: None,
        subject: subject(operation),
        freely,
    }
}

fn by_number(operation: &'static str, method: Method, frnr: FrNr) -> Call<'static> {
    Call {
        query: vec![(wire::FRNR_PARAMETER, frnr.to_string())],
        subject: subject((operation, frnr)),
        ..call(operation, method, "Termine?frnr={frnr}")
    }
}

/// 404 and 200 with `null` or `[]` are *gone*; else it must be that very appointment.
fn looked_up(reply: &Reply, frnr: FrNr) -> Result<Lookup, Failure> {
    if reply.status.as_u16() == 404 {
        return Ok(Lookup::Gone);
    }
    let found = match answer::json(reply, GET)? {
        Value::Null => return Ok(Lookup::Gone),
        Value::Array(rows) if rows.is_empty() => return Ok(Lookup::Gone),
        Value::Array(mut rows) if rows.len() == 1 => rows.remove(0),
        other => other,
    };
    match found {
        Value::Object(termin) if wire::frnr(&termin) == Some(frnr) => Ok(Lookup::Found(termin)),
        _ => Err(failure(FailureKind::Refused, Certainty::NotDone, GET, "not the appointment that was asked for")),
    }
}

/// The window in slices of at most `days` days that overlap by one.
fn slices(from: NaiveDate, to: NaiveDate, days: u32) -> Vec<(NaiveDate, NaiveDate)> {
    let step = Days::new(u64::from(days.max(2)) - 1);
    let mut slices = Vec::new();
    let mut start = from;
    while let Some(end) = start.checked_add_days(step).filter(|end| *end < to) {
        slices.push((start, end));
        start = end;
    }
    slices.push((start, to));
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_usual_window_is_one_slice() {
        assert_eq!(slices(day("2026-01-01"), day("2028-01-31"), 800), [(day("2026-01-01"), day("2028-01-31"))]);
        assert_eq!(slices(day("2026-01-01"), day("2026-01-01"), 800), [(day("2026-01-01"), day("2026-01-01"))]);
    }

    #[test]
    fn slices_overlap_by_a_day_and_leave_no_hole() {
        assert_eq!(
            slices(day("2026-01-01"), day("2026-01-08"), 4),
            [
                (day("2026-01-01"), day("2026-01-04")),
                (day("2026-01-04"), day("2026-01-07")),
                (day("2026-01-07"), day("2026-01-08"))
            ]
        );
    }
}
