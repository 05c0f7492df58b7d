//! Two employees, both simulators, Redis, a worker and an api; and the program itself.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use advosync_api::Api;
use advosync_config::{ApiProgram, MapSource, PushConfig, Settings as _};
use advosync_fleet::{Fleet, Jobs, Settings};
use advosync_queue::{Consumer, ConsumerSettings};
use advosync_simulators::{
    AdvowareConfig, AdvowareEdit, AdvowareSimulator, ErrorPage, Fault, FaultRule, GoogleConfig, GoogleSimulator, ServiceAccount,
    today_in_berlin,
};
use advosync_telemetry::Metrics;
use advosync_testkit::RedisServer;
use serde_json::{Map, Value, json};
use tokio::process::Command;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Everything, running; it ends when dropped.
pub(crate) struct Stage {
    env: BTreeMap<String, String>,
    advoware: AdvowareSimulator,
    url: String,
    folder: tempfile::TempDir,
    google: GoogleSimulator,
    _redis: RedisServer,
    _stop: DropGuard,
}

/// One of both systems.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Advoware,
    Google,
}

/// What the program put out.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error}: {} {}", self.output, self.errors))
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn termin(number: i64, kuerzel: &str) -> Map<String, Value> {
    let day = (today_in_berlin() + chrono::Duration::days(number % 100 + 1)).to_string();
    object(json!({
        "frNr": number, "text": format!("Termin {number}"), "notiz": "", "ort": "", "datum": day, "uhrzeitVon": "09:00:00",
        "datumBis": day, "uhrzeitBis": "10:00:00", "dauertermin": 0, "turnus": 0, "turnusArt": 0, "sb": kuerzel, "anwalt": kuerzel,
        "privat": 0,
    }))
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let people = ["PB", "AI"].map(|kuerzel| object(json!({ "kuerzel": kuerzel, "aktiv": true }))).to_vec();
        let appointments = (1001..1006).map(|number| termin(number, "PB")).chain((2001..2004).map(|number| termin(number, "AI")));
        let advoware = AdvowareConfig { employees: people, appointments: appointments.collect(), ..AdvowareConfig::default() };
        let google = GoogleConfig {
            account: Some(ServiceAccount::generate().unwrap()),
            service_account_path: Some(folder.path().join("account.json")),
            ..GoogleConfig::default()
        };
        let advoware = AdvowareSimulator::start(advoware).await.unwrap();
        let google = GoogleSimulator::start(google).await.unwrap();
        let redis = RedisServer::start().unwrap();
        let mut env: BTreeMap<String, String> = BTreeMap::new();
        env.extend(advoware.environment().into_iter().chain(google.environment()).map(|(name, value)| (name.to_owned(), value)));
        env.insert("REDIS_URL".into(), redis.url(1));
        env.insert("CALENDAR_SYNC_KEY".into(), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into());
        env.insert("CALENDAR_SYNC_MAX_DELETES".into(), "0".into());
        env.insert("API_BIND".into(), "127.0.0.1:0".into());
        let stop = CancellationToken::new();
        let url = serve(&env, &stop).await;
        Self { env, advoware, url, folder, google, _redis: redis, _stop: stop.drop_guard() }
    }

    /// Runs the program, by the api or without one.
    pub(crate) async fn run(&self, by_api: bool, arguments: &[&str]) -> Said {
        self.program(self.env.clone(), by_api, arguments).await
    }

    /// The same with another setting.
    pub(crate) fn with<'a>(&'a self, name: &'a str, value: &'a str) -> Changed<'a> {
        Changed { stage: self, name, value }
    }

    /// The JSON of a command that succeeds.
    pub(crate) async fn ok(&self, by_api: bool, arguments: &[&str]) -> Value {
        let said = self.run(by_api, &[&["--json"], arguments].concat()).await;
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.errors);
        said.json()
    }

    async fn program(&self, mut env: BTreeMap<String, String>, by_api: bool, arguments: &[&str]) -> Said {
        if by_api {
            env.entry("ADVOSYNC_URL".into()).or_insert_with(|| self.url.clone());
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_advosync"));
        command.env_clear().envs(&env).current_dir(self.folder.path()).stdin(Stdio::null()).args(arguments);
        let said = command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: said.status.code().unwrap(), output: text(said.stdout), errors: text(said.stderr) }
    }

    /// Refuses requests for good, until they are allowed again.
    pub(crate) fn deny(&self, side: Side, method: &str, path: &str) {
        let reason = Some("forbidden".to_owned());
        let fault = Fault::Status { status: 403, page: ErrorPage::default(), reason, retry_after: None, after_work: false };
        let rule = FaultRule::new(fault).on(path).method(method);
        match side {
            Side::Advoware => self.advoware.inject(rule),
            Side::Google => self.google.inject(rule),
        }
        .unwrap();
    }

    pub(crate) fn allow(&self) {
        self.advoware.clear_faults();
        self.google.clear_faults();
    }

    pub(crate) fn edit(&self, number: i64, text: &str) {
        let fields = object(json!({ "text": text }));
        self.advoware.edit(AdvowareEdit::Change { fr_nr: number, fields }).unwrap();
    }

    pub(crate) fn delete(&self, number: i64) {
        self.advoware.edit(AdvowareEdit::Delete { fr_nr: number }).unwrap();
    }

    pub(crate) fn text(&self, number: i64) -> String {
        let rows = self.advoware.state().appointments;
        let row = rows.iter().find(|row| row["frNr"] == json!(number)).unwrap();
        row["text"].as_str().unwrap().to_owned()
    }
}

/// A stage with one setting changed.
pub(crate) struct Changed<'a> {
    stage: &'a Stage,
    name: &'a str,
    value: &'a str,
}

impl Changed<'_> {
    pub(crate) async fn run(&self, by_api: bool, arguments: &[&str]) -> Said {
        let mut env = self.stage.env.clone();
        env.insert(self.name.to_owned(), self.value.to_owned());
        self.stage.program(env, by_api, arguments).await
    }
}

/// Starts an api and a worker; the api's address.
async fn serve(env: &BTreeMap<String, String>, stop: &CancellationToken) -> String {
    let source: MapSource = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let config = ApiProgram::from_source(&source).unwrap_or_else(|faults| panic!("{faults}"));
    let metrics = || Arc::new(Metrics::new("advosync-api", "test", Arc::default()));
    let api = Api::bind(&config, metrics(), stop.clone()).await.unwrap();
    let url = format!("http://{}/", api.address().unwrap());
    tokio::spawn(api.serve());
    let settings = Settings {
        advoware: &config.advoware,
        google: &config.google,
        redis: &config.redis,
        sync: &config.sync,
        worker: &config.worker,
        push: &PushConfig { public_base_url: None },
    };
    let fleet = Fleet::build(settings, &metrics()).await.unwrap();
    let settings = ConsumerSettings { slots: 4, host: "test".into(), version: "test".into(), grace: Duration::from_secs(6) };
    let consumer = Consumer::new(fleet.queue().clone(), settings);
    let stop = stop.clone();
    tokio::spawn(async move { consumer.run(Jobs::new(fleet), stop).await });
    url
}
