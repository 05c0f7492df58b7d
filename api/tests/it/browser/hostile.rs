//! Appointments whose texts would do harm if a page took them for its own.

use advosync_simulators::AdvowareEdit;
use serde_json::Value;

use super::{Browser, Tastes};
use crate::support::{Plan, World};

/// Each would call `harm()` if it came to be markup or code.
const TEXTS: [&str; 6] = [
    "<script>harm()</script>",
    "\"><img src=x onerror=harm()>",
    "'-harm()-'</title><svg onload=harm()>",
    "{{7*7}} ${7*7} {% raise %}",
    "\u{202e}drawkcab\u{202c} </bdi>",
    "<a href=javascript:harm()>hier</a>",
];

/// What was called, and what stands on the page beside the texts themselves.
const LOOK: &str = "return [
    window.harmed || 0,
    document.querySelectorAll('main script, main img, main svg[onload], main a[href^=javascript]').length,
    document.documentElement.scrollWidth > window.innerWidth,
];";

#[tokio::test]
async fn hostile_texts_are_shown_as_they_are_and_do_nothing() {
    let plan = Plan { appointments: 60, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "0").quiet().with_worker();
    let world = World::start(plan).await;
    let kuerzel = world.kuerzel();
    let numbers = world.appointments(&kuerzel);
    for (frnr, text) in numbers.iter().zip(TEXTS) {
        world.edit_text(*frnr, text);
    }
    let endless = "Ä".repeat(10_000);
    world.edit_text(numbers[6], &endless);
    world.run(&kuerzel).await;
    for (frnr, text) in numbers.iter().zip(TEXTS) {
        world.edit_text(*frnr, &format!("Neu {text}"));
    }
    let run = world.run(&kuerzel).await["run_id"].as_str().unwrap().to_owned();
    for frnr in [numbers[1], numbers[6]] {
        world.advoware.edit(AdvowareEdit::Delete { fr_nr: frnr }).unwrap();
    }
    assert_eq!(world.run(&kuerzel).await["status"], "held");
    world.edit_text(numbers[2], "Wieder anders");
    let browser = Browser::start(Tastes { width: 500, ..Tastes::default() }).await;
    browser.sign_in(&world.url("/"), "content-secret").await;
    let query: String = url::form_urlencoded::byte_serialize(TEXTS[1].as_bytes()).collect();
    let shown = [
        (format!("/ui/employees/{kuerzel}/plan"), "Neu '-harm()-'"),
        (format!("/ui/employees/{kuerzel}?names=1"), "onerror=harm()"),
        (format!("/ui/runs/{run}/undo"), "{{7*7}} ${7*7}"),
        (format!("/ui/employees?q={query}"), ""),
        (format!("/ui/journal?kuerzel={query}"), ""),
        (format!("/ui/queue?class={query}"), ""),
    ];
    for (path, text) in shown {
        browser.open(&world.url(&path)).await;
        browser.see("main", text).await;
        let found: Value = browser.client.execute(LOOK, vec![]).await.unwrap();
        assert_eq!(found, serde_json::json!([0, 0, false]), "{path}");
    }
}
