//! What bad settings are answered with.

use advosync_config::{ApiConfig, MapSource, NotifyConfig, RedisConfig, ScheduleConfig, Settings, TelemetryConfig};

use crate::{Fixture, fault_lines, lines};

/// Each value of a worker is bad alone, and the one line names the variable, the value and what it should be.
#[test]
fn each_bad_value_is_one_line() {
    let fixture = Fixture::new();
    let no_account = fixture.file("no-account.json", "{}");
    let no_readers = fixture.file("readers.toml", "PB = [\"nobody\"]");
    let cases = [
        ("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", "/nowhere.json", "the path of a readable file"),
        ("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", &no_account, "client_email, private_key and token_uri"),
        ("GOOGLE_CALENDAR_OWNER", "nobody", "a mail address"),
        ("GOOGLE_CALENDAR_API_BASE_URL", "ftp://x/", "an http or https address"),
        ("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE", "0", "a whole number from 1"),
        ("ADVOWARE_API_BASE_URL", "advoware", "an http or https address"),
        ("ADVOWARE_CONFIGURATOR_URL", "x", "an http or https address"),
        ("ADVOWARE_PRODUCT_ID", "six", "a whole number"),
        ("ADVOWARE_TOKEN_LIFETIME_MINUTES", "0", "a whole number from 1 to 1440"),
        ("ADVOWARE_API_TIMEOUT_SECONDS", "NaN", "seconds from"),
        ("ADVOWARE_MAX_CONCURRENCY", "-1", "a whole number from 1"),
        ("REDIS_PORT", "65536", "a whole number from 1 to 65535"),
        ("REDIS_TIMEOUT_SECONDS", "0", "seconds from"),
        ("REDIS_KEY_PREFIX", "{a}", "characters"),
        ("REDIS_TLS_CA", "/nowhere.pem", "PEM file"),
        ("REDIS_SENTINEL_MASTER", "main", "REDIS_SENTINELS"),
        ("REDIS_SENTINELS", "a:1,b", "host:port"),
        ("CALENDAR_SYNC_PAST_DAYS", "-1", "a whole number from 0"),
        ("CALENDAR_SYNC_FUTURE_DAYS", "1.5", "a whole number"),
        ("CALENDAR_SYNC_CONFLICT", "newest", "advoware or google"),
        ("CALENDAR_SYNC_DELETE_CONFLICT", "yes", "keep or delete"),
        ("CALENDAR_SYNC_MAX_DELETES", "many", "a whole number"),
        ("CALENDAR_SYNC_ANONYMIZE", "perhaps", "true or false"),
        ("CALENDAR_SYNC_ANONYMIZE", "true", "CALENDAR_SYNC_KEY set"),
        ("CALENDAR_SYNC_DEPLOYMENT", "a b", "characters"),
        ("CALENDAR_SYNC_READERS_PATH", &no_readers, "TOML"),
        ("CALENDAR_SYNC_NAME_TEMPLATE", "AW", "{kuerzel}"),
        ("CALENDAR_SYNC_NAME_TEMPLATE", "{kuerzel}{x}", "{kuerzel}"),
        ("CALENDAR_SYNC_DEBUG_EMPLOYEES", ",", "all, or Kürzel"),
        ("WORKER_CONCURRENCY", "0", "a whole number from 1"),
        ("WORKER_LEASE_SECONDS", "x", "seconds from"),
        ("WORKER_LEASE_SECONDS", "45", "ADVOWARE_API_TIMEOUT_SECONDS (30 s)"),
        ("WORKER_MAX_ATTEMPTS", "0", "a whole number from 1"),
        ("WORKER_JOB_TIMEOUT_SECONDS", "0", "seconds from 1"),
        ("WORKER_RETRY_BASE_SECONDS", "301", "seconds from"),
        ("SHUTDOWN_GRACE_SECONDS", "-1", "seconds from 0"),
        ("HEALTH_BIND", "9090", "an address and a port"),
        ("PUBLIC_BASE_URL", "http://sync.example.org", "an https address"),
        ("RUST_LOG", "info,a=loud=er", "directives"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "an http or https address"),
    ];
    for (name, value, should) in cases {
        let source = fixture.worker().with(name, value);
        let lines = lines(&source);
        assert!(!lines.is_empty(), "{name}={value} was taken");
        let line = lines.iter().find(|line| line.contains(should)).unwrap_or_else(|| panic!("{name}={value}: {lines:?}"));
        assert!(lines.len() == 1 || name.starts_with("REDIS_SENTINEL"), "{lines:?}");
        let shown = format!("holds {value:?}");
        assert!(line.starts_with(&format!("{name}: ")) && line.contains(&shown) || name.starts_with("REDIS_SENTINEL"), "{line}");
    }
}

