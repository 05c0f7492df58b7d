//! How much of Google's quota a fleet uses, and how often it is refused.
//!
//! Eight workers have more to write than the quota lets through; the simulated Google enforces it over a sliding
//! window of a minute. Prints the share of requests that were refused and the share of the quota that was used.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use advosync_config::{MapSource, Settings, WorkerProgram};
use advosync_fleet::{queue_settings, redis_settings};
use advosync_queue::link::Redis;
use advosync_queue::{Origin, Queue, Trigger};
use advosync_simulators::{
    AdvowareConfig, AdvowareSimulator, GoogleBehaviour, GoogleConfig, GoogleSimulator, QuotaSettings, UsageLimit, today_in_berlin,
};
use advosync_telemetry::Metrics;
use advosync_testkit::RedisServer;
use clap::{Parser, ValueEnum};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

/// Workers of the fleet.
const WORKERS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Per {
    /// All calendars share one quota.
    Project,
    /// One calendar has the quota to itself.
    User,
}

/// Prints how many requests a quota refuses a fleet of 8 workers, and how much of the quota it uses.
#[derive(Debug, Parser)]
struct Cli {
    /// Whose quota is short.
    #[arg(long, value_enum, default_value = "project")]
    per: Per,
    /// Requests a minute.
    #[arg(long, default_value_t = 600)]
    limit: u32,
    /// Measured for this long.
    #[arg(long, default_value_t = 180)]
    seconds: u64,
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// More appointments than the quota lets be written in that time.
fn firm(employees: usize, appointments: usize) -> AdvowareConfig {
    let kuerzel = |number: usize| format!("K{number:02}");
    let today = today_in_berlin();
    let rows = (0..employees * appointments).map(|number| {
        let date = today + chrono::Duration::days((number % 600) as i64);
        let (owner, frnr) = (kuerzel(number % employees), number + 1);
        object(json!({
            "frNr": frnr, "text": format!("Termin {frnr}"), "notiz": "", "ort": "", "datum": date.to_string(),
            "uhrzeitVon": "09:00:00", "datumBis": date.to_string(), "uhrzeitBis": "10:00:00", "dauertermin": 0,
            "turnus": 0, "turnusArt": 0, "sb": owner, "anwalt": owner,
        }))
    });
    let people = (0..employees).map(|number| object(json!({ "kuerzel": kuerzel(number), "aktiv": true })));
    AdvowareConfig { employees: people.collect(), appointments: rows.collect(), ..AdvowareConfig::default() }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let folder = tempfile::tempdir()?;
    let much = 1_000_000;
    let (employees, per_user, per_project) = match cli.per {
        Per::Project => (16, much, cli.limit),
        Per::User => (1, cli.limit, much),
    };
    let appointments = (u64::from(cli.limit) * cli.seconds / 60 * 3 / 2) as usize / employees;
    let advoware = AdvowareSimulator::start(firm(employees, appointments)).await?;
    let behaviour = GoogleBehaviour {
        quota: QuotaSettings { per_user: per_user as usize, per_project: per_project as usize, ..QuotaSettings::default() },
        calendar_creation: UsageLimit { enabled: false, ..UsageLimit::default() },
        ..GoogleBehaviour::default()
    };
    let path = folder.path().join("service-account.json");
    let google =
        GoogleSimulator::start(GoogleConfig { service_account_path: Some(path), behaviour, ..GoogleConfig::default() }).await?;
    let redis = RedisServer::start()?;
    let mut env: BTreeMap<&str, String> = advoware.environment().into_iter().chain(google.environment()).collect();
    env.insert("REDIS_URL", redis.url(0));
    env.insert("GOOGLE_CALENDAR_OWNER", "kanzlei@example.com".to_owned());
    env.insert("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE", per_user.to_string());
    env.insert("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE_PER_PROJECT", per_project.to_string());
    let source: MapSource = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let config = Arc::new(WorkerProgram::from_source(&source)?);
    let stop = CancellationToken::new();
    for _ in 0..WORKERS {
        let (config, stop) = (Arc::clone(&config), stop.clone());
        let metrics = Arc::new(Metrics::new("advosync-worker", "bench", Arc::default()));
        tokio::spawn(async move { advosync_worker::run(&config, metrics, stop).await });
    }
    let queue = Queue::new(Redis::new(redis_settings(&config.redis))?, queue_settings(&config.redis, &config.worker));
    queue.trigger(&Trigger::new("ALL", Origin::Cron)).await?;

    let requests = || google.counters().total_requests();
    while requests() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(cli.seconds) {
        tokio::time::sleep(Duration::from_secs(10)).await;
        eprintln!(
            "{:>4} s  {:>6} requests  {:>4} refused",
            began.elapsed().as_secs(),
            requests(),
            google.counters().quota_refusals
        );
    }
    let (sent, refused, took) = (requests(), google.counters().quota_refusals, began.elapsed());
    let allowed = f64::from(cli.limit) * took.as_secs_f64() / 60.0;
    println!("quota per {:?}: {} a minute, {WORKERS} workers, {} s", cli.per, cli.limit, took.as_secs());
    println!("refused  {:.2} % of {sent} requests", 100.0 * refused as f64 / sent as f64);
    println!("used     {:.1} % of the quota", 100.0 * (sent - refused) as f64 / allowed);
    stop.cancel();
    Ok(())
}
