//! The dashboard as a browser without scripts sees it.

use advosync_simulators::AdvowareEdit;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::support::{Plan, World};

/// Texts that would do harm if a page took them for its own.
const HOSTILE: [&str; 5] =
    ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "\u{202e}gnirts\u{202c}", "'-alert(1)-'"];

/// A browser with a cookie.
struct Browser<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn sign_in(world: &'a World, secret: &str) -> Self {
        let response = sign_in(world, secret).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        Self { world, cookie: cookie(&response) }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.world.bare(Method::GET, path).header("cookie", &self.cookie)
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let origin = self.world.url("");
        self.world.bare(Method::POST, path).header("cookie", &self.cookie).header("origin", origin).form(fields)
    }

    async fn page(&self, path: &str) -> String {
        let response = self.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        response.text().await.unwrap()
    }

    async fn csrf(&self) -> String {
        let page = self.page("/").await;
        page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }
}

fn sign_in(world: &World, secret: &str) -> RequestBuilder {
    world.bare(Method::POST, "/ui/sign-in").header("origin", world.url("")).form(&[("token", secret), ("next", "/ui/runs")])
}

fn cookie(response: &Response) -> String {
    let header = response.headers()["set-cookie"].to_str().unwrap();
    header.split(';').next().unwrap().to_owned()
}

async fn text(response: Response, status: StatusCode) -> String {
    assert_eq!(response.status(), status, "{response:?}");
    response.text().await.unwrap()
}

