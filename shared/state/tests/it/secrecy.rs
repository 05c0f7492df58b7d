//! Nothing that a person wrote stands in Redis in clear.

use advosync_advoware::{SharedToken, TokenStore};
use advosync_state::{FleetToken, NoWaker, RunStore};
use advosync_sync::plan::HeldItem;
use advosync_sync::ports::{Side, Store};
use advosync_sync::run::Report;
use chrono::DateTime;

use crate::journal::{object, write};
use crate::store::{held, made, put};
use crate::support::{Bench, who};

const MARKER: &str = "Marker-Mandant";

#[tokio::test(flavor = "multi_thread")]
async fn no_key_holds_a_text_or_a_token_in_clear() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let store = RunStore::new(&bench.state, leased.guard.clone(), who("r"), bench.journal(), NoWaker);
    let (before, after) = (object(MARKER), object(&format!("{MARKER} {}", "lang ".repeat(100))));
    let entry = store.begin(&write(Some(1), "e", Some(&before), Some(&after))).await.unwrap();
    store.settle(&entry, Some(1)).await.unwrap();
    store.save_mirror(&made("t"), &put(&[("e", "{}")])).await.unwrap();
    store.set_held(&[held("e"), HeldItem { side: Side::Advoware, ..held("f") }]).await.unwrap();
    store.put_report(&Report::default(), true).await.unwrap();
    let tokens = FleetToken::new(&bench.state, &format!("{MARKER}-key").into(), &format!("{MARKER}-password").into());
    let lock = tokens.try_lock(std::time::Duration::from_secs(9)).await.unwrap().unwrap();
    let moment = DateTime::from_timestamp_millis(1_800_000_000_000).unwrap();
    let token =
        SharedToken { access_token: MARKER.to_owned().into(), obtained_at: moment, expires_at: moment, account: "a".into() };
    tokens.finish(lock, Some(&token)).await.unwrap();

    let keys: Vec<String> = bench.ask(&["KEYS", "*"]);
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        assert!(!key.contains(MARKER));
        for value in values(&bench, &key) {
            assert!(!String::from_utf8_lossy(&value).contains("Marker"), "{key}");
        }
    }
    assert!(bench.journal().contents(&entry).await.is_ok_and(|contents| contents.before == Some(before)), "but it is there");
}

/// Everything that a key holds, whatever its type.
fn values(bench: &Bench, key: &str) -> Vec<Vec<u8>> {
    let kind: String = bench.ask(&["TYPE", key]);
    match kind.as_str() {
        "string" => vec![bench.ask(&["GET", key])],
        "hash" => bench.ask(&["HGETALL", key]),
        "list" => bench.ask(&["LRANGE", key, "0", "-1"]),
        "set" => bench.ask(&["SMEMBERS", key]),
        "zset" => bench.ask(&["ZRANGE", key, "0", "-1"]),
        "stream" => vec![format!("{:?}", bench.ask::<redis::Value>(&["XRANGE", key, "-", "+"])).into_bytes()],
        other => panic!("{key} is a {other}"),
    }
}
