//! The queue and whoever empties it.

use std::collections::BTreeMap;

use advosync_queue::{DeadFilter, DeadLetter, WorkerInfo};
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use serde::Deserialize;

use super::chart::Chart;
use super::flow::Flow;
use super::moments::Moment;
use super::page::Page;
use crate::app::App;
use crate::extract::Query;
use crate::problem::Problem;
use crate::rest::is_dead_letter;
use crate::standing::moment;

/// Dead letters on a page.
const LETTERS: usize = 50;

/// Which dead letters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    class: String,
    kuerzel: String,
    cursor: String,
}

/// One worker.
pub(crate) struct WorkerRow {
    pub(crate) id: String,
    pub(crate) host: String,
    pub(crate) version: String,
    pub(crate) alive: bool,
    pub(crate) slots: usize,
    pub(crate) since: Option<Moment>,
    /// Kürzel, run, and how long it has been in hand.
    pub(crate) jobs: Vec<(String, String, String)>,
}

impl WorkerRow {
    fn new(worker: WorkerInfo, page: &Page) -> Self {
        let now = page.clock.now();
        let jobs = worker.jobs.into_iter().map(|job| {
            let held = moment(job.since_ms).map_or_else(String::new, |since| page.clock.duration(now - since));
            (job.key, job.run_id, held)
        });
        Self {
            jobs: jobs.collect(),
            since: page.clock.maybe(&moment(worker.since_ms)),
            id: worker.id,
            host: worker.host,
            version: worker.version,
            alive: worker.alive,
            slots: worker.slots,
        }
    }
}

/// One dead letter.
pub(crate) struct LetterRow {
    pub(crate) id: String,
    pub(crate) kuerzel: String,
    pub(crate) run_id: String,
    pub(crate) died_at: Option<Moment>,
    pub(crate) reason: String,
    pub(crate) class: String,
    pub(crate) code: String,
    pub(crate) attempt: u32,
    pub(crate) is_garbage: bool,
    pub(crate) is_all: bool,
}

impl LetterRow {
    fn new(letter: &DeadLetter, page: &Page) -> Self {
        Self {
            id: letter.id.clone(),
            kuerzel: letter.key.clone(),
            run_id: letter.run_id.clone(),
            died_at: page.clock.maybe(&moment(letter.died_at_ms())),
            reason: page.t.code("dead-reason", &letter.reason),
            class: letter.class.clone(),
            code: letter.code.clone(),
            attempt: letter.attempt,
            is_garbage: letter.reason == "garbage",
            is_all: letter.kind == "all",
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "queue.html")]
pub(crate) struct QueuePage {
    page: Page,
    wanted: Wanted,
    flow: Flow,
    chart: Chart,
    /// Since when the chart counts, where that is less than it shows.
    counted_since: Option<Moment>,
    workers: Vec<WorkerRow>,
    letters: Vec<LetterRow>,
    /// Classes on this page, with how many.
    classes: BTreeMap<String, usize>,
    next: Option<String>,
    skipped: u64,
}

impl QueuePage {
    fn address(&self, cursor: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("class", &self.wanted.class).append_pair("kuerzel", &self.wanted.kuerzel).append_pair("cursor", cursor);
        format!("/ui/queue?{}#dead-letters", query.finish())
    }
}

/// Shows the queue.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page, Query(wanted): Query<Wanted>) -> Result<QueuePage, Problem> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = DeadFilter { class: given(&wanted.class), key: given(&wanted.kuerzel), reason: None };
    let cursor = given(&wanted.cursor).filter(|cursor| is_dead_letter(cursor));
    let queue = app.queue();
    let (stats, workers, scheduler, letters) = tokio::try_join!(
        queue.stats(),
        queue.workers(),
        queue.scheduler(),
        queue.dead_letters(&filter, cursor.as_deref(), LETTERS),
    )?;
    let mut classes = BTreeMap::new();
    for letter in &letters.items {
        *classes.entry(letter.class.clone()).or_default() += 1;
    }
    Ok(QueuePage {
        flow: Flow::new(&stats, &workers, &scheduler, &page),
        chart: Chart::new(&app.history().per_minute(app.now())),
        counted_since: page.clock.maybe(&app.history().since(app.now())),
        workers: workers.into_iter().map(|worker| WorkerRow::new(worker, &page)).collect(),
        letters: letters.items.iter().map(|letter| LetterRow::new(letter, &page)).collect(),
        classes,
        next: letters.next,
        skipped: stats.poisoned,
        wanted,
        page,
    })
}
