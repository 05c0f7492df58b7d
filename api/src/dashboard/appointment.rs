//! One appointment's whole story: why it is in the calendar as it is, or is not.

use advosync_state::{Filter, JournalPage};
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use axum::response::Redirect;
use serde::Deserialize;

use super::employee::NoteRow;
use super::overview::path_segment;
use super::page::Page;
use super::views::WriteRow;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::story::{EventState, EventStory, Place, Story};

/// Writes shown.
const SHOWN: usize = 100;

#[derive(Template, WebTemplate)]
#[template(path = "appointment.html")]
pub(crate) struct AppointmentPage {
    page: Page,
    frnr: Option<i64>,
    event_id: Option<String>,
    /// What is true of it, in sentences.
    facts: Vec<Fact>,
    notes: Vec<NoteRow>,
    writes: Vec<WriteRow>,
}

/// A sentence and how good it is.
pub(crate) struct Fact {
    pub(crate) tone: &'static str,
    pub(crate) text: String,
}

/// Tells the story of an appointment by its number in Advoware.
pub(crate) async fn by_number(Shared(app): Shared<App>, page: Page, Path(frnr): Path<i64>) -> Result<AppointmentPage, Problem> {
    let journal = app.fleet().journal();
    let writes = journal.page(Filter::Appointment(frnr), None, SHOWN).await?;
    let story = app.story(frnr, &writes.entries).await?;
    let notes = story.notes.iter().map(|note| NoteRow::new(note, &page)).collect();
    let event_id = story.event_ids.first().cloned();
    let facts = facts(&story, &page);
    Ok(told(page, Some(frnr), event_id, facts, notes, &writes))
}

/// Tells what was written to an event.
pub(crate) async fn by_event(
    Shared(app): Shared<App>,
    page: Page,
    Path(event_id): Path<String>,
) -> Result<AppointmentPage, Problem> {
    let writes = app.fleet().journal().page(Filter::Event(&event_id), None, SHOWN).await?;
    let event = app.event_story(&event_id, &writes.entries).await?;
    let mut told_of = vec![event_fact(&event, &page)];
    let mut notes = Vec::new();
    if let Some(frnr) = event.frnr {
        let own = app.fleet().journal().page(Filter::Appointment(frnr), None, SHOWN).await?;
        let story = app.story(frnr, &own.entries).await?;
        notes = story.notes.iter().map(|note| NoteRow::new(note, &page)).collect();
        told_of.extend(facts(&story, &page));
    }
    Ok(told(page, event.frnr, Some(event_id), told_of, notes, &writes))
}

fn told(
    page: Page,
    frnr: Option<i64>,
    event_id: Option<String>,
    facts: Vec<Fact>,
    notes: Vec<NoteRow>,
    writes: &JournalPage,
) -> AppointmentPage {
    let writes = writes.entries.iter().map(|entry| WriteRow::new(entry, &page)).collect();
    AppointmentPage { page, frnr, event_id, facts, notes, writes }
}

/// How the event itself stands.
fn event_fact(event: &EventStory, page: &Page) -> Fact {
    let t = page.t;
    let kuerzel = event.kuerzel.as_deref().unwrap_or_default();
    let (tone, text) = match &event.state {
        EventState::Linked => ("good", t.with("story-event-linked", kuerzel)),
        EventState::Unlinked => ("calm", t.with("story-event-unlinked", kuerzel)),
        EventState::LeftAlone => ("calm", t.with("story-event-left-alone", kuerzel)),
        EventState::Unreadable(fault) => ("bad", t.with("story-event-unreadable", t.code("fault", fault))),
        EventState::Deleted => ("warn", t.with("story-event-deleted", kuerzel)),
        EventState::Unseen => ("warn", t.of("story-event-unseen").into_owned()),
    };
    Fact { tone, text }
}

fn facts(story: &Story, page: &Page) -> Vec<Fact> {
    let t = page.t;
    let fact = |tone: &'static str, text: String| Fact { tone, text };
    let kuerzel = story.kuerzel.as_deref().unwrap_or_default();
    let mut facts = vec![match &story.place {
        Place::Found => fact("good", t.with("story-found", kuerzel)),
        Place::Unreadable(fault) => fact("bad", t.with("story-unreadable", t.code("fault", fault))),
        Place::Gone => fact("warn", t.of("story-gone").into_owned()),
        Place::Unknown => fact("calm", t.of("story-unknown").into_owned()),
    }];
    if let Some(number) = story.came_back_as {
        facts.push(fact("good", t.with("story-came-back", number.to_string())));
    }
    if matches!(story.place, Place::Found) {
        match story.days {
            Some(days) if !story.in_window => {
                let day = page.clock.day(days.0);
                facts.push(fact("warn", t.with("story-outside", &day)));
            }
            Some(_) => facts.push(fact("good", t.of("story-inside").into_owned())),
            None => {}
        }
        if !story.synchronised {
            facts.push(fact("warn", t.with("story-left-out", kuerzel)));
        }
    }
    if let Some(event_id) = story.event_ids.first() {
        facts.push(fact("good", t.with("story-event", event_id)));
    } else if matches!(story.place, Place::Found) {
        facts.push(fact("warn", t.of("story-no-event").into_owned()));
    }
    if story.held {
        facts.push(fact("warn", t.of("story-held").into_owned()));
    }
    if let Some(checked) = &story.checked_at {
        facts.push(fact("calm", t.with("story-checked", page.clock.text(checked))));
    }
    facts
}

/// What a person looks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    q: String,
}

/// Leads to the page of whatever was typed: a number, a run, an event or a Kürzel.
pub(crate) async fn search(Query(sought): Query<Sought>) -> Redirect {
    let sought = sought.q.trim();
    let segment = path_segment(sought);
    Redirect::to(&match sought {
        "" => "/".to_owned(),
        number if number.parse::<i64>().is_ok() => format!("/ui/appointments/{segment}"),
        run if uuid::Uuid::try_parse(run).is_ok() => format!("/ui/runs/{segment}"),
        event if event.len() > 12 => format!("/ui/events/{segment}"),
        _ => format!("/ui/employees/{segment}"),
    })
}
