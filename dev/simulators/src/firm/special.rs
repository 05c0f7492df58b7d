//! What makes calendars hard: series, holidays, nights, clock changes and odd records.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use serde_json::Value;

use super::{
    Dice,
    draft::{Draft, last_sunday, on_or_after_working_day, time},
    people::Person,
    texts,
};

/// The special appointments of one employee.
pub(super) fn appointments(dice: &mut Dice, person: &Person) -> Vec<Draft> {
    let mut drafts = series(dice, person);
    drafts.extend(holidays(dice, person));
    drafts.extend(nights(dice, person));
    drafts.extend(clock_changes(dice, person));
    drafts.extend(long_and_odd_texts(dice, person));
    drafts.extend(odd_records(dice, person));
    drafts
}

fn next(day: NaiveDate, weekday: Weekday) -> NaiveDate {
    day + TimeDelta::days(i64::from(weekday.days_since(day.weekday())))
}

fn series(dice: &mut Dice, person: &Person) -> Vec<Draft> {
    let own = person.kuerzel;
    let begun = dice.today - TimeDelta::days(dice.number(20..140));
    let hour = TimeDelta::hours(1);
    let monday = next(begun, Weekday::Mon).and_time(time(9, 0));
    let thursday = next(begun, Weekday::Thu).and_time(time(16, 30));
    let lunch = next(dice.today, Weekday::Mon).and_time(time(12, 30));
    let first = on_or_after_working_day(begun.with_day(3).unwrap_or(begun));
    let birthday = begun.with_day(12).unwrap_or(begun);
    let year = TimeDelta::days(365);
    vec![
        Draft::timed(own, "Teambesprechung", monday, hour).place("Besprechungsraum 1").every(1, 2, dice.today + year),
        Draft::timed(own, "Jour fixe Sekretariat", thursday, TimeDelta::minutes(30)).every(
            2,
            2,
            dice.today + TimeDelta::days(200),
        ),
        Draft::timed(own, "Mittagsdienst Empfang", lunch, TimeDelta::minutes(45)).every(1, 1, lunch.date() + TimeDelta::days(11)),
        Draft::timed(own, "Rechnungslauf Monatsende", first.and_time(time(15, 0)), hour).every(1, 3, dice.today + year),
        Draft::all_day(own, "Geburtstag Kollegin 🎂", birthday, birthday).odd("dauertermin", 1).every(
            1,
            4,
            NaiveDate::from_ymd_opt(2099, 12, 31).unwrap_or(birthday),
        ),
    ]
}

fn holidays(dice: &mut Dice, person: &Person) -> Vec<Draft> {
    let own = person.kuerzel;
    let begin = next(dice.working_day(), Weekday::Mon);
    let bridge = dice.working_day();
    let retreat = next(dice.today + TimeDelta::days(dice.number(20..120)), Weekday::Fri);
    vec![
        Draft::all_day(own, "Urlaub", begin, begin + TimeDelta::days(13)).note("Vertretung ist geregelt."),
        Draft::all_day(own, "Brückentag frei", bridge, bridge + TimeDelta::days(1)),
        // Longer than a day although it has clock times.
        Draft::timed(own, "Klausurtagung", retreat.and_time(time(14, 0)), TimeDelta::hours(46)).place("Tagungshotel Altenahr"),
    ]
}

fn nights(dice: &mut Dice, person: &Person) -> Vec<Draft> {
    let own = person.kuerzel;
    let (first, second, third) = (dice.working_day(), dice.working_day(), dice.working_day());
    vec![
        Draft::timed(own, "Durchsuchung, Notdienst Strafverteidigung", first.and_time(time(22, 30)), TimeDelta::minutes(165)),
        Draft::timed(own, "Nachtbriefkasten Gericht", second.and_time(time(23, 0)), TimeDelta::minutes(45)),
        // An end at 00:00 of a later day means the last second of that day.
        Draft::timed(own, "Mehrtägige Verhandlung", third.and_time(time(10, 0)), TimeDelta::hours(38)),
    ]
}

