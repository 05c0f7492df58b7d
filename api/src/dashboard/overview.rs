//! The first page: is everything right, and if not, what to do.

use std::collections::BTreeSet;

use advosync_queue::{DeadFilter, RunFilter, WorkerInfo};
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use chrono::{DateTime, Utc};
use fluent_bundle::FluentValue;

use super::attention::{Attention, Facts, Step};
use super::flow::Flow;
use super::moments::Moment;
use super::page::Page;
use super::state::State;
use super::views::RunRow;
use crate::app::App;
use crate::problem::Problem;
use crate::standing::Standing;

/// Calendars shown as tiles; the list has them all.
const TILES: usize = 120;
/// Runs shown.
const RUNS: usize = 8;
/// Runs looked at for systems that don't answer.
const RECENT: usize = 100;
/// Dead letters looked at for what needs a person.
const LETTERS: usize = 200;

/// One employee in a list.
pub(crate) struct Row {
    pub(crate) kuerzel: String,
    pub(crate) state: State,
    pub(crate) succeeded_at: Option<Moment>,
    pub(crate) checked_at: Option<Moment>,
    pub(crate) appointments: usize,
    pub(crate) conflicts: usize,
    pub(crate) errors: usize,
    pub(crate) held: usize,
    /// Appointments that differ, by the last comparison.
    pub(crate) drift: Option<usize>,
    pub(crate) calendar_reports: Vec<String>,
}

impl Row {
    pub(crate) fn new(standing: &Standing, running: &BTreeSet<String>, page: &Page, now: DateTime<Utc>) -> Self {
        Self {
            kuerzel: standing.kuerzel.clone(),
            state: State::of(standing, running, now),
            succeeded_at: page.clock.maybe(&standing.succeeded_at()),
            checked_at: page.clock.maybe(&standing.checked_at()),
            appointments: standing.appointments(),
            conflicts: standing.conflicts(),
            errors: standing.errors(),
            held: standing.held.len(),
            drift: standing.drift.as_ref().map(|drift| drift.missing + drift.extra + drift.different),
            calendar_reports: standing.calendar.as_ref().map(|calendar| calendar.reports.clone()).unwrap_or_default(),
        }
    }

    /// Whether both sides are equal, as far as anybody knows.
    fn is_right(&self) -> bool {
        self.state == State::Right || (self.state == State::Running && self.succeeded_at.is_some())
    }

    /// The Kürzel as part of an address.
    pub(crate) fn path(&self) -> String {
        path_segment(&self.kuerzel)
    }
}

/// A text as one segment of a path.
pub(crate) fn path_segment(text: &str) -> String {
    let mut url = url::Url::parse("http://host/").expect("a constant address");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(text);
    }
    url.path().trim_start_matches('/').to_owned()
}

/// Whose runs are in a worker's hand.
pub(crate) fn in_hand(workers: &[WorkerInfo]) -> BTreeSet<String> {
    workers.iter().filter(|worker| worker.alive).flat_map(|worker| &worker.jobs).map(|job| job.key.clone()).collect()
}

#[derive(Template, WebTemplate)]
#[template(path = "overview.html")]
pub(crate) struct OverviewPage {
    page: Page,
    /// `good`, `calm`, `warn` or `bad`.
    tone: &'static str,
    sentence: String,
    rows: Vec<Row>,
    left_out: Vec<String>,
    attention: Attention,
    flow: Flow,
    runs: Vec<RunRow>,
}

impl OverviewPage {
    fn tiles(&self) -> &[Row] {
        &self.rows[..self.rows.len().min(TILES)]
    }

    fn more_tiles(&self) -> usize {
        self.rows.len().saturating_sub(TILES)
    }
}

/// Shows the overview.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page) -> Result<OverviewPage, Problem> {
    let standings = app.standings().await?;
    let queue = app.queue();
    let (filter, runs) = (DeadFilter::default(), RunFilter::default());
    let read = async {
        tokio::try_join!(
            queue.stats(),
            queue.workers(),
            queue.scheduler(),
            queue.dead_letters(&filter, None, LETTERS),
            queue.runs(&runs, None, RECENT),
        )
    };
    let (stats, workers, scheduler, letters, runs) = app.ask(read).await?;
    let (now, running) = (app.now(), in_hand(&workers));
    let rows: Vec<Row> = standings.employees.iter().map(|standing| Row::new(standing, &running, &page, now)).collect();
    let facts = Facts {
        page: &page,
        rows: &rows,
        letters: &letters.items,
        recent_runs: &runs.items,
        workers: &workers,
        scheduler: &scheduler,
        now,
    };
    let attention = facts.attention();
    let (tone, sentence) = sentence(&standings.employees, &rows, &attention, &page);
    Ok(OverviewPage {
        tone,
        sentence,
        left_out: standings.left_out,
        attention,
        flow: Flow::new(&stats, &workers, &scheduler, &page),
        runs: runs.items.iter().take(RUNS).map(|run| RunRow::new(run, &page)).collect(),
        rows,
        page,
    })
}

/// One sentence that is true.
fn sentence(standings: &[Standing], rows: &[Row], attention: &Attention, page: &Page) -> (&'static str, String) {
    let of = |state: State| rows.iter().filter(|row| row.state == state).count();
    // While a run is at it, a calendar that was right before still counts as right.
    let right = rows.iter().filter(|row| row.is_right()).count();
    let running = of(State::Running) - rows.iter().filter(|row| row.state == State::Running && row.is_right()).count();
    let checked = standings.iter().zip(rows).filter(|(_, row)| row.is_right()).filter_map(|(one, _)| one.checked_at()).min();
    let gaps = [
        ("all", FluentValue::from(rows.len())),
        ("right", FluentValue::from(right)),
        ("count", FluentValue::from(running)),
        ("when", FluentValue::from(checked.map_or_else(String::new, |at| page.clock.text(&at)))),
    ];
    let (tone, id) = match rows.len() {
        0 => ("calm", "overview-nobody"),
        all if of(State::New) == all => ("calm", "overview-new"),
        all if running == all => ("calm", "overview-running"),
        all if right == all && attention.items.is_empty() => ("good", "overview-right"),
        all if right == all => ("warn", "overview-right-but"),
        _ if of(State::Failed) + of(State::Skipped) > 0 => ("bad", "overview-some"),
        _ if of(State::Held) + of(State::Partial) + of(State::Stale) > 0 => ("warn", "overview-some"),
        _ => ("calm", "overview-some"),
    };
    (tone, page.t.filled(id, &gaps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_kuerzel_holds_stays_one_segment() {
        assert_eq!(path_segment("PB"), "PB");
        assert_eq!(path_segment("Ä/?#%"), "%C3%84%2F%3F%23%25");
        assert_eq!(path_segment("\"><img"), "%22%3E%3Cimg");
    }
}
