//! Pictures of the dashboard for its documentation. `dev/pictures` makes them anew.

use std::path::PathBuf;

use advosync_simulators::{AdvowareEdit, GoogleEdit};
use serde_json::json;

use super::{Browser, Tastes};
use crate::support::{Plan, World};

/// The largest picture that the documentation shall load, in bytes.
const LARGEST: usize = 150_000;

/// Where they go: where `ADVOSYNC_PICTURES` says, else among what the build made.
fn folder() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::var_os("ADVOSYNC_PICTURES")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures"), |folder| root.join(folder))
}

/// A firm on an ordinary morning: two conflicts, three deletions that wait, all else right.
async fn morning() -> (World, String, String) {
    let plan =
        Plan { employees: 12, appointments: 240, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "1").quiet().with_worker();
    let world = World::start(plan).await;
    world.run("ALL").await;
    let kuerzel = world.kuerzel();
    let numbers = world.appointments(&kuerzel);
    let in_an_hour = chrono::Utc::now() + chrono::Duration::hours(1);
    let next = u64::try_from(in_an_hour.timestamp_millis()).ok();
    world.fleet.queue().lead("scheduler", std::time::Duration::from_secs(60), next).await.unwrap();
    for (frnr, text) in numbers[3..5].iter().zip(["Termin OLG Köln, Saal 12", "Besprechung Vergleich"]) {
        let (calendar, id) = world.event_of(&kuerzel, *frnr).await;
        let fields = [("summary".to_owned(), json!(text))].into_iter().collect();
        world.google.edit(GoogleEdit::Change { calendar, id, fields }).unwrap();
        world.edit_text(*frnr, &format!("{text} (neu)"));
    }
    let run = world.run(&kuerzel).await["run_id"].as_str().unwrap().to_owned();
    for frnr in &numbers[..3] {
        world.advoware.edit(AdvowareEdit::Delete { fr_nr: *frnr }).unwrap();
    }
    world.run(&kuerzel).await;
    (world, kuerzel, run)
}

#[tokio::test]
async fn the_pages_are_pictured() {
    let (world, kuerzel, run) = morning().await;
    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    let save = async |browser: &Browser, path: &str, name: &str| {
        browser.open(&world.url(path)).await;
        let picture = browser.picture(1_280, 1_000).await;
        assert!((10_000..LARGEST).contains(&picture.len()), "{name}: {}", picture.len());
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    };
    let light = Browser::start(Tastes::default()).await;
    light.sign_in(&world.url("/"), "content-secret").await;
    save(&light, "/", "overview").await;
    save(&light, &format!("/ui/employees/{kuerzel}?names=1"), "employee").await;
    save(&light, &format!("/ui/runs/{run}"), "run").await;
    save(&light, "/ui/queue", "queue").await;
    drop(light);
    let dark = Browser::start(Tastes { dark: true, language: "en-GB", ..Tastes::default() }).await;
    dark.sign_in(&world.url("/"), "content-secret").await;
    save(&dark, "/", "overview-dark").await;
}