#[tokio::test]
async fn the_door_opens_with_a_token_only() {
    let world = World::start(Plan::default()).await;
    for path in ["/", "/ui/runs", "/ui/queue?class=x", "/ui/nowhere"] {
        let response = world.bare(Method::GET, path).send().await.unwrap();
        assert!(response.headers().contains_key("www-authenticate"), "{path}");
        let door = text(response, StatusCode::UNAUTHORIZED).await;
        assert!(door.contains("name=\"token\"") && door.contains("action=\"/ui/sign-in\""), "{path}: {door}");
    }
    assert_eq!(world.bare(Method::GET, "/ui/sign-in").send().await.unwrap().status(), StatusCode::OK);
    let wrong = text(sign_in(&world, "wrong").send().await.unwrap(), StatusCode::UNAUTHORIZED).await;
    assert!(wrong.contains("role=\"alert\"") && !wrong.contains("wrong"), "{wrong}");
    let right = sign_in(&world, "operator-secret").send().await.unwrap();
    assert_eq!((right.status(), &right.headers()["location"]), (StatusCode::SEE_OTHER, &"/ui/runs".parse().unwrap()));
    let header = right.headers()["set-cookie"].to_str().unwrap();
    assert!(header.contains("HttpOnly") && header.contains("SameSite=Strict") && !header.contains("operator-secret"), "{header}");
    let foreign =
        world.bare(Method::POST, "/ui/sign-in").header("origin", "https://evil.example").form(&[("token", "operator-secret")]);
    let foreign = foreign.send().await.unwrap();
    assert!(foreign.status() == StatusCode::FORBIDDEN && !foreign.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn nobody_is_led_to_another_site_and_nobodys_session_is_prepared() {
    let world = World::start(Plan::default()).await;
    let fields = [("token", "operator-secret"), ("next", "//evil.example/")];
    let prepared = "advosync_session=prepared";
    let request =
        world.bare(Method::POST, "/ui/sign-in").header("origin", world.url("")).header("cookie", prepared).form(&fields);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["location"], "/");
    assert_ne!(cookie(&response), prepared);
    let one = cookie(&sign_in(&world, "operator-secret").send().await.unwrap());
    assert_ne!(cookie(&response), one);
    let refused = world.bare(Method::GET, "/").header("cookie", prepared).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_page_is_shown_and_asks_no_other_host() {
    let world = World::start(Plan::default().with_worker()).await;
    let run = world.run("ALL").await;
    let browser = Browser::sign_in(&world, "operator-secret").await;
    let kuerzel = world.kuerzel();
    let frnr = world.appointments(&kuerzel)[0];
    let run_id = run["run_id"].as_str().unwrap();
    let own = world.fetch(&format!("/runs?kuerzel={kuerzel}")).await["runs"][0]["run_id"].as_str().unwrap().to_owned();
    for path in [
        "/".to_owned(),
        "/ui/employees".to_owned(),
        format!("/ui/employees/{kuerzel}"),
        format!("/ui/employees/{kuerzel}/plan"),
        format!("/ui/appointments/{frnr}"),
        "/ui/appointments/1".to_owned(),
        "/ui/events/advonone".to_owned(),
        "/ui/runs".to_owned(),
        format!("/ui/runs/{run_id}"),
        format!("/ui/runs/{own}"),
        "/ui/journal".to_owned(),
        format!("/ui/journal?kuerzel={kuerzel}"),
        "/ui/queue".to_owned(),
        "/ui/drift".to_owned(),
    ] {
        let page = browser.page(&path).await;
        for attribute in ["src=\"", "href=\"", "action=\"", "hx-get=\""] {
            for target in page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                assert!(target.starts_with(['/', '#']) && !target.starts_with("//"), "{path}: {target}");
            }
        }
        assert!(page.len() < 300_000, "{path}: {}", page.len());
        assert!(!page.contains(" style=") && !page.contains(" onclick="), "{path}");
        assert!(page.matches("<h1").count() == 1 && page.contains("<html lang=\"de\">"), "{path}");
    }
    for file in ["app.css", "app.js", "htmx.min.js", "sse.min.js", "icon.svg", "inter.woff2", "source-serif.woff2"] {
        let response = world.bare(Method::GET, &format!("/assets/{file}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{file}");
    }
}

#[tokio::test]
async fn an_action_needs_the_sessions_own_proof_and_origin() {
    let world = World::start(Plan::default()).await;
    let browser = Browser::sign_in(&world, "operator-secret").await;
    let other = Browser::sign_in(&world, "operator-secret").await;
    let (csrf, foreign) = (browser.csrf().await, other.csrf().await);
    let refused = async |request: RequestBuilder| {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{response:?}");
    };
    refused(browser.post("/ui/sync", &[("kuerzel", "ALL")])).await;
    refused(browser.post("/ui/sync", &[("kuerzel", "ALL"), ("csrf", "")])).await;
    refused(browser.post("/ui/sync", &[("kuerzel", "ALL"), ("csrf", &foreign)])).await;
    let fields = [("kuerzel", "ALL"), ("csrf", csrf.as_str())];
    let bare = || world.bare(Method::POST, "/ui/sync").header("cookie", &browser.cookie).form(&fields);
    refused(bare()).await;
    refused(bare().header("origin", "https://evil.example")).await;
    let api = || browser.post("/advoware/calendar/sync", &[]).json(&json!({"kuerzel": "ALL"}));
    refused(api()).await;
    assert_eq!(world.fleet.queue().stats().await.unwrap().waiting, 0);
    assert_eq!(api().header("x-csrf-token", &csrf).send().await.unwrap().status(), StatusCode::ACCEPTED);
    let done = browser.post("/ui/sync", &fields).send().await.unwrap();
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let led_to = done.headers()["location"].to_str().unwrap().to_owned();
    assert!(led_to.starts_with("/ui/runs/") && led_to.ends_with("notice=notice-run-joined"), "{led_to}");
    assert!(browser.page(&led_to).await.contains("role=\"status\""));
    let out = browser.post("/ui/sign-out", &[("csrf", &csrf)]).send().await.unwrap();
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn a_viewer_sees_no_buttons_and_may_not_press_them() {
    let world = World::start(Plan::default()).await;
    let browser = Browser::sign_in(&world, "viewer-secret").await;
    let page = browser.page("/").await;
    assert!(!page.contains("/ui/sync"));
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let undo = "/ui/runs/0192f3a4-0000-7000-8000-000000000000/undo";
    for (path, field) in [
        ("/ui/sync", "ALL"),
        ("/ui/employees/PB/release", "all"),
        ("/ui/employees/PB/release", "restore"),
        ("/ui/dead-letters", "requeue"),
        ("/ui/drift", "ALL"),
        (undo, "all"),
    ] {
        let response = browser.post(path, &[("kuerzel", field), ("what", field), ("csrf", &csrf)]).send().await.unwrap();
        let page = text(response, StatusCode::FORBIDDEN).await;
        assert!(page.contains("<h1>"), "{path}: {page}");
    }
}

#[tokio::test]
async fn texts_are_shown_to_whoever_may_see_them_and_never_as_markup() {
    let world =
        World::start(Plan { appointments: 60, ..Plan::default() }.with("CALENDAR_SYNC_MAX_DELETES", "0").quiet().with_worker())
            .await;
    let kuerzel = world.kuerzel();
    let numbers = world.appointments(&kuerzel);
    for (frnr, hostile) in numbers.iter().zip(HOSTILE) {
        world.edit_text(*frnr, hostile);
    }
    world.edit_text(numbers[HOSTILE.len()], &"Ä".repeat(10_000));
    world.run(&kuerzel).await;
    for (frnr, hostile) in numbers.iter().zip(HOSTILE) {
        world.edit_text(*frnr, &format!("Neu {hostile}"));
    }
    world.advoware.edit(AdvowareEdit::Delete { fr_nr: numbers[0] }).unwrap();
    world.advoware.edit(AdvowareEdit::Delete { fr_nr: numbers[HOSTILE.len()] }).unwrap();
    let run = world.run(&kuerzel).await;
    assert_eq!(run["status"], "held", "{run}");
    for (frnr, hostile) in numbers.iter().zip(HOSTILE).skip(1) {
        world.edit_text(*frnr, &format!("Wieder {hostile}"));
    }
    let operator = Browser::sign_in(&world, "operator-secret").await;
    let content = Browser::sign_in(&world, "content-secret").await;
    for path in [format!("/ui/employees/{kuerzel}/plan"), format!("/ui/employees/{kuerzel}?names=1")] {
        let page = operator.page(&path).await;
        assert!(["alert", "Wieder", "ÄÄÄ", "7*7"].iter().all(|part| !page.contains(part)), "{path}");
        let page = content.page(&path).await;
        assert!(page.contains("alert(1)"), "{path}: {page}");
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}");
        assert!(!page.contains(&"Ä".repeat(400)), "{path}");
    }
    let plan = content.page(&format!("/ui/employees/{kuerzel}/plan")).await;
    assert!(plan.contains("{{7*7}}") && plan.contains("<del>") && plan.contains("<bdi"), "{plan}");
}

#[tokio::test]
async fn what_a_link_brings_along_is_never_markup() {
    let world = World::start(Plan::default()).await;
    let browser = Browser::sign_in(&world, "operator-secret").await;
    for hostile in HOSTILE {
        let query: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
        for path in ["/ui/employees?q=", "/ui/runs?kuerzel=", "/ui/journal?kuerzel=", "/ui/queue?class=", "/?notice="] {
            let page = browser.page(&format!("{path}{query}")).await;
            assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}{hostile}");
        }
        let segment = query.replace('+', "%20").replace('/', "%2F");
        for path in ["/ui/employees/", "/ui/runs/", "/ui/events/", "/ui/search?q="] {
            let response = browser.get(&format!("{path}{segment}")).send().await.unwrap();
            assert!(response.status().as_u16() < 500, "{path}{hostile}: {response:?}");
            let page = response.text().await.unwrap();
            assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}{hostile}");
        }
    }
}

