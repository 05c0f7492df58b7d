//! What is wrong, and how to mend it.

use std::process::ExitCode;

use crate::backend::Backend;
use crate::doctor::{Finding, Verdict};
use crate::output;

/// Shows what a check of everything found.
pub(super) fn show(findings: &[Finding], json: bool) -> ExitCode {
    if json {
        output::json(&findings);
    } else {
        for finding in findings {
            let sign = match finding.verdict {
                Verdict::Good => "ok",
                Verdict::Warning => "warning",
                Verdict::Bad => "BAD",
            };
            line(sign, &finding.what, &finding.detail);
            if let Some((en, de)) = &finding.remedy {
                output::say!("           → {en}\n           → {de}");
            }
        }
    }
    if findings.iter().any(|finding| finding.verdict == Verdict::Bad) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn line(sign: &str, what: &str, detail: &str) {
    output::say!("{}{}  {what}: {detail}", output::status(sign), " ".repeat(8_usize.saturating_sub(sign.len())));
}

/// Looks at the queue and its Redis.
pub(super) async fn queue(backend: &Backend, json: bool) -> anyhow::Result<ExitCode> {
    let answer = backend.get("queue/doctor").await?;
    let findings = answer["findings"].as_array().cloned().unwrap_or_default();
    if json {
        output::json(&answer);
    } else {
        for finding in &findings {
            line(&output::cell(&finding["severity"]), &output::cell(&finding["check"]), &output::cell(&finding["found"]));
            if let Some(remedy) = finding["remedy"].as_str().filter(|remedy| !remedy.is_empty()) {
                output::say!("           → {remedy}");
            }
        }
    }
    let bad = findings.iter().any(|finding| finding["severity"] == "error");
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
