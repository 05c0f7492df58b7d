//! Every variable: its default, who reads it and what it means. The one place for all of them.

use std::fmt::Write as _;

use crate::Program;

use Fallback::{Required, Text, Unset};
use Program::{Advosync, Api, Scheduler, Worker};

/// What holds where a variable is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// The program does not start.
    Required,
    /// Nothing; the text says what happens then.
    Unset(&'static str),
    /// This text.
    Text(&'static str),
}

/// One variable of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The name; a secret may instead be given as a file by the name with `_FILE` appended.
    pub name: &'static str,
    /// What holds where it is not set.
    pub default: Fallback,
    /// Whether its value is a secret, which is never shown.
    pub secret: bool,
    /// The programs that read it.
    pub programs: &'static [Program],
    /// What it is, in one phrase.
    pub doc: &'static str,
}

const ALL: &[Program] = &[Scheduler, Worker, Api, Advosync];
const BOTH_SYSTEMS: &[Program] = &[Worker, Api, Advosync];
const SERVICES: &[Program] = &[Scheduler, Worker, Api];

const fn plain(name: &'static str, default: Fallback, programs: &'static [Program], doc: &'static str) -> Variable {
    Variable { name, default, secret: false, programs, doc }
}

const fn secret(name: &'static str, default: Fallback, programs: &'static [Program], doc: &'static str) -> Variable {
    Variable { name, default, secret: true, programs, doc }
}

