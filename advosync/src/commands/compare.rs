//! How far both sides are apart.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::backend::{Backend, path};
use crate::output::{self, cell};

/// Compares one employee's sides, or everybody's, without writing.
pub(super) async fn drift(backend: &Backend, kuerzel: &str, json: bool) -> anyhow::Result<ExitCode> {
    let everybody = kuerzel == "ALL";
    let whose = if everybody {
        let employees = backend.get("employees").await?;
        let of = |employee: &Value| employee["kuerzel"].as_str().map(str::to_owned);
        employees["employees"].as_array().into_iter().flatten().filter_map(of).collect()
    } else {
        vec![kuerzel.to_owned()]
    };
    let (mut compared, mut failed) = (Vec::new(), false);
    for kuerzel in whose {
        match backend.get(&path(&["employees", &kuerzel, "drift"], &[])).await {
            Ok(found) => compared.push(found),
            // Nobody else's answer is lost for one who can't be compared.
            Err(error) if everybody => {
                failed = true;
                eprintln!("{kuerzel}: {error:#}");
            }
            Err(error) => return Err(error),
        }
    }
    if !json {
        compared.iter().for_each(show);
    } else if everybody {
        output::json(&json!({ "drift": compared }));
    } else {
        output::json(&compared[0]);
    }
    let differs = compared.iter().any(|found| count(found) > 0);
    Ok(if failed {
        ExitCode::FAILURE
    } else if differs {
        ExitCode::from(output::UNSETTLED)
    } else {
        ExitCode::SUCCESS
    })
}

fn length(found: &Value, name: &str) -> usize {
    found[name].as_array().map_or(0, Vec::len)
}

fn count(found: &Value) -> usize {
    ["missing", "extra", "different"].iter().map(|name| length(found, name)).sum()
}

fn show(found: &Value) {
    let sign = if count(found) > 0 { "differs" } else { "equal" };
    output::say!(
        "{}: {} · {} equal, {} missing in Google, {} missing in Advoware, {} different, {} unreadable",
        cell(&found["kuerzel"]),
        output::status(sign),
        found["equal"],
        length(found, "missing"),
        length(found, "extra"),
        length(found, "different"),
        found["unreadable"],
    );
    for (name, what) in [("missing", "missing in Google: appointment"), ("extra", "missing in Advoware: event")] {
        for item in found[name].as_array().into_iter().flatten() {
            output::say!("  {what} {}", cell(item));
        }
    }
    for pair in found["different"].as_array().into_iter().flatten() {
        output::say!("  different: appointment {} · event {} · {}", pair["frNr"], cell(&pair["event_id"]), cell(&pair["fields"]));
    }
}
