//! Writing an event: what changed is laid over the event just read; everything else stays.

use chrono::{NaiveDateTime, NaiveTime};
use serde_json::{Value, json};

use super::rule::write_recurrence;
use super::wire::{clock_times, read_form};
use crate::berlin;
use crate::form::{Appointment, Field, FieldSet, Recurrence, Span, plain};
use crate::note;
use crate::ports::Object;

/// What an anonymised event shows as its title.
pub const ANONYMOUS: &str = "Belegt";

/// The standard form in which Google will show `form`: anonymised, and cut where Google can't hold it.
pub fn shown(form: &Appointment, anonymise: bool) -> Appointment {
    let mut shown = form.clone();
    if anonymise {
        ANONYMOUS.clone_into(&mut shown.text);
        shown.notiz.clear();
        shown.ort.clear();
    } else if !note::is_held_as_is(&form.text, &form.notiz) {
        shown.text = plain(&note::summary_of_text(&form.text));
        shown.notiz = plain(&note::text_of_description(&note::description_of_text(&form.notiz)));
    }
    shown
}

/// A new event with `id` that shows `form`.
pub fn new_event(id: &str, form: &Appointment, anonymise: bool) -> Object {
    let mut event = Object::new();
    event.insert("id".into(), id.into());
    let fields = if form.private { FieldSet::ALL } else { FieldSet::ALL.without([Field::Private].into_iter().collect()) };
    overlay(&mut event, form, fields, anonymise);
    event.retain(|_, value| !value.is_null() && *value != "");
    event
}

/// Lays `fields` of `form` over `event`.
pub fn overlay(event: &mut Object, form: &Appointment, fields: FieldSet, anonymise: bool) {
    let shifted = on_other_days(event, &form.time);
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    if fields.has(Field::Text) {
        put("summary", if anonymise { ANONYMOUS.into() } else { note::summary_of_text(&form.text).into() });
    }
    if fields.has(Field::Notiz) {
        put("description", if anonymise { "".into() } else { note::description_of_text(&form.notiz).into() });
    }
    if fields.has(Field::Ort) {
        put("location", if anonymise { "".into() } else { form.ort.clone().into() });
    }
    if fields.has(Field::Private) {
        put("visibility", if form.private { "private".into() } else { "default".into() });
    }
    // The end of a series is stated differently for whole days, so a series' time brings its rule along.
    let series = form.recurrence != Recurrence::None;
    if fields.has(Field::Time) {
        let (start, end) = shifted.unwrap_or_else(|| start_and_end(&form.time));
        put("start", start);
        put("end", end);
    }
    if fields.has(Field::Recurrence) || fields.has(Field::Time) && series {
        let lines = write_recurrence(&form.recurrence, &form.time);
        put("recurrence", if lines.is_empty() { Value::Null } else { lines.into() });
    }
    if event.get("recurrence") == Some(&Value::Null) {
        event.remove("recurrence");
    }
}

/// The same clock times on other days, where the event lasts longer than a day by the clock and goes on doing so.
fn on_other_days(event: &Object, time: &Span) -> Option<(Value, Value)> {
    let Span::AllDay { first, last } = *time else { return None };
    let (from, to) = clock_times(event)?;
    let standing = read_form(event).ok()?;
    let until = if to == NaiveTime::MIN { last.succ_opt()? } else { last };
    let (start, end) = (first.and_time(from), until.and_time(to));
    let says_so = matches!(standing.time, Span::AllDay { .. }) && Span::timed(start, end) == Ok(*time);
    says_so.then(|| (at(start), at(end)))
}

fn at(wall: NaiveDateTime) -> Value {
    let instant = berlin::to_utc(wall).with_timezone(&chrono_tz::Europe::Berlin);
    json!({ "dateTime": instant.to_rfc3339(), "timeZone": "Europe/Berlin" })
}

fn start_and_end(time: &Span) -> (Value, Value) {
    match *time {
        Span::AllDay { first, last } => {
            let after = last.succ_opt().unwrap_or(last);
            (json!({ "date": first.to_string() }), json!({ "date": after.to_string() }))
        }
        Span::Timed { start, end } => (at(start), at(end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::read_event;
    use crate::identity::Deployment;

    fn form(event: &Object) -> Appointment {
        read_event(event, "c", &Deployment("d".into())).unwrap().form.unwrap()
    }
    fn appointment(time: Span) -> Appointment {
        Appointment { time, text: "T".into(), notiz: "N\nM".into(), ort: "O".into(), private: true, recurrence: Recurrence::None }
    }
    fn timed(start: &str, end: &str) -> Span {
        let at = |text| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        Span::timed(at(start), at(end)).unwrap()
    }

    #[test]
    fn what_is_written_reads_back() {
        for time in [
            timed("2026-05-04 14:00", "2026-05-04 15:00"),
            timed("2026-03-29 02:30", "2026-03-29 04:00"),
            timed("2026-10-25 02:30", "2026-10-25 04:00"),
            timed("2026-12-31 22:00", "2027-01-01 03:00"),
            Span::AllDay { first: "2026-05-04".parse().unwrap(), last: "2026-05-06".parse().unwrap() },
        ] {
            let event = new_event("advo1", &appointment(time), false);
            assert_eq!(form(&event), appointment(time));
        }
    }

    #[test]
    fn what_is_not_written_stays() {
        let mut event = new_event("advo1", &appointment(timed("2026-05-04 14:00", "2026-05-04 15:00")), false);
        event.insert("colorId".into(), "5".into());
        event.insert("start".into(), json!({"dateTime":"2026-05-04T12:00:00Z","timeZone":"UTC"}));
        let before = event.clone();
        let mut target = form(&event);
        target.text = "neu".into();
        overlay(&mut event, &target, [Field::Text].into_iter().collect(), false);
        assert_eq!(
            (&event["colorId"], &event["start"], &event["summary"]),
            (&before["colorId"], &before["start"], &"neu".into())
        );
    }

    #[test]
    fn all_day_becomes_timed_and_a_series_single() {
        let day = Span::AllDay { first: "2026-05-04".parse().unwrap(), last: "2026-05-04".parse().unwrap() };
        let mut event = new_event("advo1", &appointment(day), false);
        event.insert("recurrence".into(), json!(["RRULE:FREQ=DAILY"]));
        let target = appointment(timed("2026-05-04 14:00", "2026-05-04 15:00"));
        overlay(&mut event, &target, [Field::Time, Field::Recurrence].into_iter().collect(), false);
        assert!(event["start"].get("date").is_none() && !event.contains_key("recurrence"));
        assert_eq!(form(&event), target);
    }

    #[test]
    fn anonymised_shows_nothing_but_the_time() {
        let event = new_event("advo1", &appointment(timed("2026-05-04 14:00", "2026-05-04 15:00")), true);
        let read = form(&event);
        assert_eq!((read.text.as_str(), read.notiz.as_str(), read.ort.as_str()), (ANONYMOUS, "", ""));
        assert_eq!(read, shown(&appointment(read.time), true));
    }
}
