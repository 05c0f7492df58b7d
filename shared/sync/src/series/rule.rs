//! Recurrence lines as Google states them, checked before anything is counted out.
//!
//! The `rrule` crate counts out a rule's bare pattern in wall-clock time. Ends (UNTIL, COUNT), exceptions
//! (EXDATE) and additions (RDATE) are applied here, because they follow the series' own zone.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use rrule::{RRule, RRuleSet, Unvalidated};

use crate::berlin;

/// The longest recurrence line that is looked at, in bytes.
const MAX_LINE: usize = 4_096;
/// The largest interval.
const MAX_INTERVAL: i64 = 1_000;
/// How many starts are counted out before a series is given up.
const MAX_STARTS: usize = 60_000;
/// The calendar repeats every 400 years. Counted out this many days later, not long before the year 10,000 in
/// which the crate stops, a rule that never happens is soon given up.
const LATER: Duration = Duration::days(19 * 146_097);

/// Why a series can't be counted out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uncountable {
    /// A line is no recurrence line, or uses a part that is not supported.
    #[error("recurrence rule is not supported")]
    Rule,
    /// Its zone is unknown.
    #[error("time zone is unknown")]
    Zone,
    /// More occurrences than are carried over.
    #[error("too many occurrences")]
    TooMany,
}

/// The clock by which a series repeats: that of a zone, or none for whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock(pub(super) Option<Tz>);

impl Clock {
    /// What this clock shows at `instant`.
    fn wall(self, instant: DateTime<Utc>) -> NaiveDateTime {
        match self.0 {
            Some(zone) => instant.with_timezone(&zone).naive_local(),
            None => instant.naive_utc(),
        }
    }

    /// The instant at which this clock shows `wall`.
    pub(super) fn instant(self, wall: NaiveDateTime) -> DateTime<Utc> {
        berlin::resolve(self.0.unwrap_or(chrono_tz::UTC), wall)
    }
}

/// A moment in a recurrence line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Day(NaiveDate),
    /// By the series' clock.
    At(NaiveDateTime),
}

/// Every line of a series.
#[derive(Debug, Default)]
pub(super) struct Lines {
    rules: Vec<Pattern>,
    added: Vec<Moment>,
    left_out: Vec<Moment>,
}

impl Lines {
    /// Reads RRULE, RDATE and EXDATE lines of a series by `clock`.
    pub(super) fn read(lines: &[String], clock: Clock) -> Result<Self, Uncountable> {
        let mut out = Self::default();
        for line in lines {
            let line = line.trim();
            if line.len() > MAX_LINE || !line.is_ascii() {
                return Err(Uncountable::Rule);
            }
            let (name, value) = line.split_once(':').ok_or(Uncountable::Rule)?;
            let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
            match name.to_ascii_uppercase().as_str() {
                "RRULE" => out.rules.push(Pattern::read(value, clock)?),
                "RDATE" => out.added.extend(moments(parameters, value, clock)?),
                "EXDATE" => out.left_out.extend(moments(parameters, value, clock)?),
                _ => return Err(Uncountable::Rule),
            }
        }
        Ok(out)
    }

    /// The starts between two moments (both inclusive) of a series that begins at `first`, by its clock, in order.
    pub(super) fn starts(
        &self,
        first: NaiveDateTime,
        from: NaiveDateTime,
        to: NaiveDateTime,
    ) -> Result<Vec<NaiveDateTime>, Uncountable> {
        let mut starts = vec![first];
        for rule in &self.rules {
            rule.starts(first, from, to, &mut starts)?;
        }
        starts.extend(self.added.iter().map(|moment| match moment {
            // A bare day in a series by the clock means its time of day.
            Moment::Day(day) => day.and_time(first.time()),
            Moment::At(wall) => *wall,
        }));
        let is_left_out = |start: &NaiveDateTime| {
            self.left_out.iter().any(|moment| match moment {
                Moment::Day(day) => day.and_time(NaiveTime::MIN) == *start,
                Moment::At(wall) => wall == start,
            })
        };
        starts.retain(|start| (from..=to).contains(start) && !is_left_out(start));
        starts.sort_unstable();
        starts.dedup();
        Ok(starts)
    }
}

/// One rule without its end.
#[derive(Debug)]
struct Pattern {
    rule: RRule<Unvalidated>,
    /// Days after which the pattern repeats exactly, where that is a fixed number.
    period: Option<i64>,
    until: Option<NaiveDateTime>,
    count: Option<usize>,
}

