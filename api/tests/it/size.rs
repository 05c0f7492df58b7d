//! A thousand employees, a hundred thousand runs, and a hundred listeners.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use advosync_state::EmployeeLists;
use redis::{Connection, Pipeline};
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use uuid::{NoContext, Timestamp, Uuid};

use super::events::Listener;
use super::support::{Plan, World};

/// The largest page, in bytes before compression.
const LARGEST: usize = 300_000;
/// Commands in one pipeline.
const BATCH: usize = 2_000;
/// Whoever has something held, and dead letters: what needs a person does not grow with the firm.
const HELD: usize = 20;
const LETTERS: usize = 300;

/// Sends commands in batches.
struct Sender {
    connection: Connection,
    pipe: Pipeline,
    waiting: usize,
}

impl Sender {
    fn new(world: &World) -> Self {
        Self { connection: world.redis.connect(0).unwrap(), pipe: redis::pipe(), waiting: 0 }
    }

    fn send(&mut self, name: &str, arguments: &[&str]) {
        self.pipe.cmd(name).arg(arguments).ignore();
        self.waiting += 1;
        if self.waiting >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.waiting == 0 {
            return;
        }
        let pipe = std::mem::replace(&mut self.pipe, redis::pipe());
        let () = pipe.query(&mut self.connection).unwrap();
        self.waiting = 0;
    }
}

fn key(name: &str) -> String {
    format!("{{advosync}}:{name}")
}

/// What a page's address needs.
struct Seeded {
    run: String,
    all: String,
}

/// Fills Redis as if `runs` runs of `employees` had gone through in the last 29 days.
async fn seed(world: &World, employees: usize, runs: usize) -> Seeded {
    let kuerzel: Vec<String> = (0..employees).map(|number| format!("K{number:04}")).collect();
    EmployeeLists::new(world.fleet.state()).put(None, &kuerzel).await.unwrap();
    let now = u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap();
    let step = 29 * 86_400_000 / u64::try_from(runs).unwrap();
    let mut redis = Sender::new(world);
    let counts = json!({"google": {"created": 1, "updated": 2, "deleted": 0}, "unchanged": 200}).to_string();
    let id_at = |at: u64| Uuid::new_v7(Timestamp::from_unix(NoContext, at / 1000, u32::try_from(at % 1000).unwrap() * 1_000_000));
    let all = id_at(now).to_string();
    let mut last = BTreeMap::new();
    for number in 0..runs {
        let at = now - step * u64::try_from(runs - number).unwrap();
        let (id, whose) = (id_at(at).to_string(), &kuerzel[number % employees]);
        let status = match number % 100 {
            0 => "failed",
            1 => "partial",
            2 => "held",
            _ => "succeeded",
        };
        let (at, end) = (at.to_string(), (at + 900).to_string());
        let record = key(&format!("run:{id}"));
        redis.send(
            "HSET",
            &[
                &record,
                "kind",
                "employee",
                "key",
                whose,
                "status",
                status,
                "attempt",
                "1",
                "queued_at",
                &at,
                "started_at",
                &at,
                "finished_at",
                &end,
                "origin",
                "cron",
                "by",
                "",
                "counts",
                &counts,
                "report",
                "",
                "class",
                "",
                "code",
                "",
                "phase",
                "",
            ],
        );
        redis.send("ZADD", &[&key("runs"), &at, &id]);
        redis.send("ZADD", &[&key(&format!("runs:{whose}")), &at, &id]);
        if status != "succeeded" {
            redis.send("ZADD", &[&key(&format!("runs:is:{status}")), &end, &id]);
        }
        last.insert(whose.clone(), id);
    }
    let jobs = last.len().to_string();
    let record = key(&format!("run:{all}"));
    redis.send(
        "HSET",
        &[
            &record,
            "kind",
            "all",
            "key",
            "ALL",
            "status",
            "succeeded",
            "attempt",
            "1",
            "queued_at",
            &now.to_string(),
            "total",
            &jobs,
            "done",
            &jobs,
            "failed",
            "0",
            "origin",
            "cron",
            "counts",
            &counts,
        ],
    );
    redis.send("ZADD", &[&key("runs"), &now.to_string(), &all]);
    for (whose, id) in &last {
        redis.send("HSET", &[&format!("{record}:jobs"), whose, &format!("s{id}")]);
        seed_employee(&mut redis, whose, id, now);
    }
    seed_trouble(&mut redis, &kuerzel, now);
    redis.flush();
    Seeded { run: last[&kuerzel[1]].clone(), all }
}

