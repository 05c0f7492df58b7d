//! The run's store: one step, one lease.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use advosync_state::{LookStore, Reports};
use advosync_sync::fingerprint::KeyRing;
use advosync_sync::form::FieldSet;
use advosync_sync::mirror::Made;
use advosync_sync::plan::{HeldItem, HeldOperation, Reason};
use advosync_sync::ports::{FailureKind, MirrorStep, Side, Store, Verb, Write};
use advosync_sync::run::Report;

use crate::support::Bench;

pub(crate) fn made(token: &str) -> Made {
    let key = KeyRing::new([b"k"]).current().id().clone();
    Made { version: Made::VERSION, key, calendar: "c".into(), sync_token: token.into() }
}

pub(crate) fn put(items: &[(&str, &str)]) -> MirrorStep {
    let put = items.iter().map(|(id, item)| ((*id).to_owned(), (*item).to_owned())).collect();
    MirrorStep { put, ..MirrorStep::default() }
}

pub(crate) fn held(event_id: &str) -> HeldItem {
    HeldItem { side: Side::Google, operation: HeldOperation::Delete, frnr: Some(7), event_id: Some(event_id.into()) }
}

async fn mirror(store: &impl Store) -> Option<(String, Vec<(String, String)>)> {
    let (made, mut items) = store.load().await.unwrap().mirror?;
    items.sort();
    Some((made.sync_token, items))
}

