//! Reading everything that is remembered of one employee, in one round trip.

use std::collections::{BTreeSet, HashMap};

use advosync_queue::link::LinkError;
use advosync_sync::mirror::Made;
use advosync_sync::plan::HeldItem;
use advosync_sync::ports::{FrNr, Memory, Side};
use chrono::{DateTime, Utc};
use redis::Pipeline;

use crate::State;

/// The mirror's field that says how it was made; no event id begins so.
pub(crate) const MADE: &str = "#made";
/// How long a deletion counts for the guard, in milliseconds.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// One employee's key names.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) mirror: String,
    pub(crate) held: String,
    pub(crate) released: String,
    pub(crate) probes: String,
    deletions: [String; 2],
}

impl Names {
    pub(crate) fn new(state: &State, kuerzel: &str) -> Self {
        Self {
            mirror: state.key_of("mirror", kuerzel),
            held: state.key_of("held", kuerzel),
            released: state.key_of("released", kuerzel),
            probes: state.key("probes"),
            deletions: [state.key_of("deletions:advoware", kuerzel), state.key_of("deletions:google", kuerzel)],
        }
    }

    pub(crate) fn deletions(&self, side: Side) -> &str {
        match side {
            Side::Advoware => &self.deletions[0],
            Side::Google => &self.deletions[1],
        }
    }
}

type Answer = ((u64, u64), Vec<(String, String)>, Vec<FrNr>, HashMap<String, String>, Vec<(String, f64)>, Vec<(String, f64)>);

/// Loads what is remembered. What can't be read any more counts as lost.
pub(crate) async fn load_memory(state: &State, names: &Names) -> Result<Memory, LinkError> {
    let ((seconds, micros), mut mirror, probes, released, advoware, google): Answer =
        state.redis().pipe_large(&question(names)).await?;
    let now_ms = seconds * 1000 + micros / 1000;
    let since = now_ms.saturating_sub(DAY_MS) as f64;
    let count = |deletions: Vec<(String, f64)>| deletions.iter().filter(|(_, at)| *at > since).count();
    let made = mirror.iter().position(|(id, _)| id == MADE).map(|at| mirror.swap_remove(at).1);
    let made = made.and_then(|made| serde_json::from_str::<Made>(&made).ok());
    let released: BTreeSet<HeldItem> = released.keys().filter_map(|item| serde_json::from_str(item).ok()).collect();
    Ok(Memory { mirror: made.map(|made| (made, mirror)), probes, recent_deletions: (count(advoware), count(google)), released })
}

fn question(names: &Names) -> Pipeline {
    let mut pipe = redis::pipe();
    pipe.cmd("TIME");
    pipe.hgetall(&names.mirror);
    pipe.lrange(&names.probes, 0, -1);
    pipe.hgetall(&names.released);
    for side in [Side::Advoware, Side::Google] {
        pipe.zrange_withscores(names.deletions(side), 0, -1);
    }
    pipe
}

/// Redis's time.
pub(crate) async fn redis_now(state: &State) -> Result<DateTime<Utc>, LinkError> {
    Ok(moment(state.redis().time_ms().await?))
}

/// The moment of a count of milliseconds since 1970.
pub(crate) fn moment(ms: u64) -> DateTime<Utc> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}

/// Splits `<ms> <rest>`, the form in which scripts stamp records.
pub(crate) fn stamped(record: &str) -> Option<(DateTime<Utc>, &str)> {
    let (ms, rest) = record.split_once(' ')?;
    Some((moment(ms.parse().ok()?), rest))
}
