use std::time::{Duration, Instant};

use advosync_simulators::{ErrorPage, Fault, FaultRule};
use reqwest::Method;

use crate::support::{Advoware, Google, appointment, event};

fn status(status: u16, page: ErrorPage) -> Fault {
    Fault::Status { status, page, reason: None, retry_after: Some(3), after_work: false }
}

#[tokio::test]
async fn error_answers_come_in_the_systems_form_or_as_html() {
    let google = Google::start().await;
    let inject = |fault: Fault| {
        let rule = FaultRule::new(fault).on("calendarList").times(1);
        google.simulator.inject(rule).expect("a rule");
    };
    inject(status(503, ErrorPage::Json));
    let answer = google.get("users/me/calendarList").await;
    assert_eq!(answer.headers["retry-after"], "3");
    answer.refused(503, "backendError");
    google.get("users/me/calendarList").await.good();
    inject(status(500, ErrorPage::Html));
    let page = google.get("users/me/calendarList").await;
    assert!(page.status == 500 && page.body.to_string().contains("<html>"));
    inject(status(401, ErrorPage::Empty));
    let empty = google.get("users/me/calendarList").await;
    assert_eq!((empty.status, empty.body.as_str()), (401, Some("")));
    assert_eq!(google.simulator.counters().faults["status"], 3);
}

#[tokio::test]
async fn work_is_done_or_not_when_the_connection_drops() {
    let advoware = Advoware::start().await;
    let create = || advoware.request(Method::POST, "Termine").json(&appointment("2026-07-01")).send();
    let held = || advoware.simulator.state().appointments.len();
    let rule = |fault| FaultRule::new(fault).on("Termine").method("post").times(1);
    advoware.simulator.inject(rule(Fault::DropBefore)).expect("a rule");
    assert!(create().await.is_err());
    assert_eq!(held(), 0);
    advoware.simulator.inject(rule(Fault::DropAfter)).expect("a rule");
    assert!(create().await.is_err());
    assert_eq!(held(), 1);
    let mut after_work = status(500, ErrorPage::Html);
    if let Fault::Status { after_work, .. } = &mut after_work {
        *after_work = true;
    }
    advoware.simulator.inject(rule(after_work)).expect("a rule");
    assert_eq!(create().await.expect("an answer").status(), 500);
    assert_eq!(held(), 2);
    assert_eq!(advoware.simulator.counters().statuses[&0], 2);
}

#[tokio::test]
async fn a_body_breaks_off() {
    let google = Google::start().await;
    let rule = FaultRule::new(Fault::HalfBody).times(1);
    google.simulator.inject(rule).expect("a rule");
    let answer = google.request(Method::GET, "users/me/calendarList").send().await;
    let answer = answer.expect("a beginning");
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
    google.get("users/me/calendarList").await.good();
}

#[tokio::test]
async fn one_employee_hangs_and_the_others_do_not() {
    let advoware = Advoware::start().await;
    let rule = FaultRule::new(Fault::Hang { ms: None }).on("kuerzel=PB");
    advoware.simulator.inject(rule).expect("a rule");
    let query = "Termine?from=2026-01-01&to=2027-01-01&kuerzel=";
    let hanging = advoware.request(Method::GET, &format!("{query}PB")).timeout(Duration::from_millis(200)).send();
    assert!(hanging.await.is_err_and(|error| error.is_timeout()));
    advoware.get(&format!("{query}AI")).await.good();
    advoware.simulator.clear_faults();
    advoware.get(&format!("{query}PB")).await.good();
}

#[tokio::test]
async fn latency_adds_up_with_other_faults() {
    let google = Google::start().await;
    let late = FaultRule::new(Fault::Latency { ms: 80, jitter_ms: 10 });
    google.simulator.inject(late).expect("a rule");
    let bad = FaultRule::new(status(500, ErrorPage::Json)).after(1).times(1);
    google.simulator.inject(bad).expect("a rule");
    let started = Instant::now();
    google.get("users/me/calendarList").await.good();
    assert_eq!(google.get("users/me/calendarList").await.status, 500);
    assert!(started.elapsed() >= Duration::from_millis(160));
    let broken = FaultRule::new(Fault::DropBefore).on("(");
    assert!(google.simulator.inject(broken).is_err());
}

#[tokio::test]
async fn a_share_of_all_requests_is_hit() {
    let google = Google::start().await;
    google.simulator.behave(|switches| switches.quota.enabled = false);
    let rule = FaultRule::new(status(500, ErrorPage::Json)).probability(0.2);
    google.simulator.inject(rule).expect("a rule");
    let mut failures = 0;
    for _ in 0..300 {
        failures += u32::from(google.get("users/me/calendarList").await.status == 500);
    }
    assert!((30..=90).contains(&failures), "{failures} of 300");
}

#[tokio::test]
async fn requests_are_counted_by_template() {
    let google = Google::start().await;
    let events = google.calendar("AW-PB").await;
    let made = google.post(&events, event("a", "2026-07-01")).await.good();
    google.get(&format!("{events}/{}", made.text("id"))).await.good();
    google.get("users/me/calendarList").await.good();
    let counters = google.simulator.counters();
    for (template, count) in [
        ("POST /calendar/v3/calendars/{calendarId}/events", 1),
        ("GET /calendar/v3/calendars/{calendarId}/events/{eventId}", 1),
        ("GET /calendar/v3/users/me/calendarList", 1),
        ("POST /token", 1),
    ] {
        assert_eq!(counters.requests.get(template), Some(&count), "{template} in {counters:?}");
    }
    assert_eq!(counters.total_writes(), 2);
    assert_eq!(counters.in_flight_peak, 1);
    google.simulator.reset_counters();
    assert_eq!(google.simulator.counters().total_requests(), 0);
}

#[tokio::test]
async fn the_most_requests_at_a_time_are_counted() {
    let advoware = Advoware::start().await;
    advoware.simulator.inject(FaultRule::new(Fault::Latency { ms: 300, jitter_ms: 0 })).expect("a rule");
    let ask = || advoware.get("Mitarbeiter");
    tokio::join!(ask(), ask(), ask());
    assert_eq!(advoware.simulator.counters().in_flight_peak, 3);
}
