//! How the employees' calendars stand, read in a number of round trips that does not grow with them.

use std::collections::BTreeMap;

use advosync_fleet::Employees;
use advosync_queue::LastRun;
use advosync_state::{CalendarRecord, Drift, HeldSince, StoredReport};
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::problem::{Kind, Problem};

/// How one employee's calendar stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) kuerzel: String,
    pub(crate) calendar: Option<CalendarRecord>,
    pub(crate) last: LastRun,
    pub(crate) report: Option<StoredReport>,
    pub(crate) held: Vec<HeldSince>,
    pub(crate) drift: Option<Drift>,
}

/// A moment from a count of milliseconds since 1970.
pub(crate) fn moment(ms: u64) -> Option<DateTime<Utc>> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis)
}

impl Standing {
    /// When both sides were last found or made equal. A failure never overwrites it.
    pub(crate) fn succeeded_at(&self) -> Option<DateTime<Utc>> {
        self.last.succeeded_at_ms.and_then(moment)
    }

    /// When a run last came to its end.
    pub(crate) fn checked_at(&self) -> Option<DateTime<Utc>> {
        self.last.checked_at_ms.and_then(moment)
    }

    /// Appointments that the last run found.
    pub(crate) fn appointments(&self) -> usize {
        self.report.as_ref().map_or(0, |stored| stored.report.appointments)
    }

    /// Fields that both sides had changed differently, in the last run.
    pub(crate) fn conflicts(&self) -> usize {
        self.report.as_ref().map_or(0, |stored| stored.report.counts.conflicts)
    }

    /// Appointments that the last run could not synchronise.
    pub(crate) fn errors(&self) -> usize {
        self.report.as_ref().map_or(0, |stored| stored.report.counts.errors)
    }
}

/// Everybody's, by Kürzel.
#[derive(Debug)]
pub(crate) struct Standings {
    pub(crate) employees: Vec<Standing>,
    /// Active at the firm, but left out by the settings.
    pub(crate) left_out: Vec<String>,
}

impl App {
    /// The employees by the kept list; by Advoware where none was kept.
    pub(crate) async fn employees(&self) -> Result<Employees, Problem> {
        if let Some(known) = self.ask(self.fleet().known_employees()).await? {
            return Ok(known);
        }
        let fetched = tokio::time::timeout(crate::app::ADVOWARE_PATIENCE, self.fleet().fetch_employees(None)).await;
        let late = || Problem::new(Kind::AdvowareAway, "Advoware did not list its employees in time. Ask again soon.");
        Ok(fetched.map_err(|_| late())??)
    }

    /// How everybody's calendar stands.
    pub(crate) async fn standings(&self) -> Result<Standings, Problem> {
        let employees = self.employees().await?;
        let left_out = employees.active.difference(&employees.synchronised).cloned().collect();
        let kuerzel: Vec<String> = employees.synchronised.into_iter().collect();
        Ok(Standings { employees: self.ask(self.standings_of(kuerzel)).await?, left_out })
    }

    /// How the calendars of these employees stand.
    pub(crate) async fn standings_of(&self, kuerzel: Vec<String>) -> Result<Vec<Standing>, Problem> {
        let fleet = self.fleet();
        let (reports, held, calendars) = (fleet.reports(), fleet.held(), fleet.calendars());
        let (last, mut reports, mut held, mut drift, mut calendars) = tokio::try_join!(
            async { self.queue().last_runs(&kuerzel).await.map_err(Problem::from) },
            async { reports.last_all().await.map_err(Problem::from) },
            async { held.held_all().await.map_err(Problem::from) },
            async { fleet.reports().drift().await.map_err(Problem::from) },
            async { calendars.all().await.map_err(Problem::from) },
        )?;
        let of = |(kuerzel, last): (String, LastRun)| Standing {
            calendar: calendars.remove(&kuerzel),
            report: reports.remove(&kuerzel),
            held: held.remove(&kuerzel).unwrap_or_default(),
            drift: drift.remove(&kuerzel),
            last,
            kuerzel,
        };
        Ok(kuerzel.clone().into_iter().zip(last).map(of).collect())
    }

    /// How one employee's calendar stands.
    pub(crate) async fn standing(&self, kuerzel: &str) -> Result<Standing, Problem> {
        let keys = [kuerzel];
        let fleet = self.fleet();
        let (reports, held, calendars) = (fleet.reports(), fleet.held(), fleet.calendars());
        let (last, report, held, drift, calendar): (Vec<LastRun>, _, _, BTreeMap<String, Drift>, _) = tokio::try_join!(
            async { self.queue().last_runs(&keys).await.map_err(Problem::from) },
            async { reports.last(kuerzel).await.map_err(Problem::from) },
            async { held.held(kuerzel).await.map_err(Problem::from) },
            async { fleet.reports().drift().await.map_err(Problem::from) },
            async { calendars.get(kuerzel).await.map_err(Problem::from) },
        )?;
        Ok(Standing {
            kuerzel: kuerzel.to_owned(),
            calendar,
            last: last.into_iter().next().unwrap_or_default(),
            report,
            held,
            drift: drift.get(kuerzel).cloned(),
        })
    }
}
