//! The quotas against another side that counts in a sliding window.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use advosync_google::{Ask, Kind, Quota, QuotaError};
use advosync_state::{FleetQuota, QuotaLimits};

use crate::support::Bench;

const PATIENCE: Duration = Duration::from_secs(10);

fn ask(kind: Kind, quota_user: &str, urgent: bool) -> Ask<'_> {
    Ask { kind, quota_user, patience: PATIENCE, urgent }
}

/// The other side: what was let through lately, by user and all together.
#[derive(Debug, Default)]
struct Google {
    seen: HashMap<String, VecDeque<Instant>>,
    passed: usize,
    refused: usize,
}

impl Google {
    fn admit(&mut self, user: &str, limits: QuotaLimits) -> bool {
        let now = Instant::now();
        let room = |seen: &mut VecDeque<Instant>, limit: u32| {
            while seen.front().is_some_and(|first| now - *first >= limits.window) {
                seen.pop_front();
            }
            seen.len() < limit as usize
        };
        let fits = room(self.seen.entry(user.to_owned()).or_default(), limits.per_user)
            && room(self.seen.entry("all".to_owned()).or_default(), limits.per_project);
        if fits {
            for name in [user, "all"] {
                self.seen.get_mut(name).unwrap().push_back(now);
            }
            self.passed += 1;
        } else {
            self.refused += 1;
        }
        fits
    }
}