impl Pattern {
    fn read(text: &str, clock: Clock) -> Result<Self, Uncountable> {
        let (mut kept, mut until, mut count) = (Vec::new(), None, None);
        let (mut frequency, mut interval) = (String::new(), 1);
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(Uncountable::Rule)?;
            let (name, value) = (name.to_ascii_uppercase(), value.to_ascii_uppercase());
            match name.as_str() {
                "FREQ" => frequency = value.clone(),
                "INTERVAL" => interval = number(&value, 1, MAX_INTERVAL)?,
                "COUNT" => {
                    count = Some(usize::try_from(number(&value, 1, i64::from(u32::MAX))?).map_err(|_| Uncountable::Rule)?);
                    continue;
                }
                "UNTIL" => {
                    until = Some(end(&value, clock)?);
                    continue;
                }
                "WKST" | "BYDAY" => {}
                "BYMONTHDAY" => numbers(&value, -31, 31)?,
                "BYYEARDAY" | "BYSETPOS" => numbers(&value, -366, 366)?,
                "BYWEEKNO" => numbers(&value, -53, 53)?,
                "BYMONTH" => numbers(&value, 1, 12)?,
                "BYHOUR" => numbers(&value, 0, 23)?,
                "BYMINUTE" => numbers(&value, 0, 59)?,
                _ => return Err(Uncountable::Rule),
            }
            kept.push(format!("{name}={value}"));
        }
        let period = match frequency.as_str() {
            "DAILY" => Some(interval),
            "WEEKLY" => Some(7 * interval),
            "MONTHLY" | "YEARLY" => None,
            _ => return Err(Uncountable::Rule),
        };
        let rule = kept.join(";").parse().map_err(|_| Uncountable::Rule)?;
        Ok(Self { rule, period, until, count })
    }

    fn starts(
        &self,
        first: NaiveDateTime,
        from: NaiveDateTime,
        to: NaiveDateTime,
        out: &mut Vec<NaiveDateTime>,
    ) -> Result<(), Uncountable> {
        let begin = self.near(first, from);
        let start = (begin + LATER).and_utc().with_timezone(&rrule::Tz::UTC);
        let rule = self.rule.clone().validate(start).map_err(|_| Uncountable::Rule)?;
        // The start counts as the first occurrence, whether the rule names it or not.
        let mut left = self.count.map(|count| count - 1);
        let pattern = RRuleSet::new(start).rrule(rule).limit();
        for (index, at) in pattern.into_iter().map(|at| at.naive_utc() - LATER).enumerate() {
            if at > to || self.until.is_some_and(|until| at > until) {
                break;
            }
            if at > first {
                match &mut left {
                    Some(0) => break,
                    Some(left) => *left -= 1,
                    None => {}
                }
            }
            if at >= from {
                out.push(at);
            }
            if index > MAX_STARTS {
                return Err(Uncountable::TooMany);
            }
        }
        Ok(())
    }

    /// A start of the same pattern shortly before `from`, so that years gone by needn't be counted out.
    fn near(&self, first: NaiveDateTime, from: NaiveDateTime) -> NaiveDateTime {
        match self.period {
            Some(period) if self.count.is_none() && from > first => {
                let periods = (from - first).num_days() / period - 1;
                first + Duration::days(periods.max(0) * period)
            }
            _ => first,
        }
    }
}

fn number(value: &str, least: i64, most: i64) -> Result<i64, Uncountable> {
    value.parse().ok().filter(|number| (least..=most).contains(number)).ok_or(Uncountable::Rule)
}

fn numbers(list: &str, least: i64, most: i64) -> Result<(), Uncountable> {
    list.split(',').try_for_each(|value| number(value, least, most).map(|_| ()))
}

/// The last moment at which an occurrence may start.
fn end(value: &str, clock: Clock) -> Result<NaiveDateTime, Uncountable> {
    Ok(match (moment(value, clock)?, clock.0) {
        (Moment::Day(day), _) => day.and_time(NaiveTime::MIN) + Duration::seconds(86_399),
        // Whole days end with the day that is named, whatever the time beside it.
        (Moment::At(wall), None) => wall.date().and_time(NaiveTime::MIN),
        (Moment::At(wall), Some(_)) => wall,
    })
}

fn moment(value: &str, clock: Clock) -> Result<Moment, Uncountable> {
    let at = |text| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").map_err(|_| Uncountable::Rule);
    if let Some(utc) = value.strip_suffix(['Z', 'z']) {
        return Ok(Moment::At(clock.wall(at(utc)?.and_utc())));
    }
    match NaiveDate::parse_from_str(value, "%Y%m%d") {
        Ok(day) => Ok(Moment::Day(day)),
        Err(_) => at(value).map(Moment::At),
    }
}

/// The moments of an RDATE or EXDATE line, by the series' clock.
fn moments(parameters: &str, values: &str, clock: Clock) -> Result<Vec<Moment>, Uncountable> {
    let mut own = clock;
    for parameter in parameters.split(';').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some((name, zone)) if name.eq_ignore_ascii_case("TZID") => {
                own = Clock(Some(zone.parse().map_err(|_| Uncountable::Zone)?));
            }
            Some((name, kind)) if name.eq_ignore_ascii_case("VALUE") && !kind.eq_ignore_ascii_case("PERIOD") => {}
            _ => return Err(Uncountable::Rule),
        }
    }
    let read = |value: &str| {
        Ok(match moment(value, own)? {
            Moment::At(wall) if own != clock => Moment::At(clock.wall(own.instant(wall))),
            moment => moment,
        })
    };
    values.split(',').filter(|value| !value.is_empty()).map(read).collect()
}
