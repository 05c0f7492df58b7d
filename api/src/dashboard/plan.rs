//! What a run would do, field by field.

use advosync_fleet::Look;
use advosync_sync::form::{Appointment, Field};
use advosync_sync::ports::{Side, Verb};
use advosync_sync::run::{PlannedOperation, planned};
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use futures::StreamExt;

use super::page::Page;
use super::subject::{Subject, in_advoware, in_google, value};
use super::views::{field_names, word};
use crate::app::App;
use crate::extract::Path;
use crate::problem::Problem;

/// Operations shown; there may be more.
const SHOWN: usize = 100;
/// Items read at a time.
const AT_A_TIME: usize = 4;

/// One field that would change.
pub(crate) struct Change {
    pub(crate) field: String,
    /// Before and after, for whoever may see texts.
    pub(crate) values: Option<(Option<String>, String)>,
}

/// One write that a run would make.
pub(crate) struct PlanRow {
    pub(crate) side: &'static str,
    pub(crate) verb: &'static str,
    pub(crate) frnr: Option<i64>,
    pub(crate) event_id: Option<String>,
    pub(crate) subject: Option<Subject>,
    pub(crate) changes: Vec<Change>,
    pub(crate) reason: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "plan.html")]
pub(crate) struct PlanPage {
    page: Page,
    kuerzel: String,
    rows: Vec<PlanRow>,
    /// Operations that are not shown.
    hidden: usize,
    held: usize,
    unchanged: usize,
}

/// Looks at both sides and shows what a run would do.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page, Path(kuerzel): Path<String>) -> Result<PlanPage, Problem> {
    app.check_employee(&kuerzel).await?;
    let look = app.fleet().look(&kuerzel).await?;
    let operations = planned(&look.plan, &look.task.policy.scope);
    let hidden = operations.len().saturating_sub(SHOWN);
    let rows = futures::stream::iter(operations.into_iter().take(SHOWN))
        .map(|operation| row(&app, &look, operation, &page))
        .buffered(AT_A_TIME)
        .collect()
        .await;
    Ok(PlanPage { rows, hidden, held: look.plan.held.len(), unchanged: look.plan.unchanged, kuerzel, page })
}

async fn row(app: &App, look: &Look, operation: PlannedOperation, page: &Page) -> PlanRow {
    let both = if page.may_read_texts() { both(app, look, &operation).await } else { (None, None) };
    let (from, to) = match (operation.side, operation.operation) {
        (Side::Google, Verb::Create) => (None, both.0),
        (Side::Google, Verb::Update) => (both.1, both.0),
        (Side::Google, Verb::Delete) => (both.1, None),
        (Side::Advoware, Verb::Create) => (None, both.1),
        (Side::Advoware, Verb::Update) => (both.0, both.1),
        (Side::Advoware, Verb::Delete) => (both.0, None),
    };
    let subject = to.as_ref().or(from.as_ref()).map(|form| Subject::new(form, page));
    PlanRow {
        side: crate::words::side(operation.side),
        verb: crate::words::verb(operation.operation),
        changes: changes(&operation.fields, from.as_ref(), to.as_ref(), page),
        frnr: operation.frnr,
        event_id: operation.event_id,
        subject,
        reason: page.t.code("reason", &word(&operation.reason)),
    }
}

/// The appointment in Advoware and in Google, as far as the operation is about it.
async fn both(app: &App, look: &Look, operation: &PlannedOperation) -> (Option<Appointment>, Option<Appointment>) {
    let ours = async {
        let frnr = operation.frnr?;
        match look.loaded.advoware.get(&frnr) {
            Some(Ok(ours)) => Some(ours.form.clone()),
            _ => in_advoware(app.fleet(), frnr).await,
        }
    };
    let theirs = async {
        if operation.side == Side::Google && operation.operation == Verb::Create {
            return None;
        }
        in_google(app.fleet(), &look.task.calendar, operation.event_id.as_deref()?).await
    };
    tokio::join!(ours, theirs)
}

pub(super) fn changes(fields: &[String], from: Option<&Appointment>, to: Option<&Appointment>, page: &Page) -> Vec<Change> {
    let names = field_names(fields, page);
    let change = |(name, field): (&String, String)| {
        let known = Field::ALL.into_iter().find(|known| known.name() == name);
        let values = known.zip(to).map(|(known, to)| (from.map(|from| value(from, known, page)), value(to, known, page)));
        // What is empty and stays so is no news.
        let news = !matches!(&values, Some((None, to)) if to.is_empty() || *to == page.t.of("no"));
        news.then_some(Change { field, values })
    };
    fields.iter().zip(names).filter_map(change).collect()
}
