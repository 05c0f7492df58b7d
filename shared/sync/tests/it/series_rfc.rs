//! Counting out occurrences, checked against RFC 5545's own examples (section 3.8.5.3) and against the calendar.

use advosync_sync::berlin;
use advosync_sync::form::Span;
use advosync_sync::google::Series;
use advosync_sync::series::{Occurrence, Uncountable, occurrences};
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::world::Rng;

const NEW_YORK: &str = "America/New_York";
const BERLIN: &str = "Europe/Berlin";

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(zone: &str, wall: NaiveDateTime) -> DateTime<Utc> {
    berlin::resolve(zone.parse::<Tz>().unwrap(), wall)
}

/// A series of hours that begins at `start` by the clock of `zone`.
fn series(zone: &str, start: &str, lines: &[&str]) -> Series {
    let start = at(start);
    let begin = berlin::wall_clock(&instant(zone, start));
    let first = Span::Timed { start: begin, end: begin + Duration::hours(1) };
    Series { first, start, zone: Some(zone.to_owned()), lines: lines.iter().map(|line| (*line).to_owned()).collect() }
}

fn whole_days(first: &str, days: i64, lines: &[&str]) -> Series {
    let first = day(first);
    Series {
        first: Span::AllDay { first, last: first + Duration::days(days - 1) },
        start: first.and_time(NaiveTime::MIN),
        zone: None,
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    }
}

/// The instant in an instance's id, by the clock of `zone`.
fn wall(zone: &str, occurrence: &Occurrence) -> NaiveDateTime {
    let id = occurrence.instance_id("m");
    let utc = NaiveDateTime::parse_from_str(&id, "m_%Y%m%dT%H%M%SZ").unwrap().and_utc();
    assert_eq!(berlin::wall_clock(&utc), occurrence.original, "named by the Berlin clock");
    utc.with_timezone(&zone.parse::<Tz>().unwrap()).naive_local()
}

/// Years as `1997: 9-2 9-3 …`, separated by `;`.
fn days(text: &str) -> Vec<NaiveDate> {
    let mut out = Vec::new();
    for year in text.split(';') {
        let (year, days) = year.split_once(':').unwrap();
        for day in days.split_whitespace() {
            let (month, days) = day.split_once('-').unwrap();
            let (from, to) = days.split_once("..").unwrap_or((days, days));
            let numbers = from.parse::<u32>().unwrap()..=to.parse().unwrap();
            out.extend(
                numbers.map(|day| NaiveDate::from_ymd_opt(year.trim().parse().unwrap(), month.parse().unwrap(), day).unwrap()),
            );
        }
    }
    out
}