/// Eight workers, each with its own connections, send as fast as they may.
async fn load(bench: &Bench, believed: QuotaLimits, real: QuotaLimits, users: usize, span: Duration) -> Google {
    let google = Arc::new(Mutex::new(Google::default()));
    let end = Instant::now() + span;
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let quota = FleetQuota::new(&bench.another_state(), believed);
            let google = Arc::clone(&google);
            let user = format!("user{}", worker % users);
            tokio::spawn(async move {
                while Instant::now() < end {
                    quota.acquire(ask(Kind::Write, &user, false)).await.unwrap();
                    let admitted = google.lock().unwrap().admit(&user, real);
                    if !admitted {
                        quota.refused(Kind::Write, &user, None).await;
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    Arc::try_unwrap(google).unwrap().into_inner().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_workers_use_nearly_all_of_a_users_quota_and_are_refused_nearly_never() {
    let bench = Bench::new();
    let limits = QuotaLimits { per_user: 300, per_project: 10_000, window: Duration::from_secs(3) };
    let google = load(&bench, limits, limits, 1, limits.window * 3).await;
    let (sent, possible) = (google.passed + google.refused, 300 * 3);
    assert!(google.refused * 100 < sent, "{} of {sent} were refused", google.refused);
    assert!(google.passed * 10 > possible * 9, "{} of {possible} were used", google.passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_users_share_the_projects_quota() {
    let bench = Bench::new();
    let limits = QuotaLimits { per_user: 300, per_project: 600, window: Duration::from_secs(3) };
    let google = load(&bench, limits, limits, 8, limits.window * 2).await;
    let (sent, possible) = (google.passed + google.refused, 600 * 2);
    assert!(google.refused * 100 < sent, "{} of {sent} were refused", google.refused);
    assert!(google.passed * 10 > possible * 9, "{} of {possible} were used", google.passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_limit_is_lower_than_believed_the_fleet_slows_down_to_it() {
    let bench = Bench::new();
    let believed = QuotaLimits { per_user: 600, per_project: 10_000, window: Duration::from_secs(1) };
    let real = QuotaLimits { per_user: 300, ..believed };
    let google = load(&bench, believed, real, 1, believed.window * 6).await;
    let sent = google.passed + google.refused;
    assert!(google.refused * 20 < sent, "{} of {sent} were refused", google.refused);
    assert!(google.passed > 300 * 6 / 2, "{} got through", google.passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_request_overtakes_the_mass() {
    let bench = Bench::new();
    let quota = FleetQuota::new(&bench.state, QuotaLimits::per_minute(600, 10_000));
    let mut wait = Duration::ZERO;
    while wait.is_zero() || wait < Duration::from_millis(20) {
        wait = quota.acquire(ask(Kind::Read, "u", false)).await.unwrap();
    }
    let urgent = quota.acquire(ask(Kind::Read, "u", true)).await.unwrap();
    assert!(urgent < Duration::from_millis(20), "waited {urgent:?}, the mass {wait:?}");
    assert!(
        quota.acquire(ask(Kind::Read, "other", false)).await.unwrap() < Duration::from_millis(20),
        "another user waits for nobody"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_pauses_the_user_and_all_once_it_meets_two() {
    let bench = Bench::new();
    let quota = FleetQuota::new(&bench.another_state(), QuotaLimits::per_minute(600, 10_000));
    let other_process = FleetQuota::new(&bench.state, QuotaLimits::per_minute(600, 10_000));
    quota.refused(Kind::Write, "a", Some(Duration::from_secs(30))).await;
    let Err(QuotaError::TooLong { retry_after }) = other_process.acquire(ask(Kind::Write, "a", true)).await else {
        panic!("the pause is longer than anybody's patience")
    };
    assert!((Duration::from_secs(29)..=Duration::from_secs(31)).contains(&retry_after), "{retry_after:?}");
    assert!(other_process.acquire(ask(Kind::Write, "b", false)).await.is_ok(), "one calendar's trouble");
    quota.refused(Kind::Write, "b", Some(Duration::from_secs(20))).await;
    let refusal = other_process.acquire(ask(Kind::Write, "c", true)).await;
    assert!(matches!(refusal, Err(QuotaError::TooLong { .. })), "two users' trouble is everybody's: {refusal:?}");
    assert!(other_process.acquire(ask(Kind::Read, "c", true)).await.is_ok(), "another kind");
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_are_made_freely_until_google_refuses_and_then_at_a_distance() {
    let bench = Bench::new();
    let limits = QuotaLimits { per_user: 6_000, per_project: 10_000, window: Duration::from_secs(6) };
    let quota = FleetQuota::new(&bench.state, limits);
    let began = Instant::now();
    for _ in 0..60 {
        quota.acquire(ask(Kind::CreateCalendar, "calendars", false)).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1));
    // 6 s stand for a minute: the first distance is 200 ms, after the second refusal 400 ms.
    for distance in [200, 400] {
        quota.refused(Kind::CreateCalendar, "calendars", None).await;
        let began = Instant::now();
        for _ in 0..3 {
            quota.acquire(ask(Kind::CreateCalendar, "calendars", false)).await.unwrap();
        }
        let expected = Duration::from_millis(distance);
        assert!(began.elapsed() >= expected * 3 - Duration::from_millis(60), "{distance}: {:?}", began.elapsed());
        assert!(began.elapsed() < expected * 6, "{distance}: {:?}", began.elapsed());
    }
    assert!(quota.acquire(ask(Kind::Share, "calendars", false)).await.unwrap() < Duration::from_millis(100), "another kind");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_a_quiet_quota() {
    let mut bench = Bench::new();
    let quota =
        FleetQuota::new(&bench.state, QuotaLimits { per_user: 100, per_project: 100, window: Duration::from_millis(100) });
    quota.acquire(ask(Kind::Write, "u", false)).await.unwrap();
    quota.refused(Kind::Write, "u", None).await;
    quota.refused(Kind::Share, "u", None).await;
    advosync_testkit::wait_until("all of it has ended", async || bench.ask::<Vec<String>>(&["KEYS", "{t}:quota:*"]).is_empty())
        .await;
    bench.server.kill().unwrap();
    assert_eq!(quota.acquire(ask(Kind::Write, "u", false)).await, Err(QuotaError::Away));
    quota.refused(Kind::Write, "u", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_shrinks_with_each_request_and_grows_again() {
    let bench = Bench::new();
    // A burst of 4, and one more each 1.1 s.
    let limits = QuotaLimits { per_user: 100, per_project: 100, window: Duration::from_secs(100) };
    let quota = FleetQuota::new(&bench.state, limits);
    assert_eq!(quota.left().await.unwrap(), 4.0);
    for left in [3.0, 2.0] {
        quota.acquire(ask(Kind::Read, "u", true)).await.unwrap();
        assert!(quota.left().await.unwrap() >= left);
    }
    assert!(quota.left().await.unwrap() < 4.0);
    advosync_testkit::wait_until("all of it is back", async || quota.left().await.unwrap() == 4.0).await;
}
