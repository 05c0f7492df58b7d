//! The table and what it has to show.

use comfy_table::{CellAlignment, Table, presets};

use crate::measure::Figures;

/// All rows of one kind of persistence.
#[derive(Debug, Default)]
pub(crate) struct Phase {
    pub(crate) persistence: &'static str,
    pub(crate) bare: Figures,
    /// One each for the slots that were tried.
    pub(crate) slots: Vec<Figures>,
    /// What does not depend on the slots.
    pub(crate) ours: Figures,
    pub(crate) records: Figures,
    pub(crate) omni_all: Figures,
    pub(crate) omni_one: Figures,
    pub(crate) apalis: Figures,
    pub(crate) apalis_bare: Figures,
}

const HEADER: [&str; 12] = [
    "append-only file",
    "queue",
    "enqueued/s",
    "drained/s",
    "ours ÷ it",
    "idle p50 ms",
    "idle p99 ms",
    "CPU µs a job, client",
    "CPU µs a job, Redis",
    "MB for 100,000 waiting",
    "10,000 keys, ms",
    "taken over after s",
];

fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn cell(figures: &[f64], digits: usize) -> String {
    median(figures).map_or("–".to_owned(), |figure| format!("{figure:.digits$}"))
}

impl Phase {
    /// The best of the slots, with what does not depend on them.
    fn best(&self) -> Figures {
        let best = self.slots.iter().max_by(|a, b| rate(a).total_cmp(&rate(b)));
        let best = best.cloned().unwrap_or_default();
        let common = self.ours.clone();
        Figures {
            enqueued: best.enqueued,
            drained: best.drained,
            client_us: best.client_us,
            redis_us: best.redis_us,
            name: best.name,
            ..common
        }
    }

    fn rows(&self) -> Vec<Figures> {
        let best = self.best();
        let fewest = self.slots.first().filter(|fewest| fewest.name != best.name).cloned();
        let mut rows = vec![self.bare.clone(), best];
        rows.extend(fewest);
        for row in [&self.records, &self.omni_all, &self.omni_one, &self.apalis, &self.apalis_bare] {
            rows.push(row.clone());
        }
        rows
    }

    /// Whether each target is reached, a line each.
    pub(crate) fn targets(&self) -> Vec<String> {
        let ours = rate(&self.best());
        let idle = median(&self.ours.idle_p99_ms).unwrap_or(f64::INFINITY);
        let many = median(&self.ours.many_ms).unwrap_or(f64::INFINITY);
        [
            ("of the bare client's rate, at least 0.70", ours / rate(&self.bare), true, 0.7),
            ("times omniqueue's batch receive, at least 2", ours / rate(&self.omni_all), true, 2.0),
            ("times apalis-redis with its defaults, at least 5", ours / rate(&self.apalis), true, 5.0),
            ("ms from an idle trigger to the start (p99), less than 2", idle, false, 2.0),
            ("ms for a fan-out to 10,000 keys, less than 250", many, false, 250.0),
        ]
        .into_iter()
        .map(|(what, figure, at_least, limit)| {
            let reached = if at_least { figure >= limit } else { figure < limit };
            let verdict = if reached { "reached" } else { "MISSED" };
            format!("- append-only file {}: {figure:.2} {what}: {verdict}", self.persistence)
        })
        .collect()
    }
}

fn rate(figures: &Figures) -> f64 {
    median(&figures.drained).unwrap_or(0.0)
}

/// Everything as one table.
pub(crate) fn table(phases: &[Phase]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(HEADER);
    for phase in phases {
        let ours = rate(&phase.best());
        for row in phase.rows() {
            table.add_row([
                phase.persistence.to_owned(),
                row.name.clone(),
                cell(&row.enqueued, 0),
                cell(&row.drained, 0),
                format!("{:.2}", ours / rate(&row)),
                cell(&row.idle_p50_ms, 2),
                cell(&row.idle_p99_ms, 2),
                cell(&row.client_us, 1),
                cell(&row.redis_us, 1),
                cell(&row.memory_mb, 1),
                cell(&row.many_ms, 0),
                cell(&row.taken_over_s, 1),
            ]);
        }
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
