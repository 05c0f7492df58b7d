//! What good settings become.

use std::time::Duration;

use advosync_config::{
    ApiConfig, ConflictPolicy, DeleteConflictPolicy, LogFormat, MapSource, NotifyConfig, RedisConfig, RedisTarget, Role,
    ScheduleConfig, Settings, SyncConfig, TelemetryConfig, WorkerProgram,
};
use secrecy::ExposeSecret;

use crate::Fixture;

#[test]
fn a_worker_starts_with_the_least_and_its_defaults() {
    let worker = WorkerProgram::from_source(&Fixture::new().worker()).unwrap();
    assert_eq!(worker.advoware.product_id, 64);
    assert_eq!(worker.advoware.role, 2);
    assert_eq!(worker.advoware.api_base_url, None);
    assert_eq!(worker.advoware.timeout, Duration::from_secs(30));
    assert_eq!(worker.advoware.token_lifetime, Duration::from_secs(55 * 60));
    assert_eq!(worker.google.service_account.client_email, "sync@example.iam.gserviceaccount.com");
    assert_eq!(worker.google.api_base_url.as_str(), "https://www.googleapis.com/calendar/v3/");
    assert_eq!(worker.google.call_timeout, Duration::from_secs(20));
    assert_eq!(worker.worker.lease, Duration::from_secs(60));
    assert_eq!(worker.worker.concurrency, 8);
    assert_eq!((worker.sync.past_days, worker.sync.future_days), (30, 730));
    assert_eq!(worker.sync.conflict, ConflictPolicy::Advoware);
    assert_eq!(worker.sync.delete_conflict, DeleteConflictPolicy::Keep);
    assert_eq!(worker.sync.calendar_name("PB"), "AW-PB");
    assert!(worker.sync.includes("PB"));
    assert!(worker.health.bind.ip().is_loopback());
    assert!(worker.telemetry.otlp.is_none());
}

#[test]
fn google_gets_half_of_a_short_lease() {
    let fixture = Fixture::new();
    let source = fixture.worker().with("WORKER_LEASE_SECONDS", "10").with("ADVOWARE_API_TIMEOUT_SECONDS", "5");
    let worker = WorkerProgram::from_source(&source).unwrap();
    assert_eq!(worker.google.call_timeout, Duration::from_secs(5));
}

#[test]
fn the_deployment_follows_firm_and_database_unless_named() {
    let fixture = Fixture::new();
    let deployment = |source: MapSource| SyncConfig::from_source(&source).unwrap().deployment;
    let default = deployment(fixture.worker());
    assert_eq!(default.len(), 12);
    assert_eq!(default, deployment(fixture.worker().with("ADVOWARE_USER", "another")));
    assert_ne!(default, deployment(fixture.worker().with("ADVOWARE_DATABASE", "another")));
    assert_eq!(deployment(fixture.worker().with("CALENDAR_SYNC_DEPLOYMENT", "muster-1")), "muster-1");
}

#[test]
fn the_first_key_writes_and_all_read() {
    let (old, new) = ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    let ids = |keys: &str| -> Vec<String> {
        let source = Fixture::new().worker().with("CALENDAR_SYNC_KEY", keys);
        let keys = SyncConfig::from_source(&source).unwrap().keys;
        assert!(keys.configured);
        assert_eq!((keys.push.len(), keys.journal.len()), (keys.fingerprint.len(), keys.fingerprint.len()));
        keys.fingerprint.iter().map(|key| key.id().to_owned()).collect()
    };
    let [before, rotated] = [ids(old), ids(&format!("{new}, {old}"))];
    assert_eq!(rotated.len(), 2);
    assert_eq!(rotated[1], before[0]);
}

#[test]
fn without_a_key_fingerprints_derive_from_the_api_key_and_the_journal_has_none() {
    let keys = |source| SyncConfig::from_source(&source).unwrap().keys;
    let fixture = Fixture::new();
    let (one, other) = (keys(fixture.worker()), keys(fixture.worker().with("ADVOWARE_API_KEY", "b3RoZXI=")));
    assert!(!one.configured && one.journal.is_empty());
    assert_ne!(one.fingerprint[0].id(), other.fingerprint[0].id());
}

#[test]
fn only_the_debug_employees_are_let_in() {
    let source = Fixture::new().worker().with("CALENDAR_SYNC_DEBUG_EMPLOYEES", "PB, AI,");
    let sync = SyncConfig::from_source(&source).unwrap();
    assert!(sync.includes("PB") && sync.includes("AI") && !sync.includes("pb"));
}

#[test]
fn the_schedule_has_several_crons_and_hours_of_poll() {
    let source = MapSource::default().with("CALENDAR_SYNC_CRON", "0 3 * * *; 30 12 * * Mon-Fri");
    let schedule = ScheduleConfig::from_source(&source).unwrap();
    let texts: Vec<_> = schedule.crons.iter().map(|cron| cron.text.as_str()).collect();
    assert_eq!(texts, ["0 3 * * *", "30 12 * * Mon-Fri"]);
    let interval = |time: &str| schedule.poll_interval_at(time.parse().unwrap()).unwrap().as_secs();
    assert_eq!(interval("2026-03-02T10:00:00"), 300);
    assert_eq!(interval("2026-03-02T21:00:00"), 3600);
    let off = ScheduleConfig::from_source(&MapSource::default().with("CALENDAR_SYNC_POLL", "off")).unwrap();
    assert_eq!(off.poll, None);
}

