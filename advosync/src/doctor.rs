//! Checks each dependency and permission, and says how to mend what is wrong.

use advosync_advoware::Refusal;
use advosync_google::{CalendarListEntry, Denial, Right};
use advosync_sync::ports::{Advoware as _, Failure, FrNr};
use serde::Serialize;

use crate::direct::Direct;

/// A number that no appointment will ever have.
const NO_NUMBER: FrNr = 2_147_483_647;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Good,
    Warning,
    Bad,
}

/// One thing that was checked.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    pub(crate) what: String,
    pub(crate) verdict: Verdict,
    pub(crate) detail: String,
    /// What to do, in English and in German.
    pub(crate) remedy: Option<(String, String)>,
}

fn good(what: &str, detail: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), verdict: Verdict::Good, detail: detail.into(), remedy: None }
}

fn bad(what: &str, detail: impl Into<String>, en: &str, de: &str) -> Finding {
    Finding { what: what.to_owned(), verdict: Verdict::Bad, detail: detail.into(), remedy: Some((en.to_owned(), de.to_owned())) }
}

fn warning(what: &str, detail: impl Into<String>, en: &str, de: &str) -> Finding {
    Finding { verdict: Verdict::Warning, ..bad(what, detail, en, de) }
}

/// Checks everything, from the ground up.
pub(crate) async fn examine(direct: &Direct) -> Vec<Finding> {
    let mut findings = Vec::new();
    examine_redis(direct, &mut findings).await;
    examine_advoware(direct, &mut findings).await;
    examine_google(direct, &mut findings).await;
    examine_keys(direct, &mut findings);
    findings
}

async fn examine_redis(direct: &Direct, findings: &mut Vec<Finding>) {
    let redis = direct.fleet.queue().redis();
    let began = std::time::Instant::now();
    match redis.time_ms().await {
        Ok(_) => findings.push(good("Redis", format!("answers within {:.1} ms", began.elapsed().as_secs_f64() * 1000.0))),
        Err(error) => findings.push(bad(
            "Redis",
            error.code(),
            "Check REDIS_URL (or REDIS_HOST and REDIS_PORT), the user's password and the network.",
            "REDIS_URL (oder REDIS_HOST und REDIS_PORT), Kennwort und Netzwerk prüfen.",
        )),
    }
    let mut get = advosync_queue::redis::cmd("CONFIG");
    get.arg("GET").arg("maxmemory-policy").arg("save").arg("appendonly");
    let Ok(config) = redis.run::<std::collections::HashMap<String, String>>(&get).await else {
        findings.push(warning(
            "Redis: settings",
            "CONFIG is not allowed for this user",
            "Ask whoever runs Redis: maxmemory-policy must be noeviction, and data should be written to disk.",
            "Beim Betreiber erfragen: maxmemory-policy muss noeviction sein, Daten sollten auf Platte geschrieben werden.",
        ));
        return;
    };
    let value = |name: &str| config.get(name).map_or("", String::as_str);
    if value("maxmemory-policy") == "noeviction" {
        findings.push(good("Redis: eviction", "noeviction"));
    } else {
        findings.push(warning(
            "Redis: eviction",
            value("maxmemory-policy"),
            "Set maxmemory-policy to noeviction: else a full Redis throws leases and jobs away.",
            "maxmemory-policy auf noeviction setzen: sonst wirft ein volles Redis Sperren und Aufträge weg.",
        ));
    }
    if value("appendonly") == "yes" || !value("save").is_empty() {
        findings.push(good("Redis: persistence", if value("appendonly") == "yes" { "appendonly" } else { "snapshots" }));
    } else {
        findings.push(warning(
            "Redis: persistence",
            "none",
            "Set appendonly to yes: else a restart forgets held deletions, the journal and who was synchronised when.",
            "appendonly auf yes setzen: sonst vergisst ein Neustart zurückgehaltene Löschungen und das Journal.",
        ));
    }
}

async fn examine_advoware(direct: &Direct, findings: &mut Vec<Finding>) {
    let advoware = direct.fleet.advoware();
    let explain = |what: &str, failure: &Failure| match Refusal::of(failure) {
        Some(refusal) => bad(what, &failure.code, refusal.advice_en(), refusal.advice_de()),
        None => bad(
            what,
            &failure.code,
            "Check ADVOWARE_API_BASE_URL and ADVOWARE_SECURITY_BASE_URL (or leave both to discovery), and whether the firm's server runs.",
            "ADVOWARE_API_BASE_URL und ADVOWARE_SECURITY_BASE_URL prüfen (oder der Ermittlung überlassen), und ob der Server der Kanzlei läuft.",
        ),
    };
    match advoware.log_in().await {
        Ok(until) => findings.push(good("Advoware: log-in", format!("token until {}", until.format("%H:%M UTC")))),
        Err(failure) => {
            findings.push(explain("Advoware: log-in", &failure));
            return;
        }
    }
    let employees = match direct.fleet.fetch_employees(None).await {
        Ok(employees) => employees,
        Err(failure) => return findings.push(explain("Advoware: employees", &failure)),
    };
    let (active, synchronised) = (employees.active.len(), employees.synchronised.len());
    findings.push(good("Advoware: employees", format!("{active} active, {synchronised} synchronised")));
    let Some(kuerzel) = employees.synchronised.first() else {
        return findings.push(bad(
            "Advoware: employees",
            "nobody to synchronise",
            "Advoware lists no active employee, or CALENDAR_SYNC_DEBUG_EMPLOYEES lets none of them in.",
            "Advoware führt keine aktiven Mitarbeiter, oder CALENDAR_SYNC_DEBUG_EMPLOYEES lässt keinen zu.",
        ));
    };
    let advoware = advoware.for_run();
    let today = chrono::Utc::now().date_naive();
    match advoware.list(kuerzel, today, today).await {
        Ok(rows) => findings.push(good("Advoware: list", format!("{} of {kuerzel} today", rows.len()))),
        Err(failure) => findings.push(explain("Advoware: list", &failure)),
    }
    match advoware.get(NO_NUMBER).await {
        Ok(_) => findings.push(good("Advoware: look-up", "by number")),
        Err(failure) => findings.push(explain("Advoware: look-up", &failure)),
    }
    findings.push(good("Advoware: writing", "not tried: only a run that has something to write shows it, and reports a refusal"));
}

