//! What a person does, from signing in to signing out.

use advosync_simulators::{AdvowareEdit, GoogleEdit};
use advosync_testkit::wait_until;
use fantoccini::Locator;

use super::{Browser, Tastes};
use crate::support::{Plan, World};

#[tokio::test]
async fn a_person_signs_in_triggers_a_run_and_watches_it_to_its_end() {
    let world = World::start(Plan { appointments: 60, ..Plan::default() }.quiet().with_worker()).await;
    let browser = Browser::start(Tastes::default()).await;
    browser.open(&world.url("/")).await;
    browser.fill("#token", "wrong").await;
    browser.click(".sign-in button").await;
    browser.see("#refused", "nicht bekannt").await;
    browser.sign_in(&world.url("/"), "operator-secret").await;
    browser.see("h1", "Noch keiner der 3 Kalender").await;
    browser.click("#sync-all").await;
    browser.see(".notice", "angefordert").await;
    // The page is never loaded again: what it shows comes by the live feed.
    browser.client.execute("window.sameLoad = true", vec![]).await.unwrap();
    browser.see_attribute("#run-status", "data-status", "succeeded").await;
    assert_eq!(browser.client.execute("return window.sameLoad", vec![]).await.unwrap(), true);
    browser.click(".brand").await;
    browser.see("h1", "Alle 3 Kalender stimmen").await;
    browser.click(".bar-end button").await;
    browser.see(".notice", "abgemeldet").await;
    browser.open(&world.url("/")).await;
    browser.see(".sign-in h1", "Anmelden").await;
}

#[tokio::test]
async fn a_person_sees_a_plan_and_releases_what_is_held() {
    let plan = Plan { appointments: 60, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "1").quiet().with_worker();
    let world = World::start(plan).await;
    let kuerzel = world.kuerzel();
    world.run(&kuerzel).await;
    let numbers = world.appointments(&kuerzel);
    for frnr in &numbers[..3] {
        world.advoware.edit(AdvowareEdit::Delete { fr_nr: *frnr }).unwrap();
    }
    assert_eq!(world.run(&kuerzel).await["status"], "held");
    world.edit_text(numbers[3], "Neuer Betreff");
    let browser = Browser::start(Tastes::default()).await;
    browser.sign_in(&world.url("/"), "content-secret").await;
    browser.see(".attention", "3 Löschungen warten auf Sie").await;
    browser.click(".attention a.button").await;
    browser.see("#held-title", "3 Löschungen").await;
    browser.click("#plan a.button").await;
    browser.see("#plan", "Neuer Betreff").await;
    browser.click("#item-1").await;
    browser.click("button[value=picked]").await;
    browser.see(".notice", "Freigegeben").await;
    browser.see_attribute("#run-status", "data-status", "held").await;
    browser.open(&world.url(&format!("/ui/employees/{kuerzel}"))).await;
    browser.see("#held-title", "2 Löschungen").await;
    browser.click("button[value=all]").await;
    browser.see_attribute("#run-status", "data-status", "succeeded").await;
}

#[tokio::test]
async fn a_person_requeues_a_dead_letter_and_reads_the_story_of_an_appointment() {
    let world = World::start(Plan::default().with("WORKER_MAX_ATTEMPTS", "1").quiet().with_worker()).await;
    let kuerzel = world.kuerzel();
    world.run(&kuerzel).await;
    world.break_advoware();
    assert_eq!(world.run(&kuerzel).await["status"], "failed");
    world.advoware.clear_faults();
    let browser = Browser::start(Tastes { width: 390, ..Tastes::default() }).await;
    browser.sign_in(&world.url("/ui/queue"), "operator-secret").await;
    browser.see("#dead-letters", "nicht erreichbar").await;
    browser.click("#dead-letters table button[value=requeue]").await;
    browser.see(".notice", "noch einmal versucht").await;
    browser.see("#dead-letters .empty", "Keiner.").await;
    let frnr = world.appointments(&kuerzel)[0];
    browser.open(&world.url("/ui/journal")).await;
    browser.fill("form[action='/ui/search'] input", &frnr.to_string()).await;
    browser.click("form[action='/ui/search'] button").await;
    browser.see(".facts", "steht in Advoware bei").await;
    browser.see("main", "neu in Advoware").await;
}

#[tokio::test]
async fn a_person_reads_another_language_and_stays_on_the_page() {
    let world = World::start(Plan::default().without_tokens()).await;
    let browser = Browser::start(Tastes { language: "en-GB", ..Tastes::default() }).await;
    browser.open(&world.url("/ui/queue?class=x")).await;
    browser.see("h1", "Queue").await;
    browser.click(".bar-end a").await;
    browser.see("h1", "Warteschlange").await;
    assert!(browser.client.current_url().await.unwrap().as_str().ends_with("/ui/queue?class=x"));
    assert!(browser.client.find(Locator::Css("html[lang=de]")).await.is_ok());
}

