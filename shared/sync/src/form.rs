//! The standard form: the one shape in which the two sides are compared.

use std::borrow::Cow;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc_quick};

use crate::berlin;

/// When an appointment takes place, in Berlin wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Span {
    /// Whole days, both inclusive.
    AllDay {
        /// First day.
        first: NaiveDate,
        /// Last day, inclusive.
        last: NaiveDate,
    },
    /// From one moment to another.
    Timed {
        /// Start.
        start: NaiveDateTime,
        /// End, not before the start.
        end: NaiveDateTime,
    },
}

/// The last year that has four digits.
const LAST_YEAR: i32 = 9999;

/// Why an item has no standard form. Names the fault, never the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
pub enum Unreadable {
    /// The JSON is not an object, or a member has the wrong type.
    #[error("not readable as an appointment")]
    Shape,
    /// No number or id.
    #[error("without a number or id")]
    Id,
    /// The start is missing or no date.
    #[error("start is missing or not a date")]
    Start,
    /// The end is no date.
    #[error("end is not a date")]
    End,
    /// The end lies before the start.
    #[error("end lies before start")]
    EndBeforeStart,
    /// The recurrence has no occurrence, or is none that any calendar could read.
    #[error("recurrence without an occurrence")]
    Recurrence,
}

impl Span {
    /// Whole days; fails where the last lies before the first, or is one that no calendar can write.
    pub fn days(first: NaiveDate, last: NaiveDate) -> Result<Self, Unreadable> {
        if last < first {
            return Err(Unreadable::EndBeforeStart);
        }
        // Google states the day after, with four digits for the year.
        let is_writable = last.succ_opt().is_some_and(|end| end.year() <= LAST_YEAR);
        if is_writable { Ok(Self::AllDay { first, last }) } else { Err(Unreadable::End) }
    }

    /// A span by the clock, brought into standard form.
    ///
    /// A time that does not exist moves forward. An end at 00:00 is 23:59 of the day before. 00:00 to 23:59
    /// (`:00` or `:59`) and anything longer than 24 hours is all-day.
    pub fn timed(start: NaiveDateTime, end: NaiveDateTime) -> Result<Self, Unreadable> {
        let (start, mut end) = (berlin::existing(start), berlin::existing(end));
        if end < start {
            return Err(Unreadable::EndBeforeStart);
        }
        if end > start && end.time() == NaiveTime::MIN {
            end -= Duration::minutes(1);
        }
        let last_minute = end.time() >= NaiveTime::from_hms_opt(23, 59, 0).expect("a time of day");
        let whole_days = start.time() == NaiveTime::MIN && last_minute;
        if whole_days || end - start > Duration::hours(24) {
            return Self::days(start.date(), end.date());
        }
        if end.year() > LAST_YEAR {
            return Err(Unreadable::End);
        }
        Ok(Self::Timed { start, end })
    }

    /// The first day.
    pub fn first_day(&self) -> NaiveDate {
        match self {
            Self::AllDay { first, .. } => *first,
            Self::Timed { start, .. } => start.date(),
        }
    }

    /// The last day, inclusive.
    pub fn last_day(&self) -> NaiveDate {
        match self {
            Self::AllDay { last, .. } => *last,
            Self::Timed { end, .. } => end.date(),
        }
    }

    /// Whether it starts just when `other` does.
    pub fn starts_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::AllDay { first, .. }, Self::AllDay { first: other, .. }) => first == other,
            (Self::Timed { start, .. }, Self::Timed { start: other, .. }) => start == other,
            _ => false,
        }
    }

    /// The same span on another first day; clock times and length in days stay.
    pub fn on_day(&self, day: NaiveDate) -> Self {
        let by = day - self.first_day();
        match *self {
            Self::AllDay { first, last } => Self::AllDay { first: first + by, last: last + by },
            Self::Timed { start, end } => {
                let (start, end) = (berlin::existing(start + by), berlin::existing(end + by));
                Self::Timed { start, end: end.max(start) }
            }
        }
    }
}

/// How often a series repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Frequency {
    /// Every n days.
    Daily,
    /// Every n weeks, on the first day's weekday.
    Weekly,
    /// Every n months, on the first day's day of the month.
    Monthly,
    /// Every n years, on the first day's date.
    Yearly,
}

/// A recurrence that both sides can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// The unit of `interval`.
    pub frequency: Frequency,
    /// At least 1.
    pub interval: u32,
    /// The day of the last occurrence; `None` is endless.
    pub until: Option<NaiveDate>,
}