/// The RFC's examples: first day (1997-09-02 where none is stated), lines, the days that it lists.
const EXAMPLES: [(&str, &[&str], &str); 39] = [
    ("", &["RRULE:FREQ=DAILY;COUNT=10"], "1997: 9-2..11"),
    ("", &["RRULE:FREQ=DAILY;UNTIL=19971224T000000Z"], "1997: 9-2..30 10-1..31 11-1..30 12-1..23"),
    ("", &["RRULE:FREQ=DAILY;INTERVAL=2"], "1997: 9-2 9-4 9-6 9-8 9-10 9-12"),
    ("", &["RRULE:FREQ=DAILY;INTERVAL=10;COUNT=5"], "1997: 9-2 9-12 9-22 10-2 10-12"),
    (
        "19980101",
        &["RRULE:FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA"],
        "1998: 1-1..31; 1999: 1-1..31; 2000: 1-1..31",
    ),
    ("19980101", &["RRULE:FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1"], "1998: 1-1..31; 1999: 1-1..31; 2000: 1-1..31"),
    ("", &["RRULE:FREQ=WEEKLY;COUNT=10"], "1997: 9-2 9-9 9-16 9-23 9-30 10-7 10-14 10-21 10-28 11-4"),
    (
        "",
        &["RRULE:FREQ=WEEKLY;UNTIL=19971224T000000Z"],
        "1997: 9-2 9-9 9-16 9-23 9-30 10-7 10-14 10-21 10-28 11-4 11-11 11-18 11-25 12-2 12-9 12-16 12-23",
    ),
    ("", &["RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU"], "1997: 9-2 9-16 9-30 10-14 10-28 11-11 11-25 12-9 12-23"),
    (
        "",
        &["RRULE:FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH"],
        "1997: 9-2 9-4 9-9 9-11 9-16 9-18 9-23 9-25 9-30 10-2",
    ),
    ("", &["RRULE:FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH"], "1997: 9-2 9-4 9-9 9-11 9-16 9-18 9-23 9-25 9-30 10-2"),
    (
        "19970901",
        &["RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR"],
        "1997: 9-1 9-3 9-5 9-15 9-17 9-19 9-29 10-1 10-3 10-13 10-15 10-17 10-27 10-29 10-31 11-10 11-12 11-14 11-24 11-26 11-28 12-8 12-10 12-12 12-22",
    ),
    ("", &["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH"], "1997: 9-2 9-4 9-16 9-18 9-30 10-2 10-14 10-16"),
    ("19970905", &["RRULE:FREQ=MONTHLY;COUNT=10;BYDAY=1FR"], "1997: 9-5 10-3 11-7 12-5; 1998: 1-2 2-6 3-6 4-3 5-1 6-5"),
    ("19970905", &["RRULE:FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR"], "1997: 9-5 10-3 11-7 12-5"),
    (
        "19970907",
        &["RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU"],
        "1997: 9-7 9-28 11-2 11-30; 1998: 1-4 1-25 3-1 3-29 5-3 5-31",
    ),
    ("19970922", &["RRULE:FREQ=MONTHLY;COUNT=6;BYDAY=-2MO"], "1997: 9-22 10-20 11-17 12-22; 1998: 1-19 2-16"),
    ("19970928", &["RRULE:FREQ=MONTHLY;BYMONTHDAY=-3"], "1997: 9-28 10-29 11-28 12-29; 1998: 1-29 2-26"),
    ("", &["RRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15"], "1997: 9-2 9-15 10-2 10-15 11-2 11-15 12-2 12-15; 1998: 1-2 1-15"),
    (
        "19970930",
        &["RRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1"],
        "1997: 9-30 10-1 10-31 11-1 11-30 12-1 12-31; 1998: 1-1 1-31 2-1",
    ),
    ("19970910", &["RRULE:FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15"], "1997: 9-10..15; 1999: 3-10..13"),
    (
        "",
        &["RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=TU"],
        "1997: 9-2 9-9 9-16 9-23 9-30 11-4 11-11 11-18 11-25; 1998: 1-6 1-13 1-20 1-27 3-3 3-10 3-17 3-24 3-31",
    ),
    (
        "19970610",
        &["RRULE:FREQ=YEARLY;COUNT=10;BYMONTH=6,7"],
        "1997: 6-10 7-10; 1998: 6-10 7-10; 1999: 6-10 7-10; 2000: 6-10 7-10; 2001: 6-10 7-10",
    ),
    (
        "19970310",
        &["RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3"],
        "1997: 3-10; 1999: 1-10 2-10 3-10; 2001: 1-10 2-10 3-10; 2003: 1-10 2-10 3-10",
    ),
    (
        "19970101",
        &["RRULE:FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200"],
        "1997: 1-1 4-10 7-19; 2000: 1-1 4-9 7-18; 2003: 1-1 4-10 7-19; 2006: 1-1",
    ),
    ("19970519", &["RRULE:FREQ=YEARLY;BYDAY=20MO"], "1997: 5-19; 1998: 5-18; 1999: 5-17"),
    ("19970512", &["RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"], "1997: 5-12; 1998: 5-11; 1999: 5-17"),
    (
        "19970313",
        &["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=TH"],
        "1997: 3-13 3-20 3-27; 1998: 3-5 3-12 3-19 3-26; 1999: 3-4 3-11 3-18 3-25",
    ),
    (
        "19970605",
        &["RRULE:FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8"],
        "1997: 6-5 6-12 6-19 6-26 7-3 7-10 7-17 7-24 7-31 8-7 8-14 8-21 8-28; 1998: 6-4 6-11 6-18 6-25 7-2 7-9 7-16 7-23 7-30 8-6 8-13 8-20 8-27",
    ),
    (
        "",
        &["EXDATE;TZID=America/New_York:19970902T090000", "RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"],
        "1998: 2-13 3-13 11-13; 1999: 8-13; 2000: 10-13",
    ),
    (
        "19970913",
        &["RRULE:FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13"],
        "1997: 9-13 10-11 11-8 12-13; 1998: 1-10 2-7 3-7 4-11 5-9 6-13",
    ),
    (
        "19961105",
        &["RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"],
        "1996: 11-5; 2000: 11-7; 2004: 11-2",
    ),
    ("19970904", &["RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"], "1997: 9-4 10-7 11-6"),
    ("19970929", &["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"], "1997: 9-29 10-30 11-27 12-30; 1998: 1-29 2-26 3-30"),
    ("19970805", &["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"], "1997: 8-5 8-10 8-19 8-24"),
    ("19970805", &["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"], "1997: 8-5 8-17 8-19 8-31"),
    ("20070115", &["RRULE:FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5"], "2007: 1-15 1-30 2-15 3-15 3-30"),
    // Beyond the RFC: days that not every month or year has.
    ("20260131", &["RRULE:FREQ=MONTHLY"], "2026: 1-31 3-31 5-31 7-31 8-31 10-31 12-31"),
    ("20240229", &["RRULE:FREQ=YEARLY;COUNT=3"], "2024: 2-29; 2028: 2-29; 2032: 2-29"),
];