#[tokio::test]
async fn a_person_takes_a_run_back_after_seeing_what_that_does() {
    let world = World::start(Plan { appointments: 60, ..Plan::default() }.quiet().with_worker()).await;
    let kuerzel = world.kuerzel();
    world.run(&kuerzel).await;
    let frnr = world.appointments(&kuerzel)[0];
    let (_, id) = world.event_of(&kuerzel, frnr).await;
    let before = world.event(&id)["summary"].as_str().unwrap().to_owned();
    world.edit_text(frnr, "Aus Versehen");
    let run = world.run(&kuerzel).await["run_id"].as_str().unwrap().to_owned();
    let browser = Browser::start(Tastes::default()).await;
    browser.sign_in(&world.url(&format!("/ui/runs/{run}")), "content-secret").await;
    browser.click("#undo-look").await;
    browser.see("table.plan del", "Aus Versehen").await;
    browser.see("table.plan ins", &before).await;
    assert_eq!(world.event(&id)["summary"], "Aus Versehen", "so far it was only looked at");
    browser.click("#undo").await;
    browser.see(".notice", "rückgängig gemacht").await;
    browser.see_attribute("#run-status", "data-status", "succeeded").await;
    browser.see("main", "der frühere Stand wurde wiederhergestellt").await;
    assert_eq!(world.event(&id)["summary"], before.as_str());
}

#[tokio::test]
async fn a_person_takes_the_other_version_and_brings_back_what_was_not_to_be_deleted() {
    let plan = Plan { appointments: 60, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "0").quiet().with_worker();
    let world = World::start(plan).await;
    let kuerzel = world.kuerzel();
    world.run(&kuerzel).await;
    let numbers = world.appointments(&kuerzel);
    let (calendar, id) = world.event_of(&kuerzel, numbers[0]).await;
    let fields = [("summary".to_owned(), "Fassung aus Google".into())].into_iter().collect();
    world.google.edit(GoogleEdit::Change { calendar, id: id.clone(), fields }).unwrap();
    world.edit_text(numbers[0], "Fassung aus Advoware");
    world.advoware.edit(AdvowareEdit::Delete { fr_nr: numbers[1] }).unwrap();
    assert_eq!(world.run(&kuerzel).await["status"], "held");
    let browser = Browser::start(Tastes { language: "en-GB", ..Tastes::default() }).await;
    browser.sign_in(&world.url(&format!("/ui/employees/{kuerzel}")), "content-secret").await;
    browser.click("#conflicts a.button").await;
    browser.see("h1", "Two versions").await;
    browser.see("table.plan ins", "Fassung aus Google").await;
    browser.click("#undo").await;
    browser.see_attribute("#run-status", "data-status", "held").await;
    assert_eq!(world.event(&id)["summary"], "Fassung aus Google");
    browser.open(&world.url(&format!("/ui/employees/{kuerzel}"))).await;
    browser.click("#item-1").await;
    browser.click("button[value=restore]").await;
    browser.see(".notice", "comes back").await;
    browser.see_attribute("#run-status", "data-status", "succeeded").await;
    assert_eq!(world.appointments(&kuerzel).len(), numbers.len());
}

#[tokio::test]
async fn everything_but_the_live_part_works_without_scripts() {
    let world = World::start(Plan::default().quiet().with_worker()).await;
    let kuerzel = world.kuerzel();
    let browser = Browser::start(Tastes { scripts: false, ..Tastes::default() }).await;
    browser.sign_in(&world.url(&format!("/ui/employees/{kuerzel}")), "operator-secret").await;
    browser.see(".lead", "noch nie abgeglichen").await;
    browser.click("#sync-one").await;
    browser.see(".notice", "angefordert").await;
    wait_until("the run has ended, after a reload", async || {
        browser.client.refresh().await.unwrap();
        let status = browser.client.find(Locator::Css("#run-status[data-status=succeeded]")).await;
        status.is_ok()
    })
    .await;
    browser.open(&world.url(&format!("/ui/employees/{kuerzel}"))).await;
    browser.click("#plan a.button").await;
    browser.see("h1", "Vorschau").await;
    browser.click(".bar-end a").await;
    browser.see("h1", "Preview").await;
    browser.click(".bar-end button").await;
    browser.see(".notice", "signed out").await;
}