async fn examine_google(direct: &Direct, findings: &mut Vec<Finding>) {
    let google = direct.fleet.google();
    let explain = |what: &str, failure: &Failure| match Denial::of(failure) {
        Some(denial) => bad(what, &failure.code, denial.advice_en(), denial.advice_de()),
        None => bad(
            what,
            &failure.code,
            "Check GOOGLE_CALENDAR_API_BASE_URL and whether this machine may reach www.googleapis.com by https.",
            "GOOGLE_CALENDAR_API_BASE_URL prüfen, und ob dieser Rechner www.googleapis.com per https erreicht.",
        ),
    };
    if let Err(failure) = google.log_in().await {
        findings.push(explain("Google: log-in", &failure));
        return;
    }
    findings.push(good("Google: log-in", direct.config.google.service_account.client_email.clone()));
    let calendars = match google.calendars().await {
        Ok(calendars) => calendars,
        Err(failure) => return findings.push(explain("Google: calendars", &failure)),
    };
    findings.push(good("Google: calendars", format!("{} visible", calendars.len())));
    // Anything but a refusal says nothing of the right.
    let unproven = |what: &str, failure: &Failure| match Denial::of(failure) {
        Some(_) => explain(what, failure),
        None => warning(
            what,
            format!("could not be proven: {}", failure.code),
            "Try again soon; a run that needs the right reports a refusal.",
            "Bald noch einmal versuchen; ein Lauf, der das Recht braucht, meldet eine Ablehnung.",
        ),
    };
    match google.prove(Right::MakeCalendars, "").await {
        Ok(()) => findings.push(good("Google: make calendars", "allowed")),
        Err(failure) => findings.push(unproven("Google: make calendars", &failure)),
    }
    match a_calendar(direct, &calendars).await {
        None => findings.push(good("Google: events and sharing", "not tried: there is no calendar of ours yet")),
        Some((kuerzel, id)) => {
            for right in Right::ALL {
                let what = match right {
                    // Proven above; needed only where Google is to tell of changes.
                    Right::MakeCalendars => continue,
                    Right::Watch if direct.config.push.public_base_url.is_none() => continue,
                    Right::ReadEvents => "Google: read events",
                    Right::MakeEvents => "Google: make events",
                    Right::ChangeEvents => "Google: change events",
                    Right::DeleteEvents => "Google: delete events",
                    Right::ReadSharing => "Google: read sharing",
                    Right::Share => "Google: share",
                    Right::Watch => "Google: push",
                };
                match google.prove(right, &id).await {
                    Ok(()) => findings.push(good(what, format!("allowed in the calendar of {kuerzel}"))),
                    Err(failure) => findings.push(unproven(what, &failure)),
                }
            }
        }
    }
    if direct.config.google.owner.is_none() {
        findings.push(warning(
            "Google: owner",
            "GOOGLE_CALENDAR_OWNER is not set",
            "Set it to the account that should see and manage every calendar: else nobody sees them.",
            "Auf das Konto setzen, das alle Kalender sehen und verwalten soll: sonst sieht sie niemand.",
        ));
    }
}

/// One of our calendars that is there, with whose it is.
async fn a_calendar(direct: &Direct, calendars: &[CalendarListEntry]) -> Option<(String, String)> {
    let known = direct.fleet.calendar_directory().await.ok()?;
    let is_there = |id: &str| calendars.iter().any(|calendar| calendar.id.as_deref() == Some(id));
    known.into_iter().map(|(kuerzel, record)| (kuerzel, record.id)).find(|(_, id)| is_there(id))
}

fn examine_keys(direct: &Direct, findings: &mut Vec<Finding>) {
    if direct.config.sync.keys.configured {
        findings.push(good("CALENDAR_SYNC_KEY", "set"));
    } else {
        findings.push(warning(
            "CALENDAR_SYNC_KEY",
            "not set: fingerprints derive from ADVOWARE_API_KEY, and the journal keeps no contents (no undo)",
            "Set it to the output of `openssl rand -base64 32`.",
            "Auf die Ausgabe von `openssl rand -base64 32` setzen.",
        ));
    }
}