#[test]
fn the_rfcs_examples_in_their_own_zone() {
    for (first, lines, expected) in EXAMPLES {
        let first = if first.is_empty() { "19970902" } else { first };
        let series = series(NEW_YORK, &format!("{first}T090000"), lines);
        let expected = days(expected);
        let last = *expected.last().unwrap();
        // Where the RFC lists all there are, nothing may follow either.
        let ends = lines.iter().any(|line| line.contains("COUNT") || line.contains("UNTIL"));
        let until = if ends { last + Duration::days(100) } else { last };
        let from = expected[0].min(series.start.date());
        let found: Vec<NaiveDateTime> =
            occurrences(&series, from, until).unwrap().iter().map(|one| wall(NEW_YORK, one)).collect();
        let expected: Vec<NaiveDateTime> = expected.into_iter().map(|day| day.and_hms_opt(9, 0, 0).unwrap()).collect();
        assert_eq!(found, expected, "{lines:?}");
    }
}

#[test]
fn several_times_a_day() {
    let every_20_minutes =
        series(NEW_YORK, "19970902T090000", &["RRULE:FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40"]);
    let found = occurrences(&every_20_minutes, day("1997-09-03"), day("1997-09-03")).unwrap();
    assert_eq!(found.len(), 24);
    assert_eq!(wall(NEW_YORK, &found[23]), at("19970903T164000"));
}

#[test]
fn weekly_at_nine_stays_at_nine_across_both_changes_of_the_clock() {
    let weekly = series(BERLIN, "20260302T090000", &["RRULE:FREQ=WEEKLY;COUNT=41;BYDAY=MO"]);
    let found = occurrences(&weekly, day("2026-01-01"), day("2027-12-31")).unwrap();
    assert_eq!(found.len(), 41);
    assert!(found.iter().all(|one| one.original.time() == NaiveTime::from_hms_opt(9, 0, 0).unwrap()));
    assert_eq!(found[3].instance_id("m"), "m_20260323T080000Z");
    assert_eq!(found[4].instance_id("m"), "m_20260330T070000Z");
    assert_eq!(found[34].instance_id("m"), "m_20261026T080000Z");
}

#[test]
fn another_zone_keeps_its_own_clock() {
    // New York changes its clock three weeks before Berlin.
    let weekly = series(NEW_YORK, "20260302T090000", &["RRULE:FREQ=WEEKLY;COUNT=6"]);
    let found = occurrences(&weekly, day("2026-01-01"), day("2026-12-31")).unwrap();
    let hours: Vec<String> = found.iter().map(|one| one.original.format("%m-%d %H:%M").to_string()).collect();
    assert_eq!(hours, ["03-02 15:00", "03-09 14:00", "03-16 14:00", "03-23 14:00", "03-30 15:00", "04-06 15:00"]);
}

#[test]
fn a_start_in_the_gap_moves_forward_and_one_in_the_fold_is_the_earlier() {
    let daily = series(BERLIN, "20260328T023000", &["RRULE:FREQ=DAILY;COUNT=3"]);
    let found: Vec<String> = occurrences(&daily, day("2026-03-01"), day("2026-04-30"))
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one.original.format("%d %H:%M"), one.instance_id("m")))
        .collect();
    assert_eq!(found, ["28 02:30 m_20260328T013000Z", "29 03:30 m_20260329T013000Z", "30 02:30 m_20260330T003000Z"]);
    let fold = series(BERLIN, "20261025T023000", &["RRULE:FREQ=DAILY;COUNT=1"]);
    assert_eq!(occurrences(&fold, day("2026-10-01"), day("2026-10-30")).unwrap()[0].instance_id("m"), "m_20261025T003000Z");
}

