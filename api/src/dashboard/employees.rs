//! All employees.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use serde::Deserialize;

use super::moments::Moment;
use super::overview::{Row, in_hand};
use super::page::Page;
use super::state::State;
use crate::app::App;
use crate::extract::Query;
use crate::problem::Problem;
use crate::standing::moment;

/// Rows on a page.
const ROWS: usize = 100;

/// Which employees.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// Only those whose Kürzel begins so, whatever the case.
    q: String,
    /// Only those in this state.
    state: String,
    /// Which page, from 0.
    page: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "employees.html")]
pub(crate) struct EmployeesPage {
    page: Page,
    wanted: Wanted,
    /// How many are in each state.
    states: Vec<(State, usize)>,
    all: usize,
    rows: Vec<Row>,
    matching: usize,
    left_out: Vec<String>,
    /// When everybody's next run is planned.
    next_run: Option<Moment>,
}

impl EmployeesPage {
    fn previous(&self) -> Option<String> {
        self.wanted.page.checked_sub(1).map(|page| self.address(&self.wanted.state, page))
    }

    fn next(&self) -> Option<String> {
        ((self.wanted.page + 1) * ROWS < self.matching).then(|| self.address(&self.wanted.state, self.wanted.page + 1))
    }

    fn address(&self, state: &str, page: usize) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &self.wanted.q).append_pair("state", state).append_pair("page", &page.to_string());
        format!("/ui/employees?{}", query.finish())
    }
}

/// Lists employees.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page, Query(wanted): Query<Wanted>) -> Result<EmployeesPage, Problem> {
    let standings = app.standings().await?;
    let read = async { tokio::try_join!(app.queue().workers(), app.queue().scheduler()) };
    let (workers, scheduler) = app.ask(read).await?;
    let (now, running) = (app.now(), in_hand(&workers));
    let rows: Vec<Row> = standings.employees.iter().map(|standing| Row::new(standing, &running, &page, now)).collect();
    let count = |state: State| rows.iter().filter(|row| row.state == state).count();
    let states = State::ALL.into_iter().map(|state| (state, count(state))).filter(|(_, count)| *count > 0).collect();
    let all = rows.len();
    let begins = wanted.q.to_lowercase();
    let matching: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.kuerzel.to_lowercase().starts_with(&begins))
        .filter(|row| wanted.state.is_empty() || row.state.name() == wanted.state)
        .collect();
    Ok(EmployeesPage {
        states,
        all,
        matching: matching.len(),
        rows: matching.into_iter().skip(wanted.page.saturating_mul(ROWS)).take(ROWS).collect(),
        left_out: standings.left_out,
        next_run: page.clock.maybe(&scheduler.next_firing_ms.and_then(moment)),
        wanted,
        page,
    })
}
