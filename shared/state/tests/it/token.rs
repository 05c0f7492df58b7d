//! The fleet's token: fetched once, sealed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use advosync_advoware::{SharedToken, TokenStore};
use advosync_state::FleetToken;
use advosync_testkit::wait_until;
use chrono::{DateTime, TimeDelta};
use secrecy::ExposeSecret;

use crate::support::Bench;

const SECRET: &str = "eyJhbGciOiJIUzI1NiJ9.secret";
const TTL: Duration = Duration::from_secs(15);

fn store(state: &advosync_state::State, password: &str) -> FleetToken {
    FleetToken::new(state, &"api-key".to_owned().into(), &password.to_owned().into())
}

fn token() -> SharedToken {
    let obtained_at = DateTime::from_timestamp_millis(1_800_000_000_000).unwrap();
    SharedToken {
        access_token: SECRET.to_owned().into(),
        obtained_at,
        expires_at: obtained_at + TimeDelta::minutes(55),
        account: "a".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_kept_sealed() {
    let bench = Bench::new();
    let here = store(&bench.state, "geheim");
    assert!(here.load().await.unwrap().is_none());
    let lock = here.try_lock(TTL).await.unwrap().expect("free");
    here.finish(lock, Some(&token())).await.unwrap();
    let there = store(&bench.another_state(), "geheim").load().await.unwrap().expect("kept");
    assert_eq!(there.access_token.expose_secret(), SECRET);
    let raw: Vec<u8> = bench.ask(&["GET", "{t}:advoware:token"]);
    assert!(!String::from_utf8_lossy(&raw).contains("eyJ"));
    assert!(store(&bench.state, "other").load().await.unwrap().is_none(), "another password opens nothing");
    assert!(bench.ask::<i64>(&["TTL", "{t}:advoware:token"]) > 55 * 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_lock_keeps_no_token() {
    let bench = Bench::new();
    let here = store(&bench.state, "geheim");
    let lost = here.try_lock(Duration::from_millis(1)).await.unwrap().expect("free");
    wait_until("the lock ends by itself", async || !bench.ask::<bool>(&["EXISTS", "{t}:advoware:token:lock"])).await;
    let lock = here.try_lock(TTL).await.unwrap().expect("free again");
    here.finish(lost, Some(&token())).await.unwrap();
    assert!(here.load().await.unwrap().is_none());
    assert!(here.try_lock(TTL).await.unwrap().is_none(), "the lock is the other's");
    here.finish(lock, None).await.unwrap();
    assert!(here.try_lock(TTL).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_who_need_a_token_fetch_one() {
    let bench = Bench::new();
    let fetched = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (store, fetched) = (store(&bench.another_state(), "geheim"), Arc::clone(&fetched));
            tokio::spawn(async move {
                loop {
                    if store.load().await.unwrap().is_some() {
                        return;
                    }
                    if let Some(lock) = store.try_lock(TTL).await.unwrap() {
                        let kept = store.load().await.unwrap().is_some();
                        if !kept {
                            fetched.fetch_add(1, Ordering::Relaxed);
                        }
                        store.finish(lock, (!kept).then(token).as_ref()).await.unwrap();
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(fetched.load(Ordering::Relaxed), 1);
}
