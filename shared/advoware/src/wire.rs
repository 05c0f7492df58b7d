//! Advoware's names: every path, parameter and member that is not proven stands here and nowhere else.
use advosync_sync::ports::{FrNr, Object};
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Below the security gateway's base.
pub(crate) const TOKEN_PATH: &str = "api/v1/Token";
/// Below the API's base and prefix.
pub(crate) const EMPLOYEES_PATH: &str = "Mitarbeiter";
/// Below the API's base and prefix.
pub(crate) const TERMINE_PATH: &str = "Termine";

/// Discovery's parameter.
pub(crate) const KANZLEI: &str = "Kanzlei";
/// Only those who still work there.
pub(crate) const ACTIVE: (&str, &str) = ("aktiv", "true");
/// The parameter that names one appointment.
pub(crate) const FRNR_PARAMETER: &str = "frnr";

const FRNR: &str = "frNr";
const KUERZEL: &str = "kuerzel";
const UHRZEIT_BIS_TICKS: &str = "uhrzeitBisTicks";

/// The body of a token request.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TokenRequest<'a> {
    #[serde(rename = "AppID")]
    pub(crate) app_id: &'a str,
    pub(crate) kanzlei: &'a str,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
    pub(crate) role: u32,
    pub(crate) product: u32,
    pub(crate) password: &'a str,
    pub(crate) nonce: &'a str,
    #[serde(rename = "HMAC512Signature")]
    pub(crate) signature: &'a str,
    pub(crate) request_time_stamp: &'a str,
}

