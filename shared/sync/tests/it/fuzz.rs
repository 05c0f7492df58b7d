//! Whatever comes over the wire: an error of its own, never a panic, never a lost neighbour; and whatever is
//! written reads back.

use advosync_sync::advoware::{new_termin, overlay, read_object, read_row};
use advosync_sync::fingerprint::{Base, Fingerprint};
use advosync_sync::form::{Appointment, FieldSet, Frequency, Recurrence, Rule, Span, plain};
use advosync_sync::google::{self, read_event, read_raw};
use advosync_sync::identity::{Deployment, Marks, Scope};
use advosync_sync::note::{description_of_text, summary_of_text, text_of_description};
use advosync_sync::ports::Object;
use chrono::{Duration, NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::scene::{Scene, recorded};

/// Any JSON value, a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        odd_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((odd_text(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Texts that parsers trip over.
fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9:TZ+ .-]{0,24}",
        "[<>/&;#a-z0-9 \r\n\u{a0}]{0,60}",
        "(2026|2027|0001|9999|-001)-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9](:[0-6][0-9](\\.[0-9]{0,9})?)?(Z|\\+02:00)?)?",
        "[0-2]?[0-9]:[0-6][0-9](:[0-6][0-9](\\.[0-9]{1,9})?)?",
        "RRULE:FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY);(INTERVAL|COUNT|UNTIL|BYDAY|BYMONTHDAY|BYSETPOS|WKST)=[-0-9A-Z,]{0,17}",
        Just("Europe/Berlin".to_owned()),
        Just("America/New_York".to_owned()),
    ]
}

/// An object with members of `names`, in some letter case, and others.
fn object_of(names: &'static [&'static str]) -> impl Strategy<Value = Object> {
    let name = prop_oneof![
        8 => (prop::sample::select(names), any::<bool>()).prop_map(|(name, upper)| if upper { name.to_uppercase() } else { name.into() }),
        1 => odd_text(),
    ];
    prop::collection::vec((name, any_json()), 0..16).prop_map(|members| members.into_iter().collect())
}

const TERMIN: &[&str] = &[
    "frNr",
    "text",
    "notiz",
    "ort",
    "datum",
    "uhrzeitVon",
    "datumBis",
    "uhrzeitBis",
    "uhrzeitBisTicks",
    "dauertermin",
    "turnus",
    "turnusArt",
    "anwalt",
    "sb",
    "privat",
];
const EVENT: &[&str] = &[
    "id",
    "etag",
    "status",
    "summary",
    "description",
    "location",
    "visibility",
    "start",
    "end",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "eventType",
    "organizer",
    "attendees",
    "extendedProperties",
    "updated",
];

/// A start or end that may be readable.
fn moment() -> impl Strategy<Value = Value> {
    (prop::sample::select(&["date", "dateTime", "x"][..]), odd_text(), prop::option::of(odd_text())).prop_map(
        |(name, at, zone)| {
            let mut out = json!({name: at});
            if let Some(zone) = zone {
                out["timeZone"] = zone.into();
            }
            out
        },
    )
}

fn event() -> impl Strategy<Value = Object> {
    (object_of(EVENT), moment(), moment(), prop::collection::vec(odd_text(), 0..3), any::<bool>()).prop_map(
        |(mut event, start, end, lines, whole)| {
            if whole {
                event.insert("id".into(), "e".into());
                event.insert("start".into(), start);
                event.insert("end".into(), end);
                event.insert("recurrence".into(), lines.into());
            }
            event
        },
    )
}

fn termin() -> impl Strategy<Value = Object> {
    (object_of(TERMIN), odd_text(), odd_text(), any::<bool>()).prop_map(|(mut termin, datum, until, whole)| {
        if whole {
            termin.insert("frNr".into(), 7.into());
            termin.insert("datum".into(), datum.into());
            termin.insert("datumBis".into(), until.into());
        }
        termin
    })
}

/// The same under the number 7.
fn numbered(mut termin: Object) -> Object {
    termin.retain(|name, _| !name.eq_ignore_ascii_case("frNr"));
    termin.insert("frNr".into(), 7.into());
    termin
}

fn wall() -> impl Strategy<Value = NaiveDateTime> {
    let midnight = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    (0_i64..900, prop_oneof![Just(0), Just(1_439), Just(150), 0_i64..1_440])
        .prop_map(move |(days, minutes)| midnight + Duration::days(days) + Duration::minutes(minutes))
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (wall(), 0_i64..10).prop_map(|(start, days)| Span::days(start.date(), start.date() + Duration::days(days)).unwrap()),
        (wall(), 0_i64..2_000).prop_map(|(start, minutes)| {
            let end = start + Duration::minutes(minutes);
            Span::timed(start, end).or_else(|_| Span::timed(end, end)).unwrap()
        }),
    ]
}

fn rule() -> impl Strategy<Value = (Frequency, u32, Option<i64>)> {
    use Frequency::{Daily, Monthly, Weekly, Yearly};
    (prop::sample::select(&[Daily, Weekly, Monthly, Yearly][..]), 1_u32..5, prop::option::of(0_i64..2_000))
}

/// Any appointment that both sides can hold.
fn appointment() -> impl Strategy<Value = Appointment> {
    (span(), odd_text(), odd_text(), odd_text(), any::<bool>(), prop::option::of(rule())).prop_map(
        |(time, text, notiz, ort, private, rule)| {
            let first = time.first_day();
            let recurrence = match rule {
                Some((frequency, interval, days)) if time.last_day() == first && chrono::Datelike::day(&first) <= 28 => {
                    let until = days.map(|days| first + Duration::days(days));
                    Recurrence::Held(Rule { frequency, interval, until }.settled(first).unwrap())
                }
                _ => Recurrence::None,
            };
            Appointment { time, text: plain(&text), notiz: plain(&notiz), ort: plain(&ort), private, recurrence }
        },
    )
}

