//! Redis and both systems, without an api between.

use std::sync::Arc;

use advosync_config::DirectTool;
use advosync_fleet::{Fleet, Settings};
use advosync_queue::{Accepted, Origin, Trigger};
use advosync_sync::run::planned;
use advosync_telemetry::Metrics;
use anyhow::Context;
use serde_json::{Value, json};

/// Who the journal says it was.
const ACTOR: &str = "advosync";

pub(crate) struct Direct {
    pub(crate) fleet: Fleet,
    pub(crate) config: DirectTool,
}

impl Direct {
    pub(crate) async fn new(config: &DirectTool) -> anyhow::Result<Self> {
        let metrics = Arc::new(Metrics::new("advosync", env!("CARGO_PKG_VERSION"), Arc::default()));
        let settings = Settings {
            advoware: &config.advoware,
            google: &config.google,
            redis: &config.redis,
            sync: &config.sync,
            worker: &config.worker,
            push: &config.push,
        };
        Ok(Self { fleet: Fleet::build(settings, &metrics).await?, config: config.clone() })
    }

    pub(crate) async fn trigger(&self, kuerzel: &str) -> anyhow::Result<Value> {
        if kuerzel != self.fleet.queue().settings().all_key {
            self.fleet.check_employee(kuerzel).await?;
        }
        let trigger = Trigger { requested_by: Some(ACTOR.to_owned()), ..Trigger::new(kuerzel, Origin::Person) };
        let triggered = self.fleet.trigger(trigger).await.context("Redis does not take the job")?;
        if triggered.accepted == Accepted::Skipped {
            anyhow::bail!("{kuerzel} has a dead letter and is left alone: see `advosync dead-letters list`");
        }
        Ok(json!({ "run_id": triggered.run_id, "kuerzel": kuerzel, "status": "queued" }))
    }

    pub(crate) async fn run(&self, run_id: &str) -> anyhow::Result<Value> {
        let queue = self.fleet.queue();
        let record = queue.run(run_id).await.context("Redis does not answer")?;
        let record = record.with_context(|| format!("there is no run {run_id}"))?;
        let mut json = record.to_json(&queue.settings().key_field);
        json["phase"] = record.phase.clone().into();
        json["report"] = record.report.clone().unwrap_or_default();
        if let Some((class, code)) = &record.error {
            json["error"] = json!({ "class": class, "code": code });
        }
        Ok(json)
    }

    pub(crate) async fn plan(&self, kuerzel: &str) -> anyhow::Result<Value> {
        self.fleet.check_employee(kuerzel).await?;
        let look = self.fleet.look(kuerzel).await.with_context(|| format!("no plan for {kuerzel}"))?;
        Ok(json!({ "kuerzel": kuerzel, "operations": planned(&look.plan, &look.task.policy.scope), "held": look.plan.held }))
    }

    pub(crate) async fn release(&self, kuerzel: &str) -> anyhow::Result<Value> {
        let (released, triggered) = self.fleet.release(kuerzel, ACTOR, None).await?;
        Ok(json!({ "kuerzel": kuerzel, "released": released, "run_id": triggered.map(|triggered| triggered.run_id) }))
    }
}