fn clock_changes(dice: &mut Dice, person: &Person) -> Vec<Draft> {
    let own = person.kuerzel;
    let year = if dice.today.month() < 10 { dice.today.year() } else { dice.today.year() + 1 };
    let spring_year = if dice.today.month() < 3 { year } else { dice.today.year() + 1 };
    let (spring, autumn) = (last_sunday(spring_year, 3), last_sunday(year, 10));
    let eve = |day: NaiveDate| (day - TimeDelta::days(1)).and_time(time(22, 0));
    let six_hours = TimeDelta::hours(6);
    vec![
        Draft::timed(own, "Serverwartung Sommerzeit", eve(spring), six_hours),
        Draft::timed(own, "Serverwartung Winterzeit", eve(autumn), six_hours),
        // This time of day does not exist on that day.
        Draft::timed(own, "Datensicherung", spring.and_time(time(2, 30)), TimeDelta::hours(2)),
        // This one exists twice.
        Draft::timed(own, "Datensicherung", autumn.and_time(time(2, 30)), TimeDelta::hours(2)),
    ]
}

fn long_and_odd_texts(dice: &mut Dice, person: &Person) -> Vec<Draft> {
    let own = person.kuerzel;
    let hour = TimeDelta::hours(1);
    let mut at = |hour_of_day| dice.working_day().and_time(time(hour_of_day, 0));
    let (first, second, third) = (at(10), at(11), at(14));
    let mut long = String::new();
    for number in 1..=60 {
        let note = texts::NOTES[number % texts::NOTES.len()];
        long.push_str(&format!("{number}. {note}\r\n"));
    }
    let mut drafts = vec![
        Draft::timed(own, "Vorbereitung Großverfahren", first, hour).note(long.trim_end()),
        Draft::timed(own, "Vermerk im Entwurf", second, hour)
            .note("Bitte <b>vor</b> dem Termin lesen &amp; kürzen:\r\nAbsatz 1 <br> Absatz 2"),
        // Decomposed letters and blanks at the end differ only in form.
        Draft::timed(own, "Besprechung Mu\u{308}ller-Lu\u{308}denscheidt", third, hour).place("Grüner Salon  "),
    ];
    if person.weight() > 4 && dice.chance(0.4) || own == "PB" {
        let protocol = "Wörtliche Mitschrift der Verhandlung, Fortsetzung folgt. ".repeat(160);
        drafts.push(Draft::timed(own, "Protokoll der Sitzung", first + hour, hour).note(protocol.trim_end()));
    }
    drafts
}

/// Records with members missing or in an unusual form.
fn odd_records(dice: &mut Dice, person: &Person) -> Vec<Draft> {
    let own = person.kuerzel;
    let day = dice.working_day();
    let other = dice.working_day();
    let hour = TimeDelta::hours(1);
    vec![
        // The end is an hour after the start.
        Draft::timed(own, "Rückruf", day.and_time(time(11, 15)), hour)
            .odd("uhrzeitBis", Value::Null)
            .odd("datumBis", "0001-01-01T00:00:00"),
        // The start's time of day is in its date.
        Draft::timed(own, "Anruf Gutachter", day.and_time(time(13, 30)), hour).odd("uhrzeitVon", Value::Null),
        // Short forms of a time.
        Draft::timed(own, "Kopien abholen", other.and_time(time(8, 45)), hour)
            .odd("uhrzeitVon", "08:45")
            .odd("uhrzeitBis", "09:45"),
        // All-day with clock times that mean nothing.
        Draft::all_day(own, "Messe Anwaltstag", other, other).odd("uhrzeitVon", "09:00:00").odd("uhrzeitBis", "17:00:00"),
        // Without texts.
        Draft::timed(own, "", other.and_time(time(16, 0)), hour).odd("text", Value::Null),
    ]
}
