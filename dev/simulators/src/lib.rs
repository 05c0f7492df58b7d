//! Simulators of Advoware and of Google Calendar v3 for development, tests and the demonstration.
//!
//! Both are real HTTP servers that keep state in memory and behave as their originals do where it
//! hurts. [`Firm`] fills them, [`edits`] makes a morning's changes, [`compare`] is a witness that
//! knows nothing of the engine.
//!
//! Each has a control endpoint under `/_control/`, which [`ControlClient`] speaks:
//!
//! | call | what it does |
//! |---|---|
//! | `GET state` | everything that is held |
//! | `POST edits` | an [`AdvowareEdit`] or [`GoogleEdit`], as a person makes it |
//! | `GET`, `PATCH behaviour` | the switches of [`AdvowareBehaviour`] or [`GoogleBehaviour`] |
//! | `GET`, `POST`, `DELETE faults` | a [`FaultRule`] each |
//! | `GET counters`, `POST counters/reset` | [`Counters`] |
//! | `POST tokens/expire` | every access token is refused from now on |
//! | `POST sync-tokens/expire`, `POST tombstones/forget` | Google only |
//! | `GET service-account` | Google only: the service-account file |
//! | `GET health` | 200 |

mod advoware;
mod client;
mod clock;
mod compare;
mod firm;
mod google;
mod merge;
mod server;
mod traffic;

pub use advoware::*;
pub use client::{AdvowareControl, AdvowareSide, ControlClient, ControlError, GoogleControl, GoogleSide, Side};
pub use clock::today_in_berlin;
pub use compare::{Difference, DifferenceKind, Window, compare};
pub use firm::*;
pub use google::*;
pub use traffic::{Counters, ErrorPage, Fault, FaultRule};
