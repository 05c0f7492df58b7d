//! Redis and both systems, without an api between.

use std::sync::Arc;

use advosync_config::DirectTool;
use advosync_fleet::{Fleet, Settings};
use advosync_telemetry::Metrics;

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
}
