//! Who wrote what.

use advosync_state::Filter;
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use serde::Deserialize;

use super::page::Page;
use super::views::WriteRow;
use crate::app::App;
use crate::extract::Query;
use crate::problem::Problem;

/// Writes on a page.
const ROWS: usize = 100;

/// Which writes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    kuerzel: String,
    run_id: String,
    cursor: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "journal.html")]
pub(crate) struct JournalPage {
    page: Page,
    wanted: Wanted,
    writes: Vec<WriteRow>,
    next: Option<String>,
    keeps_contents: bool,
}

impl JournalPage {
    fn address(&self, cursor: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("kuerzel", &self.wanted.kuerzel)
            .append_pair("run_id", &self.wanted.run_id)
            .append_pair("cursor", cursor);
        format!("/ui/journal?{}", query.finish())
    }
}

/// Lists writes.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page, Query(wanted): Query<Wanted>) -> Result<JournalPage, Problem> {
    let (kuerzel, run_id) = (wanted.kuerzel.trim(), wanted.run_id.trim());
    let filter = match (kuerzel, run_id) {
        ("", "") => Filter::All,
        ("", run_id) => Filter::Run(run_id),
        (kuerzel, _) => Filter::Employee(kuerzel),
    };
    let cursor = Some(wanted.cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let journal = app.fleet().journal();
    let found = journal.page(filter, cursor, ROWS).await?;
    Ok(JournalPage {
        writes: found.entries.iter().map(|entry| WriteRow::new(entry, &page)).collect(),
        next: found.next,
        keeps_contents: journal.keeps_contents(),
        wanted,
        page,
    })
}
