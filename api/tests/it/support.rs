//! A small law firm: both simulators, a Redis, the api, and a worker where a test wants one.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use advosync_api::Api;
use advosync_config::{ApiProgram, MapSource, PushConfig, Settings as _};
use advosync_fleet::{Fleet, Jobs, Settings};
use advosync_queue::{Consumer, ConsumerSettings};
use advosync_simulators::{
    AdvowareConfig, AdvowareSimulator, Firm, FirmConfig, GoogleConfig, GoogleSimulator, ServiceAccount, today_in_berlin,
};
use advosync_simulators::{AdvowareEdit, ErrorPage, Fault, FaultRule, GoogleEdit};
use advosync_telemetry::Metrics;
use advosync_testkit::{RedisServer, free_port, wait_until};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The tokens of most tests, one of each role.
pub(crate) const TOKENS: &str = "vera:viewer-secret:viewer,otto:operator-secret,carla:content-secret:content";

/// What a test's world is made with.
pub(crate) struct Plan {
    pub(crate) employees: usize,
    pub(crate) appointments: usize,
    pub(crate) worker: bool,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { employees: 3, appointments: 30, worker: false, variables: vec![("API_TOKENS", TOKENS.to_owned())] }
    }
}

impl Plan {
    pub(crate) fn with_worker(self) -> Self {
        Self { worker: true, ..self }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.into()));
        self
    }

    /// Without push: no run but those that the test asks for.
    pub(crate) fn quiet(self) -> Self {
        self.with("PUBLIC_BASE_URL", "")
    }

    pub(crate) fn without_tokens(mut self) -> Self {
        self.variables.retain(|(name, _)| *name != "API_TOKENS");
        self
    }
}

/// Everything, running; it ends when dropped.
pub(crate) struct World {
    pub(crate) redis: RedisServer,
    pub(crate) advoware: AdvowareSimulator,
    pub(crate) google: GoogleSimulator,
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) serving: Option<JoinHandle<std::io::Result<()>>>,
    pub(crate) fleet: Fleet,
    http: reqwest::Client,
    _directory: TempDir,
}

