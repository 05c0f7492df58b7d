//! What appointments are about: read from both systems on demand, and only for whoever may see texts.

use advosync_fleet::Fleet;
use advosync_sync::advoware::read_object;
use advosync_sync::form::{Appointment, Field, Frequency, Recurrence, Span};
use advosync_sync::google::read_event;
use advosync_sync::identity::Deployment;
use advosync_sync::ports::{Advoware, Google, Lookup};

use super::page::Page;

/// Characters of a text that are shown.
const SHOWN: usize = 300;

/// The appointment of this number, as Advoware has it now.
pub(crate) async fn in_advoware(fleet: &Fleet, frnr: i64) -> Option<Appointment> {
    let Ok(Lookup::Found(object)) = fleet.advoware().for_run().get(frnr).await else { return None };
    read_object(&object).ok()?.form.ok()
}

/// The event of this id, as Google has it now.
pub(crate) async fn in_google(fleet: &Fleet, calendar: &str, event_id: &str) -> Option<Appointment> {
    let object = fleet.google().for_run(true).get(calendar, event_id).await.ok()??;
    read_event(&object, calendar, &Deployment(fleet.sync().deployment.clone())).ok()?.form.ok()
}

/// When and what an appointment is, in short.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subject {
    pub(crate) when: String,
    pub(crate) title: String,
}

impl Subject {
    pub(crate) fn new(form: &Appointment, page: &Page) -> Self {
        Self { when: when(&form.time, page), title: shortened(&form.text) }
    }
}

/// The value of a field, for people.
pub(crate) fn value(form: &Appointment, field: Field, page: &Page) -> String {
    match field {
        Field::Time => when(&form.time, page),
        Field::Text => shortened(&form.text),
        Field::Notiz => shortened(&form.notiz),
        Field::Ort => shortened(&form.ort),
        Field::Private => page.t.of(if form.private { "yes" } else { "no" }).into_owned(),
        Field::Recurrence => recurrence(&form.recurrence, page),
    }
}

fn when(span: &Span, page: &Page) -> String {
    let day = |day| page.clock.day(day);
    match span {
        Span::AllDay { first, last } if first == last => day(*first),
        Span::AllDay { first, last } => format!("{} – {}", day(*first), day(*last)),
        Span::Timed { start, end } if start.date() == end.date() => {
            format!("{}, {} – {}", day(start.date()), start.format("%H:%M"), end.format("%H:%M"))
        }
        Span::Timed { start, end } => {
            format!("{}, {} – {}, {}", day(start.date()), start.format("%H:%M"), day(end.date()), end.format("%H:%M"))
        }
    }
}

fn recurrence(recurrence: &Recurrence, page: &Page) -> String {
    let (rule, foreign) = match recurrence {
        Recurrence::None => return page.t.of("no").into_owned(),
        Recurrence::Held(rule) | Recurrence::Soft(rule) => (Some(rule), None),
        Recurrence::Foreign(text) => (None, Some(text)),
    };
    let Some(rule) = rule else { return foreign.map(|lines| shortened(&lines.join(" "))).unwrap_or_default() };
    let every = page.t.count(every(rule.frequency), rule.interval as usize);
    match rule.until {
        Some(until) => page.t.filled("every-until", &[("what", every.into()), ("when", page.clock.day(until).into())]),
        None => every,
    }
}

fn every(frequency: Frequency) -> &'static str {
    match frequency {
        Frequency::Daily => "every-daily",
        Frequency::Weekly => "every-weekly",
        Frequency::Monthly => "every-monthly",
        Frequency::Yearly => "every-yearly",
    }
}

fn shortened(text: &str) -> String {
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(SHOWN).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}
