//! What taking a run back would do, shown before it is done.

use advosync_fleet::{UndoItem, UndoLook, changed_at};
use advosync_sync::form::Field;
use advosync_sync::plan::Reason;
use advosync_sync::ports::{Advoware, Lookup, Side, Verb};
use advosync_sync::undo::Target;
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{RawForm, State as Shared};
use axum::response::Redirect;
use serde::Deserialize;

use super::actions::{Fields, back};
use super::moments::Moment;
use super::page::Page;
use super::plan::{Change, changes};
use super::subject::Subject;
use crate::access::Operator;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::rest::{record, take_back, targets};

/// Items shown; there may be more.
const SHOWN: usize = 200;

/// One item that the run wrote.
pub(crate) struct UndoRow {
    pub(crate) kuerzel: String,
    pub(crate) side: &'static str,
    /// What would be done; `None` where it stays as it is.
    pub(crate) verb: Option<&'static str>,
    pub(crate) frnr: Option<i64>,
    pub(crate) event_id: Option<String>,
    pub(crate) subject: Option<Subject>,
    pub(crate) changes: Vec<Change>,
    /// What follows from it, or why it stays as it is.
    pub(crate) remark: String,
}

impl UndoRow {
    fn new(kuerzel: &str, item: UndoItem, page: &Page) -> Self {
        let readable = page.may_read_texts();
        let (from, to) = (item.from.as_ref().filter(|_| readable), item.to.as_ref().filter(|_| readable));
        let changed = match (item.operation, from, to) {
            (Some(Verb::Update), Some(from), Some(to)) => {
                // Only what would really change, whatever the run wrote.
                let differs = |name: &String| {
                    let field = Field::ALL.into_iter().find(|field| field.name() == name);
                    field.is_none_or(|field| from.with([field].into_iter().collect(), to) != *from)
                };
                item.fields.iter().filter(|name| differs(name)).cloned().collect()
            }
            (Some(Verb::Update), _, _) => item.fields.clone(),
            _ => Vec::new(),
        };
        let side = crate::words::side(item.side);
        let remark = match (item.obstacle, item.operation) {
            (Some(obstacle), _) => page.t.code("obstacle", obstacle),
            (None, Some(Verb::Delete)) => page.t.code("undo-deletes-too", side),
            (None, _) => page.t.code("undo-carries-over", side),
        };
        Self {
            kuerzel: kuerzel.to_owned(),
            side,
            verb: item.operation.map(crate::words::verb),
            frnr: item.frnr,
            event_id: item.event_id,
            subject: to.or(from).map(|form| Subject::new(form, page)),
            changes: changes(&changed, from, to, page),
            remark,
        }
    }
}

/// Which items.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// Only this one, as an address names it.
    item: String,
}

/// Two versions of one appointment, of which the rule chose one.
pub(crate) struct Conflict {
    /// The side whose version holds, and when it was made.
    pub(crate) holds: &'static str,
    pub(crate) holds_at: Option<Moment>,
    /// The side whose version was overwritten, and when that was made.
    pub(crate) other: &'static str,
    pub(crate) other_at: Option<Moment>,
}

#[derive(Template, WebTemplate)]
#[template(path = "undo.html")]
pub(crate) struct UndoPage {
    page: Page,
    run_id: String,
    rows: Vec<UndoRow>,
    hidden: usize,
    possible: usize,
    deletions: usize,
    keeps_contents: bool,
    with_kuerzel: bool,
    item: String,
    conflict: Option<Conflict>,
}

/// Looks at both sides and shows what taking the run back would do.
pub(crate) async fn page(
    Shared(app): Shared<App>,
    page: Page,
    Path(run_id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<UndoPage, Problem> {
    let run = record(&app, &run_id).await?;
    let only = only(&wanted.item)?;
    let looks = app.fleet().look_undo(&run_id, only.as_deref()).await?;
    let conflict = match (only.is_some(), looks.iter().flat_map(|look| &look.items).next()) {
        (true, Some(item)) => conflict(&app, item, &page).await,
        _ => None,
    };
    let items = || looks.iter().flat_map(|look: &UndoLook| &look.items);
    let (all, possible) = (items().count(), items().filter(|item| item.operation.is_some()).count());
    let deletions = items().filter(|item| item.operation == Some(Verb::Delete)).count();
    let items = looks.into_iter().flat_map(|look| {
        let kuerzel = look.kuerzel;
        look.items.into_iter().map(move |item| (kuerzel.clone(), item))
    });
    Ok(UndoPage {
        rows: items.take(SHOWN).map(|(kuerzel, item)| UndoRow::new(&kuerzel, item, &page)).collect(),
        hidden: all.saturating_sub(SHOWN),
        possible,
        deletions,
        keeps_contents: app.fleet().journal().keeps_contents(),
        with_kuerzel: run.kind == "all",
        item: wanted.item,
        conflict,
        run_id,
        page,
    })
}

fn only(item: &str) -> Result<Option<Vec<Target>>, Problem> {
    if item.is_empty() { Ok(None) } else { targets(&[item.to_owned()]).map(Some) }
}

/// Which two versions met, where that is why the item was written.
async fn conflict(app: &App, item: &UndoItem, page: &Page) -> Option<Conflict> {
    if item.reason != Some(Reason::Conflict) {
        return None;
    }
    let holds = match item.side {
        Side::Google => Side::Advoware,
        Side::Advoware => Side::Google,
    };
    let holds_at = match (holds, item.frnr) {
        (Side::Advoware, Some(frnr)) => match app.fleet().advoware().for_run().get(frnr).await {
            Ok(Lookup::Found(object)) => changed_at(&object),
            _ => None,
        },
        _ => None,
    };
    Some(Conflict {
        holds: crate::words::side(holds),
        holds_at: page.clock.maybe(&holds_at),
        other: crate::words::side(item.side),
        other_at: page.clock.maybe(&item.former_at),
    })
}

/// Takes the run back, or one item of it, and leads to the run that does so.
pub(crate) async fn undo(
    Shared(app): Shared<App>,
    Operator(actor): Operator,
    Path(run_id): Path<String>,
    form: RawForm,
) -> Result<Redirect, Problem> {
    let only = only(Fields::read(&form).one("item"))?;
    let runs = take_back(&app, &run_id, only.as_deref(), &actor.name).await?;
    Ok(match runs.as_slice() {
        [one] => back(&format!("/ui/runs/{}", one.run_id), "notice-undone"),
        _ => back("/ui/runs", "notice-undone"),
    })
}
