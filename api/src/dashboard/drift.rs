//! How far both sides are apart.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;

use super::moments::Moment;
use super::overview::path_segment;
use super::page::Page;
use crate::app::App;
use crate::problem::Problem;

/// One employee's.
pub(crate) struct DriftRow {
    pub(crate) kuerzel: String,
    pub(crate) path: String,
    pub(crate) checked_at: Moment,
    pub(crate) missing: usize,
    pub(crate) extra: usize,
    pub(crate) different: usize,
}

impl DriftRow {
    pub(crate) fn differs(&self) -> bool {
        self.missing + self.extra + self.different > 0
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "drift.html")]
pub(crate) struct DriftPage {
    page: Page,
    rows: Vec<DriftRow>,
    differing: usize,
}

/// Shows what the last comparisons found, the largest differences first.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page) -> Result<DriftPage, Problem> {
    let drift = app.fleet().reports().drift().await?;
    let mut rows: Vec<DriftRow> = drift
        .into_iter()
        .map(|(kuerzel, drift)| DriftRow {
            path: path_segment(&kuerzel),
            kuerzel,
            checked_at: page.clock.moment(&drift.checked_at),
            missing: drift.missing,
            extra: drift.extra,
            different: drift.different,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.missing + row.extra + row.different));
    Ok(DriftPage { differing: rows.iter().filter(|row| row.differs()).count(), rows, page })
}
