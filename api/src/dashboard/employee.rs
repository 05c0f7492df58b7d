//! One employee.

use std::collections::BTreeSet;

use advosync_config::{ConflictPolicy, DeleteConflictPolicy};
use advosync_fleet::target_word;
use advosync_queue::RunFilter;
use advosync_state::{Filter, HeldSince, JournalEntry};
use advosync_sync::plan::{HeldItem, HeldOperation, Note, NoteKind, Reason};
use advosync_sync::ports::Side;
use advosync_sync::undo::Target;
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use futures::StreamExt;
use serde::Deserialize;

use super::moments::Moment;
use super::overview::{Row, in_hand};
use super::page::Page;
use super::subject::{Subject, in_advoware, in_google};
use super::views::{RunRow, field_names, word};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::standing::{Standing, moment};

/// Runs shown.
const RUNS: usize = 10;
/// Writes that are searched for conflicts, and conflicts shown.
const WRITES: usize = 200;
const CONFLICTS: usize = 20;
/// Held items and notes shown.
const SHOWN: usize = 200;
/// Held items whose names are read.
const NAMED: usize = 60;
/// Items read at a time.
const AT_A_TIME: usize = 4;

/// Whether held items are shown by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    names: Option<String>,
}

/// One held item.
pub(crate) struct HeldRow {
    /// The item itself, for the form.
    pub(crate) value: String,
    pub(crate) side: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) frnr: Option<i64>,
    pub(crate) event_id: Option<String>,
    pub(crate) since: Moment,
    pub(crate) subject: Option<Subject>,
}

impl HeldRow {
    fn new(held: &HeldSince, subject: Option<Subject>, page: &Page) -> Self {
        Self {
            value: serde_json::to_string(&held.item).unwrap_or_default(),
            side: crate::words::side(held.item.side),
            operation: match held.item.operation {
                HeldOperation::Delete => "delete",
                HeldOperation::Create => "create",
            },
            frnr: held.item.frnr,
            event_id: held.item.event_id.clone(),
            since: page.clock.moment(&held.since),
            subject,
        }
    }
}

/// One thing that the last run reports.
pub(crate) struct NoteRow {
    pub(crate) kind: String,
    pub(crate) remedy: String,
    pub(crate) frnr: Option<i64>,
    pub(crate) event_id: Option<String>,
    pub(crate) detail: String,
}

impl NoteRow {
    pub(crate) fn new(note: &Note, page: &Page) -> Self {
        let kind = word(&note.kind);
        let detail = match note.kind {
            NoteKind::Conflict => field_names(&note.detail, page),
            NoteKind::NotUndone => note.detail.iter().map(|word| page.t.code("obstacle", word)).collect(),
            _ => note.detail.iter().map(|detail| page.t.code("fault", detail)).collect(),
        };
        Self {
            remedy: page.t.code("note-remedy", &kind),
            kind: page.t.code("note", &kind),
            frnr: note.frnr,
            event_id: note.event_id.clone(),
            detail: detail.join(", "),
        }
    }
}

/// One setting in force.
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) variable: &'static str,
}

#[derive(Template, WebTemplate)]
#[template(path = "employee.html")]
pub(crate) struct EmployeePage {
    page: Page,
    row: Row,
    calendar_name: Option<String>,
    calendar_id: Option<String>,
    calendar_reports: Vec<String>,
    held: Vec<HeldRow>,
    hidden_held: usize,
    released: usize,
    named: bool,
    notes: Vec<NoteRow>,
    hidden_notes: usize,
    reported_at: Option<Moment>,
    /// When everybody's next run is planned.
    next_run: Option<Moment>,
    conflicts: Vec<ConflictRow>,
    runs: Vec<RunRow>,
    settings: Vec<Setting>,
}

/// Two versions met, and the rule chose one; the other can still be taken.
pub(crate) struct ConflictRow {
    pub(crate) at: Moment,
    pub(crate) run_id: String,
    pub(crate) frnr: Option<i64>,
    pub(crate) fields: Vec<String>,
    /// The side whose version holds.
    pub(crate) holds: &'static str,
    /// The overwritten item, as an address names it.
    pub(crate) item: String,
}

impl ConflictRow {
    fn new(entry: &JournalEntry, page: &Page) -> Option<Self> {
        let (holds, target) = match entry.side {
            Side::Google => (Side::Advoware, Target::Event(entry.event_id.clone()?)),
            Side::Advoware => (Side::Google, Target::Termin(entry.frnr?)),
        };
        let shown = entry.reason == Reason::Conflict && entry.done_at.is_some() && !entry.fields.is_empty();
        shown.then(|| Self {
            at: page.clock.moment(&entry.at),
            run_id: entry.run_id.clone(),
            frnr: entry.frnr,
            fields: field_names(&entry.fields, page),
            holds: crate::words::side(holds),
            item: target_word(&target),
        })
    }
}

impl EmployeePage {
    /// The sentence that says how the calendar stands.
    fn sentence(&self) -> String {
        self.page
            .t
            .of(match self.row.state.name() {
                "right" => "employee-right",
                "running" => "employee-running",
                "new" => "employee-new",
                "stale" => "employee-stale",
                "partial" => "employee-partial",
                "held" => "employee-held",
                "failed" => "employee-failed",
                _ => "employee-skipped",
            })
            .into_owned()
    }
}

