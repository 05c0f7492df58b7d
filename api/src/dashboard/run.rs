//! One run.

use advosync_queue::RunRecord;
use advosync_state::Filter;
use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State as Shared;
use chrono::TimeDelta;

use super::employee::NoteRow;
use super::moments::Moment;
use super::page::Page;
use super::views::{RunRow, WriteRow};
use crate::app::App;
use crate::extract::Path;
use crate::problem::Problem;
use crate::rest::{Counts, record};

/// Writes and notes shown.
const SHOWN: usize = 100;
/// Employees of an `ALL` shown.
const JOBS: usize = 200;

/// Where a run is.
pub(crate) struct Progress {
    /// Name of the text for the phase.
    pub(crate) phase: &'static str,
    /// Done and planned writes.
    pub(crate) steps: Option<(u64, u64)>,
}

impl Progress {
    fn new(run: &RunRecord) -> Option<Self> {
        if run.status.is_final() {
            return None;
        }
        if run.kind == "all" {
            return Some(Self {
                phase: "phase-jobs",
                steps: Some((run.jobs.done, run.jobs.total)).filter(|(_, total)| *total > 0),
            });
        }
        let phase = run.phase.as_deref().unwrap_or_default();
        let steps = phase.strip_prefix("apply ").and_then(|steps| steps.split_once('/'));
        let steps = steps.and_then(|(done, total)| Some((done.parse().ok()?, total.parse().ok()?)));
        let phase = match phase {
            "load" => "phase-load",
            "plan" => "phase-plan",
            "retry" => "phase-retry",
            _ if steps.is_some() => "phase-apply",
            _ => "phase-waiting",
        };
        Some(Self { phase, steps })
    }
}

/// How long each phase took, for a run that did something.
pub(crate) struct Phases {
    pub(crate) load: String,
    pub(crate) plan: String,
    pub(crate) apply: String,
}

impl Phases {
    fn new(run: &RunRecord, page: &Page) -> Option<Self> {
        let phases = run.report.as_ref()?.get("phases_ms")?;
        let took = |name: &str| Some(page.clock.duration(TimeDelta::milliseconds(phases.get(name)?.as_i64()?)));
        Some(Self { load: took("load")?, plan: took("plan")?, apply: took("apply")? })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "run.html")]
pub(crate) struct RunPage {
    page: Page,
    run: RunRow,
    attempt: u32,
    started_at: Option<Moment>,
    finished_at: Option<Moment>,
    trace_url: Option<String>,
    counts: Counts,
    progress: Option<Progress>,
    phases: Option<Phases>,
    remedy: Option<String>,
    /// Runs of an `ALL`, the worst first.
    jobs: Vec<RunRow>,
    hidden_jobs: usize,
    notes: Vec<NoteRow>,
    held: usize,
    writes: Vec<WriteRow>,
    more_writes: bool,
    /// Whether there is something to take back, and contents to do it with.
    undoable: bool,
}

/// Shows one run.
pub(crate) async fn page(Shared(app): Shared<App>, page: Page, Path(run_id): Path<String>) -> Result<RunPage, Problem> {
    let run = record(&app, &run_id).await?;
    let (reports, journal) = (app.fleet().reports(), app.fleet().journal());
    let (stored, writes, jobs) = tokio::try_join!(
        async { reports.of_run(&run_id).await.map_err(Problem::from) },
        async { journal.page(Filter::Run(&run_id), None, SHOWN).await.map_err(Problem::from) },
        jobs(&app, &run),
    )?;
    let report = stored.map(|stored| stored.report);
    let remedy = run.error.as_ref().filter(|_| run.status.as_str() != "succeeded").map(|(class, _)| page.t.code("error", class));
    Ok(RunPage {
        attempt: run.attempt,
        started_at: page.clock.maybe(&run.started_at),
        finished_at: page.clock.maybe(&run.finished_at),
        trace_url: run.trace_id().and_then(|trace| app.trace_url(trace)),
        counts: Counts::of(&run),
        progress: Progress::new(&run),
        phases: Phases::new(&run, &page),
        remedy,
        hidden_jobs: jobs.len().saturating_sub(JOBS),
        jobs: jobs.iter().take(JOBS).map(|job| RunRow::new(job, &page)).collect(),
        notes: report.iter().flat_map(|report| &report.notes).take(SHOWN).map(|note| NoteRow::new(note, &page)).collect(),
        held: report.as_ref().map_or(0, |report| report.held.len()),
        more_writes: writes.next.is_some(),
        undoable: run.status.is_final() && journal.keeps_contents() && Counts::of(&run).wrote(),
        writes: writes.entries.iter().map(|entry| WriteRow::new(entry, &page)).collect(),
        run: RunRow::new(&run, &page),
        page,
    })
}

/// The runs that an `ALL` counts, the worst first.
async fn jobs(app: &App, run: &RunRecord) -> Result<Vec<RunRecord>, Problem> {
    if run.kind != "all" {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = app.queue().run_jobs(&run.run_id).await?.into_values().collect();
    let mut jobs = app.queue().runs_of(&ids).await?;
    jobs.sort_by(|one, other| severity(other).cmp(&severity(one)).then_with(|| one.key.cmp(&other.key)));
    Ok(jobs)
}

fn severity(run: &RunRecord) -> u8 {
    match run.status.as_str() {
        "failed" => 5,
        "held" => 4,
        "partial" => 3,
        "running" => 2,
        "queued" => 1,
        _ => 0,
    }
}
