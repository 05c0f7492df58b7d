//! What of a sent event is kept, and what is refused.

use serde_json::{Map, Value, json};

use crate::google::{
    behaviour::GoogleBehaviour,
    error::{GoogleError, GoogleResult},
    store::{Object, text_of},
};

/// Members that a client may write; all others are ignored in silence.
const WRITABLE: [&str; 26] = [
    "anyoneCanAddSelf",
    "attachments",
    "attendees",
    "attendeesOmitted",
    "birthdayProperties",
    "colorId",
    "conferenceData",
    "description",
    "end",
    "endTimeUnspecified",
    "eventType",
    "extendedProperties",
    "focusTimeProperties",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "location",
    "outOfOfficeProperties",
    "recurrence",
    "reminders",
    "source",
    "start",
    "summary",
    "transparency",
    "visibility",
    "workingLocationProperties",
];

/// Members that are left out of answers where they hold what is the rule anyway.
const UNSAID: [(&str, &str); 2] = [("visibility", "default"), ("transparency", "opaque")];

/// Extended properties: key and value in characters, number and bytes in all.
const KEY_LIMIT: usize = 44;
const VALUE_LIMIT: usize = 1_024;
const PROPERTY_LIMIT: usize = 300;
const PROPERTIES_BYTES: usize = 32 * 1_024;

/// The kept part of a sent event.
pub(super) fn clean(sent: &Object, behaviour: &GoogleBehaviour) -> GoogleResult<Object> {
    let mut kept = Object::new();
    for (name, value) in sent {
        if WRITABLE.contains(&name.as_str()) && !value.is_null() {
            kept.insert(name.clone(), value.clone());
        }
    }
    for (name, limit) in [
        ("summary", behaviour.summary_limit),
        ("description", behaviour.description_limit),
        ("location", behaviour.summary_limit),
    ] {
        check_text(&mut kept, name, limit, behaviour.cuts_silently)?;
    }
    check_choice(&kept, "visibility", &["default", "public", "private", "confidential"])?;
    check_choice(&kept, "transparency", &["opaque", "transparent"])?;
    for (name, rule) in UNSAID {
        if text_of(&kept, name) == rule {
            kept.remove(name);
        }
    }
    check_recurrence(&mut kept)?;
    if let Some(properties) = kept.remove("extendedProperties")
        && let Some(limited) = limit_properties(&properties)?
    {
        kept.insert("extendedProperties".to_owned(), limited);
    }
    let status = text_of(sent, "status");
    let status = if status.is_empty() { "confirmed" } else { status };
    if !["confirmed", "tentative", "cancelled"].contains(&status) {
        return Err(GoogleError::invalid(format!("Invalid value: {status}")));
    }
    kept.insert("status".to_owned(), Value::from(status));
    kept.entry("eventType").or_insert_with(|| json!("default"));
    kept.entry("reminders").or_insert_with(|| json!({"useDefault": true}));
    Ok(kept)
}

fn check_text(event: &mut Object, name: &str, limit: usize, cuts: bool) -> GoogleResult<()> {
    let Some(value) = event.get(name) else {
        return Ok(());
    };
    let text = value.as_str().ok_or_else(GoogleError::parse_error)?;
    if text.is_empty() {
        event.remove(name);
    } else if text.chars().count() > limit {
        if !cuts {
            return Err(GoogleError::invalid(format!("The value of {name} is too long.")));
        }
        let cut: String = text.chars().take(limit).collect();
        event.insert(name.to_owned(), Value::from(cut));
    }
    Ok(())
}

fn check_choice(event: &Object, name: &str, choices: &[&str]) -> GoogleResult<()> {
    let value = text_of(event, name);
    if event.contains_key(name) && !choices.contains(&value) {
        return Err(GoogleError::invalid(format!("Invalid value for {name}.")));
    }
    Ok(())
}

fn check_recurrence(event: &mut Object) -> GoogleResult<()> {
    let Some(value) = event.get("recurrence") else {
        return Ok(());
    };
    let lines = value.as_array().ok_or_else(GoogleError::parse_error)?;
    if !lines.iter().all(Value::is_string) {
        return Err(GoogleError::parse_error());
    }
    if lines.is_empty() {
        event.remove("recurrence");
    }
    Ok(())
}

fn limit_properties(properties: &Value) -> GoogleResult<Option<Value>> {
    let groups = properties.as_object().ok_or_else(GoogleError::parse_error)?;
    let mut limited = Map::new();
    let (mut number, mut bytes) = (0, 0);
    for name in ["private", "shared"] {
        let Some(group) = groups.get(name).filter(|group| !group.is_null()) else {
            continue;
        };
        let group = group.as_object().ok_or_else(GoogleError::parse_error)?;
        let mut kept = Map::new();
        for (key, value) in group {
            if value.is_null() || key.chars().count() > KEY_LIMIT {
                continue;
            }
            let value = value.as_str().ok_or_else(GoogleError::parse_error)?;
            let value: String = value.chars().take(VALUE_LIMIT).collect();
            number += 1;
            bytes += key.len() + value.len();
            kept.insert(key.clone(), Value::from(value));
        }
        if !kept.is_empty() {
            limited.insert(name.to_owned(), Value::Object(kept));
        }
    }
    if number > PROPERTY_LIMIT || bytes > PROPERTIES_BYTES {
        return Err(GoogleError::invalid("The extended properties of the event are too large."));
    }
    Ok((!limited.is_empty()).then_some(Value::Object(limited)))
}

/// Whether a client may choose this id for an event.
pub(super) fn is_event_id(id: &str) -> bool {
    (5..=1_024).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(event: Value) -> GoogleResult<Object> {
        clean(event.as_object().expect("an object"), &GoogleBehaviour::default())
    }

    #[test]
    fn long_property_keys_vanish_and_long_values_are_cut() {
        let event = cleaned(json!({
            "extendedProperties": {
                "private": {"k".repeat(45): "x", "short": "v".repeat(2_000), "gone": null},
            }
        }))
        .expect("a clean event");
        let private = &event["extendedProperties"]["private"];
        assert_eq!(private.as_object().map(Map::len), Some(1));
        assert_eq!(private["short"].as_str().map(str::len), Some(1_024));
    }

    #[test]
    fn too_long_texts_are_refused() {
        assert!(cleaned(json!({"summary": "ä".repeat(1_024)})).is_ok());
        assert!(cleaned(json!({"summary": "ä".repeat(1_025)})).is_err());
        assert!(cleaned(json!({"description": "ä".repeat(8_192)})).is_ok());
        assert!(cleaned(json!({"description": "ä".repeat(8_193)})).is_err());
    }

    #[test]
    fn what_is_the_rule_is_left_out() {
        let event = cleaned(json!({"visibility": "default", "summary": "", "hangoutLink": "x"})).expect("a clean event");
        for name in ["visibility", "summary", "hangoutLink"] {
            assert!(!event.contains_key(name), "{name}");
        }
    }

    #[test]
    fn ids_are_base32hex() {
        assert!(is_event_id("as0v9"));
        for bad in ["abcd", "abcdw", "ABCDE", "abc-de", ""] {
            assert!(!is_event_id(bad), "{bad}");
        }
        assert!(!is_event_id(&"a".repeat(1_025)));
    }
}
