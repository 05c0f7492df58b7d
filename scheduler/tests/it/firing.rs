//! What the schedulers fire, whichever of them leads.

use std::sync::Arc;
use std::time::Duration;

use advosync_config::{MapSource, ScheduleConfig, Settings as _};
use advosync_queue::link::{Redis, RedisSettings};
use advosync_queue::{Accepted, Origin, Queue, RunFilter, Settings, Trigger};
use advosync_scheduler::Scheduler;
use advosync_state::{ChannelRecord, Channels, State};
use advosync_telemetry::Metrics;
use advosync_testkit::RedisServer;
use chrono::{DateTime, TimeDelta, Utc};

/// Comes true every minute.
const EACH_MINUTE: &str = "* * * * *";

/// Comes true at midnight of the day that is so many days away.
fn in_days(days: i64) -> String {
    (Utc::now() + TimeDelta::days(days)).format("0 0 %-d %-m *").to_string()
}

struct World {
    _server: RedisServer,
    queue: Queue,
}

impl World {
    fn start() -> Self {
        let server = RedisServer::start().unwrap();
        let settings = RedisSettings::from_url(&server.url(0)).unwrap();
        let redis = Redis::new(settings.with_timeout(Duration::from_secs(2))).unwrap();
        let settings = Settings { item: "employee".into(), key_field: "kuerzel".into(), ..Settings::default() };
        Self { _server: server, queue: Queue::new(redis, settings) }
    }

    fn scheduler(&self, cron: &str, poll: &str) -> Scheduler {
        let variables = [
            ("CALENDAR_SYNC_CRON", cron.to_owned()),
            ("CALENDAR_SYNC_POLL", poll.to_owned()),
            ("CALENDAR_SYNC_POLL_HOURS", "Mon-Sun 00-24".to_owned()),
        ];
        let source: MapSource = variables.into_iter().collect();
        let schedule = ScheduleConfig::from_source(&source).unwrap();
        Scheduler::new(self.queue.clone(), schedule, Arc::new(Metrics::new("advosync-scheduler", "test", Arc::default())))
    }

    async fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(i64::try_from(self.queue.redis().time_ms().await.unwrap()).unwrap()).unwrap()
    }

    /// Notes that a schedule fired so long ago.
    async fn fired(&self, schedule: &str, ago: TimeDelta) {
        let planned = (self.now().await - ago).timestamp_millis();
        self.queue.begin_schedule(schedule, u64::try_from(planned).unwrap()).await.unwrap();
    }

    async fn waiting(&self) -> u64 {
        self.queue.stats().await.unwrap().waiting
    }
}

#[tokio::test]
async fn a_first_start_makes_up_for_nothing_and_what_was_missed_is_fired_once_by_one() {
    let world = World::start();
    let mut first = world.scheduler(&in_days(0), "off");
    first.look().await.unwrap();
    first.resign().await;
    assert_eq!(world.waiting().await, 0, "nothing is known of this midnight");
    world.fired(EACH_MINUTE, TimeDelta::hours(3)).await;
    let (mut one, mut other) = (world.scheduler(EACH_MINUTE, "off"), world.scheduler(EACH_MINUTE, "off"));
    for _ in 0..3 {
        one.look().await.unwrap();
        other.look().await.unwrap();
    }
    // Should a minute have begun meanwhile, its firing has joined.
    assert_eq!(world.waiting().await, 1);
    assert_eq!(world.queue.runs(&RunFilter::default(), None, 9).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn what_was_missed_for_more_than_a_day_is_not_made_up_for() {
    let world = World::start();
    let cron = in_days(-3);
    world.fired(&cron, TimeDelta::days(30)).await;
    let mut scheduler = world.scheduler(&cron, "off");
    scheduler.look().await.unwrap();
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn the_lead_changes_hands_at_once_where_it_is_given_up() {
    let world = World::start();
    world.fired(EACH_MINUTE, TimeDelta::hours(3)).await;
    let (mut leader, mut standby) = (world.scheduler(&in_days(100), "off"), world.scheduler(EACH_MINUTE, "off"));
    leader.look().await.unwrap();
    standby.look().await.unwrap();
    assert_eq!(world.waiting().await, 0, "only the leader fires");
    leader.resign().await;
    standby.look().await.unwrap();
    assert_eq!(world.waiting().await, 1);
}

#[tokio::test]
async fn the_poll_fires_when_its_time_has_come_and_not_before() {
    let world = World::start();
    world.fired("poll", TimeDelta::minutes(4)).await;
    let mut scheduler = world.scheduler(&in_days(100), "5m");
    scheduler.look().await.unwrap();
    assert_eq!(world.waiting().await, 0);

    let world = World::start();
    world.fired("poll", TimeDelta::minutes(6)).await;
    let mut scheduler = world.scheduler(&in_days(100), "5m");
    scheduler.look().await.unwrap();
    scheduler.look().await.unwrap();
    assert_eq!(world.waiting().await, 1);
}

#[tokio::test]
async fn a_push_channel_that_is_due_gets_a_run_and_is_asked_for_once() {
    let world = World::start();
    let channels = Channels::new(&State::new(world.queue.redis().clone(), world.queue.keys().clone()));
    let now = world.now().await;
    for (kuerzel, renew_in) in [("PB", -1), ("AI", 600)] {
        let channel = ChannelRecord {
            id: format!("channel-{kuerzel}"),
            resource_id: "r".into(),
            expires_at: Some(now + TimeDelta::seconds(900)),
            renew_at: Some(now + TimeDelta::seconds(renew_in)),
            calendar: "c".into(),
        };
        channels.put(None, kuerzel, &channel).await.unwrap();
    }
    let (mut one, mut other) = (world.scheduler(&in_days(100), "off"), world.scheduler(&in_days(100), "off"));
    one.look().await.unwrap();
    one.look().await.unwrap();
    other.look().await.unwrap();
    assert_eq!(world.waiting().await, 1);
    for (kuerzel, accepted) in [("PB", Accepted::Joined), ("AI", Accepted::Queued)] {
        assert_eq!(world.queue.trigger(&Trigger::new(kuerzel, Origin::Person)).await.unwrap().accepted, accepted);
    }
}