fn items(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    put(pairs).put
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_changes_with_its_token() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let store = bench.store(&leased.guard);
    assert_eq!(mirror(&store).await, None);
    store.amend_mirror("a", "0").await.unwrap();
    assert_eq!(mirror(&store).await, None, "there is nothing to amend");
    store.save_mirror(&made("1"), &put(&[("a", "1"), ("b", "1")])).await.unwrap();
    store.amend_mirror("b", "2").await.unwrap();
    assert_eq!(mirror(&store).await, Some(("1".into(), items(&[("a", "1"), ("b", "2")]))));
    let step = MirrorStep { remove: vec!["a".into()], ..put(&[("c", "3")]) };
    store.save_mirror(&made("2"), &step).await.unwrap();
    assert_eq!(mirror(&store).await, Some(("2".into(), items(&[("b", "2"), ("c", "3")]))));
    store.save_mirror(&made("3"), &MirrorStep { replace: true, ..put(&[("d", "4")]) }).await.unwrap();
    assert_eq!(mirror(&store).await, Some(("3".into(), items(&[("d", "4")]))));
    assert_eq!(mirror(&LookStore::new(&bench.state, "PB")).await, mirror(&store).await);
    assert_eq!(mirror(&LookStore::new(&bench.state, "AI")).await, None, "another's");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_steps_go_through_and_load_fast() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let store = bench.store(&leased.guard);
    let item = "x".repeat(400);
    let all: Vec<_> = (0..10_000).map(|n| (format!("event{n:05}"), item.clone())).collect();
    store.save_mirror(&made("1"), &MirrorStep { put: all.clone(), ..MirrorStep::default() }).await.unwrap();
    store.load().await.unwrap();
    let began = Instant::now();
    let (_, loaded) = store.load().await.unwrap().mirror.unwrap();
    assert!(began.elapsed() < Duration::from_millis(500), "far beyond what a build without optimisation takes");
    assert_eq!(loaded.len(), all.len());
    let remove = all.into_iter().skip(1).map(|(id, _)| id).collect();
    store.save_mirror(&made("2"), &MirrorStep { remove, ..MirrorStep::default() }).await.unwrap();
    assert_eq!(mirror(&store).await, Some(("2".into(), items(&[("event00000", &item)]))));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reader_sees_half_a_step() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let store = bench.store(&leased.guard);
    let step = |token: &str, ids: std::ops::Range<usize>| {
        let put = ids.map(|n| (format!("event{n}"), token.to_owned())).collect();
        MirrorStep { replace: true, put, ..MirrorStep::default() }
    };
    store.save_mirror(&made("0"), &step("0", 0..3_000)).await.unwrap();
    let look = LookStore::new(&bench.another_state(), "PB");
    let reader = tokio::spawn(async move {
        let mut tokens = std::collections::BTreeSet::new();
        while !tokens.contains("20") {
            let (token, items) = mirror(&look).await.unwrap();
            assert_eq!(items.len(), 3_000, "at token {token}");
            assert!(items.iter().all(|(_, made_at)| *made_at == token), "an item of another step than {token}");
            tokens.insert(token);
        }
    });
    for n in 1..=20 {
        store.save_mirror(&made(&n.to_string()), &step(&n.to_string(), n..n + 3_000)).await.unwrap();
    }
    reader.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_count_for_a_day_and_probes_are_few() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let store = bench.store(&leased.guard);
    for side in [Side::Advoware, Side::Google, Side::Google] {
        store.note_deletion(side, true, None, "e").await.unwrap();
    }
    store.note_deletion(Side::Google, false, Some(7), "buried").await.unwrap();
    let memory = store.load().await.unwrap();
    assert_eq!((memory.recent_deletions, memory.buried), ((1, 2), BTreeMap::from([("buried".to_owned(), 7)])));
    bench.ask::<i64>(&["ZADD", "{t}:buried:PB", "1", "7 buried"]);
    assert!(store.load().await.unwrap().buried.is_empty(), "it is long out of the bin");
    let old = store.now().await.unwrap().timestamp_millis() - 86_400_001;
    let members: Vec<String> = bench.ask(&["ZRANGE", "{t}:deletions:google:PB", "0", "0"]);
    bench.ask::<i64>(&["ZADD", "{t}:deletions:google:PB", &old.to_string(), &members[0]]);
    assert_eq!(store.load().await.unwrap().recent_deletions, (1, 1));
    store.note_deletion(Side::Google, true, Some(8), "f").await.unwrap();
    assert_eq!(bench.ask::<Vec<String>>(&["ZRANGE", "{t}:buried:PB", "0", "-1"]), ["8 f"]);
    assert_eq!(bench.ask::<usize>(&["ZCARD", "{t}:deletions:google:PB"]), 2, "the old one is gone");
    for n in 1..=30 {
        store.remember_probes(&[n, 5]).await.unwrap();
    }
    let probes = store.load().await.unwrap().probes;
    assert_eq!((probes.len(), probes[0], probes[1], probes[15]), (16, 5, 30, 16));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_lease_writes_nothing() {
    let mut bench = Bench::new();
    let first = bench.lease("PB").await;
    let store = bench.store(&first.guard);
    store.save_mirror(&made("1"), &put(&[("a", "1")])).await.unwrap();
    let write = Write {
        side: Side::Google,
        verb: Verb::Update,
        frnr: Some(7),
        event_id: Some("a"),
        fields: FieldSet::ALL,
        reason: Reason::Changed,
        before: None,
        after: None,
    };
    let entry = store.begin(&write).await.unwrap();
    // Somebody else takes over: the lease now holds another attempt's token.
    bench.ask::<()>(&["SET", &first.guard.redis_key(), "somebody else"]);
    let before = dump(&bench);
    let refused = [
        store.save_mirror(&made("2"), &MirrorStep { replace: true, ..MirrorStep::default() }).await,
        store.amend_mirror("a", "2").await,
        store.note_deletion(Side::Google, true, Some(1), "a").await,
        store.remember_probes(&[1]).await,
        store.set_held(&[held("a")]).await,
        store.begin(&write).await.map(drop),
        store.settle(&entry, Some(7)).await,
        store.put_report(&Report::default(), true).await,
    ];
    for (step, outcome) in refused.into_iter().enumerate() {
        let failure = outcome.expect_err("stale");
        assert_eq!(failure.kind, FailureKind::LeaseLost, "step {step}: {failure}");
    }
    assert_eq!(dump(&bench), before, "nothing was written");
    assert!(Reports::new(&bench.state).last("PB").await.unwrap().is_none());
}

/// Everything beside the queue's own keys, as Redis serialises it.
fn dump(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    let mut keys: Vec<String> = bench.ask(&["KEYS", "*"]);
    keys.retain(|key| {
        ["mirror", "deletions", "probes", "held", "released", "journal", "report"].iter().any(|kind| key.contains(kind))
    });
    keys.sort();
    keys.into_iter().map(|key| (key.clone(), bench.ask(&["DUMP", &key]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_every_step_is_unavailable() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let store = bench.store(&leased.guard);
    bench.server.kill().unwrap();
    let failure = store.save_mirror(&made("1"), &MirrorStep::default()).await.expect_err("no redis");
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.code.starts_with("redis."), "{failure}");
    assert!(store.load().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_is_claimed_once_fleet_wide() {
    let bench = Bench::new();
    let night = |day: &str| day.parse().unwrap();
    let (one, other) = (advosync_state::Reports::new(&bench.state), advosync_state::Reports::new(&bench.another_state()));
    assert!(one.claim_night(night("2026-05-04")).await.unwrap());
    assert!(!other.claim_night(night("2026-05-04")).await.unwrap());
    assert!(other.claim_night(night("2026-05-05")).await.unwrap());
}
