//! When everyone is synchronised.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use chrono_tz::{Europe::Berlin, Tz};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::{PollHours, Reader, Settings};

const HOURLY: Duration = Duration::from_secs(3600);

/// One cron expression, in Berlin time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronExpression {
    /// As it was written; identifies the schedule fleet-wide.
    pub text: String,
    /// As it was understood.
    pub cron: Cron,
}

/// When everyone is synchronised, fully and incrementally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleConfig {
    /// Full runs; never empty.
    pub crons: Vec<CronExpression>,
    /// Time between two incremental runs; `None` turns the poll off.
    pub poll: Option<Duration>,
    /// Days and hours of the poll.
    pub poll_hours: PollHours,
}

impl ScheduleConfig {
    /// Time between two incremental runs at a Berlin wall-clock time: at least an hour outside the poll's hours.
    #[must_use]
    pub fn poll_interval_at(&self, local: NaiveDateTime) -> Option<Duration> {
        let interval = self.poll?;
        Some(if self.poll_hours.contains(local) { interval } else { interval.max(HOURLY) })
    }
}

impl Settings for ScheduleConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let should = "cron expressions with five fields that come true at some time, separated by `;`";
        let crons = reader.parsed("CALENDAR_SYNC_CRON", should, |text| text.split(';').map(expression).collect());
        let poll = reader.parsed("CALENDAR_SYNC_POLL", "off, or a time from 1s to 1day such as 5m", interval);
        let poll_hours =
            reader.parsed("CALENDAR_SYNC_POLL_HOURS", "days and hours such as Mon-Fri 06-20", |text| text.parse().ok());
        Self { crons: crons.unwrap_or_default(), poll: poll.flatten(), poll_hours: poll_hours.unwrap_or(PollHours::ALWAYS) }
    }
}

fn expression(text: &str) -> Option<CronExpression> {
    let text = text.trim();
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron = parser.parse(text).ok()?;
    // `0 0 30 2 *` is well formed, but no such day ever comes.
    let epoch: DateTime<Tz> = DateTime::UNIX_EPOCH.with_timezone(&Berlin);
    cron.find_next_occurrence(&epoch, true).ok()?;
    Some(CronExpression { text: text.to_owned(), cron })
}

fn interval(text: &str) -> Option<Option<Duration>> {
    if text.eq_ignore_ascii_case("off") {
        return Some(None);
    }
    let day = Duration::from_secs(86_400);
    let interval = humantime::parse_duration(text).ok()?;
    (Duration::from_secs(1)..=day).contains(&interval).then_some(Some(interval))
}
