//! Partial answers: the `fields` parameter.

use serde_json::{Map, Value};

/// What is selected of an object: each member, and what of it; nothing named means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Mask(Vec<(String, Mask)>);

/// The part of an answer that a selector such as `items(id,etag),nextPageToken` names.
/// `None` where the selector cannot be read.
pub(in crate::google) fn select_fields(answer: Value, selector: &str) -> Option<Value> {
    let mut rest = selector;
    let mask = parse_list(&mut rest)?;
    rest.is_empty().then(|| apply(answer, &mask))
}

fn parse_list(rest: &mut &str) -> Option<Mask> {
    let mut members = Vec::new();
    loop {
        members.push(parse_path(rest)?);
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Some(Mask(members)),
        }
    }
}

fn parse_path(rest: &mut &str) -> Option<(String, Mask)> {
    let end = rest.find([',', '/', '(', ')']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.is_empty() {
        return None;
    }
    *rest = after;
    let inner = if let Some(after) = rest.strip_prefix('/') {
        *rest = after;
        Mask(vec![parse_path(rest)?])
    } else if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let list = parse_list(rest)?;
        *rest = rest.strip_prefix(')')?;
        list
    } else {
        Mask::default()
    };
    Some((name.trim().to_owned(), inner))
}

fn apply(value: Value, mask: &Mask) -> Value {
    if mask.0.is_empty() {
        return value;
    }
    match value {
        Value::Array(items) => items.into_iter().map(|item| apply(item, mask)).collect(),
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                let wanted = mask.0.iter().find(|(selected, _)| *selected == name || selected == "*");
                if let Some((_, inner)) = wanted {
                    kept.insert(name, apply(member, inner));
                }
            }
            Value::Object(kept)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_name_members_at_any_depth() {
        let answer = json!({
            "kind": "x",
            "items": [{"id": 1, "start": {"date": "d", "timeZone": "z"}, "etag": "e"}],
            "nextPageToken": "t",
        });
        let selected = |selector| select_fields(answer.clone(), selector);
        assert_eq!(
            selected("items(id,start/date),nextPageToken"),
            Some(json!({"items": [{"id": 1, "start": {"date": "d"}}], "nextPageToken": "t"}))
        );
        assert_eq!(selected("items/id"), Some(json!({"items": [{"id": 1}]})));
        assert_eq!(selected("*"), Some(answer.clone()));
        assert_eq!(selected("items(id"), None);
        assert_eq!(selected(""), None);
    }
}
