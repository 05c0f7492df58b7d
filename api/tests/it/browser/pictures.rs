//! Pictures of the dashboard for its documentation.
//!
//! `ADVOSYNC_PICTURES=docs/images cargo test -p advosync-api --test it pictures` makes them anew.

use std::path::PathBuf;

use advosync_simulators::AdvowareEdit;

use super::{Browser, Tastes};
use crate::support::{Plan, World};

fn folder() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::var_os("ADVOSYNC_PICTURES")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures"), |folder| root.join(folder))
}

#[tokio::test]
async fn the_pages_are_pictured() {
    let plan =
        Plan { employees: 12, appointments: 240, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "1").quiet().with_worker();
    let world = World::start(plan).await;
    let run = world.run("ALL").await;
    let kuerzel = world.kuerzel();
    let numbers = world.appointments(&kuerzel);
    world.fleet.queue().lead("scheduler", std::time::Duration::from_secs(60), None).await.unwrap();
    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    let save = async |browser: &Browser, path: &str, name: &str, width: u32| {
        browser.open(&world.url(path)).await;
        let picture = browser.picture(width).await;
        assert!(picture.len() > 10_000, "{name}: {}", picture.len());
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    };
    let browser = Browser::start(Tastes::default()).await;
    browser.sign_in(&world.url("/"), "content-secret").await;
    save(&browser, "/", "overview", 1280).await;
    for frnr in &numbers[..2] {
        world.advoware.edit(AdvowareEdit::Delete { fr_nr: *frnr }).unwrap();
    }
    world.run(&kuerzel).await;
    for (frnr, text) in numbers[2..].iter().zip(["Termin OLG Köln, Saal 12", "Besprechung Vergleich", "Ortstermin"]) {
        world.edit_text(*frnr, text);
    }
    save(&browser, "/", "overview-held", 1280).await;
    save(&browser, &format!("/ui/employees/{kuerzel}?names=1"), "employee", 1280).await;
    save(&browser, &format!("/ui/employees/{kuerzel}/plan"), "plan", 1280).await;
    save(&browser, &format!("/ui/runs/{}", run["run_id"].as_str().unwrap()), "run", 1280).await;
    save(&browser, "/ui/queue", "queue", 1280).await;
    drop(browser);
    let dark = Browser::start(Tastes { dark: true, ..Tastes::default() }).await;
    dark.sign_in(&world.url("/"), "operator-secret").await;
    save(&dark, "/", "overview-dark", 1280).await;
}
