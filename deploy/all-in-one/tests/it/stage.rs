//! A firm, its fleet, and a receiver of the fleet's traces.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use advosync_simulators::{AdvowareConfig, AdvowareSimulator, Firm, FirmConfig, GoogleConfig, GoogleSimulator, today_in_berlin};
use advosync_testkit::{OtlpReceiver, RedisServer, Signal, free_port, signal, wait_until_within};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::trace::Traces;

/// Longer than anything here takes, on whatever machine.
pub(crate) const LONGEST: Duration = Duration::from_secs(120);

pub(crate) struct Stage {
    _redis: RedisServer,
    pub(crate) advoware: AdvowareSimulator,
    pub(crate) google: GoogleSimulator,
    pub(crate) receiver: OtlpReceiver,
    client: Client,
    api: String,
    env: BTreeMap<String, String>,
    processes: Vec<Process>,
    folder: TempDir,
}

/// A program of the fleet; killed when dropped.
pub(crate) struct Process {
    program: &'static str,
    /// Where its health and metrics are.
    pub(crate) address: String,
    child: Child,
}

impl Process {
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits until it has; how long that took.
    pub(crate) async fn stop(&mut self) -> Duration {
        let began = Instant::now();
        signal(self.child.id(), Signal::Term).unwrap();
        wait_until_within(LONGEST, "the process ends", async || self.child.try_wait().unwrap().is_some()).await;
        let took = began.elapsed();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.program);
        took
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Stage {
    /// A generated firm, and no program yet.
    pub(crate) async fn set(employees: usize, appointments: usize) -> Self {
        let firm = FirmConfig { employees, appointments, ..FirmConfig::new(today_in_berlin()) };
        Self::of(Firm::generate(&firm)).await
    }

    /// This firm, and no program yet.
    pub(crate) async fn of(firm: Firm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let advoware = AdvowareConfig { employees: firm.employees, appointments: firm.appointments, ..AdvowareConfig::default() };
        let google = GoogleConfig {
            service_account_path: Some(folder.path().join("service-account.json")),
            calendars: firm.calendars,
            ..GoogleConfig::default()
        };
        let advoware = AdvowareSimulator::start(advoware).await.unwrap();
        let google = GoogleSimulator::start(google).await.unwrap();
        let (redis, receiver) = (RedisServer::start().unwrap(), OtlpReceiver::start().unwrap());
        let bind = format!("127.0.0.1:{}", free_port().unwrap());
        let mut env: BTreeMap<String, String> = BTreeMap::new();
        env.extend(advoware.environment().into_iter().chain(google.environment()).map(|(name, value)| (name.to_owned(), value)));
        for (name, value) in [
            ("REDIS_URL", redis.url(1).as_str()),
            ("API_BIND", &bind),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.address()),
            ("OTEL_BSP_SCHEDULE_DELAY", "500"),
            ("CALENDAR_SYNC_POLL", "off"),
            ("CALENDAR_SYNC_POLL_HOURS", "Mon-Sun 00-24"),
            ("CALENDAR_SYNC_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
            ("ADVOWARE_API_TIMEOUT_SECONDS", "2"),
            ("WORKER_LEASE_SECONDS", "4"),
            ("WORKER_RETRY_BASE_SECONDS", "0.2"),
            ("GOOGLE_CALENDAR_OWNER", "kanzlei@example.com"),
            ("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE", "60000"),
            ("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE_PER_PROJECT", "600000"),
        ] {
            env.insert(name.to_owned(), value.to_owned());
        }
        // A client is built with TLS, whether it is used or not.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (client, api) = (Client::new(), format!("http://{bind}"));
        Self { _redis: redis, advoware, google, receiver, client, api, env, processes: Vec::new(), folder }
    }

    /// Changes a setting of the programs that start from now on.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Starts `scheduler`, `worker` or `api`, and waits until it is ready.
    pub(crate) async fn start(&mut self, program: &'static str) {
        let bind = format!("127.0.0.1:{}", free_port().unwrap());
        let address = if program == "api" { self.api.clone() } else { format!("http://{bind}") };
        let child = Command::new(env!("CARGO_BIN_EXE_advosync-all-in-one"))
            .arg0(program)
            .env_clear()
            .envs(&self.env)
            .env("HEALTH_BIND", &bind)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ready = format!("{address}/readyz");
        self.processes.push(Process { program, address, child });
        wait_until_within(LONGEST, "the program is ready", async || {
            self.client.get(&ready).send().await.is_ok_and(|answer| answer.status() == StatusCode::OK)
        })
        .await;
    }

    /// Starts all of a fleet: scheduler, two workers, api.
    pub(crate) async fn start_all(&mut self) {
        for program in ["scheduler", "worker", "worker", "api"] {
            self.start(program).await;
        }
    }

    /// The first process of a program, to be treated as the test likes.
    pub(crate) fn take(&mut self, program: &str) -> Process {
        let at = self.processes.iter().position(|process| process.program == program).unwrap();
        self.processes.remove(at)
    }

    /// Ends all programs one after the other; the longest time that one took.
    pub(crate) async fn stop_all(&mut self) -> Duration {
        let mut longest = Duration::ZERO;
        for mut process in self.processes.drain(..) {
            longest = longest.max(process.stop().await);
        }
        longest
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.api)).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let answer = self.client.post(format!("{}{path}", self.api)).json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Asks for a run as people do.
    pub(crate) async fn trigger(&self, kuerzel: &str) -> (StatusCode, String) {
        let (status, answer) = self.post("/advoware/calendar/sync", &json!({ "kuerzel": kuerzel })).await;
        (status, text(&answer, "run_id"))
    }

    /// The record of a run once it has ended.
    pub(crate) async fn ended(&self, run_id: &str) -> Value {
        let path = format!("/runs/{run_id}");
        wait_until_within(LONGEST, "the run ends", async || {
            !matches!(text(&self.get(&path).await, "status").as_str(), "queued" | "running")
        })
        .await;
        self.get(&path).await
    }

    /// Asks for a run and waits for its good end.
    pub(crate) async fn sync(&self, kuerzel: &str) -> Value {
        let run = self.ended(&self.trigger(kuerzel).await.1).await;
        assert_eq!(run["status"], "succeeded", "{run}");
        run
    }

    /// Waits until no job is left that could be run.
    pub(crate) async fn settled(&self) {
        wait_until_within(LONGEST, "all jobs are done", async || {
            let page = self.page(&self.processes[0]).await;
            ["waiting", "parked", "delayed", "leased"]
                .iter()
                .all(|state| page.contains(&format!("\nadvosync_jobs{{state=\"{state}\"}} 0.0\n")))
        })
        .await;
    }

    /// What a process shows under `/metrics`.
    pub(crate) async fn page(&self, process: &Process) -> String {
        self.client.get(format!("{}/metrics", process.address)).send().await.unwrap().text().await.unwrap()
    }

    /// The pages of all processes, each with its program's name.
    pub(crate) async fn pages(&self) -> Vec<(&'static str, String)> {
        let mut pages = Vec::new();
        for process in &self.processes {
            pages.push((process.program, self.page(process).await));
        }
        pages
    }

    /// All spans so far.
    pub(crate) fn traces(&self) -> Traces {
        Traces::of(&self.receiver)
    }

    /// Requests that both systems counted.
    pub(crate) fn requests(&self) -> u64 {
        self.advoware.counters().total_requests() + self.google.counters().total_requests()
    }
}

/// A text of an answer.
pub(crate) fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}