/// All variables, by concern.
#[rustfmt::skip]
pub const VARIABLES: &[Variable] = &[
    // Google Calendar
    plain("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", Required, BOTH_SYSTEMS, "path of the service account's JSON file; its token_uri is obeyed"),
    plain("GOOGLE_CALENDAR_SUBJECT", Unset("the service account itself"), BOTH_SYSTEMS, "user to act as, by domain-wide delegation"),
    plain("GOOGLE_CALENDAR_OWNER", Unset("shared with nobody"), BOTH_SYSTEMS, "account with which each calendar is shared as owner"),
    plain("GOOGLE_CALENDAR_API_BASE_URL", Text("https://www.googleapis.com/calendar/v3/"), BOTH_SYSTEMS, "address of the Calendar API"),
    plain("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE", Text("600"), BOTH_SYSTEMS, "requests a minute per quota user, the whole fleet together"),
    plain("GOOGLE_CALENDAR_REQUESTS_PER_MINUTE_PER_PROJECT", Text("10000"), BOTH_SYSTEMS, "requests a minute, all together"),

    // Advoware
    plain("ADVOWARE_API_BASE_URL", Unset("by discovery"), BOTH_SYSTEMS, "address of the Advoware API; wins over discovery"),
    plain("ADVOWARE_SECURITY_BASE_URL", Unset("by discovery, else https://security.advo-net.net/"), BOTH_SYSTEMS, "address of the security gateway"),
    plain("ADVOWARE_CONFIGURATOR_URL", Text("https://www2.advo-net.net/AdvonetConfigurator/api/Url"), BOTH_SYSTEMS, "address of the discovery service"),
    plain("ADVOWARE_PRODUCT_ID", Text("64"), BOTH_SYSTEMS, "number of the product"),
    plain("ADVOWARE_APP_ID", Required, BOTH_SYSTEMS, "id of the application"),
    secret("ADVOWARE_API_KEY", Required, BOTH_SYSTEMS, "key of the application, base64"),
    plain("ADVOWARE_KANZLEI", Required, BOTH_SYSTEMS, "the law firm's name at Advoware"),
    plain("ADVOWARE_DATABASE", Required, BOTH_SYSTEMS, "the law firm's database"),
    plain("ADVOWARE_USER", Required, BOTH_SYSTEMS, "user to sign in as"),
    plain("ADVOWARE_ROLE", Text("2"), BOTH_SYSTEMS, "number of the user's role"),
    secret("ADVOWARE_PASSWORD", Required, BOTH_SYSTEMS, "the user's password"),
    plain("ADVOWARE_TOKEN_LIFETIME_MINUTES", Text("55"), BOTH_SYSTEMS, "life of a token that names no end"),
    plain("ADVOWARE_API_TIMEOUT_SECONDS", Text("30"), ALL, "time-out of one request"),
    plain("ADVOWARE_MAX_CONCURRENCY", Text("4"), BOTH_SYSTEMS, "requests at a time, the whole fleet together"),

    // Redis
    plain("REDIS_HOST", Text("localhost"), ALL, "host of Redis"),
    plain("REDIS_PORT", Text("6379"), ALL, "port of Redis"),
    plain("REDIS_DB_CALENDAR_SYNC", Text("1"), ALL, "number of the database"),
    plain("REDIS_TIMEOUT_SECONDS", Text("5"), ALL, "time-out of one command"),
    secret("REDIS_URL", Unset("made of host, port and database"), ALL, "redis://user:password@host:port/db, or rediss:// for TLS; wins over host, port and database"),
    plain("REDIS_SENTINELS", Unset("no Sentinel"), ALL, "host:port,host:port of the Sentinels; win over the rest (REDIS_URL then only gives user, password, database and TLS)"),
    plain("REDIS_SENTINEL_MASTER", Unset("no Sentinel"), ALL, "name of the master that the Sentinels watch"),
    plain("REDIS_TLS_CA", Unset("the system's"), ALL, "path of a PEM file with the certificate authorities to trust"),
    plain("REDIS_KEY_PREFIX", Text("advosync"), ALL, "first part of every key; tells several deployments on one Redis apart"),

    // The synchronisation
    plain("CALENDAR_SYNC_DEBUG_EMPLOYEES", Text("all"), BOTH_SYSTEMS, "only these Kürzel, such as PB,AI"),
    plain("CALENDAR_SYNC_CRON", Text("0 3 * * *"), &[Scheduler, Api, Advosync], "when everyone is synchronised, Berlin time; several, separated by `;`"),
    plain("CALENDAR_SYNC_POLL", Text("5m"), &[Scheduler, Api, Advosync], "how often the incremental run looks at everyone, such as 5m; or off"),
    plain("CALENDAR_SYNC_POLL_HOURS", Text("Mon-Fri 06-20"), &[Scheduler, Api, Advosync], "days and hours of the poll, the end exclusive; outside them it is hourly; Mon-Sun 00-24 is always"),
    plain("CALENDAR_SYNC_PAST_DAYS", Text("30"), BOTH_SYSTEMS, "days before today that are synchronised"),
    plain("CALENDAR_SYNC_FUTURE_DAYS", Text("730"), BOTH_SYSTEMS, "days after today that are synchronised"),
    plain("CALENDAR_SYNC_CONFLICT", Text("advoware"), BOTH_SYSTEMS, "which side wins a field that both changed: advoware or google"),
    plain("CALENDAR_SYNC_DELETE_CONFLICT", Text("keep"), BOTH_SYSTEMS, "what wins where one side deleted and the other changed: keep or delete"),
    plain("CALENDAR_SYNC_MAX_DELETES", Text("20"), BOTH_SYSTEMS, "deletions on one side of one employee within a day that need nobody's release"),
    plain("CALENDAR_SYNC_ANONYMIZE", Text("false"), BOTH_SYSTEMS, "true: Google shows \"Belegt\" without note and place; needs CALENDAR_SYNC_KEY"),
    secret("CALENDAR_SYNC_KEY", Unset("derived from ADVOWARE_API_KEY; the journal keeps no contents"), BOTH_SYSTEMS, "32 bytes in base64, several by commas: the first writes, all read"),
    plain("CALENDAR_SYNC_DEPLOYMENT", Unset("hash of firm and database"), BOTH_SYSTEMS, "name of this deployment, part of ids in Google: fix it before firm or database is renamed"),
    plain("CALENDAR_SYNC_READERS_PATH", Unset("no readers"), BOTH_SYSTEMS, "path of a TOML file with lines such as PB = [\"mail@example.org\"]: who may read a calendar beside the owner"),
    plain("CALENDAR_SYNC_NAME_TEMPLATE", Text("AW-{kuerzel}"), BOTH_SYSTEMS, "name of an employee's calendar"),

    // The queue and its workers
    plain("WORKER_CONCURRENCY", Text("8"), ALL, "employees at a time in one worker"),
    plain("WORKER_LEASE_SECONDS", Text("60"), ALL, "a dead worker's job is taken over within this + 5 s; two thirds of it must exceed ADVOWARE_API_TIMEOUT_SECONDS"),
    plain("WORKER_MAX_ATTEMPTS", Text("5"), ALL, "errors of a job, or deaths of its worker, before it is a dead letter"),
    plain("WORKER_JOB_TIMEOUT_SECONDS", Text("900"), ALL, "without progress for so long a job is cancelled, which counts as an error"),
    plain("WORKER_RETRY_BASE_SECONDS", Text("2"), ALL, "first back-off; doubles, with jitter, at most 300"),
    plain("SHUTDOWN_GRACE_SECONDS", Text("25"), ALL, "time for a clean drain after SIGTERM"),

    // Addresses
    plain("API_BIND", Text("127.0.0.1:3000"), &[Api], "address on which the api listens"),
    plain("HEALTH_BIND", Text("127.0.0.1:0"), &[Scheduler, Worker], "address of /healthz, /readyz and /metrics; port 0 takes a free one, which is logged"),
    secret("API_TOKENS", Unset("no token is asked on loopback; elsewhere the api refuses to start"), &[Api], "name:secret[:role],…; role viewer, operator (default) or content"),
    plain("PUBLIC_BASE_URL", Unset("no push notifications"), ALL, "https address of the api as Google reaches it; turns push notifications on, and is the link in notices"),
    plain("ADVOSYNC_URL", Unset("Redis and both systems directly"), &[Advosync], "address of the api to talk to"),
    secret("ADVOSYNC_TOKEN", Unset("no token"), &[Advosync], "the secret of one of the api's tokens"),

    // Notices
    secret("NOTIFY_URL", Unset("no notices"), SERVICES, "address to which notices on a change of state are posted"),
    secret("NOTIFY_SMTP_URL", Unset("no mails"), SERVICES, "smtp:// or smtps:// address, with user and password where needed, for notices by mail"),
    plain("NOTIFY_MAIL_TO", Unset("no mails"), SERVICES, "who gets notices by mail, several by commas"),

    // Telemetry
    plain("TRACE_URL_TEMPLATE", Unset("no link"), &[Api], "address of a trace, with {trace_id} in it: the link beside a run"),
    plain("OTEL_EXPORTER_OTLP_ENDPOINT", Unset("no traces"), ALL, "address of an OTLP receiver (http/protobuf); /v1/traces is appended"),
    plain("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Unset("see above"), ALL, "the same for traces alone, taken as it is"),
    secret("OTEL_EXPORTER_OTLP_HEADERS", Unset("none"), ALL, "name=value,… sent with every export"),
    secret("OTEL_EXPORTER_OTLP_TRACES_HEADERS", Unset("see above"), ALL, "the same for traces alone"),
    plain("OTEL_EXPORTER_OTLP_TIMEOUT", Text("10000"), ALL, "time-out of one export in milliseconds"),
    plain("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", Unset("see above"), ALL, "the same for traces alone"),
    plain("OTEL_EXPORTER_OTLP_PROTOCOL", Text("http/protobuf"), ALL, "only http/protobuf is spoken"),
    plain("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", Unset("see above"), ALL, "the same for traces alone"),
    plain("OTEL_SDK_DISABLED", Text("false"), ALL, "true: no traces at all"),
    plain("OTEL_TRACES_EXPORTER", Text("otlp"), ALL, "otlp, or none for no traces"),
    plain("OTEL_TRACES_SAMPLER", Text("parentbased_always_on"), ALL, "always_on, always_off, traceidratio, or one of them after parentbased_"),
    plain("OTEL_TRACES_SAMPLER_ARG", Text("1"), ALL, "share of traces that a traceidratio sampler keeps, from 0 to 1"),
    plain("OTEL_RESOURCE_ATTRIBUTES", Unset("none"), ALL, "name=value,… added to the resource"),
    plain("OTEL_BSP_SCHEDULE_DELAY", Text("1000"), ALL, "longest wait of a span before its export, in milliseconds"),
    plain("OTEL_BSP_MAX_QUEUE_SIZE", Text("8192"), ALL, "spans that wait for export; more are dropped and counted"),
    plain("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Text("512"), ALL, "spans in one export"),
    plain("RUST_LOG", Text("info"), ALL, "what is logged, such as info,advosync_queue=debug"),
    plain("LOG_FORMAT", Unset("text on a terminal, else json"), ALL, "text or json"),
];

/// The variable called `name`.
pub(crate) fn find(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// Whether the value of `name` must never be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    find(name).is_some_and(|variable| variable.secret)
}

/// The variables of `program` as a text for the end of its `--help`.
#[must_use]
pub fn help(program: Program) -> String {
    let mut text = String::from(
        "Environment (a `.env` file in the working directory counts too; the environment wins).\n\
         Variables marked with * are secrets; each may come from a file instead: NAME_FILE=/path.\n",
    );
    for variable in VARIABLES.iter().filter(|variable| variable.programs.contains(&program)) {
        let mark = if variable.secret { "*" } else { "" };
        let default = match variable.default {
            Required => "[required]".to_owned(),
            Unset(meaning) => format!("[unset: {meaning}]"),
            Text(value) => format!("[default: {value}]"),
        };
        let _ = write!(text, "\n  {}{mark} {default}\n      {}", variable.name, variable.doc);
    }
    text
}