#[test]
fn an_end_is_inclusive_in_the_zone_of_the_series() {
    let count = |until: &str| {
        let daily = series(BERLIN, "20260504T090000", &[&format!("RRULE:FREQ=DAILY;UNTIL={until}")]);
        occurrences(&daily, day("2026-05-01"), day("2026-06-30")).unwrap().len()
    };
    assert_eq!(count("20260510T070000Z"), 7);
    assert_eq!(count("20260510T065959Z"), 6);
    assert_eq!(count("20260510T215959Z"), 7);
    assert_eq!(count("20260510"), 7);
    assert_eq!(count("20260510T090000"), 7);
    let days = |until: &str| {
        let daily = whole_days("2026-05-04", 1, &[&format!("RRULE:FREQ=DAILY;UNTIL={until}")]);
        occurrences(&daily, day("2026-05-01"), day("2026-06-30")).unwrap().len()
    };
    assert_eq!((days("20260510"), days("20260510T000000Z")), (7, 7));
}

#[test]
fn what_is_left_out_and_what_is_added() {
    let daily = series(
        BERLIN,
        "20260504T090000",
        &[
            "RRULE:FREQ=DAILY;COUNT=5",
            "EXDATE;TZID=Europe/Berlin:20260505T090000",
            "EXDATE:20260506T070000Z,20260507T080000Z",
            "RDATE;TZID=America/New_York:20260520T090000",
        ],
    );
    let found: Vec<String> = occurrences(&daily, day("2026-05-01"), day("2026-06-30"))
        .unwrap()
        .iter()
        .map(|one| one.original.format("%d %H:%M").to_string())
        .collect();
    // The 7th is left out at another hour than it takes place: it stays.
    assert_eq!(found, ["04 09:00", "07 09:00", "08 09:00", "20 15:00"]);
}

#[test]
fn whole_days_of_any_length() {
    let fairs = whole_days("2026-05-30", 3, &["RRULE:FREQ=MONTHLY", "EXDATE;VALUE=DATE:20260730", "RDATE;VALUE=DATE:20260615"]);
    let found = occurrences(&fairs, day("2026-06-01"), day("2026-09-01")).unwrap();
    let ids: Vec<String> = found.iter().map(|one| one.instance_id("m")).collect();
    // The one of the 30 May still lasts on the first day asked for.
    assert_eq!(ids, ["m_20260530", "m_20260615", "m_20260630", "m_20260830"]);
    assert_eq!(found[2].span, Span::AllDay { first: day("2026-06-30"), last: day("2026-07-02") });
}

#[test]
fn an_occurrence_across_midnight_lasts_as_long_as_the_first() {
    let first = Span::Timed { start: at("20261024T220000"), end: at("20261025T060000") };
    let nights = Series {
        first: Span::Timed { start: at("20261017T220000"), end: at("20261018T060000") },
        start: at("20261017T220000"),
        zone: Some(BERLIN.into()),
        lines: vec!["RRULE:FREQ=WEEKLY".into()],
    };
    let found = occurrences(&nights, day("2026-10-25"), day("2026-10-25")).unwrap();
    assert_eq!(found[0].span.first_day(), first.first_day());
    // Eight hours, in the night with 25.
    assert_eq!(found[0].span, Span::Timed { start: at("20261024T220000"), end: at("20261025T050000") });
}

#[test]
fn what_cannot_be_counted_out_is_an_error_and_never_a_panic() {
    let long = format!("RRULE:FREQ=DAILY;BYMONTHDAY={}", "1,".repeat(5_000));
    for line in [
        "",
        "RRULE",
        "RRULE:",
        "RRULE:FREQ=HOURLY",
        "RRULE:FREQ=SECONDLY",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "RRULE:FREQ=DAILY;INTERVAL=99999999999999999999",
        "RRULE:FREQ=DAILY;COUNT=0",
        "RRULE:FREQ=DAILY;UNTIL=never",
        "RRULE:FREQ=WEEKLY;BYMONTHDAY=3",
        "RRULE:FREQ=MONTHLY;BYSETPOS=0;BYDAY=MO",
        "RRULE:FREQ=YEARLY;BYEASTER=1",
        "RRULE:FREQ=DAILY;BYDAY=XX",
        "RRULE:FREQ=DAILY;FREQ=WEEKLY",
        "RRULE:FREQ=DÄILY",
        "EXRULE:FREQ=DAILY",
        "EXDATE:tomorrow",
        "EXDATE;TZID=Nowhere/Atall:20260505T090000",
        "RDATE;VALUE=PERIOD:19960403T020000Z/19960403T040000Z",
        "DTSTART:20260504T090000Z",
        &long,
    ] {
        assert!(
            occurrences(&series(BERLIN, "20260504T090000", &[line]), day("2026-01-01"), day("2028-12-31")).is_err(),
            "{line}"
        );
    }
    let often = series(BERLIN, "20260504T090000", &["RRULE:FREQ=DAILY;BYHOUR=8,9,10"]);
    assert_eq!(occurrences(&often, day("2026-01-01"), day("2027-12-31")), Err(Uncountable::TooMany));
    let nowhere = Series { zone: Some("Nowhere/Atall".into()), ..often };
    assert_eq!(occurrences(&nowhere, day("2026-05-04"), day("2026-05-05")), Err(Uncountable::Zone));
}

