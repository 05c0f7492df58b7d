//! All runs.

use advosync_queue::{RunFilter, RunStatus};
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use serde::Deserialize;

use super::page::Page;
use super::views::RunRow;
use crate::app::App;
use crate::extract::Query;
use crate::problem::Problem;

/// Runs on a page.
const ROWS: usize = 50;
/// The states by which runs are filtered.
const STATUSES: [&str; 6] = ["running", "queued", "failed", "held", "partial", "succeeded"];

/// Which runs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    kuerzel: String,
    status: String,
    cursor: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "runs.html")]
pub(crate) struct RunsPage {
    page: Page,
    wanted: Wanted,
    runs: Vec<RunRow>,
    next: Option<String>,
}

impl RunsPage {
    fn statuses(&self) -> [&'static str; 6] {
        STATUSES
    }

    fn address(&self, cursor: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("kuerzel", &self.wanted.kuerzel)
            .append_pair("status", &self.wanted.status)
            .append_pair("cursor", cursor);
        format!("/ui/runs?{}", query.finish())
    }
}

/// Lists runs.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page, Query(wanted): Query<Wanted>) -> Result<RunsPage, Problem> {
    let filter = RunFilter {
        key: Some(wanted.kuerzel.trim().to_owned()).filter(|kuerzel| !kuerzel.is_empty()),
        status: RunStatus::parse(&wanted.status),
        kind: None,
    };
    let cursor = wanted.cursor.parse::<u32>().is_ok().then_some(wanted.cursor.as_str());
    let found = app.queue().runs(&filter, cursor, ROWS).await?;
    Ok(RunsPage { runs: found.items.iter().map(|run| RunRow::new(run, &page)).collect(), next: found.next, wanted, page })
}
