//! How far both sides are apart.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;

use super::moments::Moment;
use super::overview::path_segment;
use super::page::Page;
use crate::app::App;
use crate::problem::Problem;

/// Rows on the page; the largest differences come first.
const ROWS: usize = 200;

/// What was found of one employee.
pub(crate) struct Found {
    pub(crate) checked_at: Moment,
    pub(crate) missing: usize,
    pub(crate) extra: usize,
    pub(crate) different: usize,
}

impl Found {
    pub(crate) fn total(&self) -> usize {
        self.missing + self.extra + self.different
    }
}

/// One employee; nothing is found before the first comparison.
pub(crate) struct DriftRow {
    pub(crate) kuerzel: String,
    pub(crate) path: String,
    pub(crate) found: Option<Found>,
}

#[derive(Template, WebTemplate)]
#[template(path = "drift.html")]
pub(crate) struct DriftPage {
    page: Page,
    rows: Vec<DriftRow>,
    compared: usize,
    differing: usize,
    hidden: usize,
}

/// Shows what the last comparisons found.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page) -> Result<DriftPage, Problem> {
    let employees = app.employees().await?;
    let mut drift = app.ask(app.fleet().reports().drift()).await?;
    let row = |kuerzel: String| {
        let found = drift.remove(&kuerzel).map(|drift| Found {
            checked_at: page.clock.moment(&drift.checked_at),
            missing: drift.missing,
            extra: drift.extra,
            different: drift.different,
        });
        DriftRow { path: path_segment(&kuerzel), kuerzel, found }
    };
    let mut rows: Vec<DriftRow> = employees.synchronised.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.found.as_ref().map_or(0, Found::total)));
    let compared = rows.iter().filter(|row| row.found.is_some()).count();
    let differing = rows.iter().filter(|row| row.found.as_ref().is_some_and(|found| found.total() > 0)).count();
    let hidden = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    Ok(DriftPage { compared, differing, hidden, rows, page })
}
