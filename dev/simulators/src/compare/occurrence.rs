use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::text::Shown;

/// Where an occurrence comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Appointment(i64),
    Event(String),
}

/// One occurrence on the wall clock in Berlin; the end is inclusive.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    pub(super) start: NaiveDateTime,
    pub(super) end: NaiveDateTime,
    pub(super) all_day: bool,
    pub(super) text: Shown,
    pub(super) note: Shown,
    pub(super) place: Shown,
    pub(super) private: bool,
    pub(super) source: Source,
}

impl Occurrence {
    /// Brings the times into the form in which they are compared: whole minutes, and whole days
    /// where it lasts a day or longer than one.
    pub(super) fn normalised(mut self) -> Self {
        self.start = to_the_minute(self.start);
        self.end = to_the_minute(self.end);
        let last_minute = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default();
        let whole_days = self.start.time() == NaiveTime::MIN && self.end.time() == last_minute;
        if whole_days || self.end - self.start > TimeDelta::days(1) {
            self.all_day = true;
        }
        if self.all_day {
            self.start = self.start.date().and_time(NaiveTime::MIN);
            self.end = self.end.date().and_time(last_minute);
        }
        self
    }

    pub(super) fn time_key(&self) -> (NaiveDateTime, NaiveDateTime, bool) {
        (self.start, self.end, self.all_day)
    }

    pub(super) fn title_key(&self) -> String {
        self.text.plain().to_owned()
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.differing_fields(other).is_empty()
    }

    pub(super) fn differing_fields(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("time", self.time_key() == other.time_key()),
            ("text", self.text.equals(&other.text)),
            ("notiz", self.note.equals(&other.note)),
            ("ort", self.place.equals(&other.place)),
            ("private", self.private == other.private),
        ];
        fields.into_iter().filter(|(_, equal)| !equal).map(|(name, _)| name).collect()
    }
}

fn to_the_minute(moment: NaiveDateTime) -> NaiveDateTime {
    moment.with_second(0).and_then(|moment| moment.with_nanosecond(0)).unwrap_or(moment)
}
