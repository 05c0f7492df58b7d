//! The scheduler's lead and firings.

use std::time::Duration;

use advosync_queue::{Firing, Origin, Trigger};
use advosync_testkit::wait_until;

use crate::support::Bench;

#[tokio::test]
async fn a_planned_time_fires_once_fleet_wide() {
    let bench = Bench::new();
    let trigger = Trigger::new("ALL", Origin::Cron);
    assert_eq!(bench.queue.last_firing("0 3 * * *").await.unwrap(), None);
    let both =
        tokio::join!(bench.queue.fire("0 3 * * *", 1_000_000, &trigger), bench.queue.fire("0 3 * * *", 1_000_000, &trigger),);
    let fired = [both.0.unwrap(), both.1.unwrap()];
    assert_eq!(fired.iter().filter(|firing| **firing == Firing::AlreadyFired).count(), 1);
    assert_eq!(bench.queue.last_firing("0 3 * * *").await.unwrap(), Some(1_000_000));
    assert_eq!(bench.queue.fire("0 3 * * *", 999_999, &trigger).await.unwrap(), Firing::AlreadyFired);
    let Firing::Fired(next) = bench.queue.fire("0 3 * * *", 2_000_000, &trigger).await.unwrap() else {
        panic!("the next planned time fires");
    };
    assert!(next.joined(), "a due fan-out joins the unfinished one");
    bench.queue.begin_schedule("30 2 * * *", 5).await.unwrap();
    bench.queue.begin_schedule("30 2 * * *", 9).await.unwrap();
    assert_eq!(bench.queue.last_firing("30 2 * * *").await.unwrap(), Some(5));
}

#[tokio::test]
async fn one_leads_and_the_lead_changes_hands() {
    let bench = Bench::new();
    let ttl = Duration::from_millis(400);
    assert!(bench.queue.lead("a", ttl, Some(7)).await.unwrap());
    assert!(!bench.queue.lead("b", ttl, None).await.unwrap());
    assert!(bench.queue.lead("a", ttl, Some(8)).await.unwrap());
    let info = bench.queue.scheduler().await.unwrap();
    assert_eq!((info.leader.as_deref(), info.next_firing_ms), (Some("a"), Some(8)));
    bench.queue.resign("b").await.unwrap();
    assert!(!bench.queue.lead("b", ttl, None).await.unwrap(), "only the leader can resign");
    bench.queue.resign("a").await.unwrap();
    assert!(bench.queue.lead("b", ttl, None).await.unwrap());
    wait_until("a silent leader loses the lead", async || bench.queue.lead("a", ttl, None).await.unwrap()).await;
}
