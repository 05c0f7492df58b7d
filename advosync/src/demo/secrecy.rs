//! Looks for appointments' texts where none may be: in the programs' logs and in Redis.

use std::collections::BTreeSet;

use advosync_queue::redis::{self, Value};
use serde_json::Value as Json;

use super::firm::Stage;

/// Shorter texts also occur by chance.
const SHORTEST: usize = 12;

/// What was looked through, and in how many places a text was found.
pub(crate) struct Search {
    pub(crate) texts: usize,
    pub(crate) log_bytes: usize,
    pub(crate) keys: usize,
    pub(crate) found: Vec<String>,
}

/// Searches every log and every key.
pub(crate) async fn search(stage: &Stage) -> anyhow::Result<Search> {
    let texts = texts(stage);
    let mut search = Search { texts: texts.len(), log_bytes: 0, keys: 0, found: Vec::new() };
    for entry in std::fs::read_dir(stage.logs())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let log = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            search.log_bytes += log.len();
            if contains(&log, &texts) {
                search.found.push(format!("the log {}", path.display()));
            }
        }
    }
    let client = redis::Client::open(format!("redis://{}/1", stage.redis_address))?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await?;
    search.keys = keys.len();
    for key in keys {
        let kind: String = redis::cmd("TYPE").arg(&key).query_async(&mut connection).await?;
        let mut get = match kind.as_str() {
            "hash" => redis::cmd("HGETALL"),
            "set" => redis::cmd("SMEMBERS"),
            "list" => redis::cmd("LRANGE"),
            "zset" => redis::cmd("ZRANGE"),
            "stream" => redis::cmd("XRANGE"),
            _ => redis::cmd("GET"),
        };
        get.arg(&key);
        match kind.as_str() {
            "list" | "zset" => drop(get.arg(0).arg(-1)),
            "stream" => drop(get.arg("-").arg("+")),
            _ => {}
        }
        let mut text = String::new();
        flatten(&get.query_async(&mut connection).await?, &mut text);
        if contains(&text, &texts) {
            search.found.push(format!("the key {key}"));
        }
    }
    Ok(search)
}

/// Titles, places and first lines of notes, from both sides.
fn texts(stage: &Stage) -> Vec<String> {
    let mut texts = BTreeSet::new();
    let sides = [serde_json::to_value(stage.advoware.state()), serde_json::to_value(stage.google.state())];
    for side in sides.into_iter().flatten() {
        collect(&side, &mut texts);
    }
    texts.into_iter().collect()
}

fn collect(value: &Json, texts: &mut BTreeSet<String>) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                let is_text = ["text", "notiz", "ort", "summary", "description", "location"].contains(&name.as_str());
                match member {
                    Json::String(text) if is_text => {
                        let line = text.lines().next().unwrap_or_default().trim();
                        if line.chars().count() >= SHORTEST && !line.starts_with("Termine aus Advoware") && !line.contains('@') {
                            texts.insert(line.chars().take(60).collect());
                        }
                    }
                    other => collect(other, texts),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

fn contains(place: &str, texts: &[String]) -> bool {
    texts.iter().any(|text| place.contains(text.as_str()))
}

fn flatten(value: &Value, out: &mut String) {
    match value {
        Value::BulkString(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        Value::SimpleString(text) => out.push_str(text),
        Value::Array(items) | Value::Set(items) => items.iter().for_each(|item| flatten(item, out)),
        Value::Map(pairs) => pairs.iter().for_each(|(name, item)| {
            flatten(name, out);
            flatten(item, out);
        }),
        _ => {}
    }
    out.push('\n');
}
