//! Advoware's side, by its own rules for missing times, whole days and series.

use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Europe::Berlin;
use serde_json::{Map, Value};

use super::{
    Window,
    occurrence::{Occurrence, Source},
    text::Shown,
};
use crate::{advoware::AdvowareSnapshot, clock};

type Row = Map<String, Value>;

pub(super) fn active_employees(advoware: &AdvowareSnapshot) -> impl Iterator<Item = &str> {
    advoware
        .employees
        .iter()
        .filter(|employee| employee.get("aktiv").and_then(Value::as_bool) != Some(false))
        .filter_map(|employee| employee.get("kuerzel")?.as_str())
}

/// Occurrences of an employee's own appointments; generated and unreadable ones are left out.
pub(super) fn occurrences(advoware: &AdvowareSnapshot, kuerzel: &str, window: Window) -> Vec<Occurrence> {
    advoware
        .appointments
        .iter()
        .filter(|row| text(row, "anwalt") == kuerzel)
        .filter(|row| row.get("frNr").and_then(Value::as_i64) > Some(0))
        .filter_map(|row| counted_out(row, window))
        .flatten()
        .collect()
}

fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn whole(row: &Row, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or(0)
}

fn day(row: &Row, name: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text(row, name).get(..10)?, "%Y-%m-%d").ok()?;
    (day.year() > 1).then_some(day)
}

fn clock_time(text: &str) -> Option<NaiveTime> {
    ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

/// A wall-clock time as it is shown: one that does not exist has moved forward.
fn on_the_clock(local: NaiveDateTime) -> NaiveDateTime {
    clock::instant_of(local, Berlin).with_timezone(&Berlin).naive_local()
}

fn counted_out(row: &Row, window: Window) -> Option<Vec<Occurrence>> {
    let first = day(row, "datum")?;
    let in_date = text(row, "datum").get(11..).and_then(clock_time);
    let begins = clock_time(text(row, "uhrzeitVon"))
        .or(in_date.filter(|time| *time != NaiveTime::MIN))
        .or(NaiveTime::from_hms_opt(9, 0, 0))?;
    let (turnus, kind) = (whole(row, "turnus"), whole(row, "turnusArt"));
    let last = day(row, "datumBis");
    if turnus >= 1 && (1..=4).contains(&kind) {
        let ends = ends_same_day(row, first.and_time(begins));
        let until = last.unwrap_or(first).min(window.last);
        let days = series_days(first, u32::try_from(turnus).ok()?, kind, until);
        let days = days.into_iter().filter(|day| *day >= window.first);
        return Some(days.map(|day| occurrence(row, day.and_time(begins), day.and_time(ends), false)).collect());
    }
    let start = first.and_time(begins);
    let end = end_of(row, start, last);
    let all_day = whole(row, "dauertermin") == 1;
    if end < start && !(all_day && end.date() >= first) {
        return None;
    }
    Some(vec![occurrence(row, start, end, all_day)])
}

/// The end of a single appointment.
fn end_of(row: &Row, start: NaiveDateTime, last: Option<NaiveDate>) -> NaiveDateTime {
    let end_day = last.unwrap_or(start.date());
    match clock_time(text(row, "uhrzeitBis")) {
        Some(NaiveTime::MIN) if end_day > start.date() => end_day.and_time(NaiveTime::MIN) + TimeDelta::seconds(86_399),
        Some(time) => end_day.and_time(time),
        None if last.is_some() => end_day.and_time(NaiveTime::MIN) + TimeDelta::hours(10),
        None => start + TimeDelta::hours(1),
    }
}

/// The end of a series' occurrence: the same day, at most its last minute.
fn ends_same_day(row: &Row, start: NaiveDateTime) -> NaiveTime {
    let last_minute = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default();
    let wanted = clock_time(text(row, "uhrzeitBis")).unwrap_or_else(|| (start + TimeDelta::hours(1)).time());
    if wanted < start.time() { last_minute } else { wanted.min(last_minute) }
}

/// The days of a series; months and years without that day are left out.
fn series_days(first: NaiveDate, every: u32, kind: i64, until: NaiveDate) -> Vec<NaiveDate> {
    let nth = |step: u32| -> Option<NaiveDate> {
        match kind {
            1 => Some(first + TimeDelta::days(i64::from(step))),
            2 => Some(first + TimeDelta::weeks(i64::from(step))),
            3 => first.checked_add_months(Months::new(step)),
            _ => first.checked_add_months(Months::new(step * 12)),
        }
    };
    (0..)
        .map(|index: u32| nth(index * every))
        .take_while(|day| day.is_some_and(|day| day <= until))
        .flatten()
        .filter(|day| kind < 3 || day.day() == first.day())
        .collect()
}

fn occurrence(row: &Row, start: NaiveDateTime, end: NaiveDateTime, all_day: bool) -> Occurrence {
    Occurrence {
        start: on_the_clock(start),
        end: on_the_clock(end),
        all_day,
        text: Shown::line(text(row, "text")),
        note: Shown::note(text(row, "notiz")),
        place: Shown::line(text(row, "ort")),
        private: whole(row, "privat") == 1,
        source: Source::Appointment(whole(row, "frNr")),
    }
    .normalised()
}
