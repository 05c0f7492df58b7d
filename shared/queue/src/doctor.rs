//! Is this Redis fit for the queue, and is the queue in order?

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::{Queue, QueueError, link::LinkError};

/// A round trip slower than this is worth a word.
const SLOW: Duration = Duration::from_millis(20);
/// Pings for the latency.
const PINGS: u32 = 20;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Works, but should be mended.
    Warning,
    /// Does not work, or will lose work.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What was looked at: `reachable`, `version`, `policy`, `persistence`, `role`, `access`,
    /// `latency`, `groups`, `workers`, `orphans`, `dead letters`.
    pub check: &'static str,
    /// What was found.
    pub found: String,
    /// What to do about it; empty if nothing.
    pub remedy: String,
}

impl Finding {
    fn new(severity: Severity, check: &'static str, found: impl Into<String>, remedy: &str) -> Self {
        Self { severity, check, found: found.into(), remedy: remedy.to_owned() }
    }

    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(Severity::Ok, check, found, "")
    }
}

impl Queue {
    /// Looks at everything; a failed look is a finding, never an error.
    pub async fn doctor(&self) -> Vec<Finding> {
        if let Err(error) = self.redis().run::<String>(&redis::cmd("PING")).await {
            return vec![unreachable(&error)];
        }
        let mut findings = vec![self.latency().await];
        findings.extend(self.server().await);
        findings.push(self.persistence().await);
        findings.push(self.access().await);
        match self.order().await {
            Ok(order) => findings.extend(order),
            Err(error) => findings.push(Finding::new(
                Severity::Error,
                "orphans",
                format!("the queue's keys cannot be read: {}", chain(&error)),
                "look at the access of the Redis user",
            )),
        }
        findings
    }

    async fn latency(&self) -> Finding {
        let began = Instant::now();
        for _ in 0..PINGS {
            if self.redis().run::<String>(&redis::cmd("PING")).await.is_err() {
                break;
            }
        }
        let mean = began.elapsed() / PINGS;
        let found = format!("{:.1} ms a round trip", mean.as_secs_f64() * 1000.0);
        if mean > SLOW {
            return Finding::new(Severity::Warning, "latency", found, "put Redis nearer to the workers");
        }
        Finding::ok("latency", found)
    }

