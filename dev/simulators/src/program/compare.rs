use std::process::ExitCode;

use advosync_simulators::{AdvowareControl, GoogleControl, Window, compare, today_in_berlin};

/// How far back and ahead a fleet looks where nothing else is set, in days.
const PAST_DAYS: i64 = 30;
const FUTURE_DAYS: i64 = 730;

/// Succeeds where two running simulators show the same; prints one line a difference.
pub(crate) async fn compare_running(advoware: &str, google: &str) -> anyhow::Result<ExitCode> {
    let (advoware, google) = (AdvowareControl::new(advoware).state().await?, GoogleControl::new(google).state().await?);
    let differences = compare(&advoware, &google, Window::around(today_in_berlin(), PAST_DAYS, FUTURE_DAYS));
    for difference in &differences {
        println!("{}", serde_json::to_string(difference)?);
    }
    Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
