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
/// How long a deletion is remembered, in milliseconds: a day longer than Google's bin keeps an event.
pub(crate) const MONTH_MS: u64 = 31 * DAY_MS;

/// One employee's key names.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) mirror: String,
    pub(crate) held: String,
    pub(crate) released: String,
    pub(crate) probes: String,
    pub(crate) buried: String,
    deletions: [String; 2],
}

impl Names {
    pub(crate) fn new(state: &State, kuerzel: &str) -> Self {
        Self {
            mirror: state.key_of("mirror", kuerzel),
            held: state.key_of("held", kuerzel),
            released: state.key_of("released", kuerzel),
            probes: state.key("probes"),
            buried: state.key_of("buried", kuerzel),
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

type Scored = Vec<(String, f64)>;
type Answer = ((u64, u64), Vec<(String, String)>, Vec<FrNr>, HashMap<String, String>, Scored, Scored, Scored);

/// Loads what is remembered. What can't be read any more counts as lost.
pub(crate) async fn load_memory(state: &State, names: &Names) -> Result<Memory, LinkError> {
    let ((seconds, micros), mut mirror, probes, released, advoware, google, buried): Answer =
        state.redis().pipe_large(&question(names)).await?;
    let now_ms = seconds * 1000 + micros / 1000;
    let since = |life: u64| now_ms.saturating_sub(life) as f64;
    let count = |deletions: Scored| deletions.iter().filter(|(_, at)| *at > since(DAY_MS)).count();
    let buried = buried.iter().filter(|(_, at)| *at > since(MONTH_MS)).filter_map(|(item, _)| {
        let (frnr, event_id) = item.split_once(' ')?;
        Some((event_id.to_owned(), frnr.parse().ok()?))
    });
    let made = mirror.iter().position(|(id, _)| id == MADE).map(|at| mirror.swap_remove(at).1);
    let made = made.and_then(|made| serde_json::from_str::<Made>(&made).ok());
    let released: BTreeSet<HeldItem> = released.keys().filter_map(|item| serde_json::from_str(item).ok()).collect();
    Ok(Memory {
        mirror: made.map(|made| (made, mirror)),
        probes,
        recent_deletions: (count(advoware), count(google)),
        buried: buried.collect(),
        released,
    })
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
    pipe.zrange_withscores(&names.buried, 0, -1);
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
