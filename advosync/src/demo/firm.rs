//! The simulated law firm, and the fleet that serves it.

use std::path::Path;
use std::time::{Duration, Instant};

use advosync_config::RemoteApi;
use advosync_simulators::{
    AdvowareConfig, AdvowareSimulator, Edit, Firm, FirmConfig, GoogleConfig, GoogleSimulator, ScriptedEdit, Window, compare,
    today_in_berlin,
};
use anyhow::Context;
use chrono::NaiveDate;

use super::children::{Process, free_port, sibling, start_redis};
use crate::api::Api;
use crate::backend::Backend;
use crate::cli::DemoOptions;

/// The port on which a dashboard is looked for first.
const DASHBOARD_PORT: u16 = 3000;

/// The file with the settings of every program, for a shell.
const SETTINGS: &str = "advosync.env";

/// Both systems, Redis, and every program.
pub(crate) struct Stage {
    pub(crate) today: NaiveDate,
    pub(crate) advoware: AdvowareSimulator,
    pub(crate) google: GoogleSimulator,
    pub(crate) api: Backend,
    pub(crate) dashboard: String,
    pub(crate) workers: Vec<Process>,
    others: Vec<Process>,
    redis: Process,
    pub(crate) redis_address: std::net::SocketAddr,
    seed: u64,
    folder: tempfile::TempDir,
}

impl Stage {
    /// Puts everything up.
    pub(crate) async fn set(options: &DemoOptions) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("advosync-demo-").tempdir()?;
        let today = today_in_berlin();
        let (advoware, google) = open_firm(options, today, folder.path()).await?;
        let (redis, address) = start_redis(folder.path()).await?;
        let port = free_port(DASHBOARD_PORT)?;
        let dashboard = format!("http://127.0.0.1:{port}/");
        let mut env = environment(&advoware, &google);
        env.push(("REDIS_URL".into(), format!("redis://{address}/1")));
        env.push(("API_BIND".into(), format!("127.0.0.1:{port}")));
        env.push(("PUBLIC_BASE_URL".into(), dashboard.clone()));
        let settings: String = env.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
        std::fs::write(folder.path().join(SETTINGS), settings)?;
        let start = |program: &str, name: &str| Process::start(&sibling(program)?, &[], name, &env, folder.path());
        let workers =
            (1..=options.workers.max(1)).map(|number| start("worker", &format!("worker-{number}"))).collect::<Result<_, _>>()?;
        let others = vec![start("scheduler", "scheduler")?, start("api", "api")?];
        let api = Backend::Remote(Api::new(&RemoteApi { url: dashboard.parse()?, token: None })?);
        let mut stage = Self {
            today,
            advoware,
            google,
            api,
            dashboard,
            workers,
            others,
            redis,
            redis_address: address,
            seed: options.seed,
            folder,
        };
        stage.wait_until_up().await?;
        Ok(stage)
    }

    async fn wait_until_up(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Err(error) = self.api.get("employees").await {
            self.check()?;
            if Instant::now() > deadline {
                return Err(error).context("the api did not come up");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Fails where a program that should run does not.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        self.redis.check()?;
        self.others.iter_mut().chain(&mut self.workers).try_for_each(Process::check)
    }

    /// What the fleet's programs write.
    pub(crate) fn logs(&self) -> &Path {
        self.folder.path()
    }

    /// Where the settings of every program stand.
    pub(crate) fn settings(&self) -> std::path::PathBuf {
        self.folder.path().join(SETTINGS)
    }

    /// How many things the two sides differ in, by a witness that knows nothing of the engine.
    pub(crate) fn differences(&self) -> Vec<advosync_simulators::Difference> {
        compare(&self.advoware.state(), &self.google.state(), Window::around(self.today, 30, 730))
    }

    /// Writes that either system took since [`Stage::forget_writes`].
    pub(crate) fn writes(&self) -> u64 {
        self.advoware.counters().total_writes() + self.google.counters().total_writes()
    }

    pub(crate) fn forget_writes(&self) {
        self.advoware.reset_counters();
        self.google.reset_counters();
    }

    /// What people do on a morning, on both sides.
    pub(crate) fn edits(&self) -> Vec<ScriptedEdit> {
        advosync_simulators::edits(self.seed, &self.advoware.state(), &self.google.state(), self.today)
    }

    pub(crate) fn edit(&self, edit: &Edit) -> anyhow::Result<()> {
        match edit.clone() {
            Edit::Advoware(edit) => self.advoware.edit(edit).map(drop).map_err(|error| anyhow::anyhow!("{error:?}")),
            Edit::Google(edit) => self.google.edit(edit).map(drop).map_err(|error| anyhow::anyhow!("{error:?}")),
        }
    }

    /// Takes everything down.
    pub(crate) async fn strike(self) {
        for process in self.workers.into_iter().chain(self.others) {
            process.stop().await;
        }
        self.redis.stop().await;
        self.advoware.shutdown().await;
        self.google.shutdown().await;
    }
}

async fn open_firm(
    options: &DemoOptions,
    today: NaiveDate,
    folder: &Path,
) -> anyhow::Result<(AdvowareSimulator, GoogleSimulator)> {
    let config = FirmConfig {
        seed: options.seed,
        employees: options.employees.clamp(1, 12),
        appointments: options.appointments,
        difficult_series: !options.easy_series,
        ..FirmConfig::new(today)
    };
    let firm = Firm::generate(&config);
    let advoware = AdvowareConfig { employees: firm.employees, appointments: firm.appointments, ..AdvowareConfig::default() };
    let google = GoogleConfig {
        service_account_path: Some(folder.join("service-account.json")),
        calendars: firm.calendars,
        ..GoogleConfig::default()
    };
    Ok((AdvowareSimulator::start(advoware).await?, GoogleSimulator::start(google).await?))
}

fn environment(advoware: &AdvowareSimulator, google: &GoogleSimulator) -> Vec<(String, String)> {
    let fixed = [
        ("ADVOWARE_API_TIMEOUT_SECONDS", "5"),
        ("WORKER_LEASE_SECONDS", "10"),
        ("GOOGLE_CALENDAR_OWNER", "kanzlei@example.com"),
        // The simulator has no quota of its own here; a real firm's first run takes its minutes.
        ("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE", "60000"),
        ("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE_PER_PROJECT", "600000"),
        ("CALENDAR_SYNC_POLL", "15s"),
        ("CALENDAR_SYNC_POLL_HOURS", "Mon-Sun 00-24"),
        ("CALENDAR_SYNC_KEY", "ZGVtby1kZW1vLWRlbW8tZGVtby1kZW1vLWRlbW8tISE="),
        ("LOG_FORMAT", "json"),
    ];
    let simulated = advoware.environment().into_iter().chain(google.environment());
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    simulated.map(owned).chain(fixed.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}
