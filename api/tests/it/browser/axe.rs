//! Accessibility by axe-core, on every page, in both languages and both themes.

use advosync_simulators::{AdvowareEdit, GoogleEdit};
use serde_json::Value;

use super::{Browser, Tastes};
use crate::support::{Plan, World};

const AXE: &str = include_str!("axe.min.js");

/// Runs axe on the page that is shown and gives what it finds.
const RUN: &str = "const done = arguments[arguments.length - 1];
    const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, {runOnly, rules: {'target-size': {enabled: true}}})
        .then(found => done(found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' | '))));";

async fn violations(browser: &Browser) -> Value {
    browser.client.execute(AXE, vec![]).await.unwrap();
    browser.client.execute_async(RUN, vec![]).await.unwrap()
}

/// A firm with something on every page, held deletions and dead letters among it.
async fn lively() -> (World, Vec<String>) {
    let plan = Plan { appointments: 60, ..Plan::default() }
        .with("CALENDAR_SYNC_MAX_DELETES", "1")
        .with("WORKER_MAX_ATTEMPTS", "1")
        .quiet()
        .with_worker();
    let world = World::start(plan).await;
    let all = world.run("ALL").await;
    let kuerzel = world.kuerzel();
    let numbers = world.appointments(&kuerzel);
    let (calendar, id) = world.event_of(&kuerzel, numbers[4]).await;
    let fields = [("summary".to_owned(), "Andere Fassung".into())].into_iter().collect();
    world.google.edit(GoogleEdit::Change { calendar, id: id.clone(), fields }).unwrap();
    world.edit_text(numbers[4], "Diese Fassung");
    let conflict = world.run(&kuerzel).await["run_id"].as_str().unwrap().to_owned();
    for frnr in &numbers[..3] {
        world.advoware.edit(AdvowareEdit::Delete { fr_nr: *frnr }).unwrap();
    }
    let held = world.run(&kuerzel).await;
    world.edit_text(numbers[3], "Neuer Betreff");
    world.break_advoware();
    world.run("ALL").await;
    world.advoware.clear_faults();
    let paths = vec![
        "/".to_owned(),
        "/ui/employees".to_owned(),
        format!("/ui/employees/{kuerzel}?names=1"),
        format!("/ui/employees/{kuerzel}/plan"),
        format!("/ui/appointments/{}", numbers[3]),
        "/ui/runs".to_owned(),
        format!("/ui/runs/{}", all["run_id"].as_str().unwrap()),
        format!("/ui/runs/{}", held["run_id"].as_str().unwrap()),
        format!("/ui/runs/{conflict}/undo"),
        format!("/ui/runs/{conflict}/undo?item=google:{id}"),
        format!("/ui/events/{id}"),
        "/ui/journal".to_owned(),
        "/ui/queue".to_owned(),
        "/ui/drift".to_owned(),
        "/ui/employees/NOBODY".to_owned(),
    ];
    (world, paths)
}

#[tokio::test]
async fn no_page_violates_a_rule_in_any_language_or_theme() {
    let (world, paths) = lively().await;
    let mut all = Vec::new();
    for language in ["de-DE", "en-GB"] {
        for dark in [false, true] {
            let browser = Browser::start(Tastes { language, dark, ..Tastes::default() }).await;
            browser.open(&world.url("/")).await;
            assert_eq!(violations(&browser).await, Value::Array(Vec::new()), "the door, {language}, dark: {dark}");
            browser.sign_in(&world.url("/"), "content-secret").await;
            let theme =
                browser.client.execute("return matchMedia('(prefers-color-scheme: dark)').matches", vec![]).await.unwrap();
            assert_eq!(theme, dark);
            for path in &paths {
                browser.open(&world.url(path)).await;
                let found = violations(&browser).await;
                if found != Value::Array(Vec::new()) {
                    all.push(format!("{path}, {language}, dark: {dark}: {found}"));
                }
            }
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
