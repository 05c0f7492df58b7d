//! One appointment's story.

use advosync_state::{Filter, JournalEntry};
use advosync_sync::plan::Note;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Actor;
use crate::app::App;
use crate::extract::Path;
use crate::problem::{Problem, ProblemBody};
use crate::story::{EventState, Place};

/// Writes shown.
const WRITES: usize = 100;

/// Why an appointment is in the calendar as it is, or is not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppointmentStory {
    /// Advoware's number of it.
    #[serde(rename = "frNr")]
    frnr: i64,
    /// `found`, `unreadable`, `gone` or `unknown`: what Advoware says.
    advoware: &'static str,
    /// Why it can't be read.
    fault: Option<String>,
    /// Whose it is.
    kuerzel: Option<String>,
    /// Whether that employee is synchronised.
    synchronised: bool,
    /// Its first day.
    first_day: Option<NaiveDate>,
    /// Its last day; null for a series without an end.
    last_day: Option<NaiveDate>,
    /// Whether it lies within the days that are synchronised.
    in_window: bool,
    /// Its live events in Google, as last seen.
    event_ids: Vec<String>,
    /// Whether a write of it waits for a person.
    held: bool,
    /// The number under which an undo brought it back.
    came_back_as: Option<i64>,
    /// When the employee's calendar was last looked at.
    last_checked_at: Option<DateTime<Utc>>,
    /// What the employee's last run reported of it.
    #[schema(value_type = Vec<Object>)]
    notes: Vec<Note>,
    /// What was written in the last 30 days, the newest first.
    #[schema(value_type = Vec<Object>)]
    writes: Vec<JournalEntry>,
}

/// An event, and the appointment that it stands for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventStory {
    /// Google's id of it.
    event_id: String,
    /// Whose calendar has or had it.
    kuerzel: Option<String>,
    /// `linked`, `unlinked`, `left-alone`, `unreadable`, `deleted` or `unseen`: how it was last seen in the calendar.
    state: &'static str,
    /// Why it can't be read.
    fault: Option<String>,
    /// The appointment that it stands for.
    appointment: Option<AppointmentStory>,
    /// What was written to it in the last 30 days, the newest first.
    #[schema(value_type = Vec<Object>)]
    writes: Vec<JournalEntry>,
}

/// Tells what became of an event in Google. No text of it is shown.
#[utoipa::path(
    get, path = "/google/events/{event_id}", tag = "journal", params(("event_id" = String, Path, description = "Google's id of it")),
    responses(
        (status = 200, body = EventStory),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "That can be no id"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn event(State(app): State<App>, _: Actor, Path(event_id): Path<String>) -> Result<Json<EventStory>, Problem> {
    let writes = app.ask(app.fleet().journal().page(Filter::Event(&event_id), None, WRITES)).await?.entries;
    let story = app.event_story(&event_id, &writes).await?;
    let (state, fault) = match story.state {
        EventState::Linked => ("linked", None),
        EventState::Unlinked => ("unlinked", None),
        EventState::LeftAlone => ("left-alone", None),
        EventState::Unreadable(fault) => ("unreadable", Some(fault)),
        EventState::Deleted => ("deleted", None),
        EventState::Unseen => ("unseen", None),
    };
    let appointment = match story.frnr {
        Some(frnr) => Some(appointment(&app, frnr).await?),
        None => None,
    };
    Ok(Json(EventStory { event_id, kuerzel: story.kuerzel, state, fault, appointment, writes }))
}

/// Tells why an appointment is in the calendar as it is, or is not. No text of it is shown.
#[utoipa::path(
    get, path = "/appointments/{frNr}", tag = "journal", params(("frNr" = i64, Path, description = "Advoware's number of it")),
    responses(
        (status = 200, body = AppointmentStory),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "A valid token is needed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "That is no number"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Redis is away"),
    ),
)]
pub(crate) async fn story(State(app): State<App>, _: Actor, Path(frnr): Path<i64>) -> Result<Json<AppointmentStory>, Problem> {
    Ok(Json(appointment(&app, frnr).await?))
}

async fn appointment(app: &App, frnr: i64) -> Result<AppointmentStory, Problem> {
    let writes = app.ask(app.fleet().journal().page(Filter::Appointment(frnr), None, WRITES)).await?.entries;
    let story = app.story(frnr, &writes).await?;
    let (advoware, fault) = match story.place {
        Place::Found => ("found", None),
        Place::Unreadable(fault) => ("unreadable", Some(fault)),
        Place::Gone => ("gone", None),
        Place::Unknown => ("unknown", None),
    };
    let (first_day, last_day) = story.days.unzip();
    Ok(AppointmentStory {
        frnr,
        advoware,
        fault,
        kuerzel: story.kuerzel,
        synchronised: story.synchronised,
        first_day,
        last_day: last_day.flatten(),
        in_window: story.in_window,
        event_ids: story.event_ids,
        held: story.held,
        came_back_as: story.came_back_as,
        last_checked_at: story.checked_at,
        notes: story.notes,
        writes,
    })
}