/// One employee's last state.
fn seed_employee(redis: &mut Sender, whose: &str, run: &str, now: u64) {
    let now = now.to_string();
    let sides = json!({"created": 0, "updated": 0, "deleted": 0});
    let counts = json!({"google": sides, "advoware": sides, "unchanged": 200, "conflicts": 0, "errors": 0});
    let report = json!({"counts": counts, "notes": [], "held": [], "unsettled": false, "planned": 0, "appointments": 200});
    let drift = json!({"checked_at": chrono::Utc::now(), "missing": 0, "extra": 0, "different": 1});
    let calendar = json!({"id": format!("c_{whose}@group.calendar.google.com"), "name": format!("AW-{whose}"), "sharing": null, "reports": []});
    redis.send("HSET", &[&key("last"), whose, &format!("succeeded {run}")]);
    redis.send("HSET", &[&key("succeeded"), whose, &now]);
    redis.send("HSET", &[&key("checked"), whose, &now]);
    redis.send("HSET", &[&key("reports"), whose, &format!("{now} {run} {report}")]);
    redis.send("HSET", &[&key("drift"), whose, &drift.to_string()]);
    redis.send("HSET", &[&key("calendars"), whose, &calendar.to_string()]);
    for write in 0..5 {
        let id = Uuid::now_v7().simple().to_string();
        let entry = json!({
            "run_id": run, "kuerzel": whose, "side": "google", "verb": "update", "frNr": 4000 + write, "event_id": format!("advo{write}"),
            "fields": ["time", "text", "notiz"], "reason": "changed", "who": "cron",
        });
        redis.send("HSET", &[&key(&format!("journal:entry:{id}")), "at", &now, "entry", &entry.to_string(), "done", &now]);
        for index in ["journal".to_owned(), format!("journal:employee:{whose}"), format!("journal:run:{run}")] {
            redis.send("ZADD", &[&key(&index), &now, &id]);
        }
    }
}

/// Held deletions and dead letters.
fn seed_trouble(redis: &mut Sender, kuerzel: &[String], now: u64) {
    let now = now.to_string();
    for whose in &kuerzel[..HELD] {
        redis.send("SADD", &[&key("held"), whose]);
        for number in 0..30 {
            let item = json!({"side": "google", "operation": "delete", "frNr": number, "event_id": format!("advo{number}")});
            redis.send("HSET", &[&key(&format!("held:{whose}")), &item.to_string(), &now]);
        }
    }
    for number in 0..LETTERS {
        let (id, whose) = (Uuid::now_v7().to_string(), &kuerzel[number % kuerzel.len()]);
        redis.send(
            "XADD",
            &[
                &key("jobs:dead"),
                "*",
                "v",
                "1",
                "job_id",
                &id,
                "run_id",
                &id,
                "kind",
                "employee",
                "kuerzel",
                whose,
                "attempt",
                "5",
                "enqueued_at",
                &now,
                "traceparent",
                "",
                "origin",
                "cron",
                "reason",
                "errors",
                "class",
                "unavailable",
                "code",
                "advoware.termine.list: 503",
                "worker",
                "w-1",
                "history",
                "[]",
            ],
        );
    }
}

/// How many commands Redis has carried out, but for what the api asks by itself while nobody looks.
fn commands(redis: &mut Connection) -> u64 {
    let info: String = redis::cmd("INFO").arg("commandstats").query(redis).unwrap();
    let counted = info.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        let background = matches!(name, "info" | "time" | "xread" | "set" | "hello" | "client|setname" | "select" | "ping");
        let calls = rest.strip_prefix("calls=")?.split(',').next()?.parse::<u64>().ok()?;
        (!background).then_some(calls)
    });
    counted.sum()
}

