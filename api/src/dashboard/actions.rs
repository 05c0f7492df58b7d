//! What people do on pages. Each ends on a page that says what was done.

use advosync_queue::DeadFilter;
use advosync_sync::plan::HeldItem;
use axum::extract::{RawForm, State};
use axum::response::Redirect;

use super::overview::path_segment;
use super::page::own_path;
use crate::access::Operator;
use crate::app::App;
use crate::extract::Path;
use crate::problem::Problem;
use crate::rest::{ask_for_run, bring_back, is_dead_letter, let_go};

/// A form as it was sent: names may come more than once.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(RawForm(bytes): &RawForm) -> Self {
        Self(url::form_urlencoded::parse(bytes).into_owned().collect())
    }

    pub(super) fn one<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// Back to where it was asked, with a word about it.
pub(super) fn back(path: &str, notice: &str) -> Redirect {
    let (path, section) = path.split_once('#').map_or((path, String::new()), |(path, section)| (path, format!("#{section}")));
    let joint = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{path}{joint}notice={notice}{section}"))
}

/// Asks for a run, and leads to it.
pub(crate) async fn sync(State(app): State<App>, Operator(actor): Operator, form: RawForm) -> Result<Redirect, Problem> {
    let fields = Fields::read(&form);
    let asked = ask_for_run(&app, fields.one("kuerzel"), &actor.name, None).await?;
    let notice = if asked.joined() { "notice-run-joined" } else { "notice-run-asked" };
    Ok(back(&format!("/ui/runs/{}", asked.run_id), notice))
}

/// Lets held items go: all, or those that are ticked. Or brings back what the ticked ones would delete.
pub(crate) async fn release(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(kuerzel): Path<String>,
    form: RawForm,
) -> Result<Redirect, Problem> {
    app.check_employee(&kuerzel).await?;
    let fields = Fields::read(&form);
    let ticked: Option<Vec<HeldItem>> = fields.all("item").map(|item| serde_json::from_str(item).ok()).collect();
    let ticked = ticked.ok_or_else(|| Problem::bad_request("A held item can't be read. Reload the page."))?;
    if fields.one("what") == "restore" {
        return restore(&app, &kuerzel, &actor.name, &ticked).await;
    }
    let items = if fields.one("what") == "all" { None } else { Some(ticked.as_slice()) };
    let (_, run_id) = let_go(&app, &kuerzel, &actor.name, items).await?;
    Ok(match run_id {
        Some(run_id) => back(&format!("/ui/runs/{run_id}"), "notice-released"),
        None => back(&format!("/ui/employees/{}", path_segment(&kuerzel)), "notice-nothing-held"),
    })
}

async fn restore(app: &App, kuerzel: &str, who: &str, ticked: &[HeldItem]) -> Result<Redirect, Problem> {
    let (_, run_id) = bring_back(app, kuerzel, who, ticked).await?;
    Ok(match run_id {
        Some(run_id) => back(&format!("/ui/runs/{run_id}"), "notice-restored"),
        None => back(&format!("/ui/employees/{}", path_segment(kuerzel)), "notice-nothing-restored"),
    })
}

/// Compares both sides of one employee, or begins to compare everybody's.
pub(crate) async fn compare(State(app): State<App>, Operator(_): Operator, form: RawForm) -> Result<Redirect, Problem> {
    let fields = Fields::read(&form);
    let kuerzel = fields.one("kuerzel");
    if kuerzel.is_empty() {
        let everybody = app.employees().await?.synchronised.into_iter().collect();
        tokio::spawn(async move { app.compare_all(everybody).await });
        return Ok(back("/ui/drift", "notice-comparing"));
    }
    app.check_employee(kuerzel).await?;
    app.compare(kuerzel).await?;
    Ok(back("/ui/drift", "notice-compared"))
}

/// Requeues or drops one dead letter, or all of a class.
pub(crate) async fn deal_with_letters(
    State(app): State<App>,
    Operator(actor): Operator,
    form: RawForm,
) -> Result<Redirect, Problem> {
    let fields = Fields::read(&form);
    let (id, class, requeue) = (fields.one("id"), fields.one("class"), fields.one("what") == "requeue");
    if !id.is_empty() && !is_dead_letter(id) {
        return Err(Problem::not_found("dead letter"));
    }
    let filter = DeadFilter { class: Some(class.to_owned()), ..DeadFilter::default() };
    let queue = app.queue();
    match (id, requeue) {
        ("", true) => drop(app.fleet().requeue_all(&filter, &actor.name).await?),
        ("", false) => drop(queue.drop_all_dead(&filter).await?),
        (id, true) => {
            let letter = queue.dead_letter(id).await?.ok_or_else(|| Problem::not_found("dead letter"))?;
            app.fleet().requeue(&letter, &actor.name).await?;
        }
        (id, false) => queue.drop_dead(id).await?,
    }
    tracing::info!(dead_letter = id, class, requeue, who = actor.name, "dead letters were dealt with");
    let back_to = own_path(fields.one("back"));
    Ok(back(back_to, if requeue { "notice-requeued" } else { "notice-dropped" }))
}
