//! Everything a queue keeps in Redis, read in one step.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Job;

/// A job somewhere outside a worker's hands, or pending in them.
#[derive(Debug, Clone, Deserialize, PartialEq)]
pub(super) struct Found {
    pub(super) place: String,
    pub(super) stream: String,
    pub(super) id: String,
    pub(super) key: String,
    pub(super) job_id: String,
    pub(super) runs: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Snapshot {
    /// Places: `waiting`, `pending`, `delayed`, `parked`.
    #[serde(deserialize_with = "list")]
    pub(super) jobs: Vec<Found>,
    #[serde(deserialize_with = "map")]
    pub(super) marks: BTreeMap<String, String>,
    #[serde(deserialize_with = "map")]
    pub(super) leases: BTreeMap<String, String>,
    /// Run id to status.
    #[serde(deserialize_with = "map")]
    pub(super) runs: BTreeMap<String, String>,
    /// Fan-out run id to `done/total`.
    #[serde(deserialize_with = "map")]
    pub(super) alls: BTreeMap<String, String>,
    #[serde(deserialize_with = "list")]
    pub(super) left_over: Vec<String>,
}

/// An empty Lua table arrives as an object.
fn list<'de, D: serde::Deserializer<'de>, T: serde::de::DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    if value.is_object() {
        return Ok(Vec::new());
    }
    serde_json::from_value(value).map_err(serde::de::Error::custom)
}

fn map<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    BTreeMap::deserialize(from)
}

impl Snapshot {
    pub(super) fn next_jobs_of(&self, key: &str) -> Vec<&Found> {
        self.jobs.iter().filter(|found| found.place != "pending" && found.key == key).collect()
    }

    pub(super) fn is_pending(&self, job: &Job, entry: &str) -> bool {
        self.jobs.iter().any(|found| found.place == "pending" && found.id == entry && found.job_id == job.job_id)
    }
}

/// Reads it all. Needs the common keys of the queue's scripts.
pub(super) const SCRIPT: &str = r"
local jobs, marks, leases, runs, alls, left = {}, {}, {}, {}, {}, {}
local function add(place, s, id, job)
  jobs[#jobs + 1] = { place = place, stream = s, id = id, key = s == 'a' and ALL_KEY or job[KEY_FIELD],
    job_id = job.job_id, runs = run_ids(job) }
end
for s, stream in pairs(STREAMS) do
  local pending = {}
  local list = redis.pcall('XPENDING', stream, GROUPS[s], '-', '+', 1000)
  for _, entry in ipairs(list.err and {} or list) do pending[entry[1]] = true end
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', '+')) do
    add(pending[entry[1]] and 'pending' or 'waiting', s, entry[1], to_job(entry[2]))
  end
end
for _, member in ipairs(redis.call('ZRANGE', DELAYED, 0, -1)) do
  local s, job = open_pack(member)
  add('delayed', s, '', job)
end
local parked = redis.call('HGETALL', PARKED)
for i = 1, #parked, 2 do
  local s, job = open_pack(parked[i + 1])
  add('parked', s, '', job)
end
local all = redis.call('HGETALL', MARKS)
for i = 1, #all, 2 do marks[all[i]] = all[i + 1] end
for _, key in ipairs(redis.call('KEYS', '*')) do
  local name = key:sub(#P + 1)
  if name:sub(1, 6) == 'lease:' then leases[name:sub(7)] = redis.call('GET', key)
  elseif name:match('^run:[^:]+$') then
    local run = redis.call('HMGET', key, 'status', 'kind', 'total', 'done')
    runs[name:sub(5)] = run[1] or '-'
    if run[2] == 'all' then alls[name:sub(5)] = (run[4] or '0') .. '/' .. (run[3] or '0') end
  elseif name:sub(1, 5) == 'also:' or key == HISTORY then left[#left + 1] = name
  end
end
return cjson.encode({ jobs = jobs, marks = marks, leases = leases, runs = runs, alls = alls, left_over = left })
";