fn deployment() -> Deployment {
    Deployment("d".into())
}

fn read_back(event: &Object) -> Appointment {
    read_event(event, "cal", &deployment()).unwrap().form.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_a_termin_or_an_error(value in any_json()) {
        let _ = read_row(&RawValue::from_string(value.to_string()).unwrap());
    }

    #[test]
    fn any_object_is_a_termin_or_an_error_as_a_row_and_as_a_whole(object in termin()) {
        let row = read_row(&serde_json::value::to_raw_value(&object).unwrap());
        prop_assert_eq!(row, read_object(&object));
    }

    #[test]
    fn any_json_is_an_event_or_an_error(value in any_json()) {
        let _ = read_raw(&RawValue::from_string(value.to_string()).unwrap(), "cal", &deployment());
    }

    #[test]
    fn any_object_is_an_event_or_an_error(object in event()) {
        let _ = read_event(&object, "cal", &deployment());
        let _ = Marks::read(&object, "e", &deployment());
    }

    #[test]
    fn bytes_that_are_no_json_are_refused_before_they_are_an_item(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(item) = serde_json::from_slice::<Box<RawValue>>(&bytes) {
            let _ = (read_row(&item), read_raw(&item, "cal", &deployment()));
        }
    }

    #[test]
    fn a_write_keeps_every_member_that_it_does_not_mean(object in termin(), target in appointment()) {
        let object = numbered(object);
        let fields: FieldSet = [advosync_sync::form::Field::Ort].into_iter().collect();
        let written = overlay(&object, &target, fields).unwrap();
        prop_assert_eq!(written["ort"].as_str().map(plain), Some(target.ort));
        for (name, value) in &object {
            let ours = TERMIN.iter().any(|known| known.eq_ignore_ascii_case(name));
            prop_assert!(ours || written.get(name) == Some(value), "{}", name);
        }
        prop_assert!(!written.keys().any(|name| name.eq_ignore_ascii_case("uhrzeitBisTicks")));
    }

    #[test]
    fn a_new_termin_reads_back(target in appointment()) {
        let written = numbered(new_termin("PB", &target).unwrap());
        prop_assert_eq!(read_object(&written).unwrap().form, Ok(target));
    }

    #[test]
    fn an_overlaid_termin_reads_back(object in termin(), target in appointment()) {
        let object = numbered(object);
        let written = overlay(&object, &target, FieldSet::ALL).unwrap();
        prop_assert_eq!(read_object(&written).unwrap().form, Ok(target));
    }

    #[test]
    fn a_new_event_reads_back_as_it_is_to_be_shown(target in appointment(), anonymise in any::<bool>()) {
        let event = google::new_event("advo1", &target, anonymise);
        prop_assert_eq!(read_back(&event), google::shown(&target, anonymise));
    }

    #[test]
    fn what_is_shown_is_shown_the_same_when_written_again(target in appointment()) {
        let shown = google::shown(&target, false);
        prop_assert_eq!(google::shown(&shown, false), shown);
    }

    #[test]
    fn an_overlaid_event_reads_back(object in event(), target in appointment()) {
        let mut event = object;
        event.insert("id".into(), "e".into());
        google::overlay(&mut event, &target, FieldSet::ALL, false);
        prop_assert_eq!(read_back(&event), google::shown(&target, false));
    }

    #[test]
    fn a_text_that_google_can_hold_comes_back_as_it_was(text in odd_text()) {
        let text = plain(&text);
        prop_assert_eq!(plain(&text), text.clone(), "plain once is plain for good");
        if text.len() < 1_000 && !text.contains('\u{a0}') {
            prop_assert_eq!(plain(&text_of_description(&description_of_text(&text))), text.clone());
            prop_assert_eq!(plain(&summary_of_text(&text)), text);
        }
    }

    #[test]
    fn any_text_is_a_base_an_id_or_none(text in "[ -~]{0,120}") {
        let _ = (Base::decode(&text), Fingerprint::from_text(&text));
        let scope = Scope::new(&deployment(), "PB");
        if let Some((frnr, generation)) = scope.parse(&text) {
            prop_assert_eq!(scope.event_id(frnr, generation), text);
        }
    }

    #[test]
    fn every_id_reads_back(frnr in 0_i64.., generation in any::<u32>()) {
        let scope = Scope::new(&deployment(), "PB");
        let id = scope.event_id(frnr, generation);
        prop_assert!(id.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'v').contains(&c)));
        prop_assert_eq!(scope.parse(&id), Some((frnr, generation)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_neighbour_is_lost(rows in prop::collection::vec(termin(), 0..6), events in prop::collection::vec(event(), 0..6)) {
        let scene = Scene::new();
        let good = scene.termin(json!({"text": "gut"}));
        scene.event("good", json!({"summary": "auch gut"}));
        scene.change(|world| {
            // Numbers far from ours, in our employee's name, so that they are listed.
            for (frnr, mut row) in (5_000_i64..).zip(rows) {
                row.retain(|name, _| !["frnr", "anwalt"].contains(&name.to_lowercase().as_str()));
                row.insert("frNr".into(), frnr.into());
                row.insert("anwalt".into(), "PB".into());
                world.termine.insert(frnr, row);
            }
            for (number, event) in events.into_iter().enumerate() {
                world.put_event("cal-PB", &format!("odd{number}"), event);
            }
        });
        scene.run("PB");
        scene.quiet("PB");
        let linked: Vec<_> = scene.events().iter().filter_map(recorded).collect();
        prop_assert!(linked.contains(&good));
        prop_assert!(recorded(&scene.raw_event("good")).is_some());
    }
}