impl Rule {
    /// The rule with `until` set to the last occurrence on or before it, counted from `first`.
    ///
    /// So two ends between which nothing happens are the same end. Days that not every month or year has
    /// (29–31, 29 February) are left as they stand: calendars differ on them.
    pub fn settled(mut self, first: NaiveDate) -> Result<Self, Unreadable> {
        let Some(until) = self.until else {
            return Ok(self);
        };
        if until < first {
            return Err(Unreadable::Recurrence);
        }
        let step = i64::from(self.interval.max(1));
        let days = (until - first).num_days();
        let months = i64::from(until.year() - first.year()) * 12 + i64::from(until.month())
            - i64::from(first.month())
            - i64::from(until.day() < first.day());
        self.until = match self.frequency {
            Frequency::Daily => Some(first + Duration::days(days / step * step)),
            Frequency::Weekly => Some(first + Duration::days(days / (7 * step) * 7 * step)),
            Frequency::Monthly if first.day() <= 28 => add_months(first, months / step * step),
            Frequency::Yearly if (first.month(), first.day()) != (2, 29) => add_months(first, months / (12 * step) * 12 * step),
            Frequency::Monthly | Frequency::Yearly => Some(until),
        };
        Ok(self)
    }

    /// The day of the occurrence number `index` (0 is the first), where every period has that day.
    pub fn nth(&self, first: NaiveDate, index: u32) -> Option<NaiveDate> {
        let steps = i64::from(self.interval.max(1)) * i64::from(index);
        match self.frequency {
            Frequency::Daily => first.checked_add_signed(Duration::try_days(steps)?),
            Frequency::Weekly => first.checked_add_signed(Duration::try_days(steps.checked_mul(7)?)?),
            Frequency::Monthly => add_months(first, steps),
            Frequency::Yearly => add_months(first, steps.checked_mul(12)?),
        }
    }
}

fn add_months(day: NaiveDate, months: i64) -> Option<NaiveDate> {
    day.checked_add_months(chrono::Months::new(u32::try_from(months).ok()?))
}

/// The recurrence of an item as its own side states it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum Recurrence {
    /// A single appointment.
    #[default]
    None,
    /// A rule that Advoware can hold.
    Held(Rule),
    /// A rule that Advoware holds only where it is already agreed: on a day that not every month or year
    /// has, or ending in or after 2037.
    Soft(Rule),
    /// Anything else, canonical: Google's lines, sorted.
    Foreign(Vec<String>),
}

/// One appointment in standard form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Appointment {
    /// Start, end and all-day: one field.
    pub time: Span,
    /// Title.
    pub text: String,
    /// Note.
    pub notiz: String,
    /// Place.
    pub ort: String,
    /// Whether only its owner may see it.
    pub private: bool,
    /// Series, or none.
    pub recurrence: Recurrence,
}

impl Appointment {
    /// The first and the last day on which anything of it may happen; an endless series has no last.
    pub fn days(&self) -> (NaiveDate, Option<NaiveDate>) {
        let last = match &self.recurrence {
            Recurrence::None => Some(self.time.last_day()),
            Recurrence::Held(rule) | Recurrence::Soft(rule) => rule.until,
            Recurrence::Foreign(_) => None,
        };
        (self.time.first_day(), last)
    }

    /// This appointment with the fields in `fields` taken from `other`.
    pub fn with(&self, fields: FieldSet, other: &Self) -> Self {
        let pick = |field| if fields.has(field) { other } else { self };
        Self {
            time: pick(Field::Time).time,
            text: pick(Field::Text).text.clone(),
            notiz: pick(Field::Notiz).notiz.clone(),
            ort: pick(Field::Ort).ort.clone(),
            private: pick(Field::Private).private,
            recurrence: pick(Field::Recurrence).recurrence.clone(),
        }
    }
}

/// A text in comparable form: LF line ends, no trailing blanks, Unicode NFC.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let unified =
        if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) };
    for line in unified.split('\n') {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    if out.is_ascii() || is_nfc_quick(out.chars()) == unicode_normalization::IsNormalized::Yes {
        out
    } else {
        out.nfc().collect()
    }
}

/// A field that is compared and merged on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Start, end and all-day.
    Time,
    /// Title.
    Text,
    /// Note.
    Notiz,
    /// Place.
    Ort,
    /// Private or not.
    Private,
    /// Recurrence.
    Recurrence,
}

