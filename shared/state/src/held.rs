//! What waits for a person, and what a person has let go.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use advosync_queue::link::LinkError;
use advosync_sync::plan::HeldItem;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::State;
use crate::memory::{Names, moment, stamped};
use crate::run_store::json;

/// A release that no run has carried out by then is void.
const RELEASE_LIFE: Duration = Duration::from_hours(30 * 24);

/// An item that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldSince {
    /// What waits.
    #[serde(flatten)]
    pub item: HeldItem,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// An item that a person has let go, until a run has dealt with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleasedBy {
    /// What was released.
    #[serde(flatten)]
    pub item: HeldItem,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom: the name of a token.
    pub who: String,
}

/// Lists and releases held items. Whoever releases enqueues an urgent run afterwards.
#[derive(Debug, Clone)]
pub struct Held {
    state: State,
}

impl Held {
    /// Of the whole fleet.
    #[must_use]
    pub fn new(state: &State) -> Self {
        Self { state: state.clone() }
    }

    /// What waits for a person at one employee, in a fixed order.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn held(&self, kuerzel: &str) -> Result<Vec<HeldSince>, LinkError> {
        let names = Names::new(&self.state, kuerzel);
        let items = self.state.redis().run(redis::cmd("HGETALL").arg(&names.held)).await?;
        Ok(read_held(items))
    }

    /// What waits at anybody's, by employee.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn held_all(&self) -> Result<BTreeMap<String, Vec<HeldSince>>, LinkError> {
        let employees: BTreeSet<String> = self.state.redis().run(redis::cmd("SMEMBERS").arg(self.state.key("held"))).await?;
        if employees.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut pipe = redis::pipe();
        for kuerzel in &employees {
            pipe.hgetall(self.state.key_of("held", kuerzel));
        }
        let lists: Vec<HashMap<String, u64>> = self.state.redis().pipe(&pipe).await?;
        let lists = employees.into_iter().zip(lists.into_iter().map(read_held));
        Ok(lists.filter(|(_, items)| !items.is_empty()).collect())
    }

    /// What was released and still waits for its run.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn released(&self, kuerzel: &str) -> Result<Vec<ReleasedBy>, LinkError> {
        let names = Names::new(&self.state, kuerzel);
        let items: BTreeMap<String, String> = self.state.redis().run(redis::cmd("HGETALL").arg(&names.released)).await?;
        let read = |(item, how): (String, String)| {
            let (at, who) = stamped(&how)?;
            Some(ReleasedBy { item: serde_json::from_str(&item).ok()?, at, who: who.to_owned() })
        };
        Ok(items.into_iter().filter_map(read).collect())
    }

    /// Lets all held items of one employee go, or those of `selection` that are still held; returns them.
    ///
    /// # Errors
    /// Without Redis.
    pub async fn release(&self, kuerzel: &str, who: &str, selection: Option<&[HeldItem]>) -> Result<Vec<HeldItem>, LinkError> {
        let names = Names::new(&self.state, kuerzel);
        let script = &self.state.scripts().release;
        let mut call = script.call(&[&names.held, &self.state.key("held"), &names.released]);
        call.arg(kuerzel).arg(who).arg(RELEASE_LIFE.as_millis() as u64);
        call.arg(if selection.is_none() { "1" } else { "" });
        call.arg(selection.unwrap_or_default().iter().map(json).collect::<Vec<_>>());
        let released: Vec<String> = self.state.run(script, &call).await?;
        let mut released: Vec<HeldItem> = released.iter().filter_map(|item| serde_json::from_str(item).ok()).collect();
        released.sort();
        Ok(released)
    }
}

fn read_held(items: HashMap<String, u64>) -> Vec<HeldSince> {
    let read = |(item, since): (String, u64)| Some(HeldSince { item: serde_json::from_str(&item).ok()?, since: moment(since) });
    let mut held: Vec<HeldSince> = items.into_iter().filter_map(read).collect();
    held.sort_by(|one, other| one.item.cmp(&other.item));
    held
}
