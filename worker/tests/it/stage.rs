//! Redis, both simulators, and any number of workers.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use advosync_config::{MapSource, Settings, WorkerProgram};
use advosync_fleet::{queue_settings, redis_settings};
use advosync_queue::link::Redis;
use advosync_queue::{Origin, Queue, RunRecord, Trigger};
use advosync_simulators::{
    AdvowareConfig, AdvowareSimulator, Difference, GoogleConfig, GoogleSimulator, ServiceAccount, Window, compare,
    today_in_berlin,
};
use advosync_telemetry::Metrics;
use advosync_testkit::{RedisServer, Signal, signal};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes.
const LONGEST: Duration = Duration::from_secs(90);

pub(crate) struct Stage {
    pub(crate) redis: RedisServer,
    pub(crate) advoware: AdvowareSimulator,
    pub(crate) google: GoogleSimulator,
    pub(crate) queue: Queue,
    pub(crate) today: NaiveDate,
    env: BTreeMap<String, String>,
    workers: Vec<(CancellationToken, JoinHandle<anyhow::Result<()>>)>,
    _folder: tempfile::TempDir,
}

/// Making a key takes a while in a debug build: one for all tests.
fn account() -> ServiceAccount {
    static ACCOUNT: OnceLock<ServiceAccount> = OnceLock::new();
    ACCOUNT.get_or_init(|| ServiceAccount::generate().unwrap()).clone()
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl Stage {
    /// A firm of `employees` with `appointments` each, and no worker yet.
    pub(crate) async fn set(employees: &[&str], appointments: i64) -> Self {
        let today = today_in_berlin();
        let folder = tempfile::tempdir().unwrap();
        let mut rows = Vec::new();
        for (index, kuerzel) in employees.iter().enumerate() {
            for number in 0..appointments {
                rows.push(termin(1_000 * (index as i64 + 1) + number, kuerzel, today, number));
            }
        }
        let people = employees.iter().map(|kuerzel| object(json!({ "kuerzel": kuerzel, "aktiv": true }))).collect();
        let advoware = AdvowareConfig { employees: people, appointments: rows, ..AdvowareConfig::default() };
        let path = folder.path().join("service-account.json");
        let google = GoogleConfig { account: Some(account()), service_account_path: Some(path), ..GoogleConfig::default() };
        let advoware = AdvowareSimulator::start(advoware).await.unwrap();
        let google = GoogleSimulator::start(google).await.unwrap();
        let redis = RedisServer::start().unwrap();
        let mut env: BTreeMap<String, String> = BTreeMap::new();
        env.extend(advoware.environment().into_iter().chain(google.environment()).map(|(name, value)| (name.to_owned(), value)));
        for (name, value) in [
            ("ADVOWARE_API_TIMEOUT_SECONDS", "2"),
            ("WORKER_LEASE_SECONDS", "4"),
            ("WORKER_RETRY_BASE_SECONDS", "0.2"),
            ("WORKER_MAX_ATTEMPTS", "50"),
            ("SHUTDOWN_GRACE_SECONDS", "10"),
            ("GOOGLE_CALENDAR_OWNER", "kanzlei@example.com"),
            ("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE", "60000"),
            ("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE_PER_PROJECT", "600000"),
        ] {
            env.insert(name.to_owned(), value.to_owned());
        }
        env.insert("REDIS_URL".to_owned(), redis.url(1));
        let config = program(&env);
        let queue = Queue::new(Redis::new(redis_settings(&config.redis)).unwrap(), queue_settings(&config.redis, &config.worker));
        Self { redis, advoware, google, queue, today, env, workers: Vec::new(), _folder: folder }
    }

    /// Changes a setting for the workers that start from now on.
    pub(crate) fn with(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn start_worker(&mut self) {
        let config = program(&self.env);
        let metrics = Arc::new(Metrics::new("advosync-worker", "test", Arc::default()));
        let stop = CancellationToken::new();
        let shutdown = stop.clone();
        let task = tokio::spawn(async move { advosync_worker::run(&config, metrics, shutdown).await });
        self.workers.push((stop, task));
    }

    /// Starts a worker as a process of its own.
    pub(crate) fn spawn_worker(&self) -> Process {
        let child = Command::new(env!("CARGO_BIN_EXE_worker"))
            .env_clear()
            .envs(&self.env)
            .current_dir(self._folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Process(child)
    }

    /// The first worker, to be treated as the test likes.
    pub(crate) fn take_worker(&mut self) -> (CancellationToken, JoinHandle<anyhow::Result<()>>) {
        self.workers.remove(0)
    }

    /// Drains every worker.
    pub(crate) async fn stop_workers(&mut self) {
        for (stop, task) in self.workers.drain(..) {
            stop.cancel();
            task.await.unwrap().unwrap();
        }
    }

    /// Asks for a run and waits for its end; whatever the fleet meets in between.
    pub(crate) async fn sync(&self, kuerzel: &str) -> RunRecord {
        let deadline = Instant::now() + LONGEST;
        let trigger = Trigger::new(kuerzel, Origin::Person);
        let mut run_id = None;
        loop {
            assert!(Instant::now() < deadline, "the run of {kuerzel} does not end");
            let id = match &run_id {
                Some(id) => id,
                None => match self.queue.trigger(&trigger).await {
                    Ok(triggered) => run_id.insert(triggered.run_id),
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            match self.queue.run(id).await {
                Ok(Some(run)) if run.status.is_final() => return run,
                // Redis has lost its data: ask again.
                Ok(None) => run_id = None,
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub(crate) fn differences(&self) -> Vec<Difference> {
        compare(&self.advoware.state(), &self.google.state(), Window::around(self.today, 30, 730))
    }

    pub(crate) fn assert_equal(&self) {
        let differences = self.differences();
        assert!(differences.is_empty(), "{} differences, such as {:?}", differences.len(), differences.first());
    }

    pub(crate) fn writes(&self) -> u64 {
        self.advoware.counters().total_writes() + self.google.counters().total_writes()
    }

    /// A further run of everybody writes nothing.
    pub(crate) async fn assert_quiet(&self) {
        let before = self.writes();
        self.sync("ALL").await;
        assert_eq!(self.writes(), before, "a further run wrote");
        self.assert_equal();
    }

    pub(crate) async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + LONGEST;
        while !condition(self) {
            assert!(Instant::now() < deadline, "{what} did not come true");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A worker process; killed when dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn signal(&self, what: Signal) {
        signal(self.0.id(), what).unwrap();
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Waits for its end; its exit code, none where a signal ended it.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let deadline = Instant::now() + LONGEST;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "the process does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(env: &BTreeMap<String, String>) -> WorkerProgram {
    WorkerProgram::from_source(&env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<MapSource>()).unwrap()
}

pub(crate) fn termin(number: i64, kuerzel: &str, today: NaiveDate, day: i64) -> Map<String, Value> {
    let date = today + chrono::Duration::days(day % 200);
    object(json!({
        "frNr": number, "text": format!("Termin {number}"), "notiz": "Zeile 1\r\nZeile 2", "ort": "Saal 3",
        "datum": date.to_string(), "uhrzeitVon": "09:00:00", "datumBis": date.to_string(), "uhrzeitBis": "10:30:00",
        "dauertermin": 0, "turnus": 0, "turnusArt": 0, "sb": kuerzel, "anwalt": kuerzel, "privat": 0,
        "geheimesFeld": { "a": [1, number] },
    }))
}
