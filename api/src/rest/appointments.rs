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
use crate::story::Place;

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
    /// When the employee's calendar was last looked at.
    last_checked_at: Option<DateTime<Utc>>,
    /// What the employee's last run reported of it.
    #[schema(value_type = Vec<Object>)]
    notes: Vec<Note>,
    /// What was written in the last 30 days, the newest first.
    #[schema(value_type = Vec<Object>)]
    writes: Vec<JournalEntry>,
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
    let writes = app.ask(app.fleet().journal().page(Filter::Appointment(frnr), None, WRITES)).await?.entries;
    let story = app.story(frnr, &writes).await?;
    let (advoware, fault) = match story.place {
        Place::Found => ("found", None),
        Place::Unreadable(fault) => ("unreadable", Some(fault)),
        Place::Gone => ("gone", None),
        Place::Unknown => ("unknown", None),
    };
    let (first_day, last_day) = story.days.unzip();
    Ok(Json(AppointmentStory {
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
        last_checked_at: story.checked_at,
        notes: story.notes,
        writes,
    }))
}