/// Shows one employee.
pub(crate) async fn page(
    Shared(app): Shared<App>,
    page: Page,
    Path(kuerzel): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<EmployeePage, Problem> {
    app.check_employee(&kuerzel).await?;
    let filter = RunFilter { key: Some(kuerzel.clone()), ..RunFilter::default() };
    let held = app.fleet().held();
    let journal = app.fleet().journal();
    let (standing, runs, workers, released, written, scheduler) = tokio::try_join!(
        app.ask(app.standing(&kuerzel)),
        app.ask(app.queue().runs(&filter, None, RUNS)),
        app.ask(app.queue().workers()),
        app.ask(held.released(&kuerzel)),
        app.ask(journal.page(Filter::Employee(&kuerzel), None, WRITES)),
        app.ask(app.queue().scheduler()),
    )?;
    let running: BTreeSet<String> = in_hand(&workers);
    let named = wanted.names.is_some() && page.may_read_texts();
    let held = held_rows(&app, &standing, named, &page).await;
    let notes: Vec<&Note> = standing.report.iter().flat_map(|stored| &stored.report.notes).collect();
    Ok(EmployeePage {
        row: Row::new(&standing, &running, &page, app.now()),
        calendar_name: standing.calendar.as_ref().map(|calendar| calendar.name.clone()),
        calendar_id: standing.calendar.as_ref().map(|calendar| calendar.id.clone()),
        calendar_reports: standing
            .calendar
            .iter()
            .flat_map(|calendar| &calendar.reports)
            .map(|code| page.t.code("calendar", code))
            .collect(),
        hidden_held: standing.held.len().saturating_sub(SHOWN),
        held,
        released: released.len(),
        named,
        hidden_notes: notes.len().saturating_sub(SHOWN),
        notes: notes.into_iter().take(SHOWN).map(|note| NoteRow::new(note, &page)).collect(),
        reported_at: standing.report.as_ref().map(|stored| page.clock.moment(&stored.at)),
        next_run: page.clock.maybe(&scheduler.next_firing_ms.and_then(moment)),
        conflicts: written.entries.iter().filter_map(|entry| ConflictRow::new(entry, &page)).take(CONFLICTS).collect(),
        runs: runs.items.iter().map(|run| RunRow::new(run, &page)).collect(),
        settings: settings(&app, &kuerzel, &page),
        page,
    })
}

async fn held_rows(app: &App, standing: &Standing, named: bool, page: &Page) -> Vec<HeldRow> {
    let calendar = standing.calendar.as_ref().map(|calendar| calendar.id.as_str());
    let shown = standing.held.iter().take(SHOWN);
    let mut subjects = Vec::new();
    if named {
        let items = shown.clone().take(NAMED).map(|held| subject(app, calendar, &held.item, page)).collect::<Vec<_>>();
        subjects = futures::stream::iter(items).buffered(AT_A_TIME).collect().await;
    }
    let mut subjects = subjects.into_iter();
    shown.map(|held| HeldRow::new(held, subjects.next().flatten(), page)).collect()
}

/// What would be deleted or made.
async fn subject(app: &App, calendar: Option<&str>, item: &HeldItem, page: &Page) -> Option<Subject> {
    let lies_in_google = (item.side == Side::Google) == (item.operation == HeldOperation::Delete);
    let form = if lies_in_google {
        in_google(app.fleet(), calendar?, item.event_id.as_deref()?).await?
    } else {
        in_advoware(app.fleet(), item.frnr?).await?
    };
    Some(Subject::new(&form, page))
}

fn settings(app: &App, kuerzel: &str, page: &Page) -> Vec<Setting> {
    let sync = app.fleet().sync();
    let of = |name: &'static str| page.t.of(name).into_owned();
    let setting = |name: &'static str, value: String, variable| Setting { name: of(name), value, variable };
    let window = page.t.filled("setting-window-value", &[("count", sync.past_days.into()), ("total", sync.future_days.into())]);
    let schedule = app.schedule();
    let crons: Vec<&str> = schedule.crons.iter().map(|cron| cron.text.as_str()).collect();
    let poll = schedule.poll.and_then(|poll| chrono::TimeDelta::from_std(poll).ok());
    let poll = poll.map_or_else(|| of("setting-off"), |poll| page.t.with("setting-every", page.clock.duration(poll)));
    vec![
        setting("setting-cron", crons.join("; "), "CALENDAR_SYNC_CRON"),
        setting("setting-poll", poll, "CALENDAR_SYNC_POLL"),
        setting("setting-window", window, "CALENDAR_SYNC_PAST_DAYS, CALENDAR_SYNC_FUTURE_DAYS"),
        setting(
            "setting-conflict",
            of(match sync.conflict {
                ConflictPolicy::Advoware => "side-advoware",
                ConflictPolicy::Google => "side-google",
            }),
            "CALENDAR_SYNC_CONFLICT",
        ),
        setting(
            "setting-delete-conflict",
            of(match sync.delete_conflict {
                DeleteConflictPolicy::Keep => "setting-keep",
                DeleteConflictPolicy::Delete => "setting-delete",
            }),
            "CALENDAR_SYNC_DELETE_CONFLICT",
        ),
        setting("setting-max-deletes", sync.max_deletes.to_string(), "CALENDAR_SYNC_MAX_DELETES"),
        setting("setting-anonymize", of(if sync.anonymize { "yes" } else { "no" }), "CALENDAR_SYNC_ANONYMIZE"),
        setting("setting-readers", sync.readers.of(kuerzel).len().to_string(), "CALENDAR_SYNC_READERS_PATH"),
    ]
}
