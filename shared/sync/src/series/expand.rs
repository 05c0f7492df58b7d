//! A series' occurrences, counted out where they are wanted and nowhere else.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::rule::{Clock, Lines, Uncountable};
use crate::berlin;
use crate::form::Span;
use crate::mirror::Series;

/// The most occurrences of one series that are carried over: their links must fit into its properties.
pub const MAX_OCCURRENCES: usize = 1_000;

/// Years in which a series may begin and be counted out.
const YEARS: std::ops::RangeInclusive<i32> = 1_900..=2_200;

/// When a series would have one of its occurrences, by its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its start by the rule, in Berlin wall-clock time to the minute (midnight for whole days): its name in the series.
    pub original: NaiveDateTime,
    /// When it takes place if nobody moved it.
    pub span: Span,
    start: Start,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Day(NaiveDate),
    At(DateTime<Utc>),
}

impl Occurrence {
    /// Google's id of this instance of the series `master`.
    pub fn instance_id(&self, master: &str) -> String {
        match self.start {
            Start::Day(day) => format!("{master}_{}", day.format("%Y%m%d")),
            Start::At(at) => format!("{master}_{}", at.format("%Y%m%dT%H%M%SZ")),
        }
    }
}

/// `wall` to the minute, as occurrences are named.
pub fn name_of(wall: NaiveDateTime) -> NaiveDateTime {
    wall.with_second(0).and_then(|wall| wall.with_nanosecond(0)).unwrap_or(wall)
}

/// The occurrences of `series` that touch the days from `first` to `last` (both inclusive), in order.
///
/// # Errors
/// Where its rule is none that can be counted out, or gives more than [`MAX_OCCURRENCES`].
pub fn occurrences(series: &Series, first: NaiveDate, last: NaiveDate) -> Result<Vec<Occurrence>, Uncountable> {
    use chrono::Datelike;
    if [series.start.year(), first.year(), last.year()].iter().any(|year| !YEARS.contains(year)) {
        return Err(Uncountable::Rule);
    }
    let clock = match &series.zone {
        None => Clock(None),
        Some(name) => Clock(Some(name.parse::<Tz>().map_err(|_| Uncountable::Zone)?)),
    };
    // Days of its own length, and one for the distance between any two zones.
    let margin = Duration::days((series.first.last_day() - series.first.first_day()).num_days().clamp(0, 400) + 1);
    let from = first.and_time(chrono::NaiveTime::MIN) - margin;
    let to = last.and_time(chrono::NaiveTime::MIN) + Duration::days(2);
    let starts = Lines::read(&series.lines, clock)?.starts(series.start, from, to)?;
    let touches = |span: &Span| span.first_day() <= last && span.last_day() >= first;
    let found: Vec<Occurrence> =
        starts.into_iter().filter_map(|start| occurrence(series, clock, start)).filter(|one| touches(&one.span)).collect();
    if found.len() > MAX_OCCURRENCES { Err(Uncountable::TooMany) } else { Ok(found) }
}

fn occurrence(series: &Series, clock: Clock, start: NaiveDateTime) -> Option<Occurrence> {
    if clock.0.is_none() {
        let day = start.date();
        let span = series.first.on_day(day);
        return Some(Occurrence { original: day.and_time(chrono::NaiveTime::MIN), span, start: Start::Day(day) });
    }
    let at = clock.instant(start);
    let begin = berlin::wall_clock(&at);
    let span = match series.first {
        Span::AllDay { .. } => series.first.on_day(begin.date()),
        // Every occurrence lasts as long as the first.
        Span::Timed { start, end } => {
            let length = berlin::to_utc(end) - berlin::to_utc(start);
            Span::timed(begin, berlin::wall_clock(&(at + length))).ok()?
        }
    };
    Some(Occurrence { original: name_of(begin), span, start: Start::At(at) })
}
