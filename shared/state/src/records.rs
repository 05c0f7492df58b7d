//! Records by name: a hash of JSON texts.

use std::collections::BTreeMap;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::State;
use crate::run_store::json;

impl State {
    /// Stores a record, under `lease` where the caller holds one.
    pub(crate) async fn put_record<T: Serialize>(
        &self,
        lease: Option<&LeaseGuard>,
        kind: &str,
        name: &str,
        record: &T,
    ) -> Result<(), LinkError> {
        let script = &self.scripts().put_record;
        let mut call = self.fenced_if(script, lease, &[&self.key(kind)]);
        call.arg(name).arg(json(record));
        self.run::<i64>(script, &call).await.map(drop)
    }

    /// Removes a record, where it still is `record`; whether it was.
    pub(crate) async fn remove_record<T: Serialize>(
        &self,
        lease: Option<&LeaseGuard>,
        kind: &str,
        name: &str,
        record: &T,
    ) -> Result<bool, LinkError> {
        let script = &self.scripts().remove_record;
        let mut call = self.fenced_if(script, lease, &[&self.key(kind)]);
        call.arg(name).arg(json(record));
        self.run(script, &call).await
    }

    /// One record; one that can't be read counts as lost.
    pub(crate) async fn record<T: DeserializeOwned>(&self, kind: &str, name: &str) -> Result<Option<T>, LinkError> {
        let text: Option<String> = self.redis().run(redis::cmd("HGET").arg(self.key(kind)).arg(name)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// All records of a kind, by name.
    pub(crate) async fn records<T: DeserializeOwned>(&self, kind: &str) -> Result<BTreeMap<String, T>, LinkError> {
        let texts: BTreeMap<String, String> = self.redis().run(redis::cmd("HGETALL").arg(self.key(kind))).await?;
        Ok(texts.into_iter().filter_map(|(name, text)| Some((name, serde_json::from_str(&text).ok()?))).collect())
    }
}
