//! Reading a Termin: tolerant of letter case, of strings for numbers, and of whatever else is in it.

use std::borrow::Cow;
use std::fmt;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ENDLESS_YEAR;
use super::moment::{clock, is_sentinel, moment};
use crate::form::{Appointment, Frequency, Recurrence, Rule, Span, Unreadable, plain};
use crate::ports::{FrNr, Object};

/// The longest interval that makes sense: a hundred years of days.
const MAX_INTERVAL: i64 = 36_525;

/// One appointment of Advoware's, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Termin {
    /// Its number.
    pub frnr: FrNr,
    /// The Kürzel of the employee whose appointment it is (`anwalt`), where the row names one.
    pub anwalt: Option<String>,
    /// Its standard form, or why it has none.
    pub form: Result<Appointment, Unreadable>,
}

/// Reads one row of a list.
pub fn read_row(row: &RawValue) -> Result<Termin, Unreadable> {
    let fields: Fields<'_> = serde_json::from_str(row.get()).map_err(|_| Unreadable::Shape)?;
    fields.termin()
}

/// Reads one whole object.
pub fn read_object(object: &Object) -> Result<Termin, Unreadable> {
    let mut fields = Fields::default();
    for (name, value) in object {
        fields.put(name, Scalar::from(value));
    }
    fields.termin()
}

/// A JSON value as far as a Termin needs it.
#[derive(Debug, Default, Clone)]
enum Scalar<'a> {
    #[default]
    Null,
    Flag(bool),
    Int(i64),
    Text(Cow<'a, str>),
    Other,
}

impl Scalar<'_> {
    fn int(&self) -> Option<i64> {
        match self {
            Self::Flag(flag) => Some(i64::from(*flag)),
            Self::Int(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null | Self::Other => None,
        }
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Int(number) => Some(Cow::Owned(number.to_string())),
            Self::Null | Self::Flag(_) | Self::Other => None,
        }
    }

    /// The text, unless it is missing or blank.
    fn filled(&self) -> Option<Cow<'_, str>> {
        self.text().filter(|text| !text.trim().is_empty())
    }

    fn is_missing(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl<'a> From<&'a Value> for Scalar<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)).map_or(Self::Other, Self::Int),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(_) | Value::Object(_) => Self::Other,
        }
    }
}

fn whole(number: f64) -> Option<i64> {
    // Exact for every whole number that a row can sensibly hold.
    #[expect(clippy::cast_possible_truncation, reason = "checked by the comparison")]
    let int = number as i64;
    #[expect(clippy::cast_precision_loss, reason = "checked by the comparison")]
    let back = int as f64;
    (back == number && number.abs() < 9e15).then_some(int)
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;
        impl<'de> Visitor<'de> for ScalarVisitor {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Null)
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Flag(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Int(number))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Int))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(whole(number).map_or(Scalar::Other, Scalar::Int))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
            /// A number that is no integer comes this way too: kept as it was written.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                match Value::deserialize(MapAccessDeserializer::new(map))? {
                    Value::Number(number) => Ok(number.as_f64().and_then(whole).map_or(Scalar::Other, Scalar::Int)),
                    _ => Ok(Scalar::Other),
                }
            }
        }
        deserializer.deserialize_any(ScalarVisitor)
    }
}

macro_rules! fields {
    ($($slot:ident = $name:literal),* $(,)?) => {
        /// The members of a Termin that are understood.
        #[derive(Debug, Default)]
        struct Fields<'a> { $($slot: Scalar<'a>,)* }

        impl<'a> Fields<'a> {
            /// Keeps `value` where `name` is one of ours and nothing stands there yet.
            fn put(&mut self, name: &str, value: Scalar<'a>) {
                match self.slot(name) {
                    Some(slot) if slot.is_missing() => *slot = value,
                    _ => {}
                }
            }

            fn slot(&mut self, name: &str) -> Option<&mut Scalar<'a>> {
                $(if name.eq_ignore_ascii_case($name) { return Some(&mut self.$slot); })*
                None
            }
        }
    };
}

