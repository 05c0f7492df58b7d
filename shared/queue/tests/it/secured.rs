//! A user with the least access that suffices.

use std::time::Duration;

use advosync_queue::{
    Finding, Origin, Outcome, Queue, RunStatus, Severity, Trigger,
    link::{LinkError, Redis, RedisSettings},
};
use advosync_testkit::wait_until;
use serde_json::json;

use crate::support::{Bench, Worker, answer, settings};

/// The rules that the README lists.
pub(crate) fn least_access() -> String {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```text\n").unwrap();
    let (rules, _) = rest.split_once("```").unwrap();
    format!("resetkeys {}", rules.replace("{shop}", "{t}").split_whitespace().collect::<Vec<_>>().join(" "))
}

fn as_user(bench: &Bench, user: &str, rules: &str) -> Queue {
    bench.ask::<()>(&format!("ACL SETUSER {user} on >secret {rules}"));
    let url = bench.server.url(1).replace("redis://", &format!("redis://{user}:secret@"));
    let settings_ = RedisSettings::from_url(&url).unwrap().with_timeout(Duration::from_secs(2));
    Queue::new(Redis::new(settings_).unwrap(), settings())
}

#[tokio::test]
async fn the_least_access_suffices() {
    let bench = Bench::new();
    let queue = as_user(&bench, "least", &least_access());
    let worker = Worker::start(&queue, 2, answer(|_| Outcome::succeeded(json!(null), true)));
    let run = queue.trigger(&Trigger::new("PB", Origin::Person)).await.unwrap();
    wait_until("it ran", async || queue.run(&run.run_id).await.unwrap().unwrap().status == RunStatus::Succeeded).await;
    queue.housekeeping(&("0".to_owned(), "0".to_owned())).await.unwrap();
    let findings = queue.doctor().await;
    let access: &Finding = findings.iter().find(|finding| finding.check == "access").unwrap();
    assert_eq!(access.severity, Severity::Ok, "{access:?}");
    assert!(findings.iter().any(|finding| finding.found.contains("CONFIG is not allowed")), "{findings:?}");
    worker.stop().await;
    bench.assert_nothing_left();
}

#[tokio::test]
async fn too_little_access_is_named() {
    let bench = Bench::new();
    let queue = as_user(&bench, "little", &least_access().replace("+xclaim", "-xclaim").replace("+hscan", "-hscan"));
    let findings = queue.doctor().await;
    let access = findings.iter().find(|finding| finding.check == "access").unwrap();
    assert_eq!((access.severity, access.found.as_str()), (Severity::Error, "not allowed: XCLAIM, HSCAN"));
    let stranger = as_user(&bench, "stranger", "resetkeys ~other:* -@all +ping");
    let denied = stranger.redis().time_ms().await;
    assert!(matches!(denied, Err(LinkError::Denied(_))), "{denied:?}");
}
