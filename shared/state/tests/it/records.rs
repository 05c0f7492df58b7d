//! Records by employee.

use std::time::Duration;

use advosync_queue::link::LinkError;
use advosync_state::{CalendarRecord, Calendars, ChannelRecord, Channels, Drift, EmployeeLists, Reports};
use advosync_sync::run::Report;

use crate::support::Bench;

fn calendar(id: &str) -> CalendarRecord {
    CalendarRecord { id: id.into(), name: "AW-PB".into(), ..CalendarRecord::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_are_kept_under_the_lease() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let calendars = Calendars::new(&bench.state);
    calendars.put(Some(&leased.guard), "PB", &calendar("c1")).await.unwrap();
    calendars.put(None, "AI", &calendar("c2")).await.unwrap();
    assert_eq!(calendars.get("PB").await.unwrap(), Some(calendar("c1")));
    assert_eq!(calendars.all().await.unwrap().len(), 2);
    let stale = leased.guard.clone();
    bench.end(leased).await;
    assert!(matches!(calendars.put(Some(&stale), "PB", &calendar("c3")).await, Err(LinkError::StaleLease)));
    assert!(matches!(calendars.remove(Some(&stale), "PB", &calendar("c1")).await, Err(LinkError::StaleLease)));
    assert!(!calendars.remove(None, "PB", &calendar("c9")).await.unwrap(), "it is another by now");
    assert!(calendars.remove(None, "PB", &calendar("c1")).await.unwrap());
    assert_eq!(calendars.get("PB").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_makes_a_calendar() {
    let bench = Bench::new();
    let (here, there) = (Calendars::new(&bench.state), Calendars::new(&bench.another_state()));
    let long = Duration::from_secs(60);
    let lock = here.try_lock("PB", long).await.unwrap().expect("free");
    assert!(there.try_lock("PB", long).await.unwrap().is_none());
    assert!(there.try_lock("AI", long).await.unwrap().is_some(), "another's");
    here.unlock(lock).await.unwrap();
    let dead = there.try_lock("PB", Duration::from_millis(1)).await.unwrap().expect("free again");
    advosync_testkit::wait_until("a dead one's lock ends", async || here.try_lock("PB", long).await.unwrap().is_some()).await;
    there.unlock(dead).await.unwrap();
    assert!(there.try_lock("PB", long).await.unwrap().is_none(), "who lost it can't give it back");
}

#[tokio::test(flavor = "multi_thread")]
async fn employees_channels_reports_and_drift_are_remembered() {
    let mut bench = Bench::new();
    let state = bench.state.clone();
    let employees = EmployeeLists::new(&state);
    assert_eq!(employees.get().await.unwrap(), None);
    employees.put(None, &["PB".into(), "AI".into()]).await.unwrap();
    let list = employees.get().await.unwrap().unwrap();
    assert_eq!(list.kuerzel, ["PB", "AI"]);
    let now = state.redis().time_ms().await.unwrap() as i64;
    assert!((now - list.fetched_at.timestamp_millis()) < 10_000);

    let channels = Channels::new(&state);
    let (expires_at, renew_at) = (Some(list.fetched_at), None);
    let channel = ChannelRecord { id: "ch".into(), resource_id: "r".into(), expires_at, renew_at, calendar: "c".into() };
    channels.put(None, "PB", &channel).await.unwrap();
    assert_eq!(channels.get("PB").await.unwrap().as_ref(), Some(&channel));
    assert!(channel.is_due(list.fetched_at));
    assert!(channels.remove(None, "PB", &channel).await.unwrap());
    assert!(channels.all().await.unwrap().is_empty());

    let leased = bench.lease("PB").await;
    let mut report = Report::default();
    report.appointments = 12;
    bench.store(&leased.guard).put_report(&report, false).await.unwrap();
    let reports = Reports::new(&state);
    assert!(reports.of_run("run-1").await.unwrap().is_none(), "a run that did nothing has no record");
    bench.store(&leased.guard).put_report(&report, true).await.unwrap();
    let last = reports.last("PB").await.unwrap().unwrap();
    assert_eq!((last.run_id.as_str(), last.report.appointments), ("run-1", 12));
    assert_eq!(reports.of_run("run-1").await.unwrap().unwrap().at, last.at);
    assert_eq!(reports.last_all().await.unwrap().len(), 1);

    let drift = Drift { checked_at: list.fetched_at, missing: 1, extra: 2, different: 3 };
    reports.put_drift(None, "PB", &drift).await.unwrap();
    assert_eq!(reports.drift().await.unwrap()["PB"], drift);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_another_version_counts_as_lost() {
    let bench = Bench::new();
    bench.ask::<i64>(&["HSET", "{t}:calendars", "PB", "{\"of\":\"tomorrow\"}"]);
    assert_eq!(Calendars::new(&bench.state).get("PB").await.unwrap(), None);
    assert!(Calendars::new(&bench.state).all().await.unwrap().is_empty());
}