fields! {
    frnr = "frNr", text = "text", notiz = "notiz", ort = "ort", datum = "datum", uhrzeit_von = "uhrzeitVon",
    datum_bis = "datumBis", uhrzeit_bis = "uhrzeitBis", dauertermin = "dauertermin", turnus = "turnus",
    turnus_art = "turnusArt", anwalt = "anwalt", privat = "privat",
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an appointment object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields::default();
                while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
                    if fields.slot(&name).is_some() {
                        fields.put(&name, map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// A member's name, borrowed where it needs no unescaping.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }
            fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

impl Fields<'_> {
    fn termin(&self) -> Result<Termin, Unreadable> {
        let is_number = !matches!(self.frnr, Scalar::Flag(_));
        let frnr = self.frnr.int().filter(|frnr| is_number && *frnr != 0).ok_or(Unreadable::Id)?;
        let anwalt = self.anwalt.filled().map(|anwalt| anwalt.trim().to_owned());
        Ok(Termin { frnr, anwalt, form: self.form() })
    }

    fn form(&self) -> Result<Appointment, Unreadable> {
        if [&self.text, &self.notiz, &self.ort].into_iter().any(|field| matches!(field, Scalar::Flag(_) | Scalar::Other)) {
            return Err(Unreadable::Shape);
        }
        let (time, recurrence) = self.when()?;
        let text = |field: &Scalar<'_>| field.text().map_or_else(String::new, |text| plain(&text));
        Ok(Appointment {
            time,
            text: text(&self.text),
            notiz: text(&self.notiz),
            ort: text(&self.ort),
            private: truthy(&self.privat),
            recurrence,
        })
    }

    fn when(&self) -> Result<(Span, Recurrence), Unreadable> {
        let datum = self.datum.filled().filter(|text| !is_sentinel(text)).ok_or(Unreadable::Start)?;
        let datum = moment(datum.trim()).ok_or(Unreadable::Start)?;
        let from = match self.uhrzeit_von.filled() {
            Some(text) => clock(&text).ok_or(Unreadable::Start)?,
            None => datum.clock.unwrap_or(hour(9)),
        };
        let last = match self.datum_bis.filled().filter(|text| !is_sentinel(text)) {
            Some(text) => Some(moment(text.trim()).ok_or(Unreadable::End)?),
            None => None,
        };
        let to = match self.uhrzeit_bis.filled() {
            Some(text) => Some(clock(&text).ok_or(Unreadable::End)?),
            None => last.and_then(|last| last.clock.filter(|clock| *clock != NaiveTime::MIN)),
        };
        let start = datum.day.and_time(from);
        if let Some((frequency, interval)) = self.turnus()? {
            let until = last.map(|last| last.day).filter(|day| day.year() < ENDLESS_YEAR);
            return series(start, to, Rule { frequency, interval, until });
        }
        let last_day = last.map(|last| last.day);
        if truthy(&self.dauertermin) {
            return Ok((Span::days(datum.day, last_day.unwrap_or(datum.day))?, Recurrence::None));
        }
        Ok((Span::timed(start, end(start, last_day, to))?, Recurrence::None))
    }

    /// Unit and interval, where this is a series: every `turnus` days, weeks, months or years.
    fn turnus(&self) -> Result<Option<(Frequency, u32)>, Unreadable> {
        let frequency = match self.turnus_art.int() {
            Some(1) => Frequency::Daily,
            Some(2) => Frequency::Weekly,
            Some(3) => Frequency::Monthly,
            Some(4) => Frequency::Yearly,
            _ => return Ok(None),
        };
        match self.turnus.int() {
            None if self.turnus.is_missing() || self.turnus.text().is_some_and(|text| text.trim().is_empty()) => Ok(None),
            Some(..=0) => Ok(None),
            Some(interval) if interval <= MAX_INTERVAL => Ok(u32::try_from(interval).ok().map(|interval| (frequency, interval))),
            // An appointment that would come once instead of as a series is wrong.
            _ => Err(Unreadable::Recurrence),
        }
    }
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day")
}

fn truthy(field: &Scalar<'_>) -> bool {
    match field {
        Scalar::Text(text) if text.eq_ignore_ascii_case("true") => true,
        other => other.int().is_some_and(|flag| flag != 0),
    }
}

/// The end of a single appointment: see the field table of Advoware's API.
fn end(start: NaiveDateTime, last_day: Option<NaiveDate>, to: Option<NaiveTime>) -> NaiveDateTime {
    match (last_day, to) {
        (Some(day), Some(NaiveTime::MIN)) if day > start.date() => day.and_hms_opt(23, 59, 59).expect("a time of day"),
        (day, Some(to)) => day.unwrap_or(start.date()).and_time(to),
        // A default may not make an appointment end before it starts.
        (Some(day), None) if day.and_time(hour(10)) >= start || day < start.date() => day.and_time(hour(10)),
        (_, None) => start + Duration::hours(1),
    }
}

/// A series: each occurrence lasts to `to` of the same day, at most 23:59.
fn series(start: NaiveDateTime, to: Option<NaiveTime>, rule: Rule) -> Result<(Span, Recurrence), Unreadable> {
    let latest = start.date().and_hms_opt(23, 59, 0).expect("a time of day");
    let end = match to {
        Some(NaiveTime::MIN) if start.time() > NaiveTime::MIN => latest,
        Some(to) => start.date().and_time(to),
        None => end(start, Some(start.date()), None).min(latest),
    };
    let time = Span::timed(start, end)?;
    if time.last_day() != time.first_day() {
        return Err(Unreadable::End);
    }
    let rule = rule.settled(time.first_day())?;
    Ok((time, Recurrence::Held(rule)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn termin(json: &str) -> Termin {
        read_row(&RawValue::from_string(json.to_owned()).unwrap()).unwrap()
    }
    fn time(json: &str) -> String {
        let form = termin(&json.replacen('{', r#"{"frNr":1,"#, 1)).form;
        match form.map(|form| form.time) {
            Ok(Span::AllDay { first, last }) => format!("{first}..{last}"),
            Ok(Span::Timed { start, end }) => format!("{start} - {end}"),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn start_and_end_follow_the_field_table() {
        let cases = [
            (
                r#"{"datum":"2026-05-04","uhrzeitVon":"14:00","datumBis":"2026-05-04","uhrzeitBis":"15:30:00"}"#,
                "2026-05-04 14:00:00 - 2026-05-04 15:30:00",
            ),
            (r#"{"datum":"2026-05-04"}"#, "2026-05-04 09:00:00 - 2026-05-04 10:00:00"),
            (r#"{"datum":"2026-05-04T16:15:00"}"#, "2026-05-04 16:15:00 - 2026-05-04 17:15:00"),
            (r#"{"datum":"2026-05-04T16:15:00","datumBis":"2026-05-05"}"#, "2026-05-04 16:15:00 - 2026-05-05 10:00:00"),
            (
                r#"{"datum":"2026-05-04T16:15:00","uhrzeitVon":"","datumBis":"","uhrzeitBis":null}"#,
                "2026-05-04 16:15:00 - 2026-05-04 17:15:00",
            ),
            (r#"{"datum":"2026-05-04T12:00:00Z"}"#, "2026-05-04 14:00:00 - 2026-05-04 15:00:00"),
            (
                r#"{"datum":"2026-05-04","uhrzeitVon":"22:00:00","datumBis":"2026-05-05","uhrzeitBis":"00:00:00"}"#,
                "2026-05-04..2026-05-05",
            ),
            (
                r#"{"datum":"2026-05-04","uhrzeitVon":"22:00:00","datumBis":"2026-05-05","uhrzeitBis":"02:00:00"}"#,
                "2026-05-04 22:00:00 - 2026-05-05 02:00:00",
            ),
            (
                r#"{"datum":"2026-05-04","uhrzeitVon":"10:00","datumBis":"0001-01-01T00:00:00","uhrzeitBis":"11:00"}"#,
                "2026-05-04 10:00:00 - 2026-05-04 11:00:00",
            ),
            (r#"{"datum":"2026-05-04","dauertermin":1,"uhrzeitVon":"10:00","uhrzeitBis":"11:00"}"#, "2026-05-04..2026-05-04"),
            (r#"{"datum":"2026-05-04","dauertermin":true,"datumBis":"2026-05-08T00:00:00"}"#, "2026-05-04..2026-05-08"),
            (
                r#"{"datum":"2026-05-04","uhrzeitVon":"00:00","datumBis":"2026-05-04","uhrzeitBis":"23:59:59"}"#,
                "2026-05-04..2026-05-04",
            ),
            (r#"{"datum":"2026-05-04","uhrzeitVon":"10:00","uhrzeitBis":"09:00"}"#, "end lies before start"),
            (r#"{"datum":"2026-05-04","datumBis":"2026-05-03"}"#, "end lies before start"),
            (r#"{"datum":"2026-05-04T14:00","datumBis":"2026-05-04"}"#, "2026-05-04 14:00:00 - 2026-05-04 15:00:00"),
            (r#"{"uhrzeitVon":"10:00"}"#, "start is missing or not a date"),
            (r#"{"datum":"0001-01-01T00:00:00"}"#, "start is missing or not a date"),
            (r#"{"datum":"2026-05-04","datumBis":"morgen"}"#, "end is not a date"),
            (r#"{"datum":"2026-05-04","dauertermin":1,"datumBis":"9999-12-30"}"#, "2026-05-04..9999-12-30"),
            (r#"{"datum":"2026-05-04","dauertermin":1,"datumBis":"9999-12-31"}"#, "end is not a date"),
            (r#"{"datum":"2026-05-04","datumBis":"9999-12-31"}"#, "end is not a date"),
        ];
        for (json, expected) in cases {
            assert_eq!(time(json), expected, "{json}");
        }
    }

    #[test]
    fn names_in_any_case_and_numbers_as_strings() {
        let termin = termin(
            r#"{"FRNR":"4711","Text":"a","NOTIZ":null,"datum":"2026-05-04","Privat":"1","ANWALT":" PB ","turnus":"1","TurnusArt":"2","datumBis":"2026-05-31"}"#,
        );
        assert_eq!((termin.frnr, termin.anwalt.as_deref()), (4711, Some("PB")));
        let form = termin.form.unwrap();
        assert!(form.private);
        let until = NaiveDate::from_ymd_opt(2026, 5, 25);
        assert_eq!(form.recurrence, Recurrence::Held(Rule { frequency: Frequency::Weekly, interval: 1, until }));
    }

    #[test]
    fn a_series_lasts_within_its_day_and_may_be_endless() {
        let form = termin(r#"{"frNr":1,"datum":"2026-05-04T09:00","uhrzeitBis":"10:30","datumBis":"2037-12-31","turnus":2,"turnusArt":3,"dauertermin":1}"#).form.unwrap();
        assert_eq!(form.recurrence, Recurrence::Held(Rule { frequency: Frequency::Monthly, interval: 2, until: None }));
        assert!(matches!(form.time, Span::Timed { .. }));
    }

    #[test]
    fn an_interval_that_makes_no_sense_is_no_single_appointment() {
        let recurrence = |turnus: &str| {
            let row = format!(r#"{{"frNr":1,"datum":"2026-05-04","turnusArt":1,"datumBis":"2026-06-20","turnus":{turnus}}}"#);
            termin(&row).form.map(|form| form.recurrence != Recurrence::None)
        };
        for turnus in ["null", "0", "-1", r#""""#, "false"] {
            assert_eq!(recurrence(turnus), Ok(false), "{turnus}");
        }
        assert_eq!(recurrence(r#""1""#), Ok(true));
        for turnus in ["1000000000000", "36526", "1.5", r#""oft""#, "[]"] {
            assert_eq!(recurrence(turnus), Err(Unreadable::Recurrence), "{turnus}");
        }
    }

    #[test]
    fn garbage_is_an_error_of_its_own_row() {
        for row in [
            r#"{"frNr":true,"datum":"2026-05-04"}"#,
            "1",
            "null",
            "[]",
            r#""x""#,
            "{}",
            r#"{"frNr":null}"#,
            r#"{"frNr":"x"}"#,
            r#"{"frNr":{}}"#,
        ] {
            assert!(read_row(&RawValue::from_string(row.to_owned()).unwrap()).is_err(), "{row}");
        }
        assert_eq!(termin(r#"{"frNr":1,"datum":[],"text":{}}"#).form, Err(Unreadable::Shape));
    }

    #[test]
    fn a_row_and_a_whole_object_read_the_same() {
        let json = r#"{"frNr":7.0,"text":"T","datum":"2026-05-04","extra":{"a":[1,2]},"privat":true,"anwalt":"PB"}"#;
        assert_eq!(termin(json), read_object(&serde_json::from_str(json).unwrap()).unwrap());
    }
}