#[test]
fn sentinels_win_over_the_address_which_wins_over_the_host() {
    let target = |source: &MapSource| RedisConfig::from_source(source).unwrap().target;
    let plain = MapSource::default().with("REDIS_HOST", "cache").with("REDIS_PORT", "7000");
    assert!(matches!(target(&plain), RedisTarget::Host { host, port: 7000, database: 1 } if host == "cache"));
    let url = plain.with("REDIS_URL", "rediss://app:pw@cache:6380/2");
    assert!(matches!(target(&url), RedisTarget::Url(url) if url.expose_secret().starts_with("rediss://")));
    let sentinel = url.with("REDIS_SENTINELS", "a:26379, [::1]:26380").with("REDIS_SENTINEL_MASTER", "main");
    let RedisTarget::Sentinel { nodes, master, credentials, .. } = target(&sentinel) else { panic!("no Sentinel") };
    assert_eq!(nodes, [("a".to_owned(), 26379), ("::1".to_owned(), 26380)]);
    assert_eq!(master, "main");
    assert!(credentials.is_some());
}

#[test]
fn tokens_have_roles() {
    let source = MapSource::default().with("API_TOKENS", "ops:aaa,wall:bbb:viewer, partner:ccc:content");
    let api = ApiConfig::from_source(&source.with("API_BIND", "0.0.0.0:3000")).unwrap();
    let tokens: Vec<_> = api.tokens.iter().map(|token| (token.name.as_str(), token.role)).collect();
    assert_eq!(tokens, [("ops", Role::Operator), ("wall", Role::Viewer), ("partner", Role::Content)]);
    assert!(Role::Content > Role::Operator && Role::Operator > Role::Viewer);
}

#[test]
fn a_run_links_to_its_trace() {
    let source = MapSource::default().with("TRACE_URL_TEMPLATE", "https://grafana.example/trace/{trace_id}");
    let api = ApiConfig::from_source(&source).unwrap();
    assert_eq!(api.trace_url("4bf9").as_deref(), Some("https://grafana.example/trace/4bf9"));
}

#[test]
fn the_public_address_may_be_plain_only_on_this_machine_or_beside_a_stand_in() {
    let url = |source: MapSource| ApiConfig::from_source(&source).map(|api| api.public_base_url.unwrap().to_string());
    let public = |address: &str| MapSource::default().with("PUBLIC_BASE_URL", address);
    assert_eq!(url(public("https://sync.example.org")).unwrap(), "https://sync.example.org/");
    assert_eq!(url(public("http://127.0.0.1:3000/x")).unwrap(), "http://127.0.0.1:3000/x/");
    assert!(url(public("http://api:3000")).is_err());
    assert!(url(public("http://api:3000").with("GOOGLE_CALENDAR_API_BASE_URL", "http://google:1/")).is_ok());
}

#[test]
fn notices_go_by_post_and_by_mail() {
    let source = MapSource::default()
        .with("NOTIFY_URL", "https://hooks.example/T0")
        .with("NOTIFY_SMTP_URL", "smtps://u:p@mail.example:465")
        .with("NOTIFY_MAIL_TO", "a@example.org, b@example.org");
    let notify = NotifyConfig::from_source(&source).unwrap();
    assert!(notify.url.is_some());
    assert_eq!(notify.mail.unwrap().to, ["a@example.org", "b@example.org"]);
}

#[test]
fn traces_follow_the_standards_variables() {
    let otlp = |source: MapSource| TelemetryConfig::from_source(&source).unwrap().otlp;
    let on = MapSource::default().with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
    let plain = otlp(on.clone()).unwrap();
    assert_eq!(plain.endpoint.as_str(), "http://collector:4318/v1/traces");
    assert!(plain.sampler.parent_based && plain.sampler.ratio == 1.0);
    let full = otlp(
        on.clone()
            .with("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other:1/here")
            .with("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20YWI+Yw==,x=1")
            .with("OTEL_TRACES_SAMPLER", "traceidratio")
            .with("OTEL_TRACES_SAMPLER_ARG", "0.25")
            .with("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod"),
    )
    .unwrap();
    assert_eq!(full.endpoint.as_str(), "http://other:1/here");
    assert_eq!(full.headers[0].1.expose_secret(), "Basic YWI+Yw==");
    assert!(!full.sampler.parent_based && full.sampler.ratio == 0.25);
    assert_eq!(full.resource, [("deployment.environment.name".to_owned(), "prod".to_owned())]);
    assert!(otlp(on.clone().with("OTEL_SDK_DISABLED", "true")).is_none());
    assert!(otlp(on.with("OTEL_TRACES_EXPORTER", "none")).is_none());
    let json = TelemetryConfig::from_source(&MapSource::default().with("LOG_FORMAT", "json")).unwrap();
    assert_eq!(json.log_format, Some(LogFormat::Json));
}