impl World {
    pub(crate) async fn start(plan: Plan) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().unwrap();
        let redis = RedisServer::start().unwrap();
        let (advoware, google) = upstreams(&plan, &directory).await;
        let port = free_port().unwrap();
        let variables = variables(&plan, &redis, &advoware, &google, port);
        let source: MapSource = variables.iter().cloned().collect();
        let config = ApiProgram::from_source(&source).unwrap_or_else(|faults| panic!("{faults}"));
        let shutdown = CancellationToken::new();
        let api = Api::bind(&config, metrics(), shutdown.clone()).await.unwrap();
        let address = api.address().unwrap();
        let serving = tokio::spawn(api.serve());
        let fleet = fleet(&config).await;
        if plan.worker {
            spawn_worker(fleet.clone(), &shutdown);
        }
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let world = Self {
            redis,
            advoware,
            google,
            address,
            shutdown,
            variables,
            serving: Some(serving),
            fleet,
            http,
            _directory: directory,
        };
        wait_until("the api serves", async || world.get("/healthz").send().await.is_ok()).await;
        world
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without a token.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.bare(Method::GET, path).bearer_auth("operator-secret")
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.bare(Method::POST, path).bearer_auth("operator-secret")
    }

    pub(crate) fn trigger(&self, kuerzel: &str) -> RequestBuilder {
        self.post("/advoware/calendar/sync").json(&json!({ "kuerzel": kuerzel }))
    }

    /// The answer of a GET that succeeds.
    pub(crate) async fn fetch(&self, path: &str) -> Value {
        let response = self.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// Triggers and follows the run to its end.
    pub(crate) async fn run(&self, kuerzel: &str) -> Value {
        let asked: Value = self.trigger(kuerzel).send().await.unwrap().json().await.unwrap();
        self.finished(asked["run_id"].as_str().unwrap_or_else(|| panic!("{asked}"))).await
    }

    /// The run, once it has ended.
    pub(crate) async fn finished(&self, run_id: &str) -> Value {
        let path = format!("/runs/{run_id}");
        let mut run = Value::Null;
        wait_until("the run ends", async || {
            run = self.fetch(&path).await;
            !matches!(run["status"].as_str(), Some("queued" | "running"))
        })
        .await;
        run
    }

    /// The first employee whom Advoware lists as active.
    pub(crate) fn kuerzel(&self) -> String {
        let employees = self.advoware.state().employees;
        let active = employees.iter().find(|row| row["aktiv"] == json!(true));
        active.and_then(|row| row["kuerzel"].as_str()).unwrap().to_owned()
    }

    /// Numbers of an employee's ordinary appointments that lie well ahead.
    pub(crate) fn appointments(&self, kuerzel: &str) -> Vec<i64> {
        let soon = today_in_berlin().succ_opt().unwrap().to_string();
        let ordinary = |row: &serde_json::Map<String, Value>| {
            row["anwalt"] == json!(kuerzel)
                && row["frNr"].as_i64() > Some(0)
                && row["turnus"] == json!(0)
                && row["dauertermin"] == json!(0)
                && row["datum"].as_str() > Some(soon.as_str())
        };
        let rows = self.advoware.state().appointments;
        rows.into_iter().filter(ordinary).filter_map(|row| row["frNr"].as_i64()).collect()
    }

    /// Gives an appointment in Advoware another text.
    pub(crate) fn edit_text(&self, frnr: i64, text: &str) {
        let fields = [("text".to_owned(), json!(text))].into_iter().collect();
        self.advoware.edit(AdvowareEdit::Change { fr_nr: frnr, fields }).unwrap();
    }

    /// Gives some event of the employee's another summary, as a person does in Google.
    pub(crate) async fn delete_calendar(&self, kuerzel: &str) {
        let calendar = self.fleet.calendars().get(kuerzel).await.unwrap().unwrap().id;
        self.google.edit(GoogleEdit::DeleteCalendar { calendar }).unwrap();
    }

    pub(crate) async fn edit_event(&self, kuerzel: &str, summary: &str) {
        let calendar = self.fleet.calendars().get(kuerzel).await.unwrap().unwrap().id;
        let state = serde_json::to_value(self.google.state()).unwrap();
        let calendars = state["calendars"].as_array().unwrap();
        let events = &calendars.iter().find(|one| one["id"] == json!(calendar)).unwrap()["events"];
        let event = events.as_array().unwrap().iter().find(|event| event["status"] == "confirmed").unwrap();
        let fields = [("summary".to_owned(), json!(summary))].into_iter().collect();
        let id = event["id"].as_str().unwrap().to_owned();
        self.google.edit(GoogleEdit::Change { calendar, id, fields }).unwrap();
    }

    /// All events of all calendars.
    fn events(&self) -> Vec<Value> {
        let state = serde_json::to_value(self.google.state()).unwrap();
        let calendars = state["calendars"].as_array().unwrap().clone();
        calendars.into_iter().flat_map(|calendar| calendar["events"].as_array().unwrap().clone()).collect()
    }

    /// The event of this id.
    pub(crate) fn event(&self, id: &str) -> Value {
        self.events().into_iter().find(|event| event["id"] == json!(id)).unwrap()
    }

    /// The employee's calendar, and the live event in it that stands for this appointment.
    pub(crate) async fn event_of(&self, kuerzel: &str, frnr: i64) -> (String, String) {
        let calendar = self.fleet.calendars().get(kuerzel).await.unwrap().unwrap().id;
        let stands_for = |event: &Value| {
            event["status"] == "confirmed" && event["extendedProperties"]["private"]["advosyncFrNr"] == json!(frnr.to_string())
        };
        let event = self.events().into_iter().find(stands_for).unwrap();
        (calendar, event["id"].as_str().unwrap().to_owned())
    }

    /// Lets every request to Advoware fail.
    pub(crate) fn break_advoware(&self) {
        let fault = Fault::Status { status: 503, page: ErrorPage::default(), reason: None, retry_after: None, after_work: false };
        self.advoware.inject(FaultRule::new(fault)).unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

pub(crate) fn metrics() -> Arc<Metrics> {
    Arc::new(Metrics::new("advosync-api", "test", Arc::default()))
}

async fn upstreams(plan: &Plan, directory: &TempDir) -> (AdvowareSimulator, GoogleSimulator) {
    let config = FirmConfig {
        employees: plan.employees,
        appointments: plan.appointments,
        difficult_series: false,
        ..FirmConfig::new(today_in_berlin())
    };
    let firm = Firm::generate(&config);
    let advoware = AdvowareConfig { employees: firm.employees, appointments: firm.appointments, ..AdvowareConfig::default() };
    let google = GoogleConfig {
        account: Some(account().clone()),
        service_account_path: Some(directory.path().join("account.json")),
        calendars: firm.calendars,
        ..GoogleConfig::default()
    };
    (AdvowareSimulator::start(advoware).await.unwrap(), GoogleSimulator::start(google).await.unwrap())
}

/// Making a key takes long, so that all tests share one.
fn account() -> &'static ServiceAccount {
    static ACCOUNT: LazyLock<ServiceAccount> = LazyLock::new(|| ServiceAccount::generate().unwrap());
    &ACCOUNT
}

fn variables(
    plan: &Plan,
    redis: &RedisServer,
    advoware: &AdvowareSimulator,
    google: &GoogleSimulator,
    port: u16,
) -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> =
        advoware.environment().into_iter().chain(google.environment()).map(|(name, value)| (name.to_owned(), value)).collect();
    variables.push(("REDIS_URL".to_owned(), redis.url(0)));
    variables.push(("API_BIND".to_owned(), format!("127.0.0.1:{port}")));
    variables.push(("PUBLIC_BASE_URL".to_owned(), format!("http://127.0.0.1:{port}/")));
    variables.push(("CALENDAR_SYNC_KEY".to_owned(), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned()));
    variables.push(("WORKER_RETRY_BASE_SECONDS".to_owned(), "0.05".to_owned()));
    variables.push(("SHUTDOWN_GRACE_SECONDS".to_owned(), "6".to_owned()));
    for (name, value) in &plan.variables {
        variables.retain(|(known, _)| known != name);
        variables.push(((*name).to_owned(), value.clone()));
    }
    variables
}

async fn fleet(config: &ApiProgram) -> Fleet {
    let push = PushConfig { public_base_url: config.api.public_base_url.clone() };
    let settings = Settings {
        advoware: &config.advoware,
        google: &config.google,
        redis: &config.redis,
        sync: &config.sync,
        worker: &config.worker,
        push: &push,
    };
    Fleet::build(settings, &metrics()).await.unwrap()
}

fn spawn_worker(fleet: Fleet, shutdown: &CancellationToken) {
    let settings =
        ConsumerSettings { slots: 4, host: "test".into(), version: "test".into(), grace: std::time::Duration::from_secs(6) };
    let consumer = Consumer::new(fleet.queue().clone(), settings);
    let shutdown = shutdown.clone();
    tokio::spawn(async move { consumer.run(Jobs::new(fleet), shutdown).await });
}

/// Checks that an answer is a problem of this kind, and gives it.
pub(crate) async fn problem(response: Response, status: u16, kind: &str) -> Value {
    assert_eq!(response.status().as_u16(), status, "{response:?}");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["type"], format!("urn:problem-type:advosync:{kind}"), "{body}");
    assert_eq!(body["status"], status);
    body
}
