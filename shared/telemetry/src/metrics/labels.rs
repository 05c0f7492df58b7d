//! The values of labels; each enum is the whole list of them.

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

macro_rules! label_values {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The value as it stands in a label.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
                EncodeLabelValue::encode(&self.as_str(), encoder)
            }
        }
    };
}

label_values! {
    /// What a job is for.
    JobKind {
        /// The fan-out to everyone.
        All = "all",
        /// One employee.
        Employee = "employee",
    }
}

label_values! {
    /// How an attempt at a job ended.
    JobOutcome {
        /// Done.
        Done = "done",
        /// An error; tried again later.
        Retried = "retried",
        /// Given back without blame: drain, quota, lost lease.
        HandedBack = "handed_back",
        /// Became a dead letter.
        Dead = "dead",
    }
}

label_values! {
    /// How a run ended.
    RunStatus {
        /// Both sides are equal.
        Succeeded = "succeeded",
        /// Some items could not be handled.
        Partial = "partial",
        /// Deletions wait for a person.
        Held = "held",
        /// Nothing could be done.
        Failed = "failed",
    }
}

label_values! {
    /// A system that is called.
    Upstream {
        /// The practice software.
        Advoware = "advoware",
        /// Google Calendar.
        Google = "google",
    }
}

label_values! {
    /// A side that is written to.
    RemoteSide {
        /// The practice software.
        Advoware = "advoware",
        /// Google Calendar.
        Google = "google",
    }
}

label_values! {
    /// What is done to an appointment.
    OperationKind {
        /// It is made.
        Create = "create",
        /// It is changed.
        Update = "update",
        /// It is removed.
        Delete = "delete",
    }
}

label_values! {
    /// What an upstream refuses, beside single requests.
    Refusal {
        /// Our credentials or permissions.
        Credentials = "credentials",
        /// More requests for now.
        Quota = "quota",
    }
}

label_values! {
    /// The state of the circuit breaker before an upstream.
    CircuitState {
        /// Calls go through.
        Closed = "closed",
        /// One call probes.
        HalfOpen = "half_open",
        /// Calls fail at once.
        Open = "open",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct KindOutcome {
    pub(crate) kind: JobKind,
    pub(crate) outcome: JobOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct KindStatus {
    pub(crate) kind: JobKind,
    pub(crate) status: RunStatus,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Priority {
    pub(crate) priority: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Operation {
    pub(crate) side: RemoteSide,
    pub(crate) operation: OperationKind,
    pub(crate) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct FieldName {
    pub(crate) field: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct UpstreamName {
    pub(crate) upstream: Upstream,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct UpstreamOperation {
    pub(crate) upstream: Upstream,
    pub(crate) operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Request {
    pub(crate) upstream: Upstream,
    pub(crate) operation: &'static str,
    pub(crate) status: &'static str,
    pub(crate) retry: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct UpstreamRefusal {
    pub(crate) upstream: Upstream,
    pub(crate) refused: Refusal,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct UpstreamCircuit {
    pub(crate) upstream: Upstream,
    pub(crate) state: CircuitState,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Schedule {
    pub(crate) schedule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ServedRequest {
    pub(crate) method: String,
    pub(crate) route: String,
    pub(crate) status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Outcome {
    pub(crate) outcome: &'static str,
}