#[test]
fn all_faults_come_at_once() {
    let lines = lines(&MapSource::default().with("WORKER_CONCURRENCY", "x").with("REDIS_PORT", "y"));
    let named: Vec<&str> = lines.iter().filter_map(|line| line.split(':').next()).collect();
    let expected = [
        "ADVOWARE_APP_ID",
        "ADVOWARE_API_KEY",
        "ADVOWARE_KANZLEI",
        "ADVOWARE_DATABASE",
        "ADVOWARE_USER",
        "ADVOWARE_PASSWORD",
        "GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH",
        "REDIS_PORT",
        "WORKER_CONCURRENCY",
    ];
    assert_eq!(named, expected, "{lines:#?}");
    assert!(lines[0].contains("holds nothing, should be set"), "{}", lines[0]);
}

#[test]
fn a_secret_is_never_shown() {
    let fixture = Fixture::new();
    let worker = fixture.worker();
    let secrets = [
        ("ADVOWARE_API_KEY", "hush!"),
        ("CALENDAR_SYNC_KEY", "hush"),
        ("REDIS_URL", "http://app:hush@cache"),
        ("NOTIFY_URL", "hush"),
        ("NOTIFY_SMTP_URL", "http://u:hush@mail"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hush"),
    ];
    for (name, value) in secrets {
        let source = worker.clone().with(name, value).with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:1");
        let lines = lines(&source);
        assert!(lines.iter().any(|line| line.starts_with(&format!("{name}: holds a value that is not shown"))), "{lines:?}");
        assert!(!lines.concat().contains("hush"), "{lines:?}");
    }
    // A password in an address that should hold none.
    let lines = lines(&worker.with("ADVOWARE_API_BASE_URL", "ftp://u:hush@host/"));
    assert!(lines[0].contains("ftp://…@host/"), "{lines:?}");
}

#[test]
fn a_long_or_wild_value_stays_one_short_line() {
    let wild = format!("a\n\u{1b}[31m{}", "x".repeat(500));
    let lines = lines(&Fixture::new().worker().with("CALENDAR_SYNC_CONFLICT", wild));
    assert_eq!(lines.len(), 1);
    assert!(lines[0].len() < 200 && !lines[0].contains('\u{1b}'), "{}", lines[0]);
}

#[test]
fn schedules_that_never_come_true_are_refused() {
    for (name, value) in [
        ("CALENDAR_SYNC_CRON", "daily"),
        ("CALENDAR_SYNC_CRON", "0 3 * *"),
        ("CALENDAR_SYNC_CRON", "0 0 3 * * *"),
        ("CALENDAR_SYNC_CRON", "0 0 30 2 *"),
        ("CALENDAR_SYNC_CRON", "0 3 * * *;"),
        ("CALENDAR_SYNC_POLL", "5"),
        ("CALENDAR_SYNC_POLL", "0s"),
        ("CALENDAR_SYNC_POLL", "2days"),
        ("CALENDAR_SYNC_POLL_HOURS", "Mon-Fri"),
    ] {
        let faults = ScheduleConfig::from_source(&MapSource::default().with(name, value)).expect_err(value);
        assert!(fault_lines(&faults)[0].starts_with(&format!("{name}: holds {value:?}")), "{faults}");
    }
}

#[test]
fn an_open_address_needs_tokens() {
    let open = MapSource::default().with("API_BIND", "0.0.0.0:3000");
    let faults = ApiConfig::from_source(&open).unwrap_err();
    assert!(faults.to_string().contains("API_BIND") && faults.to_string().contains("API_TOKENS"), "{faults}");
    for tokens in ["ops", "ops:", ":x", "ops:a:root", "ops:a:b:viewer", "ops:a,", "ops:a,ops:b", "ops:a,wall:a"] {
        let faults = ApiConfig::from_source(&MapSource::default().with("API_TOKENS", tokens)).expect_err(tokens);
        assert!(faults.to_string().starts_with("API_TOKENS: holds a value that is not shown"), "{faults}");
    }
}

#[test]
fn halves_of_a_pair_are_refused() {
    let notify = |name, value| NotifyConfig::from_source(&MapSource::default().with(name, value)).unwrap_err().to_string();
    assert!(notify("NOTIFY_SMTP_URL", "smtp://mail").contains("NOTIFY_MAIL_TO: holds nothing"));
    assert!(notify("NOTIFY_MAIL_TO", "a@example.org").contains("NOTIFY_SMTP_URL set"));
    let redis = RedisConfig::from_source(&MapSource::default().with("REDIS_SENTINELS", "a:1")).unwrap_err();
    assert!(redis.to_string().starts_with("REDIS_SENTINEL_MASTER: holds nothing"), "{redis}");
}

#[test]
fn other_protocols_of_telemetry_are_refused() {
    let on = MapSource::default().with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317");
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("OTEL_RESOURCE_ATTRIBUTES", "x"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
    ] {
        let faults = TelemetryConfig::from_source(&on.clone().with(name, value)).expect_err(name);
        assert!(faults.to_string().starts_with(&format!("{name}: holds {value:?}")), "{faults}");
    }
}
