//! Merging JSON as HTTP PATCH does.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Merges a patch into a value: objects merge member by member, `null` removes, all else replaces.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Merges a JSON patch into a typed value; on error the value stays as it was.
pub(crate) fn overlay<T: Serialize + DeserializeOwned>(target: &mut T, patch: &Value) -> serde_json::Result<()> {
    let mut whole = serde_json::to_value(&*target)?;
    merge(&mut whole, patch);
    *target = serde_json::from_value(whole)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_clears_and_maps_merge() {
        let mut target = json!({"a": 1, "map": {"x": 1, "y": 2}, "list": [1, 2]});
        merge(&mut target, &json!({"a": null, "map": {"y": 3}, "list": [9], "new": {"z": null, "q": 1}}));
        assert_eq!(target, json!({"map": {"x": 1, "y": 3}, "list": [9], "new": {"q": 1}}));
    }
}