/// A time in a token request: `2026-08-30T00:00:00.000Z`.
pub(crate) fn timestamp(now: DateTime<Utc>) -> String {
    now.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The list's parameters for the days `from` to `to`, both inclusive.
pub(crate) fn list_query(kuerzel: &str, from: NaiveDate, to: NaiveDate) -> [(&'static str, String); 3] {
    let midnight = |day: NaiveDate| day.format("%Y-%m-%dT00:00:00").to_string();
    [("kuerzel", kuerzel.to_owned()), ("from", midnight(from)), ("to", midnight(to.succ_opt().unwrap_or(to)))]
}

/// What discovery answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Discovered {
    /// The API's base: the firm's own connector where it has one, else the relay.
    pub(crate) api: Option<String>,
    /// The security gateway's base.
    pub(crate) security: Option<String>,
}

/// Reads discovery's answer.
pub(crate) fn discovered(answer: &Object) -> Discovered {
    let url = |name| member(answer, name).and_then(Value::as_str).map(str::trim).filter(|url| !url.is_empty()).map(str::to_owned);
    Discovered { api: url("connectorUrl").or_else(|| url("relayUrl")), security: url("securityGateway") }
}

/// What the token endpoint answers.
pub(crate) struct TokenAnswer {
    pub(crate) access_token: String,
    /// `expiration_utc`, else `expires_in` seconds from `now`.
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// Reads the token endpoint's answer; `None` where it holds no token.
pub(crate) fn token_answer(answer: &Object, now: DateTime<Utc>) -> Option<TokenAnswer> {
    let access_token = member(answer, "access_token")?.as_str().filter(|token| !token.is_empty())?.to_owned();
    let utc = member(answer, "expiration_utc").and_then(Value::as_str).and_then(utc_time);
    let relative = || {
        let seconds = number(member(answer, "expires_in")?)?;
        now.checked_add_signed(chrono::TimeDelta::try_seconds(seconds)?)
    };
    Some(TokenAnswer { access_token, expires_at: utc.or_else(relative).filter(|at| *at > now) })
}

fn utc_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let naive = || {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"].iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    };
    zoned.ok().or_else(|| Some(naive()?.and_utc()))
}

/// The member of that name, in whatever letter case it is written.
pub(crate) fn member<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A whole number, which may come as a string.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An appointment's number.
pub(crate) fn frnr(termin: &Object) -> Option<FrNr> {
    number(member(termin, FRNR)?)
}

/// The new number in the answer to a create: bare, as a string, or within an object (or an array of one).
pub(crate) fn created_frnr(answer: &Value) -> Option<FrNr> {
    match answer {
        Value::Object(object) => frnr(object),
        Value::Array(rows) => rows.first().filter(|_| rows.len() == 1).and_then(created_frnr),
        bare => number(bare),
    }
    .filter(|frnr| *frnr > 0)
}

/// An employee's Kürzel; it becomes part of keys and names, so nothing unprintable passes for one.
pub(crate) fn kuerzel(row: &Object) -> Option<&str> {
    member(row, KUERZEL)?.as_str().map(str::trim).filter(|kuerzel| !kuerzel.is_empty() && !kuerzel.chars().any(char::is_control))
}

/// The appointment as a PUT may carry it: Advoware would read the end from its server-side twin.
pub(crate) fn writable(termin: &Object) -> Object {
    termin
        .iter()
        .filter(|(key, _)| !key.eq_ignore_ascii_case(UHRZEIT_BIS_TICKS))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A list's rows, each as it came.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Rows(pub(crate) Vec<Box<serde_json::value::RawValue>>);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn a_timestamp_has_exactly_three_fraction_digits() {
        let time = "2026-08-30T00:00:00Z".parse().expect("a time");
        assert_eq!(timestamp(time), "2026-08-30T00:00:00.000Z");
    }

    #[test]
    fn the_window_ends_with_the_end_of_its_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let query = list_query("PB", day("2026-01-01"), day("2026-12-31"));
        assert_eq!(query[1].1, "2026-01-01T00:00:00");
        assert_eq!(query[2].1, "2027-01-01T00:00:00");
    }

    #[test]
    fn the_connector_goes_before_the_relay() {
        let both =
            object(json!({"RelayUrl": "https://relay/", "connectorUrl": "https://own/", "securityGateway": "https://gate/"}));
        assert_eq!(discovered(&both), Discovered { api: Some("https://own/".into()), security: Some("https://gate/".into()) });
        let relay = object(json!({"relayUrl": "https://relay:90/", "connectorUrl": null}));
        assert_eq!(discovered(&relay), Discovered { api: Some("https://relay:90/".into()), security: None });
        assert_eq!(discovered(&object(json!({"connectorUrl": ""}))).api, None);
    }

    #[test]
    fn a_tokens_end_comes_in_three_forms_or_not_at_all() {
        let now = "2026-08-30T10:00:00Z".parse().expect("a time");
        let end = |value| token_answer(&object(value), now).expect("a token").expires_at.map(timestamp);
        assert_eq!(
            end(json!({"access_token": "t", "expiration_utc": "2026-08-30T10:55:00.1234567Z"})).as_deref(),
            Some("2026-08-30T10:55:00.123Z")
        );
        assert_eq!(
            end(json!({"access_token": "t", "expiration_utc": "2026-08-30T10:55:00.5"})).as_deref(),
            Some("2026-08-30T10:55:00.500Z")
        );
        assert_eq!(end(json!({"Access_Token": "t", "expires_in": "60"})).as_deref(), Some("2026-08-30T10:01:00.000Z"));
        assert_eq!(end(json!({"access_token": "t"})), None);
        assert_eq!(end(json!({"access_token": "t", "expiration_utc": "2026-08-30T09:00:00Z"})), None, "a clock that runs late");
        assert!(token_answer(&object(json!({"access_token": ""})), now).is_none());
    }

    #[test]
    fn a_new_number_comes_in_many_forms() {
        for answer in [json!(4711), json!("4711"), json!({"FRNR": "4711"}), json!([{"frNr": 4711}])] {
            assert_eq!(created_frnr(&answer), Some(4711), "{answer}");
        }
        for answer in [json!(null), json!(0), json!(-3), json!("ok"), json!({}), json!([])] {
            assert_eq!(created_frnr(&answer), None, "{answer}");
        }
    }

    #[test]
    fn a_put_carries_no_ticks() {
        let termin = object(json!({"frNr": 1, "UhrzeitBisTICKS": 5, "uhrzeitBis": "10:00:00", "fremd": {"a": [1]}}));
        assert_eq!(writable(&termin), object(json!({"frNr": 1, "uhrzeitBis": "10:00:00", "fremd": {"a": [1]}})));
    }
}
