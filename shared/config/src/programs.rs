//! What each program reads: exactly the concerns it needs, all of them checked.

use crate::{
    AdvowareConfig, ApiConfig, GoogleConfig, HealthConfig, NotifyConfig, Reader, RedisConfig, ScheduleConfig, Settings,
    SyncConfig, TelemetryConfig, WorkerConfig,
};

/// The programs of this project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Fires the crons and the poll.
    Scheduler,
    /// Runs the jobs.
    Worker,
    /// Serves HTTP.
    Api,
    /// Serves a person at a terminal.
    Advosync,
}

macro_rules! program {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $group:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $group,)*
        }

        impl Settings for $name {
            fn read(reader: &mut Reader<'_>) -> Self {
                Self { $($field: <$group>::read(reader),)* }
            }
        }
    };
}

program! {
    /// Everything that the scheduler reads.
    SchedulerProgram {
        /// The connection to Redis.
        redis: RedisConfig,
        /// The crons and the poll.
        schedule: ScheduleConfig,
        /// The queue.
        worker: WorkerConfig,
        /// The address of its health.
        health: HealthConfig,
        /// Whom to tell of a change of state.
        notify: NotifyConfig,
        /// Logs and traces.
        telemetry: TelemetryConfig,
    }
}

program! {
    /// Everything that a worker reads.
    WorkerProgram {
        /// Advoware.
        advoware: AdvowareConfig,
        /// Google Calendar.
        google: GoogleConfig,
        /// The connection to Redis.
        redis: RedisConfig,
        /// The synchronisation.
        sync: SyncConfig,
        /// The queue.
        worker: WorkerConfig,
        /// Where Google's push notifications go.
        push: PushConfig,
        /// The address of its health.
        health: HealthConfig,
        /// Whom to tell of a change of state.
        notify: NotifyConfig,
        /// Logs and traces.
        telemetry: TelemetryConfig,
    }
}

program! {
    /// Everything that the api reads.
    ApiProgram {
        /// Advoware.
        advoware: AdvowareConfig,
        /// Google Calendar.
        google: GoogleConfig,
        /// The connection to Redis.
        redis: RedisConfig,
        /// The synchronisation.
        sync: SyncConfig,
        /// The crons and the poll, which the dashboard shows.
        schedule: ScheduleConfig,
        /// The queue.
        worker: WorkerConfig,
        /// How the api is reached.
        api: ApiConfig,
        /// Whom to tell of a change of state.
        notify: NotifyConfig,
        /// Logs and traces.
        telemetry: TelemetryConfig,
    }
}

program! {
    /// Everything that the tool reads where it talks to Redis and both systems itself.
    DirectTool {
        /// Advoware.
        advoware: AdvowareConfig,
        /// Google Calendar.
        google: GoogleConfig,
        /// The connection to Redis.
        redis: RedisConfig,
        /// The synchronisation.
        sync: SyncConfig,
        /// The crons and the poll.
        schedule: ScheduleConfig,
        /// The queue.
        worker: WorkerConfig,
        /// Where Google's push notifications go.
        push: PushConfig,
    }
}

/// Where Google's push notifications go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushConfig {
    /// The address of the api as Google reaches it, with a slash at its end; `None` turns push off.
    pub public_base_url: Option<url::Url>,
}

impl Settings for PushConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self { public_base_url: crate::api::read_public_base_url(reader) }
    }
}