#[tokio::test]
async fn a_page_speaks_the_browsers_language_until_another_is_chosen() {
    let world = World::start(Plan::default().without_tokens()).await;
    let page = async |language: &str, cookie: &str| {
        let request = world.bare(Method::GET, "/ui/queue").header("accept-language", language).header("cookie", cookie);
        text(request.send().await.unwrap(), StatusCode::OK).await
    };
    assert!(page("de-DE,de;q=0.9", "").await.contains("Warteschlange"));
    assert!(page("en-GB", "").await.contains("<html lang=\"en\">"));
    let chosen = world.bare(Method::GET, "/ui/queue?class=x&lang=en").send().await.unwrap();
    assert_eq!((chosen.status(), &chosen.headers()["location"]), (StatusCode::SEE_OTHER, &"/ui/queue?class=x".parse().unwrap()));
    assert!(page("de", &cookie(&chosen)).await.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn the_overview_says_one_true_sentence_and_what_to_do() {
    let world = World::start(Plan::default().without_tokens().with_worker()).await;
    let overview = async || text(world.bare(Method::GET, "/").send().await.unwrap(), StatusCode::OK).await;
    assert!(overview().await.contains("Noch keiner der 3 Kalender wurde abgeglichen."));
    let trigger = world.bare(Method::POST, "/advoware/calendar/sync").body(r#"{"kuerzel":"ALL"}"#).send().await.unwrap();
    let asked: Value = trigger.json().await.unwrap();
    advosync_testkit::wait_until("the run ends", async || {
        let run = world.bare(Method::GET, &format!("/runs/{}", asked["run_id"].as_str().unwrap())).send().await.unwrap();
        run.json::<Value>().await.unwrap()["finished_at"].is_string()
    })
    .await;
    // No scheduler runs in this world, and that is said.
    let page = overview().await;
    assert!(page.contains("Alle 3 Kalender stimmen, doch etwas anderes braucht Sie."), "{page}");
    assert!(page.contains("Kein Zeitplaner läuft"), "{page}");
    world.fleet.queue().lead("me", std::time::Duration::from_secs(60), None).await.unwrap();
    let page = overview().await;
    assert!(page.contains("Alle 3 Kalender stimmen, zuletzt geprüft "), "{page}");
}

#[tokio::test]
async fn without_redis_a_page_says_so_and_since_when() {
    let mut world = World::start(Plan::default().without_tokens()).await;
    world.redis.kill().unwrap();
    let mut page = String::new();
    advosync_testkit::wait_until("the page knows since when", async || {
        let response = world.bare(Method::GET, "/").send().await.unwrap();
        assert!(response.headers().contains_key("retry-after"));
        page = text(response, StatusCode::SERVICE_UNAVAILABLE).await;
        page.contains("<time")
    })
    .await;
    assert!(page.contains("Redis ist nicht erreichbar"), "{page}");
}