    async fn server(&self) -> Vec<Finding> {
        let info: String = match self.redis().run(redis::cmd("INFO").arg("everything")).await {
            Ok(info) => info,
            Err(error) => {
                let found = format!("INFO is not allowed ({})", error.code());
                return vec![Finding::new(Severity::Warning, "version", found, "allow INFO to the Redis user")];
            }
        };
        let value = |name: &str| {
            info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim).unwrap_or("unknown")
        };
        vec![version(value("redis_version")), policy(value("maxmemory_policy"), value("maxmemory")), role(value("role"))]
    }

    /// Whether Redis keeps its data over a restart; copes where CONFIG is forbidden.
    async fn persistence(&self) -> Finding {
        let info: String = self.redis().run(redis::cmd("INFO").arg("persistence")).await.unwrap_or_default();
        if info.contains("aof_enabled:1") {
            return Finding::ok("persistence", "append-only file");
        }
        let saves: Result<Vec<String>, LinkError> = self.redis().run(redis::cmd("CONFIG").arg("GET").arg("save")).await;
        let remedy =
            "switch the append-only file on (appendonly yes): without it a restart forgets waiting jobs until the next poll";
        match saves {
            Ok(pair) if pair.get(1).is_some_and(|save| !save.is_empty()) => {
                Finding::new(Severity::Warning, "persistence", "snapshots only, no append-only file", remedy)
            }
            Ok(_) => Finding::new(Severity::Warning, "persistence", "none", remedy),
            Err(_) => Finding::new(Severity::Warning, "persistence", "no append-only file; CONFIG is not allowed", remedy),
        }
    }

    async fn access(&self) -> Finding {
        let script = &self.scripts().doctor;
        let probe = self.keys().named("doctor");
        let call = self.call_with(script, &[&probe]);
        match self.redis().script::<Vec<String>>(script, &call).await {
            Ok(denied) if denied.is_empty() => Finding::ok("access", "every command the queue needs is allowed"),
            Ok(denied) => Finding::new(
                Severity::Error,
                "access",
                format!("not allowed: {}", denied.join(", ")),
                "add these commands to the Redis user's ACL",
            ),
            Err(error) => Finding::new(
                Severity::Error,
                "access",
                format!("scripts cannot be run ({})", error.code()),
                "allow EVALSHA and SCRIPT LOAD on the queue's keys to the Redis user",
            ),
        }
    }

    /// Groups, workers, orphans, dead letters.
    async fn order(&self) -> Result<Vec<Finding>, QueueError> {
        let mut findings = vec![self.groups().await?];
        let stats = self.stats().await?;
        let alive = self.workers().await?.iter().filter(|worker| worker.alive).count();
        let unfinished = stats.waiting + stats.parked + stats.delayed + stats.leased;
        findings.push(if alive > 0 {
            Finding::ok("workers", format!("{alive} alive"))
        } else if unfinished == 0 {
            Finding::new(Severity::Warning, "workers", "none alive", "start a worker")
        } else {
            Finding::new(Severity::Error, "workers", format!("none alive, {unfinished} jobs unfinished"), "start a worker")
        });
        let orphans = self.orphans().await?;
        findings.push(if orphans == 0 {
            Finding::ok("orphans", "none")
        } else {
            let found = format!("{orphans} claimed jobs whose lease has run out");
            Finding::new(Severity::Warning, "orphans", found, "a worker with a free slot takes them over by itself")
        });
        findings.push(if stats.dead == 0 {
            Finding::ok("dead letters", "none")
        } else {
            let found = format!("{} dead letters, {} keys poisoned", stats.dead, stats.poisoned);
            Finding::new(Severity::Warning, "dead letters", found, "look at them, then requeue or drop them")
        });
        Ok(findings)
    }

    async fn groups(&self) -> Result<Finding, QueueError> {
        let keys = self.keys();
        let mut missing = Vec::new();
        for (stream, group) in [(keys.all(), "fanout"), (keys.urgent(), "workers"), (keys.mass(), "workers")] {
            if !self.has_group(stream, group).await? {
                missing.push(format!("{group} of {stream}"));
            }
        }
        Ok(if missing.is_empty() {
            Finding::ok("groups", "all there")
        } else {
            let found = format!("missing: {}", missing.join(", "));
            Finding::new(Severity::Warning, "groups", found, "the next worker makes them by itself")
        })
    }

    /// Claimed entries that nobody has kept alive for longer than a lease and its take-over.
    async fn orphans(&self) -> Result<usize, QueueError> {
        let keys = self.keys();
        let idle = self.settings().lease + Duration::from_secs(5);
        let mut orphans = 0;
        for (stream, group) in [(keys.all(), "fanout"), (keys.urgent(), "workers"), (keys.mass(), "workers")] {
            if !self.has_group(stream, group).await? {
                continue;
            }
            let mut pending = redis::cmd("XPENDING");
            pending.arg(stream).arg(group).arg("IDLE").arg(idle.as_millis() as u64).arg("-").arg("+").arg(1000);
            orphans += self.redis().run::<Vec<redis::Value>>(&pending).await?.len();
        }
        Ok(orphans)
    }
}

fn unreachable(error: &LinkError) -> Finding {
    let remedy = match error {
        LinkError::Denied(_) => "check the Redis user and its password",
        _ => "start Redis, or correct its address",
    };
    Finding::new(Severity::Error, "reachable", error.to_string(), remedy)
}

fn version(version: &str) -> Finding {
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major >= 7 {
        return Finding::ok("version", version);
    }
    Finding::new(Severity::Error, "version", version, "use Redis 7.0 or newer")
}

fn policy(policy: &str, maxmemory: &str) -> Finding {
    if policy == "noeviction" {
        return Finding::ok("policy", policy);
    }
    let severity = if maxmemory == "0" { Severity::Warning } else { Severity::Error };
    let remedy = "set maxmemory-policy noeviction: any other policy may evict leases and jobs";
    Finding::new(severity, "policy", policy, remedy)
}

fn role(role: &str) -> Finding {
    if role == "master" {
        return Finding::ok("role", role);
    }
    Finding::new(Severity::Error, "role", role, "connect to the master, or through the sentinels")
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
