//! Nothing confidential stands in any span, nor in any metric.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stage::Stage;
use crate::trace::Traces;

/// Shorter texts also occur by chance.
const SHORTEST: usize = 6;

/// Neither a text of an appointment, nor a name, nor an address, nor a calendar's id, nor a secret; and no id in a name.
pub(crate) fn assert_nothing_confidential(stage: &Stage, traces: &Traces) {
    let everything = traces.0.iter().map(|seen| format!("{:?} {:?}", seen.span, seen.resource)).collect::<Vec<_>>().join("\n");
    assert_no_word(stage, &everything);
    let at_sign: Vec<&str> = everything.lines().filter(|line| line.contains('@')).collect();
    assert!(at_sign.is_empty(), "an address: {:?}", at_sign.first());
    let names: BTreeSet<&str> = traces.0.iter().map(|seen| seen.span.name.as_str()).collect();
    let kuerzel: BTreeSet<String> = traces.0.iter().filter_map(|seen| seen.attribute("advosync.kuerzel")).collect();
    assert!(!kuerzel.is_empty());
    for name in names {
        let mut parts = name.split(|letter: char| !letter.is_alphanumeric());
        let holds_id = parts.any(|part| kuerzel.contains(part) || part.chars().filter(char::is_ascii_digit).count() > 2);
        assert!(!holds_id, "an id in {name:?}");
    }
}

/// None of the firm's words stands in `everything`.
pub(crate) fn assert_no_word(stage: &Stage, everything: &str) {
    let words = words(stage);
    assert!(words.len() > 50, "{}", words.len());
    for word in &words {
        assert!(!everything.contains(word), "{word:?} is told");
    }
}

fn words(stage: &Stage) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let sides = [serde_json::to_value(stage.advoware.state()), serde_json::to_value(stage.google.state())];
    sides.into_iter().for_each(|side| collect(None, &side.unwrap(), &mut words));
    for (name, value) in stage.advoware.environment() {
        if ["ADVOWARE_PASSWORD", "ADVOWARE_API_KEY", "ADVOWARE_USER"].contains(&name) {
            words.insert(value);
        }
    }
    words
}

fn collect(name: Option<&str>, value: &Value, words: &mut BTreeSet<String>) {
    const CONFIDENTIAL: [&str; 8] = ["text", "notiz", "ort", "summary", "description", "location", "name", "vorname"];
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| collect(Some(name), member, words)),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, words)),
        Value::String(text) if name.is_some_and(|name| CONFIDENTIAL.contains(&name)) || text.contains('@') => {
            words.extend(text.lines().map(str::trim).filter(|line| line.chars().count() >= SHORTEST).map(str::to_owned));
        }
        _ => {}
    }
}
