//! What the demonstration tells.

use std::time::{Duration, Instant};

use super::firm::Stage;
use super::secrecy::search;
use super::watch::{sync_all, table, wait_for_equality};
use crate::cli::DemoOptions;

/// Plays it; whether both sides are equal in the end.
pub(crate) async fn play(options: &DemoOptions) -> anyhow::Result<bool> {
    let began = Instant::now();
    println!("Advosync demonstration: a law firm's calendars, in a simulated Advoware and a simulated Google Calendar\n");
    println!("1  Setting up Redis, both simulators, scheduler, {} workers and api …", options.workers.max(1));
    let stop = advosync_telemetry::shutdown_signal()?;
    let mut stage = Stage::set(options).await?;
    let equal = tokio::select! {
        equal = tell(&mut stage, options) => equal,
        () = stop.cancelled() => Ok(false),
    };
    let equal = match equal {
        Ok(equal) => {
            println!(
                "\n{} in {:.1} s",
                if equal { "Both sides are equal" } else { "The sides are NOT equal" },
                began.elapsed().as_secs_f64()
            );
            if !options.exit && !stop.is_cancelled() {
                println!(
                    "\nThe dashboard is at {} until Ctrl-C. Edits are carried over by push and every 15 s.",
                    stage.dashboard
                );
                println!("With ADVOSYNC_URL={} the tool asks it, such as `advosync status`;", stage.dashboard);
                println!("after `set -a; . {}` it asks Redis and both systems itself.", stage.settings().display());
                stop.cancelled().await;
            }
            Ok(equal)
        }
        Err(error) => Err(error),
    };
    stage.strike().await;
    equal
}

async fn tell(stage: &mut Stage, options: &DemoOptions) -> anyhow::Result<bool> {
    let appointments = stage.advoware.state().appointments.len();
    println!("   ready · {appointments} appointments in Advoware · dashboard at {}\n", stage.dashboard);

    println!("2  First full synchronisation …");
    let since = now();
    let took = sync_all(stage, "first sync", options.kill_worker.then_some(appointments / 3)).await?;
    println!("   done in {:.1} s\n{}\n", took.as_secs_f64(), table(stage, &since).await?);
    if !report_equality(stage).await {
        return Ok(false);
    }

    println!("\n3  People edit both sides …");
    let since = now();
    for edit in stage.edits() {
        println!("   · {}", edit.title);
        stage.edit(&edit.edit)?;
    }

    println!("\n4  Second synchronisation …");
    let took = sync_all(stage, "second sync", None).await?;
    let equal = wait_for_equality(stage, Duration::from_secs(30)).await;
    println!("   done in {:.1} s\n{}\n", took.as_secs_f64(), table(stage, &since).await?);
    if !equal {
        return Ok(report_equality(stage).await);
    }

    println!("5  A further synchronisation …");
    settle(stage).await;
    stage.forget_writes();
    sync_all(stage, "third sync", None).await?;
    let writes = stage.writes();
    println!("   wrote {} on either side", if writes == 0 { "nothing".to_owned() } else { format!("{writes} times") });
    let equal = report_equality(stage).await && writes == 0;

    println!("\n6  Looking for appointments' texts in logs and in Redis …");
    let search = search(stage).await?;
    println!("   {} texts, {} kB of logs, {} keys", search.texts, search.log_bytes / 1024, search.keys);
    for place in &search.found {
        println!("   ✘ a text stands in {place}");
    }
    if search.found.is_empty() {
        println!("   ✔ none found");
    }
    Ok(equal && search.found.is_empty())
}

fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// Waits until the runs that pushes asked for have ended.
async fn settle(stage: &Stage) {
    let mut last = stage.writes();
    let mut quiet_since = Instant::now();
    let deadline = Instant::now() + Duration::from_secs(15);
    while quiet_since.elapsed() < Duration::from_secs(1) && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = stage.writes();
        if now != last {
            (last, quiet_since) = (now, Instant::now());
        }
    }
}

/// Compares both simulators' own state, whatever the workers say.
async fn report_equality(stage: &Stage) -> bool {
    wait_for_equality(stage, Duration::from_secs(20)).await;
    let differences = stage.differences();
    if differences.is_empty() {
        println!("   ✔ both sides are equal, by the simulators' own state");
        return true;
    }
    println!("   ✘ {} differences:", differences.len());
    for difference in differences.iter().take(20) {
        println!(
            "     {} {:?} {} frNr {:?} event {:?} {}",
            difference.kuerzel,
            difference.kind,
            difference.start.map(|at| at.to_string()).unwrap_or_default(),
            difference.fr_nr,
            difference.event_id,
            difference.fields.join(", ")
        );
    }
    false
}
