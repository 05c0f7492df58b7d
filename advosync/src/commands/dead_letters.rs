//! Jobs that were given up.

use std::process::ExitCode;

use serde_json::Value;

use crate::backend::{Backend, path};
use crate::cli::{DeadLetterAction, DeadLetterSelection};
use crate::output;

/// What the api lists on a page at most.
const PAGE: usize = 200;

fn query(selection: &DeadLetterSelection) -> Vec<(&'static str, Option<String>)> {
    vec![("kuerzel", selection.kuerzel.clone()), ("class", selection.class.clone())]
}

pub(super) async fn run(backend: &Backend, action: &DeadLetterAction, json: bool) -> anyhow::Result<ExitCode> {
    match action {
        DeadLetterAction::List(selection) => list(backend, selection, json).await?,
        DeadLetterAction::Show { id } => output::json(&backend.get(&path(&["dead-letters", id], &[])).await?),
        DeadLetterAction::Requeue { id: Some(id), .. } => {
            let asked = backend.post(&path(&["dead-letters", id, "requeue"], &[]), None).await?;
            if json {
                output::json(&asked);
            } else {
                output::say!("{}", output::cell(&asked["run_id"]));
            }
        }
        DeadLetterAction::Drop { id: Some(id), .. } => drop(backend.delete(&path(&["dead-letters", id], &[])).await?),
        DeadLetterAction::Requeue { id: None, selection } => {
            check(selection)?;
            let dealt = backend.post(&path(&["dead-letters", "requeue"], &query(selection)), None).await?;
            tell(&dealt, "requeued", json);
        }
        DeadLetterAction::Drop { id: None, selection } => {
            check(selection)?;
            let mut query = query(selection);
            query.push(("all", selection.all.then(|| "true".to_owned())));
            tell(&backend.delete(&path(&["dead-letters"], &query)).await?, "dropped", json);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(selection: &DeadLetterSelection) -> anyhow::Result<()> {
    if !selection.all && selection.kuerzel.is_none() && selection.class.is_none() {
        anyhow::bail!("name an id, or --kuerzel, --class or --all");
    }
    Ok(())
}

fn tell(dealt: &Value, how: &str, json: bool) {
    if json {
        output::json(dealt);
    } else {
        output::say!("{} dead letters {how}", dealt["count"]);
    }
}

async fn list(backend: &Backend, selection: &DeadLetterSelection, json: bool) -> anyhow::Result<()> {
    let mut wanted = query(selection);
    wanted.push(("limit", Some(PAGE.to_string())));
    let (mut letters, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let query: Vec<_> = wanted.iter().cloned().chain([("cursor", cursor)]).collect();
        let page = backend.get(&path(&["dead-letters"], &query)).await?;
        letters.extend(page["dead_letters"].as_array().cloned().unwrap_or_default());
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    if json {
        output::json(&letters);
        return Ok(());
    }
    if letters.is_empty() {
        output::say!("no dead letters");
        return Ok(());
    }
    let mut table = output::table(&["id", "kind", "employee", "reason", "class", "code", "attempt", "died"]);
    for letter in &letters {
        table.add_row(output::row(letter, &["id", "kind", "kuerzel", "reason", "class", "code", "attempt", "died_at"]));
    }
    output::say!("{table}");
    output::say!("→ Mend the cause (`advosync doctor`), then `advosync dead-letters requeue ID` or `… requeue --all`.");
    Ok(())
}