#[test]
fn a_rule_that_never_happens_is_given_up_in_time() {
    let begun = std::time::Instant::now();
    for line in [
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
    ] {
        let never = series(BERLIN, "20260204T090000", &[line]);
        assert!(occurrences(&never, day("2026-05-01"), day("2028-05-01")).unwrap().is_empty(), "{line}");
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// A rule text that is mostly well-formed.
fn random_rule(rng: &mut Rng) -> String {
    let mut parts =
        vec![format!("FREQ={}", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "X"][usize::try_from(rng.below(6)).unwrap()])];
    let mut list = |name: &str, span: i64, rng: &mut Rng| {
        let values: Vec<String> =
            (0..1 + rng.below(3)).map(|_| (rng.below((2 * span + 1).cast_unsigned()).cast_signed() - span).to_string()).collect();
        parts.push(format!("{name}={}", values.join(",")));
    };
    for (name, span) in
        [("BYMONTHDAY", 33), ("BYYEARDAY", 370), ("BYWEEKNO", 55), ("BYMONTH", 13), ("BYSETPOS", 6), ("BYHOUR", 25)]
    {
        if rng.below(4) == 0 {
            list(name, span, rng);
        }
    }
    if rng.below(2) == 0 {
        parts.push(format!("INTERVAL={}", 1 + rng.below(40)));
    }
    if rng.below(2) == 0 {
        let names = ["MO", "-1TU", "2WE", "5TH", "FR", "-6SA", "SU", ""];
        let days: Vec<&str> = (0..1 + rng.below(3)).map(|_| *rng.pick(&names).unwrap()).collect();
        parts.push(format!("BYDAY={}", days.join(",")));
    }
    match rng.below(4) {
        0 => parts.push(format!("COUNT={}", rng.below(60))),
        1 => parts.push(format!("UNTIL=2026{:02}{:02}T070000Z", 1 + rng.below(12), 1 + rng.below(31))),
        _ => {}
    }
    let mut text = format!("RRULE:{}", parts.join(";"));
    if rng.below(10) == 0 {
        let at = usize::try_from(rng.below(text.len() as u64)).unwrap();
        text.replace_range(at..=at, ["", ";", "=", "9", "ü"][usize::try_from(rng.below(5)).unwrap()]);
    }
    text
}

#[test]
fn any_rule_gives_days_or_an_error_and_a_part_of_the_window_gives_a_part_of_the_days() {
    for seed in 0..1_000 {
        let mut rng = Rng(seed);
        let line = random_rule(&mut rng);
        let start = format!("20{:02}0{}1{}T0{}0000", 10 + rng.below(17), 1 + rng.below(9), rng.below(9), rng.below(9));
        let series = series(BERLIN, &start, &[&line]);
        let whole = occurrences(&series, day("2026-01-01"), day("2026-12-31"));
        let from = day("2026-01-01") + Duration::days(rng.below(300).cast_signed());
        let part = occurrences(&series, from, from + Duration::days(40));
        let (Ok(whole), Ok(part)) = (&whole, &part) else {
            assert!(whole.is_err() || part.is_ok(), "{line}");
            continue;
        };
        let expected: Vec<&Occurrence> = whole
            .iter()
            .filter(|one| one.span.first_day() <= from + Duration::days(40) && one.span.last_day() >= from)
            .filter(|one| one.span.last_day().year() == 2026)
            .collect();
        let found: Vec<&Occurrence> = part.iter().filter(|one| one.span.last_day().year() == 2026).collect();
        assert_eq!(found, expected, "seed {seed}: {start} {line}");
    }
}
