//! The tool as a person uses it: the real program, by an api and without one.

mod stage;

use serde_json::{Value, json};
use stage::{Side, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn every_command_says_the_same_by_the_api_and_without_one() {
    let stage = Stage::set().await;
    let asked = stage.ok(true, &["sync", "ALL"]).await;
    assert_eq!((&asked["status"], &asked["jobs"]["done"]), (&json!("succeeded"), &json!(2)), "{asked}");
    for command in [
        &["plan", "PB"][..],
        &["calendars"],
        &["journal", "--kuerzel", "PB", "--limit", "3"],
        &["release", "PB", "--list"],
        &["dead-letters", "list"],
        &["explain", "PB", "1001"],
        &["drift", "PB"],
        &["drift"],
    ] {
        let (by_api, directly) = (stage.ok(true, command).await, stage.ok(false, command).await);
        assert_eq!(by_api, directly, "{command:?}");
    }
    for command in [&["status"][..], &["workers"], &["queue", "doctor"]] {
        let (by_api, directly) = (stage.ok(true, command).await, stage.ok(false, command).await);
        let members = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(members(&by_api), members(&directly), "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_looked_at_taken_back_and_followed() {
    let stage = Stage::set().await;
    stage.ok(true, &["sync", "ALL"]).await;
    stage.edit(1001, "Anders");
    let plan = stage.run(true, &["--json", "plan", "PB"]).await;
    assert_eq!(plan.code, 3, "there is something to do");
    assert_eq!(plan.json()["operations"][0]["frNr"], 1001);
    assert_eq!(stage.run(true, &["drift", "PB"]).await.code, 3);
    let run = stage.ok(true, &["sync", "PB"]).await;
    let run_id = run["run_id"].as_str().unwrap();
    let look = stage.ok(false, &["undo", run_id, "--dry-run"]).await;
    assert_eq!(look["employees"][0]["items"][0]["operation"], "update", "{look}");
    let undone = stage.ok(false, &["undo", run_id]).await;
    assert_eq!(undone["status"], "succeeded", "{undone}");
    assert_eq!(stage.text(1001), "Termin 1001");
    let journal = stage.ok(true, &["journal", "--run", undone["run_id"].as_str().unwrap()]).await;
    assert!(journal["entries"].as_array().unwrap().iter().any(|entry| entry["who"] == "advosync"), "{journal}");
    let again = stage.run(true, &["undo", "0192f3a4-0000-7000-8000-000000000000"]).await;
    assert_eq!(again.code, 1);
    assert!(again.errors.starts_with("advosync: There is no such run."), "{}", again.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn held_deletions_are_listed_and_brought_back_or_let_go() {
    let stage = Stage::set().await;
    stage.ok(true, &["sync", "ALL"]).await;
    for number in [1001, 1002] {
        stage.delete(number);
    }
    let held = stage.run(true, &["--json", "sync", "PB"]).await;
    assert_eq!((held.code, &held.json()["status"]), (3, &json!("held")));
    let listed = stage.ok(false, &["release", "PB", "--list"]).await;
    assert_eq!(listed["held_items"].as_array().unwrap().len(), 2, "{listed}");
    let restored = stage.ok(true, &["release", "PB", "--restore"]).await;
    assert_eq!(restored["counts"]["advoware"]["created"], 2, "{restored}");
    stage.delete(1003);
    assert_eq!(stage.run(true, &["sync", "PB"]).await.code, 3);
    let released = stage.ok(false, &["release", "PB"]).await;
    assert_eq!(released["counts"]["google"]["deleted"], 1, "{released}");
    let nothing = stage.run(true, &["release", "PB"]).await;
    assert_eq!((nothing.code, nothing.output.trim()), (0, "nothing is held for PB"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_with_its_remedy() {
    let stage = Stage::set().await;
    let unknown = stage.run(true, &["sync", "NOBODY"]).await;
    assert!(unknown.code == 1 && unknown.errors.contains("no active employee"), "{}", unknown.errors);
    let away = stage.with("ADVOSYNC_URL", "http://127.0.0.1:9/").run(true, &["status"]).await;
    assert!(away.code == 1 && away.errors.contains("ADVOSYNC_URL"), "{}", away.errors);
    let bad = stage.with("REDIS_URL", "nonsense").run(false, &["status"]).await;
    assert!(bad.code == 2 && bad.errors.lines().any(|line| line.starts_with("REDIS_URL:")), "{}", bad.errors);
    assert_eq!(stage.run(false, &["nonsense"]).await.code, 2);
    for shell in ["bash", "zsh", "fish"] {
        assert!(stage.run(false, &["completions", shell]).await.output.contains("advosync"), "{shell}");
    }
    let help = stage.run(false, &["--help"]).await.output;
    for word in ["undo", "drift", "explain", "queue", "Exit codes", "ADVOSYNC_URL"] {
        assert!(help.contains(word), "{word} in {help}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_notices_each_permission_that_is_missing() {
    let stage = Stage::set().await;
    stage.ok(true, &["sync", "ALL"]).await;
    let healthy = stage.with("PUBLIC_BASE_URL", "https://sync.kanzlei.example/").run(false, &["doctor"]).await;
    assert_eq!(healthy.code, 0, "{} {}", healthy.output, healthy.errors);
    for (method, path, what) in [
        ("POST", r"/calendars(\?|$)", "make calendars"),
        ("GET", "/events", "read events"),
        ("POST", r"/events(\?|$)", "make events"),
        ("PUT", "/events/", "change events"),
        ("DELETE", "/events/", "delete events"),
        ("GET", "/acl", "read sharing"),
        ("POST", "/acl", "share"),
        ("POST", "/events/watch", "push"),
        ("GET", "/calendarList", "calendars"),
    ] {
        stage.deny(Side::Google, method, path);
        let said = stage.with("PUBLIC_BASE_URL", "https://sync.kanzlei.example/").run(false, &["doctor"]).await;
        stage.allow();
        assert_eq!(said.code, 1, "{what}: {}", said.output);
        assert!(
            said.output.contains(&format!("Google: {what}")) && said.output.contains("calendar.google.com"),
            "{}",
            said.output
        );
    }
    for (path, what) in [(r"Termine\?kuerzel", "list"), (r"Termine\?frnr", "look-up"), ("Mitarbeiter", "employees")] {
        stage.deny(Side::Advoware, "GET", path);
        let said = stage.run(false, &["doctor"]).await;
        stage.allow();
        assert!(said.code == 1 && said.output.contains(&format!("Advoware: {what}")), "{what}: {}", said.output);
    }
}