fn pages(seeded: &Seeded) -> Vec<(String, String)> {
    let page = |name: &str, path: &str| (name.to_owned(), path.to_owned());
    vec![
        page("overview", "/"),
        page("employees", "/ui/employees"),
        page("employees, filtered", "/ui/employees?q=k00&state=held&page=0"),
        page("employee", "/ui/employees/K0001"),
        page("runs", "/ui/runs"),
        page("runs, failed", "/ui/runs?status=failed"),
        page("runs of one", "/ui/runs?kuerzel=K0001"),
        page("run", &format!("/ui/runs/{}", seeded.run)),
        page("run of all", &format!("/ui/runs/{}", seeded.all)),
        page("journal", "/ui/journal"),
        page("queue", "/ui/queue"),
        page("drift", "/ui/drift"),
    ]
}

/// The fewest commands of three loads of each page; its bytes and its time are told, and its bytes checked.
async fn look(world: &World, seeded: &Seeded, title: &str) -> BTreeMap<String, u64> {
    let mut redis = world.redis.connect(0).unwrap();
    let mut used = BTreeMap::new();
    for (name, path) in pages(seeded) {
        let (mut fewest, mut quickest, mut bytes) = (u64::MAX, Duration::MAX, 0);
        for _ in 0..3 {
            let (before, began) = (commands(&mut redis), Instant::now());
            let response = world.get(&path).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let page = response.text().await.unwrap();
            quickest = quickest.min(began.elapsed());
            fewest = fewest.min(commands(&mut redis) - before);
            bytes = page.len();
        }
        println!("{title}: {name:<20} {bytes:>7} bytes  {fewest:>5} commands  {:>6.1} ms", quickest.as_secs_f64() * 1000.0);
        assert!(bytes < LARGEST, "{name}: {bytes}");
        used.insert(name, fewest);
    }
    used
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_small_and_ask_no_more_of_redis_however_large_the_firm() {
    let small = World::start(Plan::default()).await;
    let seeded = seed(&small, 100, 20_000).await;
    let few = look(&small, &seeded, "  100 employees,  20,000 runs").await;
    let large = World::start(Plan::default()).await;
    let seeded = seed(&large, 1_000, 100_000).await;
    let many = look(&large, &seeded, "1,000 employees, 100,000 runs").await;
    for (name, used) in &many {
        // The jobs of a run of everybody are read in one pipeline.
        let grown = if name == "run of all" { 900 } else { 0 };
        assert!(*used <= few[name] + grown, "{name}: {} commands at first, {used} then", few[name]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_listeners_hear_at_once_though_one_of_them_does_not_read() {
    let world = World::start(Plan::default()).await;
    let mut slow = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let request = format!("GET /events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer operator-secret\r\n\r\n", world.address);
    slow.write_all(request.as_bytes()).await.unwrap();
    slow.readable().await.unwrap();
    let mut first = Listener::open(&world, None).await;
    // Far more than the slow one's buffers hold.
    let mut redis = Sender::new(&world);
    let counts = json!({"unchanged": 1, "padding": "x".repeat(2_000)}).to_string();
    for number in 0..8_000 {
        let id = format!("flood-{number}");
        redis.send(
            "XADD",
            &[&key("events"), "*", "run_id", &id, "kuerzel", "PB", "kind", "employee", "status", "running", "counts", &counts],
        );
    }
    redis.flush();
    while !first.next().await.expect("the feed goes on").1["run_id"].as_str().unwrap().ends_with("-7999") {}
    let mut listeners = futures::future::join_all((1..100).map(|_| Listener::open(&world, None))).await;
    let asked: serde_json::Value = world.trigger("ALL").send().await.unwrap().json().await.unwrap();
    let began = Instant::now();
    let heard = listeners.iter_mut().map(async |listener| {
        loop {
            let (_, event) = listener.next().await.expect("the feed goes on");
            if event["run_id"] == asked["run_id"] {
                return began.elapsed();
            }
        }
    });
    let heard = timeout(Duration::from_secs(30), futures::future::join_all(heard)).await.expect("everybody hears of it");
    println!("99 listeners heard of a run within {:?}", heard.iter().max().unwrap());
    drop(slow);
}