impl Field {
    /// Every field, in the order in which fingerprints are stored.
    pub const ALL: [Self; 6] = [Self::Time, Self::Text, Self::Notiz, Self::Ort, Self::Private, Self::Recurrence];

    /// The fields that hold a text: the ones that anonymising replaces.
    pub const TEXTS: FieldSet = FieldSet(0b00_1110);

    /// Its name in plans and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Text => "text",
            Self::Notiz => "notiz",
            Self::Ort => "ort",
            Self::Private => "private",
            Self::Recurrence => "recurrence",
        }
    }
}

/// A set of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct FieldSet(u8);

impl FieldSet {
    /// No field.
    pub const NONE: Self = Self(0);
    /// Every field.
    pub const ALL: Self = Self(0b11_1111);

    /// Whether `field` is in it.
    pub fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    /// Adds `field`.
    pub fn add(&mut self, field: Field) {
        self.0 |= 1 << field as u8;
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it has no field.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its fields in their fixed order.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.has(*field))
    }

    /// Their names.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Field::name).collect()
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut set = Self::NONE;
        fields.into_iter().for_each(|field| set.add(field));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }
    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn days(first: &str, last: &str) -> Span {
        Span::AllDay { first: day(first), last: day(last) }
    }

    #[test]
    fn whole_days_by_the_clock_are_all_day() {
        for end in ["2026-05-04 23:59:00", "2026-05-04 23:59:59", "2026-05-05 00:00:00"] {
            assert_eq!(Span::timed(at("2026-05-04 00:00:00"), at(end)), Ok(days("2026-05-04", "2026-05-04")), "{end}");
        }
    }

    #[test]
    fn longer_than_a_day_is_all_day_and_exactly_a_day_is_not() {
        assert_eq!(Span::timed(at("2026-05-04 10:00:00"), at("2026-05-05 10:00:01")), Ok(days("2026-05-04", "2026-05-05")));
        assert!(matches!(Span::timed(at("2026-05-04 10:00:00"), at("2026-05-05 10:00:00")), Ok(Span::Timed { .. })));
    }

    #[test]
    fn an_end_at_midnight_is_a_minute_before() {
        let span = Span::timed(at("2026-05-04 22:00:00"), at("2026-05-05 00:00:00"));
        assert_eq!(span, Ok(Span::Timed { start: at("2026-05-04 22:00:00"), end: at("2026-05-04 23:59:00") }));
        let nothing = Span::timed(at("2026-05-05 00:00:00"), at("2026-05-05 00:00:00"));
        assert_eq!(nothing, Ok(Span::Timed { start: at("2026-05-05 00:00:00"), end: at("2026-05-05 00:00:00") }));
    }

    #[test]
    fn end_before_start_is_refused() {
        assert_eq!(Span::timed(at("2026-05-04 10:00:00"), at("2026-05-04 09:00:00")), Err(Unreadable::EndBeforeStart));
    }

    #[test]
    fn texts_compare_without_line_ends_trailing_blanks_and_unicode_form() {
        assert_eq!(plain("Zeile 1  \r\nZeile 2\r\n\r\n"), "Zeile 1\nZeile 2");
        assert_eq!(plain("Mu\u{308}ller"), "Müller");
        assert_eq!(plain("   "), "");
    }

    #[test]
    fn an_end_between_occurrences_is_the_last_occurrence() {
        let rule = |frequency, interval, until| Rule { frequency, interval, until: Some(day(until)) };
        let settled = |r: Rule, first| r.settled(day(first)).unwrap().until.unwrap();
        assert_eq!(settled(rule(Frequency::Weekly, 1, "2026-12-31"), "2026-05-04"), day("2026-12-28"));
        assert_eq!(settled(rule(Frequency::Weekly, 2, "2026-05-30"), "2026-05-04"), day("2026-05-18"));
        assert_eq!(settled(rule(Frequency::Daily, 3, "2026-05-12"), "2026-05-04"), day("2026-05-10"));
        assert_eq!(settled(rule(Frequency::Monthly, 1, "2026-08-14"), "2026-05-15"), day("2026-07-15"));
        assert_eq!(settled(rule(Frequency::Yearly, 1, "2029-05-03"), "2026-05-04"), day("2028-05-04"));
        assert!(rule(Frequency::Daily, 1, "2026-05-03").settled(day("2026-05-04")).is_err());
    }
}
